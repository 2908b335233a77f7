"""When a routine message is due. Pure: (the town's rule, now) -> the day or the week that it is for, or None.

A message is for its day or week, and each person gets it once for that, whatever the clock does: who has the day's
already gets no other. One that was missed (the hub was down) is not made up for after the time in which it is of use.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Occasion", "digest_due", "drill_due"]

# A summary of the morning is of no use in the afternoon; a drill rings no phone in the evening.
_DIGEST_FOR = timedelta(hours=5)
_DRILL_FOR = timedelta(hours=7)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a message is for: the day (2026-11-23) or the week (2026-W48), and since when it is due (aware UTC)."""

    name: str
    since_at: datetime


def digest_due(now: datetime, zone: ZoneInfo, at: time) -> Occasion | None:
    """The day of whose summary it is time."""
    day = now.astimezone(zone).date()
    return _within(day.isoformat(), day, at, now, zone, _DIGEST_FOR)


def drill_due(now: datetime, zone: ZoneInfo, weekday: int, at: time) -> Occasion | None:
    """The week (ISO 8601) of whose drill it is time; Monday is 0."""
    day = now.astimezone(zone).date()
    year, week, number = day.isocalendar()
    return _within(f"{year}-W{week:02}", day, at, now, zone, _DRILL_FOR) if number - 1 == weekday else None


def _within(name: str, day: date, at: time, now: datetime, zone: ZoneInfo, how_long: timedelta) -> Occasion | None:
    since_at = datetime.combine(day, at, zone)
    return Occasion(name, since_at) if timedelta(0) <= now - since_at < how_long else None
