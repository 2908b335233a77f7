"""What each mode wants of the copter just now. Pure: it changes what the mode remembers, nothing else."""

from __future__ import annotations

import math

from simulators.vehicle.mav import Cmd, Mode, Store
from simulators.vehicle.motion import Demand
from simulators.vehicle.state import Copter, Leg

__all__ = ["climb_to", "demand", "fly_leg", "go_to", "hold", "land", "return_home", "start_takeoff"]

_STANDING_MPS = 0.5
_VELOCITY_LASTS_S = 3.0  # a velocity that is not asked for again ends
_LEAST_M = 0.1
_ALMOST_M = 0.3
_CORNER_MPS = 0.7  # ArduCopter 4.0 all but stops at a corner
_LEAST_CONE_SLOPE = 0.5  # anything less is no cone
_LEAST_RETURN_M = 2.0


def demand(copter: Copter) -> Demand:
    """What the mode wants; AUTO is the mission's matter (`mission.fly`)."""
    if copter.mode is Mode.GUIDED:
        return _guided(copter)
    if copter.mode in (Mode.RTL, Mode.SMART_RTL):
        return return_home(copter)
    if copter.mode is Mode.LAND:
        return land(copter, held=copter.has_position)
    if copter.mode in (Mode.BRAKE, Mode.CIRCLE):
        return hold(copter)
    return _by_pilot(copter)


def metres(copter: Copter, name: str) -> float:
    """A parameter in centimetres as metres, never so small that nothing would move."""
    return max(_LEAST_M, copter.parameters[name] / 100)


def hold(copter: Copter) -> Demand:
    """Come to a halt, and stay there."""
    flight, here = copter.flight, copter.estimate
    if flight.up_m is None:
        flight.up_m = here.up_m + _stopping_m(here.v_up, metres(copter, "WPNAV_ACCEL_Z"))
    v_up = climb_to(copter, flight.up_m)
    if flight.hold is None:
        if here.speed_mps > _STANDING_MPS:
            return Demand(0.0, 0.0, v_up, heading_deg=flight.heading_deg, accel_mps2=2.5)
        flight.hold = here.north_m, here.east_m
    v_north, v_east = _home_in(copter, flight.hold)
    return Demand(v_north, v_east, v_up, heading_deg=flight.heading_deg)


def _stopping_m(speed_mps: float, accel_mps2: float) -> float:
    return math.copysign(speed_mps * speed_mps / (2 * accel_mps2), speed_mps)


def _home_in(copter: Copter, point: tuple[float, float], most_mps: float = 2.0) -> tuple[float, float]:
    north, east = point[0] - copter.estimate.north_m, point[1] - copter.estimate.east_m
    distance = math.hypot(north, east)
    if distance < 1e-6:
        return 0.0, 0.0
    accel = metres(copter, "WPNAV_ACCEL")
    speed = min(most_mps, distance * 0.8, math.sqrt(2 * accel * distance))
    return north / distance * speed, east / distance * speed


def climb_to(copter: Copter, up_m: float) -> float:
    """The climb (metres a second) towards a height above the starting ground, gently at its end."""
    difference = up_m - copter.estimate.up_m
    accel = metres(copter, "WPNAV_ACCEL_Z")
    speed = min(math.sqrt(2 * accel * abs(difference)), abs(difference) * 1.5)
    if difference > 0:
        return min(speed, metres(copter, "WPNAV_SPEED_UP"))
    return -min(speed, metres(copter, "WPNAV_SPEED_DN"))


def go_to(copter: Copter, north_m: float, east_m: float, up_m: float) -> None:
    """From here straight to a point."""
    here = copter.estimate
    copter.flight.leg = Leg((here.north_m, here.east_m), (north_m, east_m, up_m))
    copter.flight.velocity = None


def fly_leg(copter: Copter, leg: Leg, speed_mps: float) -> tuple[Demand, bool]:
    """Along the leg with a trapezoid of speed; whether its end is reached (near it, and almost at a stop)."""
    here = copter.estimate
    accel = metres(copter, "WPNAV_ACCEL")
    radius = metres(copter, "WPNAV_RADIUS")
    to_north, to_east = leg.target[0] - here.north_m, leg.target[1] - here.east_m
    distance = math.hypot(to_north, to_east)
    length = math.hypot(leg.target[0] - leg.start[0], leg.target[1] - leg.start[1])
    if length < _ALMOST_M or distance < radius:
        v_north, v_east = _home_in(copter, leg.target[:2], speed_mps)
    else:
        u_north, u_east = (leg.target[0] - leg.start[0]) / length, (leg.target[1] - leg.start[1]) / length
        ahead = to_north * u_north + to_east * u_east
        across_north, across_east = to_north - ahead * u_north, to_east - ahead * u_east
        along = math.copysign(min(speed_mps, math.sqrt(2 * accel * abs(ahead))), ahead)
        v_north = along * u_north + _limited(across_north * 0.6)
        v_east = along * u_east + _limited(across_east * 0.6)
    wanted = Demand(v_north, v_east, climb_to(copter, leg.target[2]), _heading(copter, leg, distance), accel)
    near = distance <= radius and abs(leg.target[2] - here.up_m) <= radius
    return wanted, near and here.speed_mps <= _CORNER_MPS


def _limited(speed_mps: float) -> float:
    return max(-2.0, min(2.0, speed_mps))


def _heading(copter: Copter, leg: Leg, distance_m: float) -> float | None:
    if copter.flight.heading_deg is not None:
        return copter.flight.heading_deg
    if not copter.parameters["WP_YAW_BEHAVIOR"] or distance_m < 2.0:
        return None
    north, east = leg.target[0] - leg.start[0], leg.target[1] - leg.start[1]
    return math.degrees(math.atan2(east, north)) % 360 if math.hypot(north, east) > 1.0 else None


def land(copter: Copter, *, held: bool = True) -> Demand:
    """Down: quickly from high up, slowly for the last metres; where it is held, on the spot."""
    here = copter.estimate
    slow = metres(copter, "LAND_SPEED")
    high = metres(copter, "LAND_SPEED_HIGH" if copter.parameters["LAND_SPEED_HIGH"] else "WPNAV_SPEED_DN")
    low_m = copter.parameters["LAND_ALT_LOW"] / 100
    v_up = -max(slow, min(high, math.sqrt(2 * max(0.0, here.up_m - low_m)))) if copter.aloft else -slow
    if not held:
        return Demand(v_up=v_up, holds=False)
    flight = copter.flight
    if flight.hold is None:
        if here.speed_mps > _STANDING_MPS:
            return Demand(v_up=v_up, accel_mps2=2.5)
        flight.hold = here.north_m, here.east_m
    v_north, v_east = _home_in(copter, flight.hold)
    return Demand(v_north, v_east, v_up)


def return_home(copter: Copter) -> Demand:
    """Up to RTL_ALT, or less within the cone of RTL_CONE_SLOPE above where it goes, straight home or to the nearest
    rally point, a short wait, down.
    """
    flight, here = copter.flight, copter.estimate
    if not copter.aloft:
        return Demand(v_up=-0.1)
    if not flight.phase:
        flight.phase = "climb"
        flight.up_m = max(here.up_m, copter.home_up_m + _return_height_m(copter))
    if flight.phase == "climb":
        if here.up_m < (flight.up_m or 0.0) - 1.0 or here.speed_mps > 2 * _STANDING_MPS:
            return hold(copter)
        north, east, up = _refuge(copter, flight.up_m or here.up_m)
        go_to(copter, north, east, up)
        flight.phase = "return"
    if flight.phase == "return" and flight.leg is not None:
        speed = metres(copter, "RTL_SPEED" if copter.parameters["RTL_SPEED"] else "WPNAV_SPEED")
        wanted, reached = fly_leg(copter, flight.leg, speed)
        if not reached:
            return wanted
        flight.phase, flight.since_s, flight.hold = "wait", copter.boot_s, flight.leg.target[:2]
    if flight.phase == "wait":
        if copter.boot_s - flight.since_s < copter.parameters["RTL_LOIT_TIME"] / 1000:
            return hold(copter)
        flight.phase = "land"
    return land(copter)


def _return_height_m(copter: Copter) -> float:
    """How far above its home a copter goes home at the least: who is nearly there need not climb."""
    height_m, slope = copter.parameters["RTL_ALT"] / 100, copter.parameters["RTL_CONE_SLOPE"]
    if slope < _LEAST_CONE_SLOPE:
        return height_m
    north_m, east_m, _ = _refuge(copter, 0.0)
    away_m = math.dist((copter.estimate.north_m, copter.estimate.east_m), (north_m, east_m))
    return min(height_m, max(away_m * slope, _LEAST_RETURN_M))


def _refuge(copter: Copter, up_m: float) -> tuple[float, float, float]:
    """Home or the nearest rally point that is near enough: metres north, east, and the height to fly at."""
    here = copter.estimate.north_m, copter.estimate.east_m
    home = (0.0, 0.0) if copter.home is None else copter.ground.metres(copter.home.lat, copter.home.lon)
    limit_m = copter.parameters["RALLY_LIMIT_KM"] * 1000 or math.inf
    best, best_m, height = home, math.inf, up_m
    if copter.parameters["RALLY_INCL_HOME"]:
        best_m = math.dist(here, home)
    for item in copter.lists[Store.RALLY]:
        point = copter.ground.metres(item.lat, item.lon)
        distance = math.dist(here, point)
        if item.command == Cmd.RALLY_POINT and distance < min(best_m, limit_m):
            best, best_m, height = point, distance, max(up_m, item.z + copter.home_up_m)
    return best[0], best[1], height


def start_takeoff(copter: Copter, height_m: float) -> None:
    """Straight up to a height above home."""
    flight, here = copter.flight, copter.estimate
    flight.taking_off, flight.velocity = True, None
    up = height_m + copter.home_up_m
    flight.leg = Leg((here.north_m, here.east_m), (here.north_m, here.east_m, up))


def _guided(copter: Copter) -> Demand:
    flight = copter.flight
    if flight.velocity is not None and copter.aloft:
        if copter.boot_s - flight.velocity_s < _VELOCITY_LASTS_S:
            north, east, up = flight.velocity
            return Demand(north, east, up, heading_deg=flight.heading_deg)
        flight.velocity = None
    if flight.leg is None or (not copter.aloft and not flight.taking_off):
        return hold(copter) if copter.aloft else Demand(v_up=-0.1)
    wanted, _ = fly_leg(copter, flight.leg, cruise_mps(copter))
    return wanted


def cruise_mps(copter: Copter) -> float:
    """How fast it flies over ground: what was asked for in this mode, otherwise WPNAV_SPEED."""
    return copter.flight.speed_mps or metres(copter, "WPNAV_SPEED")


def _by_pilot(copter: Copter) -> Demand:
    """Modes that a pilot's sticks fly; with none there the throttle is low, and the copter sinks or falls."""
    stick = copter.channel(3) - 1500
    if copter.mode is Mode.STABILIZE and stick < -400:
        return Demand(powered=not copter.aloft, v_up=-0.1)
    dead = max(0.0, min(400.0, copter.parameters["THR_DZ"]))
    if stick > dead:
        v_up = (stick - dead) / (500 - dead) * copter.parameters["PILOT_SPEED_UP"] / 100
    elif stick < -dead:
        v_up = (stick + dead) / (500 - dead) * copter.parameters["PILOT_SPEED_DN"] / 100
    else:
        v_up = 0.0
    if copter.mode not in (Mode.LOITER, Mode.POSHOLD) or not copter.aloft:
        return Demand(v_up=v_up, holds=False)
    copter.flight.up_m = copter.estimate.up_m
    held = hold(copter)
    return Demand(held.v_north, held.v_east, v_up, accel_mps2=held.accel_mps2)
