"""The town's days, and whether a trap was visited on each. Pure.

1.  A trap in service is visited at least once in each of the town's days.
2.  A visit falls in exactly one day: the one in which it was made, on the town's clock, whenever it was written down.
3.  The rule holds for days through which the trap was in service as a whole. Whoever sets a trap or takes it out is
    there; those days need no further visit.
4.  A heartbeat is evidence and never a visit. Only where a permit says that a sensor replaces the visit does a day on
    which the device spoke need none; it is shown as such, and not as visited.
5.  A day that is not over is not failed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = [
    "DAY_STATES", "DayFacts", "DayState", "Switch", "bounds_of", "day_of", "days_between", "is_evening", "judge_day",
    "month_of", "served_whole",
]  # fmt: skip

# visited; open: today, and nobody was there yet; unvisited: the day is over; sensor: a permit lets the sensor do;
# exempt: not in service through the whole day; future.
DayState = Literal["visited", "open", "unvisited", "sensor", "exempt", "future"]
DAY_STATES: tuple[DayState, ...] = ("visited", "open", "unvisited", "sensor", "exempt", "future")


@dataclass(frozen=True, slots=True)
class Switch:
    """A trap went into service or out of it."""

    at: datetime
    in_service: bool


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What is known of one trap and one day; `spoke`: its device said something that day.

    `sensor_replaces`: a permit that holds on that day says that the sensor does instead of a visit.
    """

    day: date
    switches: Sequence[Switch]
    visits: Sequence[datetime]
    spoke: bool = False
    sensor_replaces: bool = False


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day on the town's calendar in which an instant falls."""
    return instant.astimezone(zone).date()


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of the town's day and the first one of the next day, in UTC.

    Raises OverflowError for days at the end of the calendar.
    """
    following = day + timedelta(days=1)
    return datetime.combine(day, time(), zone).astimezone(UTC), datetime.combine(following, time(), zone).astimezone(
        UTC
    )


def days_between(first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both among them; none when `last` is earlier."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of the month in which a day falls."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def is_evening(now: datetime, evening: time, zone: ZoneInfo) -> bool:
    """Whether the town's clock has passed the time of the evening's notice, on the day of `now`."""
    return now.astimezone(zone).time() >= evening


def served_whole(switches: Iterable[Switch], start: datetime, end: datetime) -> bool:
    """Whether the trap was in service at `start` and was not taken out before `end` (rule 3)."""
    in_service = False
    for switch in sorted(switches, key=lambda one: one.at):
        if switch.at <= start:
            in_service = switch.in_service
        elif switch.at < end and not switch.in_service:
            return False
    return in_service


def judge_day(facts: DayFacts, now: datetime, zone: ZoneInfo) -> DayState:
    """How it stands with one trap on one day. A visit counts whether one was due or not."""
    start, end = bounds_of(facts.day, zone)
    if any(start <= at < end for at in facts.visits):
        return "visited"
    if now < start:
        return "future"
    if not served_whole(facts.switches, start, min(end, now)):
        return "exempt"
    if facts.sensor_replaces and facts.spoke:
        return "sensor"
    return "open" if now < end else "unvisited"
