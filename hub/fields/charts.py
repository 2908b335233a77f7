"""What a chart shows: its span, the width of its buckets, and where nothing was measured. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

__all__ = [
    "BUCKETS",
    "MAX_POINTS",
    "SPANS",
    "Bucket",
    "ChartData",
    "Point",
    "Span",
    "Window",
    "choose_bucket",
    "decide_window",
    "plan_chart",
]

MAX_POINTS = 600
# Widths that divide the town's day, so that buckets begin at round clock times; the last one is whole days.
BUCKETS: tuple[timedelta, ...] = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(days=1),
)
Span = Literal["day", "week", "month"]
SPANS: dict[Span, int] = {"day": 1, "week": 7, "month": 31}
# A hole is wider than this many usual distances between points: one lost message is not yet a hole.
_HOLE = 2.5


@dataclass(frozen=True, slots=True)
class Point:
    """One measured value."""

    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """The values of one stretch of time, which begins at `time`."""

    time: datetime
    min: float
    mean: float
    max: float
    count: int


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch [since, until) that a chart shows, with the ends of the windows before and after (None: not yet)."""

    span: Span
    since: datetime
    until: datetime
    before: datetime
    after: datetime | None


@dataclass(frozen=True, slots=True)
class ChartData:
    """Columns for drawing; a None in all three marks a hole. Times are Unix seconds, the middle of each bucket."""

    times: list[int]
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]


def choose_bucket(span: timedelta) -> timedelta:
    """The narrowest width that shows `span` in at most MAX_POINTS points; days when nothing else does."""
    return next((width for width in BUCKETS if span / width <= MAX_POINTS), BUCKETS[-1])


def decide_window(span: str, until: datetime | None, now: datetime, zone: ZoneInfo) -> Window:
    """The window that a person asked for: the last day, week or month, or one that ended earlier.

    An unknown span reads as a day, which ends with the running hour: at breakfast it shows the night. Weeks and months
    end with the town's day. So a reload moves nothing.
    """
    known = cast("Span", span) if span in get_args(Span) else "day"
    newest = _end_of_hour(now) if known == "day" else _end_of_day(now, zone)
    end = min(until, newest) if until is not None else newest
    length = timedelta(days=SPANS[known])
    following = end + length
    return Window(known, end - length, end, end - length, min(following, newest) if end < newest else None)


def _end_of_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(now.tzinfo)


def plan_chart(buckets: Sequence[Bucket], width: timedelta) -> ChartData:
    """Columns with a hole wherever the distance of two buckets is far more than this series' usual distance."""
    data = ChartData([], [], [], [])
    limit = _HOLE * _usual_step(buckets, width)
    for index, bucket in enumerate(buckets):
        if index and bucket.time - buckets[index - 1].time > limit:
            _append(data, buckets[index - 1].time + width, None)
        _append(data, bucket.time + width / 2, bucket)
    return data


def _usual_step(buckets: Sequence[Bucket], width: timedelta) -> timedelta:
    steps = [(later.time - earlier.time).total_seconds() for earlier, later in pairwise(buckets)]
    return max(width, timedelta(seconds=median(steps))) if steps else width


def _append(data: ChartData, at: datetime, bucket: Bucket | None) -> None:
    data.times.append(int(at.timestamp()))
    data.mean.append(bucket and bucket.mean)
    data.min.append(bucket and bucket.min)
    data.max.append(bucket and bucket.max)
