"""Degree days, the days until a crop's target, and chill. Pure.

Degree days (有効積算温度) are summed by the daily mean above a base temperature, as Japanese tables give their targets;
with a base of 0 °C that is the plain sum of daily means (積算温度) as long as no mean is below zero. `offset_c` is what
the plot is warmer than the station that measures for it.

Chill is counted over hours: between 0 and 7.2 °C (Weinberger 1950, 45 °F), or by the Utah model's units (Richardson,
Seeley and Walker 1974, HortScience 9:331-332).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median
from typing import Literal

__all__ = [
    "DayWarmth", "DaysLeft", "DegreeDays", "Pace", "chill_hours", "days_to_target", "degree_days",
    "utah_units", "whole_days",
]  # fmt: skip

Pace = Literal["recent", "last_year"]
_DAY = timedelta(days=1)
_WHOLE = 0.8
# So many missing days in a row are filled from their neighbours; more would be made up.
_LONGEST_GAP = 5
_RECENT_DAYS = 14
_LEAST_RECENT = 5
# Who would wait longer has given a wrong base or target.
_FURTHEST = 400
# Utah model: up to these °C counts so much (upper limits of the published classes, °C).
_UTAH_LIMITS_C = (1.4, 2.4, 9.1, 12.4, 15.9, 18.0)
_UTAH_UNITS = (0.0, 0.5, 1.0, 0.5, 0.0, -0.5, -1.0)


@dataclass(frozen=True, slots=True)
class DayWarmth:
    """One day of a sum: its degree days, and whether the day was measured or filled from its neighbours."""

    day: date
    degree_days: float
    is_measured: bool


@dataclass(frozen=True, slots=True)
class DegreeDays:
    """A sum from its first day on, in °C days; `days` in their order.

    `missing` counts the days that are left out because nothing near them was measured: the sum is then too low.
    """

    total: float
    days: Sequence[DayWarmth]
    filled: int
    missing: int


@dataclass(frozen=True, slots=True)
class DaysLeft:
    """When a target is likely to be met: in `days` days, on `day`, at the pace of two weeks or of last year."""

    days: int
    day: date
    by: Pace


def whole_days(counts: Mapping[date, int]) -> frozenset[date]:
    """The days whose readings, so many by day, are enough to speak for the day: a night alone would be too cold.

    That is four fifths of what is usual in the week around: stations measure at their own pace, which may change.
    """
    days = sorted(counts)
    whole: set[date] = set()
    for place, day in enumerate(days):
        week = [counts[near] for near in days[max(0, place - 3) : place + 4] if abs((near - day).days) <= 3]
        if counts[day] >= _WHOLE * median(week):
            whole.add(day)
    return frozenset(whole)


def degree_days(
    means_c: Mapping[date, float], first: date, last: date, *, base_c: float, offset_c: float = 0.0
) -> DegreeDays:
    """The sum over the days from `first` to `last`, both included.

    A gap of up to five days is filled in a straight line between its neighbours; a longer one, or one at an end, is
    left out and counted.
    """
    days: list[DayWarmth] = []
    missing = 0
    known = sorted(day for day in means_c if first - _DAY * _LONGEST_GAP <= day <= last)
    day = first
    while day <= last:
        mean_c = means_c.get(day)
        filled_c = mean_c if mean_c is not None else _between(means_c, known, day)
        if filled_c is None:
            missing += 1
        else:
            days.append(DayWarmth(day, max(0.0, filled_c + offset_c - base_c), mean_c is not None))
        day += _DAY
    return DegreeDays(sum(one.degree_days for one in days), days, sum(not one.is_measured for one in days), missing)


def _between(means_c: Mapping[date, float], known: Sequence[date], day: date) -> float | None:
    place = bisect_left(known, day)
    if place == 0 or place == len(known):
        return None
    before, after = known[place - 1], known[place]
    if (after - before).days - 1 > _LONGEST_GAP:
        return None
    share = (day - before) / (after - before)
    return means_c[before] + share * (means_c[after] - means_c[before])


def days_to_target(
    so_far: DegreeDays, target: float, today: date, last_year: Mapping[date, float] | None = None
) -> DaysLeft | None:
    """When the sum will reach the target, counted from `today`; 0 days when it has.

    `last_year` are degree days of the same season a year ago by their days: where each coming day has one they are the
    pace, since spring and autumn change; else it is the mean of the last two weeks. None when neither says anything, or
    the target is more than a year away.
    """
    if so_far.total >= target:
        return DaysLeft(0, today, "recent")
    left = target - so_far.total
    if last_year and (found := _by_last_year(left, today, last_year)) is not None:
        return found
    recent = [one.degree_days for one in so_far.days if 0 <= (today - one.day).days <= _RECENT_DAYS and one.is_measured]
    pace = fmean(recent) if len(recent) >= _LEAST_RECENT else 0.0
    if pace <= 0 or left / pace > _FURTHEST:
        return None
    days = -int(-left // pace)
    return DaysLeft(days, today + _DAY * days, "recent")


def _by_last_year(left: float, today: date, last_year: Mapping[date, float]) -> DaysLeft | None:
    for days in range(1, _FURTHEST):
        # 364 days are whole weeks; a day more or less is less than the weather's own difference.
        warmth = last_year.get(today + _DAY * (days - 364))
        if warmth is None:
            return None
        left -= warmth
        if left <= 0:
            return DaysLeft(days, today + _DAY * days, "last_year")
    return None


def chill_hours(hourly_c: Iterable[float]) -> int:
    """Hours of a mean from 0 to 7.2 °C."""
    return sum(0 <= air_c <= 7.2 for air_c in hourly_c)


def utah_units(hourly_c: Iterable[float]) -> float:
    """Chill units of the Utah model, which warm hours take away again."""
    return sum(_UTAH_UNITS[bisect_left(_UTAH_LIMITS_C, air_c)] for air_c in hourly_c)
