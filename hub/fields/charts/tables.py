"""The values behind a chart as rows for reading, by hours, days, weeks or months of the town's calendar. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from hub.fields.charts.series import Bucket, Series, merge

__all__ = ["Row", "Step", "choose_step", "plan_table", "total"]

Step = Literal["hour", "day", "week", "month"]
_STEPS: tuple[tuple[timedelta, Step], ...] = (
    (timedelta(days=2), "hour"), (timedelta(days=62), "day"), (timedelta(days=400), "week"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One step: where it begins, and each series' bucket over it (None: nothing measured) in the series' order."""

    begins_at: datetime
    values: list[Bucket | None]


def choose_step(length: timedelta) -> Step:
    """The step that shows a window in a table that can be read."""
    for most, step in _STEPS:
        if length <= most:
            return step
    return "month"


def plan_table(series: Sequence[Series], step: Step, zone: ZoneInfo) -> list[Row]:
    """Rows in the order of time; a bucket counts for the step in which it begins."""
    begin = _BEGINS[step]
    columns = [
        {key: merge(list(group), key) for key, group in groupby(one.buckets, lambda b: begin(b.time.astimezone(zone)))}
        for one in series
    ]
    starts = sorted({start for column in columns for start in column})
    return [Row(start, [column.get(start) for column in columns]) for start in starts]


def total(series: Series) -> Bucket | None:
    """Least, mean and greatest over everything that is shown; None when that is nothing."""
    return merge(series.buckets) if series.buckets else None


def _hour(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0)


def _day(local: datetime) -> datetime:
    return datetime.combine(local.date(), time(), local.tzinfo)


def _week(local: datetime) -> datetime:
    return datetime.combine(local.date() - timedelta(days=local.weekday()), time(), local.tzinfo)


def _month(local: datetime) -> datetime:
    return datetime.combine(local.date().replace(day=1), time(), local.tzinfo)


_BEGINS: dict[Step, Callable[[datetime], datetime]] = {"hour": _hour, "day": _day, "week": _week, "month": _month}
