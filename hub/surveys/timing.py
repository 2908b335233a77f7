"""When each sortie starts and how high it flies, so that no two drones come near each other. Pure.

Drones are told apart at the survey's height: climb and landing are straight above each drone's own place. Where two
would come near, the later one waits; where that takes too long, it flies a layer higher.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from hub.geo import LocalFrame
from hub.surveys.documents import Sortie
from hub.surveys.fleet import DroneSpec
from hub.surveys.following import TOLERANCE_M, lifted
from hub.surveys.motion import Motion, wind_toward
from hub.surveys.request import PlanRequest

__all__ = [
    "APART_M", "LAYER_M", "TICK_S", "Track", "climb_s", "finishes_at_s", "makespan_s", "nearest_m", "timed", "top_m",
    "track_of",
]  # fmt: skip

APART_M = 10.0
LAYER_M = 10.0
_HIGHEST_M = 150.0
_LAYERS = 3
# heights are given to a centimetre
_NOTHING_M = 0.05
TICK_S = 0.5
_WAIT_S, _LONGEST_WAIT_S = 2.0, 90.0

Track = NDArray[Any]


def timed(request: PlanRequest, sorties: Sequence[Sortie], frame: LocalFrame) -> list[Sortie]:
    """Number the sorties and give each its start and height. `sorties` are each drone's in their order."""
    ready: dict[str, float] = {}
    placed: list[tuple[Sortie, Track]] = []
    numbers: dict[str, int] = {}
    drones = {drone.id: drone for drone in request.fleet}
    queue = list(sorties)
    while queue:
        sortie = min(queue, key=lambda one: ready.get(one["drone"], 0.0))
        queue.remove(sortie)
        drone = drones[sortie["drone"]]
        track = track_of(sortie, _motion(request, drone), frame)
        numbers[drone.id] = numbers.get(drone.id, 0) + 1
        own: Sortie = {**sortie, "number": numbers[drone.id]}
        own = _placed(own, track, ready.get(drone.id, 0.0), placed, request)
        placed.append((own, _raised(track, own["height_m"] - sortie["height_m"])))
        ready[drone.id] = own["starts_at_s"] + own["flight_s"] + drone.change_s
    order = [drone.id for drone in request.fleet]
    return sorted((sortie for sortie, _ in placed), key=lambda one: (order.index(one["drone"]), one["number"]))


def _placed(
    sortie: Sortie, track: Track, ready_s: float, placed: Sequence[tuple[Sortie, Track]], request: PlanRequest
) -> Sortie:
    drone = next(one for one in request.fleet if one.id == sortie["drone"])
    for height_m in _layers(request):
        high = _raised(track, height_m - request.height_m)
        for wait in np.arange(0.0, _LONGEST_WAIT_S + 1, _WAIT_S):
            starts_s = round(ready_s + float(wait), 1)
            moved = _at(sortie, starts_s, height_m, drone)
            if all(_nearest(moved, high, *one) >= APART_M for one in placed):
                return moved
    return _at(sortie, round(ready_s, 1), float(request.height_m), drone)


def _layers(request: PlanRequest) -> list[float]:
    """Heights at which drones of a survey may be, its own first."""
    off_m = TOLERANCE_M if request.terrain else 0.0
    higher = [request.height_m + layer * LAYER_M for layer in range(1, _LAYERS)]
    return [float(request.height_m), *(height for height in higher if height + off_m <= _HIGHEST_M)]


def top_m(request: PlanRequest) -> float:
    """The greatest height at which one of a survey's drones may be asked to fly."""
    return max(_layers(request)) if len(request.fleet) > 1 else request.height_m


def _at(sortie: Sortie, starts_s: float, height_m: float, drone: DroneSpec) -> Sortie:
    moved: Sortie = {**lifted(sortie, float(height_m)), "starts_at_s": starts_s}
    more_s = drone.lift_s(height_m) - drone.lift_s(sortie["height_m"])
    if more_s:
        moved["flight_s"] = round(sortie["flight_s"] + more_s, 1)
        moved["battery_used"] = None if drone.full_s is None else round(moved["flight_s"] / drone.full_s, 3)
    return moved


def _raised(track: Track, by_m: float) -> Track:
    return track + np.array([0.0, 0.0, by_m])


def _motion(request: PlanRequest, drone: DroneSpec) -> Motion:
    return drone.motion(request.speed_mps, request.accel_mps2, wind_toward(request.wind_mps, request.wind_from_deg))


def track_of(sortie: Sortie, motion: Motion, frame: LocalFrame) -> Track:
    """Places in metres, every half second from the path's first: east, north, and the height above the take-off place,
    or above the sea where that is known.
    """
    told = sortie.get("terrain")
    sea_m = told["takeoff_ground_above_sea_m"] if told else 0.0
    positions = sortie["path"]["coordinates"]
    line = frame.to_local(LineString([position[:2] for position in positions]))
    level: list[list[float]] = shapely.get_coordinates(line).tolist()
    corners = [[x, y, sea_m + z] for (x, y), (_, _, z) in zip(level, positions, strict=True)]
    marks, at_s = [(0.0, corners[0])], 0.0
    for a, b in pairwise(corners):
        seconds = motion.between_s((a[0], a[1]), (b[0], b[1]), b[2] - a[2])
        steps = max(2, math.ceil(seconds / TICK_S))
        for step in range(1, steps + 1):
            share = _way_share(step / steps, math.dist(a[:2], b[:2]), seconds, motion.accel_mps2)
            place = [start + (end - start) * share for start, end in zip(a, b, strict=True)]
            marks.append((at_s + seconds * step / steps, place))
        at_s += seconds
    times = np.array([time for time, _ in marks])
    ticks = np.arange(0.0, at_s + TICK_S, TICK_S)
    return np.column_stack([np.interp(ticks, times, [place[axis] for _, place in marks]) for axis in (0, 1, 2)])


def _way_share(time: float, metres: float, seconds: float, accel_mps2: float) -> float:
    """The share of a straight that is flown after a share of its time, by the trapezoid of speed."""
    if metres <= 0 or seconds <= 0:
        return time
    # with cruise v and ramps v/a: seconds = metres/v + v/a
    root = math.sqrt(max(0.0, (seconds * accel_mps2) ** 2 - 4 * metres * accel_mps2))
    speed = (seconds * accel_mps2 - root) / 2
    ramp, at = speed / accel_mps2, min(time, 1 - time) * seconds
    flown = accel_mps2 * at**2 / 2 if at < ramp else speed * (at - ramp / 2)
    return flown / metres if time <= 0.5 else 1 - flown / metres


def _nearest(one: Sortie, track: Track, other: Sortie, others: Track) -> float:
    """Metres between two sorties where they are nearest in time, infinite where they are never up together."""
    begins_s = [sortie["starts_at_s"] + climb_s(sortie) for sortie in (one, other)]
    return _nearest_of(track, begins_s[0], others, begins_s[1])


def _nearest_of(track: Track, begins_s: float, others: Track, others_begin_s: float) -> float:
    """Metres on the map between two tracks that begin at these seconds, where they are nearest at one height, infinite
    where they never are.
    """
    begins = [math.floor(seconds / TICK_S) for seconds in (begins_s, others_begin_s)]
    low, high = max(begins), min(begins[0] + len(track), begins[1] + len(others))
    if low >= high:
        return math.inf
    apart = track[low - begins[0] : high - begins[0]] - others[low - begins[1] : high - begins[1]]
    metres = np.hypot(apart[:, 0], apart[:, 1])
    return float(metres[np.abs(apart[:, 2]) < LAYER_M - _NOTHING_M].min(initial=math.inf))


def climb_s(sortie: Sortie) -> float:
    """Seconds from a sortie's start until it is at its height."""
    # climb and landing are told together; the climb is the shorter part of it at the speeds that drones have
    return (sortie["flight_s"] - sortie["duration_s"]) / 2


def nearest_m(request: PlanRequest, sorties: Sequence[Sortie], frame: LocalFrame) -> float:
    """Metres between any two drones of a plan that fly at one height at one time, where they are nearest."""
    drones = {drone.id: drone for drone in request.fleet}
    tracks = [track_of(sortie, _motion(request, drones[sortie["drone"]]), frame) for sortie in sorties]
    found = math.inf
    for index, one in enumerate(sorties):
        for place in range(index):
            other = sorties[place]
            if one["drone"] != other["drone"]:
                found = min(found, _nearest(one, tracks[index], other, tracks[place]))
    return found


def makespan_s(request: PlanRequest, sorties: Sequence[Sortie]) -> float:
    """Seconds of the longest sortie; where batteries are given, until the last drone has landed."""
    if all(drone.full_s is None for drone in request.fleet):
        return max(sortie["duration_s"] for sortie in sorties)
    return finishes_at_s(sorties)


def finishes_at_s(sorties: Sequence[Sortie]) -> float:
    """Seconds from the survey's start until the last drone has landed, climbs and waiting counted."""
    return round(max(sortie["starts_at_s"] + sortie["flight_s"] for sortie in sorties), 1)
