"""How long a drone takes along a path: a trapezoid of speed on each straight, a stop at each corner, wind. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hub.geo import Point

__all__ = ["CLIMB_MPS", "DESCEND_MPS", "Motion", "length_m", "straighten", "wind_toward"]


# what ArduCopter does by itself: WPNAV_SPEED_UP, and WPNAV_SPEED_DN with the last metres of a landing in it
CLIMB_MPS, DESCEND_MPS = 2.5, 1.5


def wind_toward(wind_mps: float, from_deg: float) -> Point:
    """Turn a wind as weather people give it (where it comes from, clockwise from north) to m/s east and north."""
    toward = math.radians(from_deg + 180)
    return wind_mps * math.sin(toward), wind_mps * math.cos(toward)


@dataclass(frozen=True, slots=True)
class Motion:
    """A drone's cruising speed through the air, its acceleration, which is its braking too, the wind (m/s east and
    north that it blows toward), and how fast it climbs and descends.
    """

    speed_mps: float
    accel_mps2: float
    wind: Point = (0.0, 0.0)
    climb_mps: float = CLIMB_MPS
    descend_mps: float = DESCEND_MPS

    def straight_s(self, metres: float, speed_mps: float | None = None) -> float:
        """Seconds from stop to stop along a straight in still air: with cruise L/v + v/a, without it 2·sqrt(L/a)."""
        speed = self.speed_mps if speed_mps is None else speed_mps
        if metres * self.accel_mps2 >= speed**2:
            return metres / speed + speed / self.accel_mps2
        return 2 * math.sqrt(max(0.0, metres) / self.accel_mps2)

    def between_s(self, a: Point, b: Point, rise_m: float = 0.0) -> float:
        """Seconds from stop to stop between two places, at the ground speed that the wind leaves, and no faster than
        the drone climbs or descends by `rise_m` on the way.
        """
        metres = math.dist(a, b)
        if rise_m:
            lift_s = rise_m / self.climb_mps if rise_m > 0 else -rise_m / self.descend_mps
            if not metres:
                return lift_s
            speed = self._ground_mps((b[0] - a[0]) / metres, (b[1] - a[1]) / metres)
            return self.straight_s(metres, min(speed, metres / lift_s))
        if self.wind == (0.0, 0.0) or not metres:
            return self.straight_s(metres)
        return self.straight_s(metres, self._ground_mps((b[0] - a[0]) / metres, (b[1] - a[1]) / metres))

    def mean_s(self, a: Point, b: Point) -> float:
        """The mean of there and back; lines are flown to and fro."""
        return self.between_s(a, b) if self.wind == (0.0, 0.0) else (self.between_s(a, b) + self.between_s(b, a)) / 2

    def _ground_mps(self, ux: float, uy: float) -> float:
        """The wind triangle: the nose is held into the wind so far that the track is straight."""
        across = self.wind[0] * uy - self.wind[1] * ux
        ahead = self.wind[0] * ux + self.wind[1] * uy
        # requests refuse winds near the drone's speed; what is left of it never stands still
        return max(0.1, math.sqrt(max(0.0, self.speed_mps**2 - across**2)) + ahead)

    def path_s(self, points: Sequence[Point]) -> float:
        """Seconds along a path with a stop at each of its points; climbing and landing are not in it."""
        return sum(self.between_s(a, b) for a, b in pairwise(points))


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
