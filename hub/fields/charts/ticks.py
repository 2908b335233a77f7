"""Where the lines of a scale stand: round values, and round instants of the town's clock and calendar. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = ["Instant", "TickKind", "plan_instants", "plan_range", "plan_values"]

TickKind = Literal["clock", "day", "month", "year"]
_CLOCK = (timedelta(minutes=10), timedelta(minutes=30), *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)))
_DAYS = (1, 2, 4, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTH = timedelta(days=30.4)


@dataclass(frozen=True, slots=True)
class Instant:
    """A line of the time axis; `kind` says how much of the local time its label needs."""

    local: datetime
    kind: TickKind


def plan_range(low: float, high: float, decimals: int, *, from_zero: bool = False) -> tuple[float, float]:
    """A scale with some air around the values, at least ten of the last shown digit high: a flat line stays flat."""
    if from_zero:
        return 0.0, max(high * 1.08, 10.0 ** (1 - decimals))
    missing = max(0.0, 10.0 ** (1 - decimals) - (high - low)) / 2
    air = (high - low) * 0.08
    return low - missing - air, high + missing + air


def plan_values(low: float, high: float, decimals: int, most: int = 5) -> list[float]:
    """At most `most` round values within [low, high], never finer than the shown digits."""
    step = 10.0**-decimals
    for factor in _factors():
        if (high - low) / (step * factor) <= most - 1:
            step *= factor
            break
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(number * step, decimals + 2) for number in range(first, last + 1)]


def _factors() -> list[float]:
    return [digit * 10.0**power for power in range(12) for digit in (1, 2, 5)]


def plan_instants(since: datetime, until: datetime, zone: ZoneInfo, most: int = 6) -> list[Instant]:
    """At most about `most` round instants in [since, until]: clock times, then days, months and years."""
    length = until - since
    for step in _CLOCK:
        if length / step <= most:
            return _clock_times(since, until, zone, step)
    for days in _DAYS:
        if length / timedelta(days=days) <= most:
            return _whole_days(since, until, zone, days)
    months = next((months for months in _MONTHS if length / (_MONTH * months) <= most), _MONTHS[-1])
    return _whole_months(since, until, zone, months)


def _clock_times(since: datetime, until: datetime, zone: ZoneInfo, step: timedelta) -> list[Instant]:
    at = datetime.combine(since.astimezone(zone).date(), time(), zone)
    found: list[Instant] = []
    while at <= until:
        if at >= since:
            found.append(Instant(at, "day" if at.time() == time() and found else "clock"))
        at += step
    return found


def _whole_days(since: datetime, until: datetime, zone: ZoneInfo, days: int) -> list[Instant]:
    day = since.astimezone(zone).date()
    # Counted from one fixed day, so that the lines stay where they are while the window moves.
    day -= timedelta(days=(day.toordinal() - 1) % days)
    found: list[Instant] = []
    while (at := datetime.combine(day, time(), zone)) <= until:
        if at >= since:
            found.append(Instant(at, "day"))
        day += timedelta(days=days)
    return found


def _whole_months(since: datetime, until: datetime, zone: ZoneInfo, months: int) -> list[Instant]:
    local = since.astimezone(zone)
    number = (local.year * 12 + local.month - 1) // months * months
    found: list[Instant] = []
    while (at := datetime(number // 12, number % 12 + 1, 1, tzinfo=zone)) <= until:
        if at >= since:
            found.append(Instant(at, "year" if months >= 12 else "month"))
        number += months
    return found
