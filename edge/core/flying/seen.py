"""What an autopilot has said so far, and what of that tells where a flight stands. Pure.

Values are the newest ones of their kind; None is what it has not said. Heights are above the take-off place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["PILOTS_MODES", "Motion", "Seen", "Shot", "Text", "read_motion"]

# The modes in which somebody at the sticks flies (ArduCopter's names).
PILOTS_MODES = frozenset(
    {"STABILIZE", "ACRO", "ALT_HOLD", "LOITER", "DRIFT", "SPORT", "FLIP", "POSHOLD", "FLOWHOLD", "ZIGZAG", "CIRCLE"}
)
_ON_GROUND, _LANDING = 1, 4  # MAV_LANDED_STATE

# What a vehicle does, as far as it matters to a flight; `other` is a flight that is not led by us.
Motion = Literal["climbs", "surveys", "holds", "returns", "lands", "other", "is_down"]

_BY_MODE: Mapping[str, Motion] = {
    "BRAKE": "holds", "LAND": "lands", "RTL": "returns", "SMART_RTL": "returns", "AUTO_RTL": "returns",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """One vehicle as it told of itself. `heartbeat_s` and `position_s` are the uptimes at which it was heard last."""

    heartbeat_s: float | None = None
    position_s: float | None = None
    mode: str | None = None
    armed: bool | None = None
    landed: int | None = None
    item: int | None = None
    lat: float | None = None
    lon: float | None = None
    height_m: float | None = None
    altitude_m: float | None = None
    heading_deg: float | None = None
    speed_mps: float | None = None
    climb_mps: float | None = None
    battery_percent: float | None = None
    battery_v: float | None = None
    satellites: int | None = None
    fix: int | None = None
    hdop: float | None = None
    wind_mps: float | None = None
    wind_from_deg: float | None = None
    ekf_flags: int | None = None
    prearm_ok: bool | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One release of the camera (CAMERA_FEEDBACK). `index` is the autopilot's own count since it started, `unix_us` its
    time (microseconds since 1970, None when it has none), `at_s` the uptime at which its word came.
    """

    index: int
    lat: float
    lon: float
    height_m: float
    altitude_m: float | None
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    at_s: float
    unix_us: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A line of the autopilot; `severity` as in syslog."""

    severity: int
    text: str


def read_motion(seen: Seen, first_item: int | None, last_item: int | None, *, ours: bool) -> Motion | None:
    """What the vehicle does. `first_item` and `last_item` are the mission's survey, None without a mission of ours;
    `ours` is whether a flight of ours is on its way. None: nothing that tells where a flight stands.
    """
    if seen.armed is None or seen.mode is None:
        return None
    if not seen.armed:
        return "is_down"
    by_mode = _BY_MODE.get(seen.mode)
    if by_mode is not None:
        return "lands" if by_mode == "returns" and seen.landed == _LANDING else by_mode
    if seen.mode != "AUTO" or not ours or first_item is None or last_item is None:
        return "other" if (seen.height_m or 0.0) > 1.0 else None
    return _by_item(seen, first_item, last_item)


def _by_item(seen: Seen, first_item: int, last_item: int) -> Motion | None:
    if seen.landed == _ON_GROUND:
        return None
    # Until the autopilot has said which item it flies, it has just begun.
    item = seen.item or 0
    if item > last_item:
        return "lands" if seen.landed == _LANDING else "returns"
    return "surveys" if item > first_item else "climbs"
