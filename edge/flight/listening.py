"""What an autopilot says, message by message, into what has been seen. No I/O: its messages come from the adapter.

Units are MAVLink's (common.xml and ardupilotmega.xml); its marks for "unknown" become None.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from edge.core.flying.seen import Seen, Shot, Text
from edge.flight.mavlink import MODES, dialect

__all__ = ["hear", "read_shot", "read_text"]

_ARMED = 128
_PREARM = 1 << 28
_NO_HEADING = 65535
_NO_HDOP = 65535

Changes = dict[str, Any]


def hear(seen: Seen, message: Any, now_s: float) -> Seen:
    """What has been seen after a message came at that uptime; the same object when it tells nothing new."""
    read = _READERS.get(message.get_type())
    changes = read(message, now_s) if read else {}
    return replace(seen, **changes) if changes else seen


def read_shot(message: Any, now_s: float) -> Shot:
    """A CAMERA_FEEDBACK."""
    return Shot(
        index=message.img_idx,
        lat=message.lat / 1e7,
        lon=message.lng / 1e7,
        height_m=_finite(message.alt_rel),
        altitude_m=_finite(message.alt_msl),
        yaw_deg=_finite(message.yaw),
        pitch_deg=_finite(message.pitch),
        roll_deg=_finite(message.roll),
        at_s=now_s,
        # Beyond this it is no time that Python knows.
        unix_us=message.time_usec if 0 < message.time_usec < 1 << 53 else None,
    )


def read_text(message: Any) -> Text:
    """A STATUSTEXT."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(message.text)).strip()
    return Text(min(7, max(0, int(message.severity))), text)


def _heartbeat(message: Any, now_s: float) -> Changes:
    # Cameras, gimbals and other ground stations have heartbeats too.
    if message.autopilot == dialect.MAV_AUTOPILOT_INVALID or message.type == dialect.MAV_TYPE_GCS:
        return {}
    mode = MODES.get(message.custom_mode, f"MODE {message.custom_mode}")
    return {"heartbeat_s": now_s, "mode": mode, "armed": bool(message.base_mode & _ARMED)}


def _position(message: Any, now_s: float) -> Changes:
    lat, lon = message.lat / 1e7, message.lon / 1e7
    # Before it knows where it is, an autopilot says 0, 0.
    is_known = (lat, lon) != (0.0, 0.0) and abs(lat) <= 90 and abs(lon) <= 180
    return {
        "position_s": now_s,
        "lat": lat if is_known else None,
        "lon": lon if is_known else None,
        "height_m": message.relative_alt / 1000,
        "altitude_m": message.alt / 1000,
        "heading_deg": None if message.hdg == _NO_HEADING else message.hdg / 100,
        "speed_mps": math.hypot(message.vx, message.vy) / 100,
        "climb_mps": -message.vz / 100,
    }


def _system(message: Any, _now_s: float) -> Changes:
    percent, volts = message.battery_remaining, message.voltage_battery
    knows = message.onboard_control_sensors_present & _PREARM
    return {
        "battery_percent": float(min(100, percent)) if percent >= 0 else None,
        "battery_v": None if volts in (0, 65535) else volts / 1000,
        "prearm_ok": bool(message.onboard_control_sensors_health & _PREARM) if knows else None,
    }


def _gps(message: Any, _now_s: float) -> Changes:
    return {
        "fix": min(8, message.fix_type),
        "satellites": None if message.satellites_visible == 255 else message.satellites_visible,
        "hdop": None if message.eph == _NO_HDOP else message.eph / 100,
    }


def _wind(message: Any, _now_s: float) -> Changes:
    # What is no number is no calm: nobody measured one.
    speed_mps, from_deg = message.speed, message.direction
    return {
        "wind_mps": abs(speed_mps) if math.isfinite(speed_mps) else None,
        "wind_from_deg": from_deg % 360 if math.isfinite(from_deg) else None,
    }


def _ekf(message: Any, _now_s: float) -> Changes:
    return {"ekf_flags": message.flags}


def _item(message: Any, _now_s: float) -> Changes:
    return {"item": message.seq}


def _extended(message: Any, _now_s: float) -> Changes:
    return {"landed": message.landed_state}


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


_READERS: dict[str, Callable[[Any, float], Changes]] = {
    "HEARTBEAT": _heartbeat,
    "GLOBAL_POSITION_INT": _position,
    "SYS_STATUS": _system,
    "GPS_RAW_INT": _gps,
    "WIND": _wind,
    "EKF_STATUS_REPORT": _ekf,
    "MISSION_CURRENT": _item,
    "EXTENDED_SYS_STATE": _extended,
}
