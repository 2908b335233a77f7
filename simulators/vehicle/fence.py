"""The fence: polygons, circles, a ceiling; where it is broken. Pure."""

from __future__ import annotations

import math
from enum import IntFlag
from itertools import pairwise

from simulators.vehicle.items import Item
from simulators.vehicle.mav import Cmd, Store
from simulators.vehicle.state import Copter

__all__ = ["Kind", "breaches", "inside"]

Point = tuple[float, float]


class Kind(IntFlag):
    """FENCE_TYPE's bits."""

    CEILING = 1
    CIRCLE = 2
    POLYGON = 4


def breaches(copter: Copter) -> Kind:
    """Which of the fences that are switched on by FENCE_TYPE the copter is outside of, as it believes."""
    kinds = Kind(int(copter.parameters["FENCE_TYPE"]) & 7)
    broken = Kind(0)
    if Kind.CEILING in kinds and copter.relative_m > copter.parameters["FENCE_ALT_MAX"]:
        broken |= Kind.CEILING
    if not copter.has_position:
        return broken
    here = (copter.estimate.north_m, copter.estimate.east_m)
    if Kind.CIRCLE in kinds and copter.home is not None:
        home = copter.ground.metres(copter.home.lat, copter.home.lon)
        if math.dist(here, home) > copter.parameters["FENCE_RADIUS"]:
            broken |= Kind.CIRCLE
    if Kind.POLYGON in kinds and _outside(copter, here):
        broken |= Kind.POLYGON
    return broken


def _outside(copter: Copter, here: Point) -> bool:
    items = copter.lists[Store.FENCE]
    at = 0
    while at < len(items):
        item = items[at]
        if item.command in (Cmd.FENCE_INCLUSION, Cmd.FENCE_EXCLUSION):
            count = int(item.params[0])
            corners = [copter.ground.metres(corner.lat, corner.lon) for corner in items[at : at + count]]
            if inside(here, corners) != (item.command == Cmd.FENCE_INCLUSION):
                return True
            at += count
            continue
        if _outside_circle(copter, item, here):
            return True
        at += 1
    return False


def _outside_circle(copter: Copter, item: Item, here: Point) -> bool:
    if item.command not in (Cmd.FENCE_CIRCLE_INCLUSION, Cmd.FENCE_CIRCLE_EXCLUSION):
        return False
    within = math.dist(here, copter.ground.metres(item.lat, item.lon)) <= item.params[0]
    return within != (item.command == Cmd.FENCE_CIRCLE_INCLUSION)


def inside(point: Point, corners: list[Point]) -> bool:
    """Whether a point lies in a polygon (even-odd rule)."""
    crossings = 0
    for (a_north, a_east), (b_north, b_east) in pairwise([*corners, corners[0]]):
        if (a_east > point[1]) != (b_east > point[1]):
            north = a_north + (point[1] - a_east) / (b_east - a_east) * (b_north - a_north)
            crossings += point[0] < north
    return crossings % 2 == 1
