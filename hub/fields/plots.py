"""Plots and their stations as values, and the rules about them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from edge.wire.quantities import Quantity

__all__ = [
    "STALE_AFTER", "Latest", "NewPlot", "Plot", "Row", "Station", "Trend", "decide_trend", "is_stale", "may_change",
]  # fmt: skip

Trend = Literal["rising", "steady", "falling"]
# Stations speak at least each half hour; what is older than an hour must not be read as the present.
STALE_AFTER = timedelta(hours=1)
# An hour's change below so many of the last shown digit is the sensor's noise.
_STEADY_DIGITS = 3


@dataclass(frozen=True, slots=True)
class NewPlot:
    """A plot as it shall be from now on; `device_keys` are its stations, `shared_with` other farmers' ids."""

    owner_id: str
    name: str
    crop: str | None = None
    planted_on: date | None = None
    device_keys: frozenset[int] = frozenset()
    shared_with: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plot:
    """One piece of farmland; `station_keys` are the devices that measure it."""

    id: str
    owner_id: str
    owner_name: str
    name: str
    crop: str | None
    planted_on: date | None
    created_at: datetime
    station_keys: Sequence[int]
    shared_with: Sequence[str]


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest value of one quantity in its own unit; `trend` is None when nothing was measured an hour before."""

    quantity: Quantity
    value: float
    measured_at: datetime
    trend: Trend | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """A field station with what it last measured, in the order of edge/wire/quantities.py."""

    key: int
    id: str
    name: str
    lat: float
    lon: float
    last_heard_at: datetime | None
    latest: Sequence[Latest]


@dataclass(frozen=True, slots=True)
class Row:
    """Everything that a device measured at one moment; `values` in the order that was asked for."""

    measured_at: datetime
    received_at: datetime
    values: Sequence[float | None]


def decide_trend(quantity: Quantity, value: float, hour_before: float | None) -> Trend | None:
    """Which way a quantity went within the hour.

    None when the hour before is unknown, and for a direction of the compass, which goes round.
    """
    if hour_before is None or quantity.unit == "°":
        return None
    change = value - hour_before
    if abs(change) < _STEADY_DIGITS * 10.0**-quantity.decimals:
        return "steady"
    return "rising" if change > 0 else "falling"


def is_stale(measured_at: datetime, now: datetime) -> bool:
    """Whether a value is too old to be taken for the present one."""
    return now - measured_at > STALE_AFTER


def may_change(plot: Plot, person_id: str, *, is_staff: bool) -> bool:
    """Whether somebody may change a plot: its owner and city staff. Those it is shared with only look."""
    return is_staff or plot.owner_id == person_id
