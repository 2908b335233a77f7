"""How long a drone takes along a path: a trapezoid of speed on each straight, a stop at each corner. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hub.geo import Point

__all__ = ["Motion", "length_m", "straighten"]


@dataclass(frozen=True, slots=True)
class Motion:
    """A drone's cruising speed and its acceleration, which is its braking too."""

    speed_mps: float
    accel_mps2: float

    def straight_s(self, metres: float) -> float:
        """Seconds from stop to stop along a straight: with cruise L/v + v/a, without it 2·sqrt(L/a)."""
        if metres * self.accel_mps2 >= self.speed_mps**2:
            return metres / self.speed_mps + self.speed_mps / self.accel_mps2
        return 2 * math.sqrt(max(0.0, metres) / self.accel_mps2)

    def path_s(self, points: Sequence[Point]) -> float:
        """Seconds along a path with a stop at each of its points; climbing and landing are not in it."""
        return sum(self.straight_s(math.dist(a, b)) for a, b in pairwise(points))


def length_m(points: Sequence[Point]) -> float:
    """Metres along a path."""
    return sum(math.dist(a, b) for a, b in pairwise(points))


def straighten(points: Sequence[Point], tolerance_m: float = 0.02) -> list[Point]:
    """Leave out repeated points and those that lie on the straight between their neighbours, going on."""
    kept: list[Point] = []
    for point in points:
        if kept and math.dist(kept[-1], point) < tolerance_m:
            continue
        while len(kept) > 1 and _lies_between(kept[-2], kept[-1], point, tolerance_m):
            kept.pop()
        kept.append(point)
    return kept


def _lies_between(a: Point, b: Point, c: Point, tolerance_m: float) -> bool:
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
    ahead = ux * vx + uy * vy
    return ahead > 0 and abs(ux * vy - uy * vx) <= tolerance_m * math.dist(a, c)
