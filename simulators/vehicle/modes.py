"""Modes, arming and disarming: what is allowed when, and what is said if it is not. Pure."""

from __future__ import annotations

from simulators.vehicle import fence
from simulators.vehicle.mav import Cmd, Mode, Severity, Store
from simulators.vehicle.state import Copter, Flight, Run

__all__ = ["arm", "change_mode", "disarm", "needs_position", "readiness", "reasons_against_arming"]

_NEED_POSITION = frozenset({
    Mode.AUTO, Mode.GUIDED, Mode.LOITER, Mode.RTL, Mode.CIRCLE, Mode.POSHOLD, Mode.BRAKE, Mode.SMART_RTL,
})  # fmt: skip
_ARMABLE = frozenset({Mode.STABILIZE, Mode.ALT_HOLD, Mode.GUIDED, Mode.LOITER, Mode.POSHOLD})

_NOT_IN_THIS_MODE = "Mode not armable"


def needs_position(mode: Mode) -> bool:
    """Whether the mode cannot be flown without a position."""
    return mode in _NEED_POSITION


def change_mode(copter: Copter, number: int) -> bool:
    """Change the mode, if that mode is known and can be flown now."""
    try:
        mode = Mode(number)
    except ValueError:
        copter.say(Severity.WARNING, "No such mode")
        return False
    if mode is copter.mode:
        return True
    reason = _against(copter, mode)
    if reason:
        copter.say(Severity.WARNING, f"Mode change to {mode.name} failed: {reason}")
        return False
    copter.mode = mode
    copter.flight = Flight(since_s=copter.boot_s)
    copter.run.running = False
    return True


def _against(copter: Copter, mode: Mode) -> str:
    if not copter.armed:
        return ""  # a copter on the ground takes any mode, and refuses to arm in it
    if mode in _NEED_POSITION and not copter.has_position:
        return "requires position"
    if mode is Mode.AUTO:
        items = copter.lists[Store.MISSION]
        if len(items) < 2:
            return "no mission"
        if not copter.aloft and not _begins_with_takeoff(copter):
            return "missing takeoff cmd"
    return ""


def _begins_with_takeoff(copter: Copter) -> bool:
    from_here = copter.lists[Store.MISSION][max(1, copter.run.index) :]
    flown = (item.command for item in from_here if item.command in (Cmd.TAKEOFF, Cmd.WAYPOINT, Cmd.SPLINE, Cmd.LAND))
    return next(flown, None) == Cmd.TAKEOFF


def reasons_against_arming(copter: Copter) -> list[str]:
    """Why it must not be armed, in ArduCopter's words; empty if it may."""
    reasons: list[str] = []
    if copter.broken:
        reasons.append("Crashed")
    if copter.mode not in _ARMABLE:
        reasons.append(_NOT_IN_THIS_MODE)
    if not copter.parameters["ARMING_CHECK"]:
        return reasons
    fenced = bool(copter.parameters["FENCE_ENABLE"])
    if not copter.gps.has_fix and (needs_position(copter.mode) or fenced):
        reasons.append("GPS 1: Bad fix")
    elif not copter.has_position and (needs_position(copter.mode) or fenced):
        reasons.append("Need Position Estimate")
    elif fenced and fence.breaches(copter):
        reasons.append("vehicle outside fence")
    if copter.failures.battery_low or copter.failures.battery_critical:
        reasons.append("Battery 1 low capacity failsafe")
    if copter.failures.ground_station:
        reasons.append("GCS failsafe on")
    if copter.channel(3) > 1100 and copter.mode is not Mode.GUIDED:
        reasons.append("Throttle too high")
    return reasons


def readiness(copter: Copter) -> bool:
    """Whether all checks but the one for the mode are passed: what ground stations show as "ready to arm"."""
    return all(reason == _NOT_IN_THIS_MODE for reason in reasons_against_arming(copter)) and copter.has_position


def arm(copter: Copter, *, forced: bool) -> bool:
    """Start the motors; forced, no check is asked."""
    if copter.armed:
        return True
    reasons = [] if forced else reasons_against_arming(copter)
    for reason in reasons:
        copter.say(Severity.CRITICAL, f"Arm: {reason}" if reason == _NOT_IN_THIS_MODE else f"PreArm: {reason}")
    if reasons:
        return False
    copter.armed, copter.landed_s, copter.ground_s = True, copter.boot_s, copter.now_s
    if copter.has_position and not copter.home_locked:
        copter.set_home(copter.place(), locked=False)
    copter.flight = Flight(since_s=copter.boot_s)
    copter.say(Severity.INFO, "Arming motors")
    return True


def disarm(copter: Copter, *, forced: bool = False) -> bool:
    """Stop the motors; in the air only when forced."""
    if not copter.armed:
        return True
    if copter.aloft and not forced:
        return False
    copter.armed = False
    copter.run = Run()  # a mission begins anew with the next flight
    copter.flight = Flight(since_s=copter.boot_s)
    copter.failures.fence = copter.failures.position = False
    copter.say(Severity.INFO, "Disarming motors")
    return True
