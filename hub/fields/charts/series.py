"""Values of a series, and what a chart calls them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from edge.wire.quantities import Quantity

__all__ = ["Bucket", "Kind", "Point", "Series", "kind_of", "merge"]

Kind = Literal["line", "bars", "dots"]
# What is counted in each interval is added up; a direction goes round, so no line joins its values.
_KINDS: dict[str, Kind] = {"rainfall": "bars", "wind_direction": "dots"}


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
class Series:
    """One quantity of one place, oldest first; `years_back` is 1 for last year's values moved under this year's."""

    device: str
    place: str
    quantity: Quantity
    buckets: Sequence[Bucket]
    years_back: int = 0

    @property
    def kind(self) -> Kind:
        """How it is drawn."""
        return kind_of(self.quantity)


def kind_of(quantity: Quantity) -> Kind:
    """How a quantity is drawn: what falls in an interval as bars of sums, a direction as dots, all else as a line."""
    return _KINDS.get(quantity.name, "line")


def merge(buckets: Sequence[Bucket], time: datetime | None = None) -> Bucket:
    """One bucket over all of them (one or more), which begins at `time` or with the first."""
    count = sum(bucket.count for bucket in buckets)
    mean = sum(bucket.mean * bucket.count for bucket in buckets) / count
    low, high = min(bucket.min for bucket in buckets), max(bucket.max for bucket in buckets)
    # The sum of products may miss a flat series by a last digit.
    return Bucket(time or buckets[0].time, low, min(max(mean, low), high), high, count)
