"""The copter's parameters: ArduCopter's names, kinds and units, and what a partner's drone would have set. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from simulators.vehicle.values import float32

__all__ = ["DEFAULTS", "Kind", "Parameter", "Parameters"]


class Kind(IntEnum):
    """MAV_PARAM_TYPE."""

    INT8 = 2
    INT16 = 4
    INT32 = 6
    REAL32 = 9


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter with its value; whole numbers go over the wire as floats too, as ArduPilot does it."""

    name: str
    value: float
    kind: Kind


_LIMITS = {Kind.INT8: 127, Kind.INT16: 32767, Kind.INT32: 2**31 - 1}

DEFAULTS: tuple[tuple[str, float, Kind], ...] = (
    ("SYSID_THISMAV", 1, Kind.INT16),
    ("SYSID_MYGCS", 255, Kind.INT16),
    ("FORMAT_VERSION", 120, Kind.INT16),
    ("FRAME_CLASS", 1, Kind.INT8),
    ("FRAME_TYPE", 1, Kind.INT8),
    ("ARMING_CHECK", 1, Kind.INT32),
    ("DISARM_DELAY", 10, Kind.INT8),
    # failsafes: a partner's drone comes home by itself (ArduCopter's own defaults leave most of these off)
    ("FS_GCS_ENABLE", 1, Kind.INT8),
    ("FS_THR_ENABLE", 0, Kind.INT8),
    ("FS_THR_VALUE", 975, Kind.INT16),
    ("FS_EKF_ACTION", 1, Kind.INT8),
    ("FS_EKF_THRESH", 0.8, Kind.REAL32),
    ("FS_CRASH_CHECK", 1, Kind.INT8),
    ("FS_OPTIONS", 0, Kind.INT32),
    ("BATT_MONITOR", 4, Kind.INT8),
    ("BATT_CAPACITY", 5200, Kind.INT32),
    ("BATT_LOW_VOLT", 0, Kind.REAL32),
    ("BATT_LOW_MAH", 1040, Kind.REAL32),
    ("BATT_CRT_VOLT", 0, Kind.REAL32),
    ("BATT_CRT_MAH", 520, Kind.REAL32),
    ("BATT_LOW_TIMER", 10, Kind.INT8),
    ("BATT_FS_LOW_ACT", 2, Kind.INT8),
    ("BATT_FS_CRT_ACT", 1, Kind.INT8),
    # the fence, off until it is asked for
    ("FENCE_ENABLE", 0, Kind.INT8),
    ("FENCE_TYPE", 7, Kind.INT8),
    ("FENCE_ACTION", 1, Kind.INT8),
    ("FENCE_ALT_MAX", 100, Kind.REAL32),
    ("FENCE_RADIUS", 150, Kind.REAL32),
    ("FENCE_MARGIN", 2, Kind.REAL32),
    ("FENCE_TOTAL", 0, Kind.INT8),
    ("RALLY_TOTAL", 0, Kind.INT8),
    ("RALLY_LIMIT_KM", 0.3, Kind.REAL32),
    ("RALLY_INCL_HOME", 1, Kind.INT8),
    # flying: centimetres, centimetres a second and a second squared, milliseconds
    ("RTL_ALT", 1500, Kind.INT16),
    ("RTL_CONE_SLOPE", 3, Kind.REAL32),
    ("RTL_SPEED", 0, Kind.INT16),
    ("RTL_LOIT_TIME", 5000, Kind.INT32),
    ("RTL_ALT_FINAL", 0, Kind.INT16),
    ("LAND_SPEED", 50, Kind.INT16),
    ("LAND_SPEED_HIGH", 0, Kind.INT16),
    ("LAND_ALT_LOW", 1000, Kind.INT16),
    ("WPNAV_SPEED", 500, Kind.REAL32),
    ("WPNAV_SPEED_UP", 250, Kind.REAL32),
    ("WPNAV_SPEED_DN", 150, Kind.REAL32),
    ("WPNAV_RADIUS", 200, Kind.REAL32),
    ("WPNAV_ACCEL", 100, Kind.REAL32),
    ("WPNAV_ACCEL_Z", 100, Kind.REAL32),
    ("LOIT_SPEED", 1250, Kind.REAL32),
    ("PILOT_SPEED_UP", 250, Kind.INT16),
    ("PILOT_SPEED_DN", 150, Kind.INT16),
    ("PILOT_TKOFF_ALT", 0, Kind.REAL32),
    ("ANGLE_MAX", 4500, Kind.INT16),
    ("WP_YAW_BEHAVIOR", 2, Kind.INT8),
    ("AUTO_OPTIONS", 0, Kind.INT32),
    ("MIS_TOTAL", 0, Kind.INT16),
    ("MIS_RESTART", 0, Kind.INT8),
    ("MIS_OPTIONS", 0, Kind.INT16),
    ("MOT_SPIN_ARM", 0.1, Kind.REAL32),
    ("MOT_SPIN_MIN", 0.15, Kind.REAL32),
    ("RC_OVERRIDE_TIME", 3, Kind.REAL32),
    ("THR_DZ", 100, Kind.INT16),
    ("CAM_TRIGG_TYPE", 0, Kind.INT8),
    ("CAM_TRIGG_DIST", 0, Kind.REAL32),
    ("CAM_FEEDBACK_PIN", -1, Kind.INT8),
    ("GPS_TYPE", 1, Kind.INT8),
    ("EK2_ENABLE", 1, Kind.INT8),
    ("LOG_BITMASK", 176126, Kind.INT32),
    ("SR0_POSITION", 0, Kind.INT16),
    ("SR0_EXT_STAT", 0, Kind.INT16),
)
"""Name, value, kind: what an untouched copter has."""


class Parameters:
    """All parameters in their order. They outlive a reboot, as a flight controller's do."""

    def __init__(self) -> None:
        self._order = [name for name, _, _ in DEFAULTS]
        self._kinds = {name: kind for name, _, kind in DEFAULTS}
        self._values = {name: float32(value) for name, value, _ in DEFAULTS}

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Parameter]:
        return (self._of(name) for name in self._order)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def find(self, name: str, index: int = -1) -> Parameter | None:
        """By its number where that is not negative, otherwise by its name; None for one that is not there."""
        if index >= 0:
            return self._of(self._order[index]) if index < len(self._order) else None
        return self._of(name) if name in self._values else None

    def index(self, name: str) -> int:
        """Its number on the wire."""
        return self._order.index(name)

    def set(self, name: str, value: float) -> Parameter | None:
        """Keep a value as its kind holds it. None for a name that is not there, or a value that is no number."""
        if name not in self._values or value != value or value in (float("inf"), float("-inf")):
            return None
        limit = _LIMITS.get(self._kinds[name])
        self._values[name] = float32(value) if limit is None else float(max(-limit - 1, min(limit, round(value))))
        return self._of(name)

    def _of(self, name: str) -> Parameter:
        return Parameter(name, self._values[name], self._kinds[name])
