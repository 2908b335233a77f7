"""How a copter moves: a point with limits on speed and acceleration, pushed by the wind. Pure.

Rotors and attitude are not flown; what a ground station sees of them follows from speed, acceleration and wind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from simulators.vehicle.wind import Air

__all__ = ["GRAVITY_MPS2", "Demand", "Motion", "Touched", "step"]

GRAVITY_MPS2 = 9.81
_MAX_AIRSPEED_MPS = 18.0
_STOPPING_MPS2 = 2.5  # how hard it brakes when it is told something else on its way
_TERMINAL_MPS = 15.0
_TURN_DEG_PER_S = 60.0
_PUSHED = 0.12  # how much of a gust gets through the position controller
_DRIFTING_PER_S = 0.25  # how fast a level copter takes on the wind's speed


@dataclass(frozen=True, slots=True)
class Motion:
    """Metres from the starting place and above its ground, metres a second over ground, degrees from north."""

    north_m: float = 0.0
    east_m: float = 0.0
    up_m: float = 0.0
    v_north: float = 0.0
    v_east: float = 0.0
    v_up: float = 0.0
    heading_deg: float = 0.0
    a_north: float = 0.0
    a_east: float = 0.0

    @property
    def speed_mps(self) -> float:
        """Over ground."""
        return math.hypot(self.v_north, self.v_east)


@dataclass(frozen=True, slots=True)
class Demand:
    """What the autopilot wants: a velocity, how fast to come to it, and where the nose points.

    Without `holds` nobody holds the copter against the wind; without `powered` it falls.
    """

    v_north: float = 0.0
    v_east: float = 0.0
    v_up: float = 0.0
    heading_deg: float | None = None
    accel_mps2: float = 1.0
    accel_up_mps2: float = 1.0
    holds: bool = True
    powered: bool = True


@dataclass(frozen=True, slots=True)
class Touched:
    """The copter has come to the ground so fast (metres a second, downward)."""

    speed_mps: float


def step(motion: Motion, demand: Demand, air: Air, dt_s: float) -> tuple[Motion, Touched | None]:
    """Where it is `dt_s` seconds later, and whether it came to the ground meanwhile."""
    aloft = motion.up_m > 0
    if not demand.powered:
        v_up = max(-_TERMINAL_MPS, motion.v_up - GRAVITY_MPS2 * dt_s) if aloft else 0.0
        v_north, v_east = _drift(motion, air, dt_s) if aloft else (0.0, 0.0)
    else:
        v_up = motion.v_up + _clamp(demand.v_up - motion.v_up, demand.accel_up_mps2 * dt_s)
        v_north, v_east = _fly(motion, demand, air, dt_s) if aloft else (0.0, 0.0)
    return _moved(motion, (v_north, v_east, v_up), demand, air, dt_s)


def _moved(
    motion: Motion, velocity: tuple[float, float, float], demand: Demand, air: Air, dt_s: float
) -> tuple[Motion, Touched | None]:
    v_north, v_east, v_up = velocity
    held = _PUSHED if demand.holds and demand.powered and motion.up_m > 0 else 0.0
    moved = replace(
        motion,
        north_m=motion.north_m + (v_north + held * air.gust_north) * dt_s,
        east_m=motion.east_m + (v_east + held * air.gust_east) * dt_s,
        up_m=motion.up_m + v_up * dt_s,
        v_north=v_north,
        v_east=v_east,
        v_up=v_up,
        heading_deg=_turned(motion.heading_deg, demand.heading_deg, dt_s) if motion.up_m > 0 else motion.heading_deg,
        a_north=(v_north - motion.v_north) / dt_s,
        a_east=(v_east - motion.v_east) / dt_s,
    )
    if moved.up_m > 0:
        return moved, None
    resting = replace(moved, up_m=0.0, v_north=0.0, v_east=0.0, v_up=max(0.0, v_up), a_north=0.0, a_east=0.0)
    return resting, Touched(-v_up) if motion.up_m > 0 else None


def _fly(motion: Motion, demand: Demand, air: Air, dt_s: float) -> tuple[float, float]:
    if not demand.holds:
        return _drift(motion, air, dt_s)
    want_north, want_east = _in_reach(demand.v_north, demand.v_east, air)
    d_north, d_east = want_north - motion.v_north, want_east - motion.v_east
    braking = d_north * motion.v_north + d_east * motion.v_east < 0
    most = (max(_STOPPING_MPS2, demand.accel_mps2) if braking else demand.accel_mps2) * dt_s
    size = math.hypot(d_north, d_east)
    share = 1.0 if size <= most else most / size
    return motion.v_north + d_north * share, motion.v_east + d_east * share


def _in_reach(v_north: float, v_east: float, air: Air) -> tuple[float, float]:
    """The wanted velocity, with no more airspeed than the copter has: a strong wind takes it along."""
    through_north, through_east = v_north - air.north, v_east - air.east
    airspeed = math.hypot(through_north, through_east)
    if airspeed <= _MAX_AIRSPEED_MPS:
        return v_north, v_east
    share = _MAX_AIRSPEED_MPS / airspeed
    return air.north + through_north * share, air.east + through_east * share


def _drift(motion: Motion, air: Air, dt_s: float) -> tuple[float, float]:
    share = min(1.0, _DRIFTING_PER_S * dt_s)
    return (
        motion.v_north + (air.north + air.gust_north - motion.v_north) * share,
        motion.v_east + (air.east + air.gust_east - motion.v_east) * share,
    )


def _turned(heading_deg: float, wanted_deg: float | None, dt_s: float) -> float:
    if wanted_deg is None:
        return heading_deg
    difference = (wanted_deg - heading_deg + 180) % 360 - 180
    return (heading_deg + _clamp(difference, _TURN_DEG_PER_S * dt_s)) % 360


def _clamp(value: float, most: float) -> float:
    return max(-most, min(most, value))
