"""Routes: ordered legs for each drone, the paths that fly them, and how much of the ground these see. Pure.

Seen is what lies within half a spacing of a path between its first leg's start and its last leg's end, where the camera
runs: straights end flat, and a corner, where the drone stops, sees a disc. Ways from and to the home count for nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from hub.geo import Point
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion, straighten
from hub.surveys.strips import Leg
from hub.surveys.ways import Ways

__all__ = ["Field", "Flown", "Route", "fly", "seen_share", "unseen"]

Route = tuple[Leg, ...]

# ends of legs so near, in spacings, are one corner
_MEETING = 0.25
_LEAST_LEG_M = 1.0


@dataclass(frozen=True)
class Field:
    """What all routes of a survey share: ground, spacing, motion, home and ways."""

    ground: Ground
    spacing_m: float
    motion: Motion
    home: Point | None
    ways: Ways = field(init=False)
    ways_over_holes: Ways = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the ways; those over holes are for what nothing else reaches."""
        object.__setattr__(self, "ways", Ways(self.ground.no_fly, self.motion))
        object.__setattr__(self, "ways_over_holes", Ways(self.ground.keep_out, self.motion))

    def between(self, start: Point, end: Point) -> tuple[Point, ...] | None:
        """Find the way between two places, over a hole only where there is no other; None where there is none."""
        way = self.ways.between(start, end)
        return self.ways_over_holes.between(start, end) if way is None else way

    def matrix(self, legs: Sequence[Leg]) -> list[list[float]]:
        """Seconds between the ends of legs, with the depot (the home, or nowhere) as the last row."""
        places = [end for leg in legs for end in leg] + ([self.home] if self.home else [])
        seconds = self.ways.matrix(places)
        if any(math.isinf(value) for row in seconds for value in row):
            wider = self.ways_over_holes.matrix(places)
            # a way over a hole is the last one to take
            far = 3_600.0
            seconds = [
                [b + far if math.isinf(a) and not math.isinf(b) else a for a, b in zip(one, other, strict=True)]
                for one, other in zip(seconds, wider, strict=True)
            ]
        if self.home is None:
            seconds = [[*row, 0.0] for row in seconds] + [[0.0] * (len(places) + 1)]
        return seconds


@dataclass(frozen=True, slots=True)
class Flown:
    """A route as flown: `path` from home to home (or from first leg to last), `filmed` the part that sees."""

    path: tuple[Point, ...]
    filmed: tuple[Point, ...]
    seconds: float


def fly(route: Route, inset_m: float, plan: Field) -> Flown:
    """Join a route's legs by ways; ends that turn to a next leg are drawn in by `inset_m`, as the turn sees there."""
    legs = _drawn_in(_met(route, plan), inset_m, plan.spacing_m)
    filmed: list[Point] = []
    for start, end in legs:
        if filmed:
            filmed.extend(plan.between(filmed[-1], start) or ())
        filmed.extend((start, end))
    filmed = straighten(filmed)
    path = filmed
    if plan.home and filmed:
        out, back = plan.between(plan.home, filmed[0]) or (), plan.between(filmed[-1], plan.home) or ()
        there, home = straighten([plan.home, *out, filmed[0]]), straighten([filmed[-1], *back, plan.home])
        path = [*there[:-1], *filmed, *home[1:]]
    return Flown(tuple(path), tuple(filmed), plan.motion.path_s(path))


def _met(route: Route, plan: Field) -> list[Leg]:
    """Let legs that all but meet share the corner where their lines cross."""
    legs, near_m = list(route), _MEETING * plan.spacing_m
    for index in range(len(legs) - 1):
        (a, b), (c, d) = legs[index], legs[index + 1]
        if 0 < math.dist(b, c) < near_m:
            corner = _crossing(a, b, c, d)
            if corner is None or max(math.dist(corner, b), math.dist(corner, c)) > near_m:
                corner = ((b[0] + c[0]) / 2, (b[1] + c[1]) / 2)
            if plan.ways.is_clear(a, corner) and plan.ways.is_clear(corner, d):
                legs[index], legs[index + 1] = (a, corner), (corner, d)
    return legs


def _crossing(a: Point, b: Point, c: Point, d: Point) -> Point | None:
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    cross = ux * vy - uy * vx
    if abs(cross) < 0.05 * math.hypot(ux, uy) * math.hypot(vx, vy):
        return None
    along = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / cross
    return a[0] + along * ux, a[1] + along * uy


def _drawn_in(legs: Sequence[Leg], inset_m: float, spacing_m: float) -> list[Leg]:
    found: list[Leg] = []
    for index, (start, end) in enumerate(legs):
        size = math.dist(start, end)
        before = math.dist(legs[index - 1][1], start) if index else 0.0
        after = math.dist(end, legs[index + 1][0]) if index + 1 < len(legs) else 0.0
        room = max(0.0, size - _LEAST_LEG_M)
        cut = [inset_m if _MEETING * spacing_m <= gap else 0.0 for gap in (before, after)]
        if sum(cut) > room:
            cut = [part * room / sum(cut) for part in cut]
        ux, uy = (end[0] - start[0]) / (size or 1.0), (end[1] - start[1]) / (size or 1.0)
        found.append(
            ((start[0] + ux * cut[0], start[1] + uy * cut[0]), (end[0] - ux * cut[1], end[1] - uy * cut[1])),
        )
    return found


def _footprint(paths: Sequence[Flown], spacing_m: float) -> BaseGeometry:
    lines = [LineString(path.filmed) for path in paths if len(path.filmed) > 1]
    return shapely.union_all([line.buffer(spacing_m / 2, cap_style="flat", join_style="round") for line in lines])


def seen_share(paths: Sequence[Flown], plan: Field) -> float:
    """Give the share (0 to 1) of the ground that the paths see."""
    target = plan.ground.target
    return min(1.0, _footprint(paths, plan.spacing_m).intersection(target).area / target.area)


def unseen(paths: Sequence[Flown], plan: Field) -> BaseGeometry:
    """Give the ground that the paths do not see."""
    return plan.ground.target.difference(_footprint(paths, plan.spacing_m))
