"""Whether drones that hold their places may fly on among those that are in the air. Pure.

1.  Whoever was held has lost its place in time. What is left of its way is held against all that is left of another's
    that flies by its start, whenever either is where, and against all of the way of one of which nobody knows.
2.  What is left begins at the first place of the way that is near the drone. Of one that was on its way home, or is
    nowhere near its way, it is all of the way, from wherever the drone is.
3.  Drones of a plan that one stop held, at one time, and that one order lets go on, keep their times to each other.
4.  Heights keep drones of one plan apart as at a take-off, but for climbs and landings; all others do not count.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from hub.geo import LocalFrame
from hub.surveys.meeting import Aloft, Way, anywhere_of, frame_of, heights_count
from hub.surveys.timing import SLACK_S
from hub.surveys.tracks import APART_M, TICK_S, climb_s, flight_of, is_level

__all__ = ["Held", "who_stays"]

# Beginnings and ends of straights: east, north, height (NaN: unknown).
_Straights = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A drone that holds its place, or is ordered to: where it was last (lon, lat), by which stop, and since when.

    `stopped_at` None: nobody stopped it, it holds by itself; `held_at` None: it has not said yet that it holds.
    `was_off`: it was on its way home, so that its place says nothing of how far it has come.
    """

    way: Way
    place: tuple[float, float] | None
    stopped_at: datetime | None
    held_at: datetime | None
    was_off: bool = False


def who_stays(held: Sequence[Held], aloft: Sequence[Aloft]) -> list[tuple[Held, Aloft]]:
    """Those of the held that may not go on if the others do, each with a drone that it would come near.

    `aloft` are all that are in the air, the held among them. Those come first of which nobody knows where they are.
    """
    stays: list[tuple[Held, Aloft]] = []
    going = list(held)
    ordered = sorted(aloft, key=lambda one: one.is_timed)
    while True:
        # who stays is in the way of those that would have kept their times to it
        found = [(one, other) for one in going if (other := _in_the_way(one, going, ordered)) is not None]
        if not found:
            return stays
        stays += found
        drones = {one.way.drone for one, _ in found}
        going = [one for one in going if one.way.drone not in drones]


def _in_the_way(own: Held, going: Sequence[Held], aloft: Sequence[Aloft]) -> Aloft | None:
    frame = frame_of(own.way)
    rest = _rest(own, frame)
    mates = [one.way for one in going if _keep_time(own, one)]
    for other in aloft:
        if other.way.drone != own.way.drone and other.way not in mates and _may_be_near(own.way, rest, other, frame):
            return other
    return None


def _keep_time(own: Held, other: Held) -> bool:
    """Whether two were held by one stop, not before it, and stood still at one time."""
    if (own.way.survey_id, own.way.version) != (other.way.survey_id, other.way.version):
        return False
    if own.stopped_at is None or own.stopped_at != other.stopped_at or own.held_at is None or other.held_at is None:
        return False
    slack = timedelta(seconds=SLACK_S)
    return min(own.held_at, other.held_at) >= own.stopped_at - slack and abs(own.held_at - other.held_at) <= slack


def _rest(held: Held, frame: LocalFrame) -> _Straights:
    """What is left of a way: from the first place of it that is near the drone to the ground."""
    whole = _straights(flight_of(held.way.sortie, held.way.motion, frame))
    if held.place is None:
        return whole
    lon, lat = held.place
    x, y = frame.local_point(lat, lon)
    near = np.flatnonzero(shapely.distance(_lines(whole), shapely.Point(x, y)) < APART_M)
    if near.size and not held.was_off:
        rest = whole[int(near[0]) :]
        onto = np.array([[[x, y, rest[0, 0, 2]], rest[0, 1]]])
        return np.concatenate([onto, rest])
    # it may fly straight to any place of its way, through any height
    ends = np.concatenate([whole[:, 0, :2], whole[-1:, 1, :2]])
    fan = np.stack([np.broadcast_to([x, y], ends.shape), ends], axis=1)
    return np.concatenate([whole, np.pad(fan, ((0, 0), (0, 0), (0, 1)), constant_values=np.nan)])


def _left(other: Aloft, frame: LocalFrame) -> _Straights:
    """Where one may still be that flies by its start; it is landing at the least until it says that it has."""
    whole = _straights(flight_of(other.way.sortie, other.way.motion, frame))
    gone = math.floor((-other.latest_s - SLACK_S) / TICK_S)
    lands = len(whole) - round(climb_s(other.way.sortie) / TICK_S) - 1
    return whole[max(0, min(gone, lands)) :]


def _may_be_near(own: Way, rest: _Straights, other: Aloft, frame: LocalFrame) -> bool:
    if not other.is_timed:
        return bool((shapely.distance(_lines(rest), anywhere_of(other.way, frame)) < APART_M).any())
    left = _left(other, frame)
    one, two = _near_pairs(rest, left)
    if not heights_count(own, other.way):
        return bool(one.size)
    heights, others = rest[one, :, 2], left[two, :, 2]
    apart = np.maximum(heights.min(axis=1) - others.max(axis=1), others.min(axis=1) - heights.max(axis=1))
    return bool(is_level(np.maximum(apart, 0.0)).any())


def _near_pairs(some: _Straights, others: _Straights) -> tuple[NDArray[Any], NDArray[Any]]:
    lines, other_lines = _lines(some), _lines(others)
    # not by "dwithin": it finds no straights of no length, as climbs and landings are
    one, two = shapely.STRtree(other_lines).query(shapely.buffer(lines, APART_M))
    near = shapely.distance(lines[one], other_lines[two]) < APART_M
    return one[near], two[near]


def _straights(places: NDArray[Any]) -> _Straights:
    return np.stack([places[:-1], places[1:]], axis=1)


def _lines(straights: _Straights) -> NDArray[Any]:
    lines: Any = shapely.linestrings(straights[:, :, :2])
    return lines
