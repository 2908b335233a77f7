"""Routes: ordered legs for each drone, the paths that fly them, and how much of the ground these see. Pure.

Seen is what lies within half a spacing of a path between its first leg's start and its last leg's end, where the camera
runs: straights end flat, and a corner, where the drone stops, sees a disc. Ways from and to the home count for nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from hub.geo import Point
from hub.surveys.flyers import Flyer
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion, straighten
from hub.surveys.strips import Leg

__all__ = ["Field", "Flown", "Route", "flown_by", "fly", "footprint", "seen_share", "unseen"]

Route = tuple[Leg, ...]

# ends of legs so near, in spacings, are one corner
_MEETING = 0.25
_LEAST_LEG_M = 1.0


@dataclass(frozen=True, slots=True)
class Field:
    """What all routes of a survey share: the ground, the spacing of the lines and the drones."""

    ground: Ground
    spacing_m: float
    flyers: tuple[Flyer, ...]

    @classmethod
    def alone(cls, ground: Ground, spacing_m: float, motion: Motion, count: int = 1) -> "Field":
        """A number of equal drones without home and battery."""
        first = Flyer(ground, motion)
        return cls(ground, spacing_m, tuple(replace(first, index=index) for index in range(count)))

    @property
    def motion(self) -> Motion:
        """The first drone's motion: good enough to compare directions."""
        return self.flyers[0].motion


@dataclass(frozen=True, slots=True)
class Flown:
    """A path as flown by the drone of that number: from home to home (or from first leg to last), `filmed` the part
    that sees.
    """

    path: tuple[Point, ...]
    filmed: tuple[Point, ...]
    seconds: float
    flyer: int


def fly(route: Route, inset_m: float, plan: Field, flyer: Flyer) -> Flown:
    """Join a route's legs by ways; ends that turn to a next leg are drawn in by `inset_m`, as the turn sees there."""
    legs = _drawn_in(_met(route, plan.spacing_m, flyer), inset_m, plan.spacing_m)
    filmed: list[Point] = []
    for start, end in legs:
        if filmed:
            filmed.extend(flyer.between(filmed[-1], start) or ())
        filmed.extend((start, end))
    return flown_by(flyer, straighten(filmed))


def flown_by(flyer: Flyer, filmed: Sequence[Point]) -> Flown:
    """Add the ways from and to the home to what a drone films."""
    path = list(filmed)
    if flyer.home and path:
        out, back = flyer.between(flyer.home, path[0]) or (), flyer.between(path[-1], flyer.home) or ()
        there, home = straighten([flyer.home, *out, path[0]]), straighten([path[-1], *back, flyer.home])
        path = [*there[:-1], *path, *home[1:]]
    return Flown(tuple(path), tuple(filmed), flyer.motion.path_s(path), flyer.index)


def _met(route: Route, spacing_m: float, flyer: Flyer) -> list[Leg]:
    """Let legs that all but meet share the corner where their lines cross."""
    legs, near_m = list(route), _MEETING * spacing_m
    for index in range(len(legs) - 1):
        (a, b), (c, d) = legs[index], legs[index + 1]
        if 0 < math.dist(b, c) < near_m:
            corner = _crossing(a, b, c, d)
            if corner is None or max(math.dist(corner, b), math.dist(corner, c)) > near_m:
                corner = ((b[0] + c[0]) / 2, (b[1] + c[1]) / 2)
            if flyer.ways.is_clear(a, corner) and flyer.ways.is_clear(corner, d):
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


def footprint(paths: Sequence[Sequence[Point]], spacing_m: float) -> BaseGeometry:
    """Give what paths see, corner by corner: GEOS's buffer of a whole path that crosses itself may be wrong."""
    bends = [path[place : place + 3] for path in paths for place in range(max(1, len(path) - 2))]
    return shapely.union_all(_bands([bend for bend in bends if len(bend) > 1], spacing_m))


def _bands(lines: Sequence[Sequence[Point]], spacing_m: float) -> list[BaseGeometry]:
    return [LineString(line).buffer(spacing_m / 2, cap_style="flat", join_style="round") for line in lines]


def seen_share(paths: Sequence[Flown], plan: Field, *, rough: bool = False) -> float:
    """Give the share (0 to 1) of the ground that the paths see; `rough` is ten times as quick, and rarely wrong."""
    target, filmed = plan.ground.target, [path.filmed for path in paths]
    if rough:
        seen = shapely.union_all(_bands([line for line in filmed if len(line) > 1], plan.spacing_m))
    else:
        seen = footprint(filmed, plan.spacing_m)
    return min(1.0, seen.intersection(target).area / target.area)


def unseen(paths: Sequence[Flown], plan: Field) -> BaseGeometry:
    """Give the ground that the paths do not see."""
    return plan.ground.target.difference(footprint([path.filmed for path in paths], plan.spacing_m))
