"""What the copter tells of itself, message by message, in MAVLink's units. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from simulators.vehicle import camera
from simulators.vehicle.mav import EkfFlag, Mode, State
from simulators.vehicle.modes import readiness
from simulators.vehicle.state import Copter

__all__ = ["BUILDERS", "CAPABILITIES", "MESSAGE_IDS", "version_fields"]

_QUADROTOR, _ARDUPILOT = 2, 3
_BY_POSITION = frozenset({Mode.AUTO, Mode.GUIDED, Mode.LOITER, Mode.RTL, Mode.CIRCLE, Mode.POSHOLD, Mode.BRAKE})
_SENSORS_ALWAYS = 1 | 2 | 4 | 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 15 | 1 << 21 | 1 << 25
_GPS, _POSITION, _FENCE, _READY = 1 << 5, 1 << 14, 1 << 20, 1 << 28
_UNKNOWN_CELL = 65535

CAPABILITIES = 1 | 2 | 4 | 8 | 32 | 64 | 128 | 256 | 2048 | 8192 | 16384 | 32768
"""MAV_PROTOCOL_CAPABILITY: floats and integers for missions and parameters, commands as integers, files, attitude
and position targets, the compass's calibration, MAVLink 2, fences and rally points by the mission protocol."""

_VERSION = 4 << 24 | 0 << 16 | 7 << 8 | 255


def heartbeat(copter: Copter) -> dict[str, Any]:
    """HEARTBEAT."""
    failing = copter.armed and (
        copter.failures.ground_station or copter.failures.battery_low or copter.failures.position
    )
    state = State.CRITICAL if failing else State.ACTIVE if copter.armed and copter.aloft else State.STANDBY
    base = 1 | 16 | 64 | (8 if copter.mode in _BY_POSITION else 0) | (128 if copter.armed else 0)
    return {
        "type": _QUADROTOR,
        "autopilot": _ARDUPILOT,
        "base_mode": base,
        "custom_mode": int(copter.mode),
        "system_status": int(state),
        "mavlink_version": 3,
    }


def sys_status(copter: Copter) -> dict[str, Any]:
    """SYS_STATUS; the bit for "ready to arm" is as ground stations read it."""
    present = _SENSORS_ALWAYS | _GPS | _POSITION | _FENCE | _READY
    enabled = present if copter.parameters["FENCE_ENABLE"] else present & ~_FENCE
    health = _SENSORS_ALWAYS
    health |= _GPS if copter.gps.has_fix else 0
    health |= _POSITION if copter.has_position else 0
    health |= 0 if copter.failures.fence else _FENCE
    health |= _READY if readiness(copter) else 0
    battery = copter.battery
    return {
        "onboard_control_sensors_present": present,
        "onboard_control_sensors_enabled": enabled,
        "onboard_control_sensors_health": health,
        "load": 250,
        "voltage_battery": round(battery.voltage_v * 1000),
        "current_battery": round(battery.current_a * 100),
        "battery_remaining": math.floor(battery.left * 100),
        "drop_rate_comm": 0,
        "errors_comm": 0,
        "errors_count1": 0,
        "errors_count2": 0,
        "errors_count3": 0,
        "errors_count4": 0,
    }


def battery_status(copter: Copter) -> dict[str, Any]:
    """BATTERY_STATUS; the pack's voltage stands in the first cell, as ArduPilot has it without cell monitoring."""
    battery = copter.battery
    return {
        "id": 0,
        "battery_function": 0,
        "type": 1,
        "temperature": 2500,
        "voltages": [round(battery.voltage_v * 1000)] + [_UNKNOWN_CELL] * 9,
        "current_battery": round(battery.current_a * 100),
        "current_consumed": round(battery.used_mah),
        "energy_consumed": round(battery.used_mah * 14.8 * 0.036),
        "battery_remaining": math.floor(battery.left * 100),
        "time_remaining": 0,
        "charge_state": 3 if copter.failures.battery_critical else 2 if copter.failures.battery_low else 1,
    }


def gps_raw_int(copter: Copter) -> dict[str, Any]:
    """GPS_RAW_INT; without a fix the receiver tells no place."""
    fixed = copter.gps.has_fix
    place = copter.place()
    motion = copter.motion
    course = math.degrees(math.atan2(motion.v_east, motion.v_north)) % 360
    return {
        "time_usec": round(copter.boot_s * 1e6),
        "fix_type": 3 if fixed else 1,
        "lat": round(place.lat * 1e7) if fixed else 0,
        "lon": round(place.lon * 1e7) if fixed else 0,
        "alt": round(place.height_m * 1000) if fixed else 0,
        "eph": 121 if fixed else 9999,
        "epv": 200 if fixed else 9999,
        "vel": round(motion.speed_mps * 100) if fixed else 0,
        "cog": round(course * 100) % 36000 if fixed else 0,
        "satellites_visible": 10 if fixed else 2,
    }


def global_position_int(copter: Copter) -> dict[str, Any]:
    """GLOBAL_POSITION_INT: what the autopilot believes; zero before it has ever known."""
    known = copter.has_position or copter.home is not None
    place, motion = copter.place(), copter.motion
    return {
        "time_boot_ms": _boot_ms(copter),
        "lat": round(place.lat * 1e7) if known else 0,
        "lon": round(place.lon * 1e7) if known else 0,
        "alt": round(place.height_m * 1000),
        "relative_alt": round(copter.relative_m * 1000),
        "vx": round(motion.v_north * 100),
        "vy": round(motion.v_east * 100),
        "vz": round(-motion.v_up * 100),
        "hdg": round(motion.heading_deg * 100) % 36000,
    }


def local_position_ned(copter: Copter) -> dict[str, Any]:
    """LOCAL_POSITION_NED, from where the copter was started."""
    here, motion = copter.estimate, copter.motion
    return {
        "time_boot_ms": _boot_ms(copter),
        "x": here.north_m,
        "y": here.east_m,
        "z": -here.up_m,
        "vx": motion.v_north,
        "vy": motion.v_east,
        "vz": -motion.v_up,
    }


def attitude(copter: Copter) -> dict[str, Any]:
    """ATTITUDE, radians."""
    roll, pitch = camera.attitude(copter)
    yaw = math.radians((copter.motion.heading_deg + 180) % 360 - 180)
    return {
        "time_boot_ms": _boot_ms(copter),
        "roll": roll,
        "pitch": pitch,
        "yaw": yaw,
        "rollspeed": 0.0,
        "pitchspeed": 0.0,
        "yawspeed": 0.0,
    }


def vfr_hud(copter: Copter) -> dict[str, Any]:
    """VFR_HUD."""
    motion, air = copter.motion, copter.air
    through = math.hypot(motion.v_north - air.north - air.gust_north, motion.v_east - air.east - air.gust_east)
    throttle = 0 if not copter.armed else round(35 + 5 * motion.v_up) if copter.aloft else 10
    return {
        "airspeed": through if copter.aloft else 0.0,
        "groundspeed": motion.speed_mps,
        "heading": round(motion.heading_deg) % 360,
        "throttle": max(0, min(100, throttle)),
        "alt": copter.estimate.up_m + copter.config.place.height_m,
        "climb": motion.v_up,
    }


def ekf_status_report(copter: Copter) -> dict[str, Any]:
    """EKF_STATUS_REPORT."""
    flags = EkfFlag.ATTITUDE | EkfFlag.VELOCITY_UP | EkfFlag.HEIGHT
    if copter.has_position:
        flags |= EkfFlag.VELOCITY | EkfFlag.POSITION_RELATIVE | EkfFlag.POSITION
        flags |= EkfFlag.PREDICTED_RELATIVE | EkfFlag.PREDICTED
    else:
        flags |= EkfFlag.CONSTANT_POSITION
    variance = 0.05 if copter.has_position else 1.2
    return {
        "flags": int(flags),
        "velocity_variance": variance,
        "pos_horiz_variance": variance,
        "pos_vert_variance": 0.05,
        "compass_variance": 0.03,
        "terrain_alt_variance": 0.0,
    }


def rc_channels(copter: Copter) -> dict[str, Any]:
    """RC_CHANNELS: sticks and what ground stations put over them; two channels of 18 are not there."""
    values = {f"chan{number}_raw": copter.channel(number) for number in range(1, 17)}
    return {"time_boot_ms": _boot_ms(copter), "chancount": 16, **values, "chan17_raw": 0, "chan18_raw": 0, "rssi": 254}


def mission_current(copter: Copter) -> dict[str, Any]:
    """MISSION_CURRENT: the item that is flown; what is done in passing is never shown."""
    return {"seq": copter.run.index}


def system_time(copter: Copter) -> dict[str, Any]:
    """SYSTEM_TIME; the true time is known from the first fix on."""
    known = copter.gps.has_fix
    return {"time_unix_usec": round(copter.unix_s * 1e6) if known else 0, "time_boot_ms": _boot_ms(copter)}


def wind(copter: Copter) -> dict[str, Any]:
    """WIND: where it comes from, degrees, -180 to 180."""
    return {"direction": (copter.air.from_deg + 180) % 360 - 180, "speed": copter.air.speed_mps, "speed_z": 0.0}


def fence_status(copter: Copter) -> dict[str, Any]:
    """FENCE_STATUS."""
    failures = copter.failures
    return {
        "breach_status": int(failures.fence),
        "breach_count": failures.fence_count,
        "breach_type": failures.fence_kind if failures.fence else 0,
        "breach_time": round(failures.fence_at_s * 1000),
    }


def vibration(copter: Copter) -> dict[str, Any]:
    """VIBRATION; a well-balanced copter."""
    level = 12.0 if copter.aloft else 0.1
    return {
        "time_usec": round(copter.boot_s * 1e6),
        "vibration_x": level,
        "vibration_y": level,
        "vibration_z": level,
        "clipping_0": 0,
        "clipping_1": 0,
        "clipping_2": 0,
    }


def extended_sys_state(copter: Copter) -> dict[str, Any]:
    """EXTENDED_SYS_STATE: on the ground, in the air, taking off or landing."""
    landed = 2 if copter.aloft else 1
    if copter.aloft and (copter.mode is Mode.LAND or copter.flight.phase == "land"):
        landed = 4
    elif copter.aloft and copter.flight.taking_off and copter.motion.v_up > 0.5:
        landed = 3
    return {"vtol_state": 0, "landed_state": landed}


def version_fields(copter: Copter) -> dict[str, Any]:
    """AUTOPILOT_VERSION: ArduCopter 4.0.7, which is what this copter behaves like."""
    return {
        "capabilities": CAPABILITIES,
        "flight_sw_version": _VERSION,
        "middleware_sw_version": 0,
        "os_sw_version": 0,
        "board_version": 0,
        "flight_custom_version": [0] * 8,
        "middleware_custom_version": [0] * 8,
        "os_custom_version": [0] * 8,
        "vendor_id": 0,
        "product_id": 0,
        "uid": 0x57414E41_00000000 | copter.config.system_id,
    }


def home_position(copter: Copter) -> dict[str, Any]:
    """HOME_POSITION."""
    return copter.home_fields()


def _boot_ms(copter: Copter) -> int:
    return round(copter.boot_s * 1000) & 0xFFFFFFFF


BUILDERS: dict[str, Callable[[Copter], dict[str, Any]]] = {
    "HEARTBEAT": heartbeat,
    "SYS_STATUS": sys_status,
    "BATTERY_STATUS": battery_status,
    "GPS_RAW_INT": gps_raw_int,
    "GLOBAL_POSITION_INT": global_position_int,
    "LOCAL_POSITION_NED": local_position_ned,
    "ATTITUDE": attitude,
    "VFR_HUD": vfr_hud,
    "EKF_STATUS_REPORT": ekf_status_report,
    "RC_CHANNELS": rc_channels,
    "MISSION_CURRENT": mission_current,
    "SYSTEM_TIME": system_time,
    "WIND": wind,
    "FENCE_STATUS": fence_status,
    "VIBRATION": vibration,
    "EXTENDED_SYS_STATE": extended_sys_state,
    "AUTOPILOT_VERSION": version_fields,
    "HOME_POSITION": home_position,
}
"""Every message that can be asked for, and what it says."""

MESSAGE_IDS = {
    0: "HEARTBEAT", 1: "SYS_STATUS", 2: "SYSTEM_TIME", 24: "GPS_RAW_INT", 30: "ATTITUDE", 32: "LOCAL_POSITION_NED",
    33: "GLOBAL_POSITION_INT", 42: "MISSION_CURRENT", 65: "RC_CHANNELS", 74: "VFR_HUD", 147: "BATTERY_STATUS",
    148: "AUTOPILOT_VERSION", 162: "FENCE_STATUS", 168: "WIND", 193: "EKF_STATUS_REPORT", 241: "VIBRATION",
    242: "HOME_POSITION", 245: "EXTENDED_SYS_STATE",
}  # fmt: skip
"""MAVLink's numbers of those messages."""
