"""What the copter does by itself when something goes wrong. Pure.

1. No heartbeat of its ground station (SYSID_MYGCS) for five seconds of the wall clock: FS_GCS_ENABLE's way home. It
   stays on that way when the station is back.
2. A battery that is low, then critical: BATT_FS_LOW_ACT, BATT_FS_CRT_ACT, each once.
3. No position for three seconds in a mode that needs one: down, with the wind.
4. Outside the fence: FENCE_ACTION.
"""

from __future__ import annotations

from simulators.vehicle import fence, modes
from simulators.vehicle.fence import Kind
from simulators.vehicle.mav import Mode, Severity
from simulators.vehicle.state import Copter

__all__ = ["STATION_LOST_S", "watch"]

STATION_LOST_S = 5.0
_POSITION_LOST_S = 3.0
_ON_THE_WAY = frozenset({Mode.RTL, Mode.SMART_RTL, Mode.LAND})
_BREACH_KIND = {Kind.CEILING: 2, Kind.CIRCLE: 3, Kind.POLYGON: 3}  # FENCE_BREACH: ceiling, border


def watch(copter: Copter) -> None:
    """Look at everything that may be wrong, and act."""
    _watch_station(copter)
    _watch_battery(copter)
    _watch_position(copter)
    _watch_fence(copter)


def _watch_station(copter: Copter) -> None:
    failures = copter.failures
    action = int(copter.parameters["FS_GCS_ENABLE"])
    late = copter.station_s is not None and copter.now_s - copter.station_s > STATION_LOST_S
    if not late or not action:
        if failures.ground_station:
            failures.ground_station = False
            copter.say(Severity.WARNING, "GCS Failsafe Cleared")
        return
    if failures.ground_station or not copter.armed:
        return
    failures.ground_station = True
    copter.say(Severity.WARNING, "GCS Failsafe")
    goes_on = int(copter.parameters["FS_OPTIONS"]) & 2 and copter.mode is Mode.AUTO
    if not goes_on:
        _act(copter, Mode.LAND if action == 5 else Mode.RTL)


def _watch_battery(copter: Copter) -> None:
    failures, parameters, battery = copter.failures, copter.parameters, copter.battery
    left_mah = battery.capacity_mah - battery.used_mah
    if battery.left <= 0 and copter.armed and copter.aloft:
        copter.say(Severity.CRITICAL, "Battery 1 is empty")
        modes.disarm(copter, forced=True)
        return
    low = battery.voltage_v < parameters["BATT_LOW_VOLT"] or left_mah < parameters["BATT_LOW_MAH"]
    critical = battery.voltage_v < parameters["BATT_CRT_VOLT"] or left_mah < parameters["BATT_CRT_MAH"]
    failures.low_since_s = (failures.low_since_s or copter.boot_s) if low else None
    failures.critical_since_s = (failures.critical_since_s or copter.boot_s) if critical else None
    if _lasts(copter, failures.critical_since_s) and not failures.battery_critical:
        failures.battery_critical = failures.battery_low = True
        _tell_battery(copter, "critical")
        _act_on_battery(copter, int(parameters["BATT_FS_CRT_ACT"]))
    elif _lasts(copter, failures.low_since_s) and not failures.battery_low:
        failures.battery_low = True
        _tell_battery(copter, "low")
        _act_on_battery(copter, int(parameters["BATT_FS_LOW_ACT"]))


def _lasts(copter: Copter, since_s: float | None) -> bool:
    return since_s is not None and copter.boot_s - since_s >= copter.parameters["BATT_LOW_TIMER"]


def _tell_battery(copter: Copter, word: str) -> None:
    battery = copter.battery
    copter.say(Severity.WARNING, f"Battery 1 is {word} {battery.voltage_v:.2f}V used {battery.used_mah:.0f} mAh")


def _act_on_battery(copter: Copter, action: int) -> None:
    if action == 1:
        _act(copter, Mode.LAND)
    elif action in (2, 3, 4) and copter.mode is not Mode.LAND:
        _act(copter, Mode.RTL)


def _watch_position(copter: Copter) -> None:
    failures = copter.failures
    if copter.has_position:
        failures.lost_since_s = None
        failures.position = False
        return
    if failures.lost_since_s is None:
        failures.lost_since_s = copter.boot_s
        if copter.armed and copter.aloft:
            copter.say(Severity.CRITICAL, "GPS Glitch")
    lasts = copter.boot_s - failures.lost_since_s >= _POSITION_LOST_S
    if not lasts or failures.position or not copter.armed or not copter.aloft:
        return
    if copter.parameters["FS_EKF_ACTION"] and modes.needs_position(copter.mode):
        failures.position = True
        copter.say(Severity.CRITICAL, "EKF Failsafe: changed to LAND Mode")
        modes.change_mode(copter, Mode.LAND)


def _watch_fence(copter: Copter) -> None:
    failures = copter.failures
    if not copter.parameters["FENCE_ENABLE"] or not copter.armed or not copter.aloft:
        failures.fence = False
        return
    broken = fence.breaches(copter)
    if not broken:
        failures.fence = False
        return
    if failures.fence:
        return
    failures.fence = True
    failures.fence_count += 1
    failures.fence_kind = next(number for kind, number in _BREACH_KIND.items() if kind in broken)
    failures.fence_at_s = copter.boot_s
    copter.say(Severity.NOTICE, "Fence Breached")
    action = int(copter.parameters["FENCE_ACTION"])
    if action and copter.mode not in _ON_THE_WAY:
        _act(copter, Mode.LAND if action == 2 else Mode.RTL)


def _act(copter: Copter, mode: Mode) -> None:
    """Home or down; on the ground it disarms, and without a position it lands where it is."""
    if not copter.armed:
        return
    if not copter.aloft:
        modes.disarm(copter)
        return
    if copter.mode in _ON_THE_WAY and mode is not Mode.LAND:
        return
    if not modes.change_mode(copter, mode):
        modes.change_mode(copter, Mode.LAND)
