"""Flights in time: where a drone is at each half second by its plan, and when two would come near each other. Pure."""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

import math
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from hub.geo import LocalFrame
from hub.surveys.documents import Sortie
from hub.surveys.motion import Motion

__all__ = [
    "APART_M", "LAYER_M", "TICK_S", "Ticks", "Track", "at_any_height", "climb_s", "flight_of", "is_level",
    "lifted_flight", "nearest_of", "offsets_met", "shares_heights", "track_of",
]  # fmt: skip

APART_M = 10.0
LAYER_M = 10.0
# heights are given to a centimetre
_NOTHING_M = 0.05
TICK_S = 0.5
# those that start within so far of each other stand on one level
_ONE_PLACE_M = 50.0
# ticks that are compared with all others at once
_ROWS = 256

Track = NDArray[Any]
Ticks = NDArray[np.int64]


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


def climb_s(sortie: Sortie) -> float:
    """Seconds from a sortie's start until it is at its height."""
    # climb and landing are told together; the climb is the shorter part of it at the speeds that drones have
    return (sortie["flight_s"] - sortie["duration_s"]) / 2


def flight_of(sortie: Sortie, motion: Motion, frame: LocalFrame) -> Track:
    """A track from take-off to landing, both straight above their places at a height that nobody knows (NaN)."""
    return lifted_flight(track_of(sortie, motion, frame), sortie)


def lifted_flight(track: Track, sortie: Sortie) -> Track:
    """Put a sortie's climb before its track, and its landing behind."""
    ticks = round(climb_s(sortie) / TICK_S)
    up, down = (np.tile([*place[:2], np.nan], (ticks, 1)) for place in (track[0], track[-1]))
    return np.concatenate([up, track, down])


def at_any_height(flight: Track) -> Track:
    """A flight whose heights say nothing to another's."""
    blind = flight.copy()
    blind[:, 2] = np.nan
    return blind


def shares_heights(one: Sortie, other: Sortie) -> bool:
    """Whether the heights of two sorties of a plan can be held against each other: both are above the sea, or measured
    from one take-off place. Without homes nobody knows the places, and a plan is a sketch over level ground.
    """
    if ("terrain" in one and "terrain" in other) or not (one["filmed"][0] and other["filmed"][0]):
        return True
    (lon, lat, *_), (other_lon, other_lat, *_) = (sortie["path"]["coordinates"][0] for sortie in (one, other))
    return math.hypot(*LocalFrame(lat=lat, lon=lon).local_point(other_lat, other_lon)) <= _ONE_PLACE_M


def offsets_met(one: Track, other: Track) -> Ticks:
    """Ticks by which `other` may begin after `one` so that the two come near each other: sorted, none twice.

    Near is less than APART_M on the map, and less than a layer in height; an unknown height keeps nobody apart.
    """
    early, late = _close_to(one, other), _close_to(other, one)
    if not len(early) or not len(late):
        return np.array([], dtype=np.int64)
    met = [_met(one, early[low : low + _ROWS], other, late) for low in range(0, len(early), _ROWS)]
    return np.unique(np.concatenate(met))


def _met(one: Track, early: Ticks, other: Track, late: Ticks) -> Ticks:
    apart = one[early][:, None, :] - other[late][None, :, :]
    near = np.hypot(apart[..., 0], apart[..., 1]) < APART_M
    rows, columns = np.nonzero(is_level(apart[..., 2]) & near)
    return early[rows] - late[columns]


def is_level(metres: NDArray[Any]) -> NDArray[np.bool_]:
    """Say of differences in height which are no layer: no unknown height (NaN) keeps anybody apart."""
    return ~(np.abs(metres) >= LAYER_M - _NOTHING_M)


def _close_to(track: Track, other: Track) -> Ticks:
    """Ticks of a track at which it is near the line of another, whenever that is there."""
    line = LineString(other[:, :2])
    shapely.prepare(line)
    return np.flatnonzero(shapely.dwithin(line, shapely.points(track[:, :2]), APART_M + _NOTHING_M))


def nearest_of(one: Track, begins_s: float, other: Track, other_begins_s: float) -> float:
    """Metres on the map between two tracks that begin at these seconds, where they are nearest at one height, infinite
    where they never are.
    """
    begins = [math.floor(seconds / TICK_S) for seconds in (begins_s, other_begins_s)]
    low, high = max(begins), min(begins[0] + len(one), begins[1] + len(other))
    if low >= high:
        return math.inf
    apart = one[low - begins[0] : high - begins[0]] - other[low - begins[1] : high - begins[1]]
    metres = np.hypot(apart[:, 0], apart[:, 1])
    return float(metres[is_level(apart[:, 2])].min(initial=math.inf))
