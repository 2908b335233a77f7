"""How quick a plan of parallel lines can be at the best, whoever makes it: what there is to win against a peer.

Lines at one angle, at most a spacing apart, see no more than their bands, as wide as a spacing. So

1.  there are as many as it takes to fill, with bands, the heights across the lines at which the area is longest, until
    their share of it is the coverage wanted;
2.  lines and the ways between them are together as long as the area that they see over the spacing;
3.  each line costs its stop beyond that, and each way to the next line, as long as the spacing, another one (a shorter
    way costs more for each metre across that it gains, and a longer one costs more itself).

Slanted ends of lines, holes, whole numbers of lines and everything outside the area come on top, so that no plan of
one angle reaches it.
"""

import math

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate

from hub.surveys.motion import Motion

__all__ = ["to_and_fro_bound_s"]

_STEP_M = 1.0
_ANGLE_STEP_DEG = 2


def to_and_fro_bound_s(area: Polygon, spacing_m: float, motion: Motion, goal: float) -> float:
    """Seconds below which no plan of parallel lines at one of 90 angles sees a share `goal` of an area."""
    flown_m = goal * area.area / spacing_m
    cruise_s = flown_m / motion.speed_mps
    stop_s = motion.speed_mps / motion.accel_mps2
    turn_s = stop_s + motion.straight_s(spacing_m) - spacing_m / motion.speed_mps
    bounds: list[float] = []
    for angle in range(0, 180, _ANGLE_STEP_DEG):
        bands = max(1.0, _across_m(rotate(area, angle, origin=(0, 0)), goal) / spacing_m)
        bounds.append(cruise_s + stop_s + (bands - 1) * turn_s)
    return min(bounds)


def _across_m(area: Polygon, goal: float) -> float:
    """Metres across lines from west to east that hold a share of an area, taken where it is longest."""
    left, low, right, high = area.bounds
    lines = [LineString([(left - 1, y), (right + 1, y)]) for y in np.arange(low + _STEP_M / 2, high, _STEP_M)]
    lengths = np.sort(shapely.length(shapely.intersection(area, np.array(lines))))[::-1]
    held = np.cumsum(lengths)
    return math.floor(np.searchsorted(held, goal * held[-1])) * _STEP_M
