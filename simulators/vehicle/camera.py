"""The camera below: fired by distance or by hand; each picture is told with the place it was taken at. Pure."""

from __future__ import annotations

import math

from simulators.vehicle.motion import GRAVITY_MPS2
from simulators.vehicle.state import Copter

__all__ = ["attitude", "fire", "set_distance", "watch"]


def set_distance(copter: Copter, every_m: float, *, at_once: bool) -> None:
    """Fire each so many metres over ground from here on; 0 ends it."""
    copter.camera.every_m = max(0.0, every_m)
    copter.camera.last = None if every_m <= 0 else (copter.estimate.north_m, copter.estimate.east_m)
    if at_once and every_m > 0:
        fire(copter)


def watch(copter: Copter) -> None:
    """Fire if it has come far enough since the last picture. It goes on in every mode until it is switched off."""
    camera = copter.camera
    if camera.every_m <= 0 or not copter.aloft or not copter.has_position:
        return
    here = copter.estimate.north_m, copter.estimate.east_m
    if camera.last is None:
        camera.last = here
    elif math.dist(here, camera.last) >= camera.every_m:
        fire(copter)


def fire(copter: Copter) -> None:
    """Take a picture, and tell everybody where (CAMERA_FEEDBACK)."""
    camera = copter.camera
    camera.count += 1
    camera.last = copter.estimate.north_m, copter.estimate.east_m
    place = copter.place()
    roll, pitch = attitude(copter)
    copter.send(
        "CAMERA_FEEDBACK",
        time_usec=round(copter.unix_s * 1e6),
        target_system=0,
        cam_idx=0,
        img_idx=camera.count & 0xFFFF,
        lat=round(place.lat * 1e7),
        lng=round(place.lon * 1e7),
        alt_msl=place.height_m,
        alt_rel=copter.relative_m,
        roll=math.degrees(roll),
        pitch=math.degrees(pitch),
        yaw=place.heading_deg,
        foc_len=0.0,
        flags=0,
        completed_captures=camera.count,
    )


def attitude(copter: Copter) -> tuple[float, float]:
    """Roll and pitch, radians: the lean that the acceleration and the drag of the air ask for."""
    motion = copter.motion
    if not copter.aloft:
        return 0.0, 0.0
    lean = 0.25  # metres a second squared of drag for each metre a second of airspeed
    north = motion.a_north + lean * (motion.v_north - copter.air.north - copter.air.gust_north)
    east = motion.a_east + lean * (motion.v_east - copter.air.east - copter.air.gust_east)
    heading = math.radians(motion.heading_deg)
    ahead = north * math.cos(heading) + east * math.sin(heading)
    right = -north * math.sin(heading) + east * math.cos(heading)
    most = math.radians(45)
    roll = max(-most, min(most, math.atan2(right, GRAVITY_MPS2)))
    return roll, max(-most, min(most, -math.atan2(ahead, GRAVITY_MPS2)))
