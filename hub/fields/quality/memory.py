"""What the judging of a sensor remembers between two hours, and its form in the database. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from hub.fields.quality.hours import Flow

__all__ = ["DeviceMemory", "SensorMemory"]


@dataclass(slots=True)
class SensorMemory:
    """One sensor as its hours left it, up to the hour `hour`; whoever advances it works on a copy.

    Flat: all of the last `flat_hours` hours with readings lie between `flat_low` and `flat_high`, no wider than one
    step of the sensor's `resolution`. `near_*` is what the neighbours did meanwhile.
    Drift: `diffs` are today's differences from the neighbours, `days` the days' medians, `base` those of the first
    days, where the sensor stands as it was put up; None of the first three sums when nothing was compared yet.
    `nears` is what the neighbours said when `diffs` were taken, `halves` the days' medians of their cool and of their
    warm hours, `base_halves` those of the first days, until these have become `base_cool` and `base_warm`.
    """

    hour: int = 0
    last_s: int = 0
    resolution: float | None = None
    flat_low: float = 0.0
    flat_high: float = 0.0
    flat_since_s: int = 0
    flat_hours: int = 0
    near_low: float | None = None
    near_high: float | None = None
    near_total: float = 0.0
    near_days: int = 0
    near_wet: float = 0.0
    spikes: int = 0
    spike_s: int = 0
    spike: float = 0.0
    stuck: bool = False
    # the last data hours: their numbers and how many readings each had
    hours: list[int] = field(default_factory=list[int])
    readings: list[int] = field(default_factory=list[int])
    day: int = 0
    day_spoiled: bool = False
    diffs: list[float] = field(default_factory=list[float])
    nears: list[float] = field(default_factory=list[float])
    own_sum: float = 0.0
    near_sum: float = 0.0
    days: list[int] = field(default_factory=list[int])
    day_diffs: list[float] = field(default_factory=list[float])
    halves: list[list[float]] = field(default_factory=list[list[float]])
    base: list[float] = field(default_factory=list[float])
    base_halves: list[list[float]] = field(default_factory=list[list[float]])
    base_is: float | None = None
    base_cool: float | None = None
    base_warm: float | None = None
    base_spread: float = 0.0
    drifting: bool = False
    drift_since_day: int = 0

    def copy(self) -> "SensorMemory":
        """Another one of the same content."""
        return replace(
            self,
            hours=self.hours[:],
            readings=self.readings[:],
            diffs=self.diffs[:],
            nears=self.nears[:],
            days=self.days[:],
            day_diffs=self.day_diffs[:],
            halves=self.halves[:],
            base=self.base[:],
            base_halves=self.base_halves[:],
        )

    def dump(self) -> dict[str, Any]:
        """As JSON, without what is as in the beginning."""
        return {name: value for name in _NAMES if (value := getattr(self, name)) != getattr(_BLANK, name)}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "SensorMemory":
        """From JSON; what a later version no longer knows is left out."""
        return cls(**{name: value for name, value in stored.items() if name in _NAMES})

    def after_change(self, kind: str) -> "SensorMemory":
        """As it is after somebody has worked on the sensor: another one knows nothing, the same one keeps its place."""
        if kind == "replacement":
            return SensorMemory()
        kept = self.copy()
        kept.days, kept.day_diffs, kept.halves, kept.diffs, kept.nears = [], [], [], [], []
        kept.own_sum = kept.near_sum = 0.0
        kept.drifting, kept.spikes, kept.flat_hours, kept.stuck = False, 0, 0, False
        return kept


_BLANK = SensorMemory()
_NAMES: tuple[str, ...] = tuple(one.name for one in fields(SensorMemory))


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """One device: its sensors' memories as of `settled_hour`, before what may still change, and as of `hour`, the last
    whole hour that was looked at; and how its rows of the last days came.

    `near`: by quantity the devices with which it is compared and how far away each usually is, chosen at `near_hour`.
    `watched_s`: since when it has been looked at without a pause; what was not heard before that is nobody's silence.
    `told`: the sensors of whose trouble people have been told.
    """

    hour: int = 0
    settled_hour: int = 0
    settled: Mapping[str, SensorMemory] = field(default_factory=dict[str, SensorMemory])
    sensors: Mapping[str, SensorMemory] = field(default_factory=dict[str, SensorMemory])
    flows: Sequence[Flow] = ()
    near: Mapping[str, Mapping[int, float]] = field(default_factory=dict[str, Mapping[int, float]])
    near_hour: int = 0
    watched_s: int = 0
    told: tuple[str, ...] = ()

    def after_change(self, quantity: str, kind: str) -> "DeviceMemory":
        """As it is after somebody has worked on one of the sensors."""
        both: list[dict[str, SensorMemory]] = []
        for memories in (self.settled, self.sensors):
            changed = memories.get(quantity, SensorMemory()).after_change(kind)
            changed.hour = max(changed.hour, self.hour)
            both.append({**memories, quantity: changed})
        near = {name: ones for name, ones in self.near.items() if name != quantity or kind != "replacement"}
        return replace(self, settled=both[0], sensors=both[1], near=near)

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "hour": self.hour,
            "settled_hour": self.settled_hour,
            "settled": {name: memory.dump() for name, memory in self.settled.items()},
            "sensors": {name: memory.dump() for name, memory in self.sensors.items()},
            "flows": [list(flow) for flow in self.flows],
            "near": {name: {str(key): at for key, at in ones.items()} for name, ones in self.near.items()},
            "near_hour": self.near_hour,
            "watched_s": self.watched_s,
            "told": list(self.told),
        }

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "DeviceMemory":
        """From JSON; an empty one is a device that was never looked at."""
        if not stored:
            return cls()
        return cls(
            stored["hour"],
            stored["settled_hour"],
            {name: SensorMemory.load(one) for name, one in stored["settled"].items()},
            {name: SensorMemory.load(one) for name, one in stored["sensors"].items()},
            [Flow(*flow) for flow in stored["flows"]],
            {name: {int(key): offset for key, offset in ones.items()} for name, ones in stored["near"].items()},
            stored["near_hour"],
            stored["watched_s"],
            tuple(stored["told"]),
        )
