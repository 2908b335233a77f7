"""The columns of a chart: one time axis for all its series, and where each of them was not measured. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from hub.fields.charts.series import Bucket, Series

__all__ = ["ChartData", "Column", "Hole", "find_holes", "plan_chart"]

# A hole is wider than this many usual distances between points: one lost message is not yet a hole.
_HOLE = 2.5
_LINES = ("line", "sum")


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch [since, until) in which a series has nothing."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Column:
    """One series on the chart's times; None where it has no bucket. A line is broken only where a hole is named.

    Of bars, `mean` is the sum of what was measured in the bucket; of a direction from all sides it is None.
    """

    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]
    holes: list[Hole]


@dataclass(frozen=True, slots=True)
class ChartData:
    """Times in Unix seconds, the middle of each bucket, and a column for each series in their order."""

    times: list[int]
    columns: list[Column]


def plan_chart(series: Sequence[Series], width: timedelta) -> ChartData:
    """All series on one rising time axis."""
    starts = sorted({bucket.time for one in series for bucket in one.buckets})
    return ChartData(
        [int((start + width / 2).timestamp()) for start in starts],
        [_column(one, starts, width) for one in series],
    )


def find_holes(buckets: Sequence[Bucket], width: timedelta) -> list[Hole]:
    """Where the distance of two buckets is far more than this series' usual distance."""
    limit = _HOLE * _usual_step(buckets, width)
    return [
        Hole(earlier.time + width, later.time)
        for earlier, later in pairwise(buckets)
        if later.time - earlier.time > limit
    ]


def _column(series: Series, starts: Sequence[datetime], width: timedelta) -> Column:
    digits = series.quantity.decimals + 1
    known = {bucket.time: bucket for bucket in series.buckets}
    column = Column([], [], [], find_holes(series.buckets, width) if series.kind in _LINES else [])
    for start in starts:
        bucket = known.get(start)
        shown = bucket and (bucket.mean * bucket.count if series.kind == "bars" else bucket.shown_mean)
        column.mean.append(None if shown is None else round(shown, digits))
        column.min.append(bucket and round(bucket.min, digits))
        column.max.append(bucket and round(bucket.max, digits))
    return column


def _usual_step(buckets: Sequence[Bucket], width: timedelta) -> timedelta:
    steps = [(later.time - earlier.time).total_seconds() for earlier, later in pairwise(buckets)]
    return max(width, timedelta(seconds=median(steps))) if steps else width
