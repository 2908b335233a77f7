"""Values of a series, and what a chart calls them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from edge.wire.quantities import Quantity
from hub.fields.charts.directions import LEAST_STEADINESS, is_direction, mean_direction, sum_vectors

__all__ = ["Bucket", "Kind", "Point", "Series", "kind_of", "merge"]

Kind = Literal["line", "bars", "dots", "sum"]
# What is counted in each interval is added up.
_SUMMED = frozenset({"rainfall"})
# What is a sum already, growing through a season.
_GROWING = frozenset({"degree_days"})


@dataclass(frozen=True, slots=True)
class Point:
    """One measured value."""

    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """The values of one stretch of time, which begins at `time`.

    Of a direction, `mean` is the vector mean and `steadiness` says how far it speaks for all of them (1: for each, 0:
    they cancel each other); `min` and `max` are the least and greatest number of degrees, which say nothing of a span.
    """

    time: datetime
    min: float
    mean: float
    max: float
    count: int
    steadiness: float | None = None

    @property
    def shown_mean(self) -> float | None:
        """The mean for a reader: None where a direction came from too many sides to have one."""
        return None if self.steadiness is not None and self.steadiness < LEAST_STEADINESS else self.mean


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity of one place, oldest first; `years_back` is 1 for last year's values moved under this year's.

    `offset_c` is what the plot is warmer than the station, K, where the values have it in them; `target` what a sum
    shall come to.
    """

    device: str
    place: str
    quantity: Quantity
    buckets: Sequence[Bucket]
    years_back: int = 0
    offset_c: float = 0.0
    target: float | None = None

    @property
    def kind(self) -> Kind:
        """How it is drawn."""
        return kind_of(self.quantity)


def kind_of(quantity: Quantity) -> Kind:
    """How a quantity is drawn: what falls in an interval as bars of sums, a direction as dots, all else as a line.

    The line of a growing sum begins at zero and has no band.
    """
    if quantity.name in _GROWING:
        return "sum"
    # A direction goes round, so no line joins its values.
    return "bars" if quantity.name in _SUMMED else "dots" if is_direction(quantity) else "line"


def merge(buckets: Sequence[Bucket], time: datetime | None = None) -> Bucket:
    """One bucket over all of them (one or more), which begins at `time` or with the first."""
    count = sum(bucket.count for bucket in buckets)
    begins_at = time or buckets[0].time
    if buckets[0].steadiness is not None:
        vector = sum_vectors((bucket.mean, bucket.count * (bucket.steadiness or 0.0)) for bucket in buckets)
        mean, steadiness = mean_direction(*vector, count)
        return Bucket(begins_at, _least(buckets), mean, _greatest(buckets), count, steadiness)
    mean = sum(bucket.mean * bucket.count for bucket in buckets) / count
    low, high = _least(buckets), _greatest(buckets)
    # The sum of products may miss a flat series by a last digit.
    return Bucket(begins_at, low, min(max(mean, low), high), high, count)


def _least(buckets: Sequence[Bucket]) -> float:
    return min(bucket.min for bucket in buckets)


def _greatest(buckets: Sequence[Bucket]) -> float:
    return max(bucket.max for bucket in buckets)
