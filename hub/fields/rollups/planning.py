"""Which part of a series is read from where, and which of what is due is computed next. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.fields.rollups.stretches import (
    EARLIEST,
    HOUR,
    LATEST,
    Stretch,
    hour_above,
    hour_below,
    join,
    share,
    subtract,
    thin_out,
)

__all__ = [
    "EVERY_DEVICE", "Due", "Reach", "ReadingPlan", "Standing", "Taken", "Work", "has_whole_hours", "plan_reading",
    "plan_work", "sort_marks", "surrounding_days",
]  # fmt: skip

EVERY_DEVICE = 0
"""The key in a mark for whichever devices have readings there: a batch of many devices' is one row."""
# More pieces than these make a statement long; those that lie nearest are then read as one, from the readings.
_MOST_PIECES = 12
# How far behind the newest rolled hour a mark without an end stays: more than any clock goes back.
_OPEN_END = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one device's rollups.

    All before `reach` is rolled up, but for what `due` says; of what lies before `raw_since` nothing else is left.
    `zone` is whose days the daily rollups are.
    """

    reach: datetime | None
    due: Sequence[Stretch]
    raw_since: datetime | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """Disjoint stretches: as measured, by the hour, by the town's day."""

    raw: Sequence[Stretch]
    hours: Sequence[Stretch] = ()
    days: Sequence[Stretch] = ()


@lru_cache(maxsize=16)
def has_whole_hours(zone: ZoneInfo) -> bool:
    """Whether a zone's clock has always been whole hours from UTC, so that each hour of UTC lies in one of its own."""
    instants = (datetime(year, month, 15, tzinfo=UTC) for year in range(2000, 2060) for month in range(1, 13))
    offsets = (instant.astimezone(zone).utcoffset() for instant in instants)
    return all(offset is not None and offset % HOUR == timedelta() for offset in offsets)


def plan_reading(
    since: datetime | None, until: datetime | None, width: timedelta, zone: ZoneInfo, standing: Standing
) -> ReadingPlan:
    """Where each part of [since, until) is read for buckets of `width`: rolled up wherever that is exact."""
    window = [Stretch(max(since or EARLIEST, EARLIEST), min(until or LATEST, LATEST))]
    if window[0].since >= window[0].until:
        return ReadingPlan(())
    if width % HOUR or not has_whole_hours(zone):
        return ReadingPlan(window)
    gone = [Stretch(EARLIEST, standing.raw_since)] if standing.raw_since else []
    reached = [Stretch(EARLIEST, standing.reach)] if standing.reach else []
    rolled = join([*subtract(reached, join(standing.due)), *gone])
    inner = [Stretch(hour_above(window[0].since), hour_below(window[0].until))]
    usable = share([one for one in inner if one.since < one.until], rolled)
    raw = thin_out(subtract(subtract(window, usable), gone), _MOST_PIECES)
    hours = subtract(usable, raw)
    if width % timedelta(days=1) or standing.zone != zone.key:
        return ReadingPlan(raw, hours)
    days = [day for day in (_whole_days(one, zone) for one in hours) if day.since < day.until]
    return ReadingPlan(raw, subtract(hours, days), days)


def _whole_days(stretch: Stretch, zone: ZoneInfo) -> Stretch:
    """The days of a zone's clock that lie wholly in a stretch."""
    first = stretch.since.astimezone(zone).date()
    if _day_start(first, zone) < stretch.since:
        first += timedelta(days=1)
    last = stretch.until.astimezone(zone).date()
    return Stretch(_day_start(first, zone), _day_start(last, zone))


def _day_start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A stretch of one device that is to be rolled up again."""

    device_key: int
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Taken:
    """Marks by what is done with them: those of one device, stretches in which every device is looked at, and what is
    marked for every device beyond what is ready.
    """

    own: Sequence[Due]
    wide: Sequence[Stretch]
    rest: Sequence[Due]


def sort_marks(marks: Iterable[Due], ready: datetime) -> Taken:
    """Tell marks of one device from those for every device, and cut the latter at `ready`."""
    own: list[Due] = []
    wide: list[Stretch] = []
    for mark in marks:
        if mark.device_key == EVERY_DEVICE:
            wide.append(mark.stretch)
        else:
            own.append(mark)
    beyond = [Stretch(max(one.since, ready), one.until) for one in wide if one.until > ready]
    before = [Stretch(one.since, min(one.until, ready)) for one in wide if one.since < ready]
    return Taken(own, join(before), [Due(EVERY_DEVICE, one) for one in join(beyond)])


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a device is rolled up (None: not at all), and its first hour with readings or rollups (None: no such)."""

    device_key: int
    reach: datetime | None
    first: datetime | None


@dataclass(frozen=True, slots=True)
class Work:
    """What is computed now (no two pieces of one device touch), what stays due, and up to where devices then reach."""

    pieces: list[Due] = field(default_factory=list[Due])
    rest: list[Due] = field(default_factory=list[Due])
    reaches: dict[int, datetime] = field(default_factory=dict[int, datetime])


def plan_work(marks: Iterable[Due], reaches: Iterable[Reach], ready: datetime, most: timedelta) -> Work:
    """What is rolled up now: what is marked, and what a device has not reached yet, before `ready`; `most` in all.

    A mark far beyond `ready` is for what has been rolled up already: whoever measures later makes a mark then.
    """
    work, left = Work(), most
    known = {one.device_key: one for one in reaches}
    by_device: dict[int, list[Stretch]] = {}
    for mark in marks:
        by_device.setdefault(mark.device_key, []).append(mark.stretch)
    for device_key, stretches in sorted(by_device.items()):
        device = known.get(device_key)
        if device is None or device.first is None:
            continue
        whole = Stretch(device.first, ready + _OPEN_END)
        newest = min(max(one.until for one in stretches), ready)
        reach = device.reach or device.first
        work.reaches[device_key] = max(reach, newest)
        for one in share(join([*stretches, Stretch(reach, newest)]), [whole]):
            until = max(one.since, min(one.until, ready, one.since + left))
            if one.since < until:
                work.pieces.append(Due(device_key, Stretch(one.since, until)))
                left -= until - one.since
            if until < one.until:
                work.rest.append(Due(device_key, Stretch(until, one.until)))
    return work


def surrounding_days(pieces: Iterable[Due], zone: ZoneInfo) -> list[Due]:
    """The days of a zone's clock that pieces touch, as whole days."""
    days: dict[int, list[Stretch]] = {}
    for piece in pieces:
        last = (piece.stretch.until - HOUR).astimezone(zone).date()
        around = Stretch(
            _day_start(piece.stretch.since.astimezone(zone).date(), zone), _day_start(last + timedelta(days=1), zone)
        )
        days.setdefault(piece.device_key, []).append(around)
    return [Due(device_key, one) for device_key, stretches in sorted(days.items()) for one in join(stretches)]
