"""Plots and their stations as values, and the rules about them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from edge.wire.quantities import Quantity
from hub.fields.plots.shapes import Shape

__all__ = [
    "STALE_AFTER", "Latest", "NewPlot", "Plot", "Row", "Station", "Trend", "decide_trend", "is_stale", "keep_private",
    "keep_unnamed", "may_change", "veil",
]  # fmt: skip

Trend = Literal["rising", "steady", "falling"]
# Stations speak at least each half hour; what is older than an hour must not be read as the present.
STALE_AFTER = timedelta(hours=1)
# An hour's change below so many of the last shown digit is the sensor's noise.
_STEADY_DIGITS = 3


@dataclass(frozen=True, slots=True)
class NewPlot:
    """A plot as it shall be from now on; `device_keys` are its stations, `shared_with` other farmers' ids.

    `base_temperature_c` (°C) and `target_degree_days` (°C·d): None is the crop's own. `offsets_c` are added to the air
    temperature of a station (by key) for this plot, K. `open_to_staff` is the owner's consent at the making, None: as
    usual (what staff make from paper is open, what a farmer makes is not); a change leaves it as it is.
    """

    owner_id: str
    name: str
    crop: str | None = None
    planted_on: date | None = None
    device_keys: frozenset[int] = frozenset()
    shared_with: frozenset[str] = frozenset()
    crop_id: str | None = None
    shape: Shape | None = None
    base_temperature_c: float | None = None
    target_degree_days: float | None = None
    is_paddy: bool = False
    offsets_c: Mapping[int, float] = field(default_factory=dict[int, float])
    open_to_staff: bool | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """One piece of farmland; `station_keys` are the devices that measure it, `offsets_c` (K) stand in their order.

    `crop` is the owner's own word, or else the name of the crop of the table. `own_…` are what the owner has written,
    the others fall back on the crop: °C, °C·d. `shape` is GeoJSON with its area in m² and a point within it.
    `open_to_staff`: city staff may look into it. `is_open` False: whoever reads this may know that the plot is there,
    whose, and with which stations, and nothing else.
    """

    id: str
    owner_id: str
    owner_name: str
    name: str
    crop: str | None
    planted_on: date | None
    created_at: datetime
    station_keys: Sequence[int]
    shared_with: Sequence[str]
    offsets_c: Sequence[float] = ()
    own_crop: str | None = None
    crop_id: str | None = None
    shape: Mapping[str, object] | None = None
    area_m2: float | None = None
    lat: float | None = None
    lon: float | None = None
    base_temperature_c: float | None = None
    target_degree_days: float | None = None
    own_base_temperature_c: float | None = None
    own_target_degree_days: float | None = None
    frost_limit_c: float | None = None
    is_paddy: bool = False
    group_ids: Sequence[str] = ()
    open_to_staff: bool = False
    is_open: bool = True

    def offset_c(self, device_key: int) -> float:
        """What is added to the air temperature of a station for this plot, K."""
        return dict(zip(self.station_keys, self.offsets_c, strict=False)).get(device_key, 0.0)


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


def veil(plot: Plot) -> Plot:
    """What somebody knows of a plot who may not look into it: city staff, who run its stations."""
    return Plot(
        plot.id, plot.owner_id, plot.owner_name, plot.name, None, None, plot.created_at, plot.station_keys, (),
        offsets_c=[0.0] * len(plot.station_keys), is_open=False,
    )  # fmt: skip


def keep_unnamed(new: NewPlot, plot: Plot, named: Collection[str]) -> NewPlot:
    """A change by a program that may be older than a field: what it does not name stays as it is."""
    kept: dict[str, object] = {
        "crop_id": plot.crop_id,
        "shape": _kept_shape(plot),
        "base_temperature_c": plot.own_base_temperature_c,
        "target_degree_days": plot.own_target_degree_days,
        "is_paddy": plot.is_paddy,
    }
    changes: dict[str, Any] = {name: value for name, value in kept.items() if name not in named}
    if "temperature_offsets_c" not in named:
        changes["offsets_c"] = {key: plot.offset_c(key) for key in new.device_keys}
    return replace(new, **changes)


def keep_private(new: NewPlot, plot: Plot) -> NewPlot:
    """A change by somebody who may not look into the plot: name and stations; the rest stays as the owner has it."""
    return replace(
        new,
        crop=plot.own_crop,
        planted_on=plot.planted_on,
        shared_with=frozenset(plot.shared_with),
        crop_id=plot.crop_id,
        shape=_kept_shape(plot),
        base_temperature_c=plot.own_base_temperature_c,
        target_degree_days=plot.own_target_degree_days,
        is_paddy=plot.is_paddy,
        offsets_c={key: plot.offset_c(key) for key in new.device_keys},
    )


def _kept_shape(plot: Plot) -> Shape | None:
    if plot.shape is None or plot.area_m2 is None or plot.lat is None or plot.lon is None:
        return None
    return Shape(plot.shape, plot.area_m2, plot.lat, plot.lon)
