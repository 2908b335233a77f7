"""A flat path over ground that is known: made one that follows it, or measured above it. Pure.

Each position is at the survey's height above the ground below it. Where a straight between two would come too near the
ground, or too far from it, a position is put in where it is farthest off, until it is off nowhere any more.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint, Polygon

from hub.geo import LocalFrame, Point
from hub.surveys.documents import Sortie, TerrainDocument
from hub.surveys.motion import Motion
from hub.surveys.terrain import Terrain

__all__ = [
    "AROUND_M", "LEAST_ABOVE_M", "LEAST_HEIGHT_M", "TOLERANCE_M", "Following", "followed", "highest_near_m", "lifted",
    "measured", "seconds_of",
]  # fmt: skip

TOLERANCE_M = 5.0
"""So far a straight may be from the height that is wanted above the ground."""
LEAST_ABOVE_M = 15.0
"""So near the ground no path comes: trees and wires stand on what a grid calls ground."""
LEAST_HEIGHT_M = LEAST_ABOVE_M + TOLERANCE_M
AROUND_M = 100.0
"""So far from its way, and from the straights home, a drone may come: its fence, and what it needs to stop at it."""

# what the ground may bulge between two samples comes off the tolerance
_HELD_M = 4.5
_STEPS_A_CELL = 4
_LEAST_STEP_M, _MOST_STEP_M = 1.0, 5.0
_DEGREE_DIGITS, _HEIGHT_DIGITS = 7, 2

Samples = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Following:
    """The ground below, and the plane in which paths are laid."""

    terrain: Terrain
    frame: LocalFrame


@dataclass(frozen=True, slots=True)
class _Line:
    """A straight in samples: shares of it (0 to 1), metres east and north, and the ground above the sea."""

    shares: Samples
    xs: Samples
    ys: Samples
    ground: Samples


def followed(sortie: Sortie, path: Sequence[Point], below: Following, home: Point | None) -> Sortie:
    """A sortie at its height above the ground; `path` is its own in metres, `home` where its drone takes off (without
    one that is the path's first place). Times are as they were. Raises Invalid where the ground's height is not known.
    """
    lines = [_sampled(a, b, below) for a, b in pairwise(path)]
    takeoff_m = _takeoff_m(path, below, home)
    places: list[Point] = [path[0]]
    grounds: list[float] = [float(lines[0].ground[0])]
    kept_at = [0]
    above: list[float] = []
    for line in lines:
        marks = _marks(line)
        above += _above(line, marks)
        for mark in marks[1:]:
            places.append((float(line.xs[mark]), float(line.ys[mark])))
            grounds.append(float(line.ground[mark]))
        kept_at.append(len(places) - 1)
    height_m, (first, last) = sortie["height_m"], sortie["filmed"]
    grounds = [round(one, _HEIGHT_DIGITS) for one in grounds]
    positions = [
        [round(lon, _DEGREE_DIGITS), round(lat, _DEGREE_DIGITS), round(ground + height_m - takeoff_m, _HEIGHT_DIGITS)]
        for (lon, lat), ground in zip(below.frame.lon_lat(places), grounds, strict=True)
    ]
    told: TerrainDocument = {
        "follows_ground": True,
        "takeoff_ground_above_sea_m": takeoff_m,
        "ground_above_sea_m": grounds,
        "path_above_sea_m": [round(ground + height_m, _HEIGHT_DIGITS) for ground in grounds],
        "lowest_above_ground_m": round(height_m + min(above), 1),
        "highest_above_ground_m": round(height_m + max(above), 1),
        "climbs_m": round(sum(max(0.0, b - a) for a, b in pairwise(grounds)), 1),
        "highest_near_m": highest_near_m(below, [*path, home or path[0]]),
    }
    return {
        **sortie,
        "path": {"type": "LineString", "coordinates": positions},
        "filmed": [kept_at[first], kept_at[last]],
        "terrain": told,
    }


def measured(sortie: Sortie, path: Sequence[Point], below: Following, home: Point | None) -> Sortie:
    """The same sortie at one height above its take-off place, with what that is above the ground; as for `followed`."""
    lines = [_sampled(a, b, below) for a, b in pairwise(path)]
    takeoff_m = _takeoff_m(path, below, home)
    above_sea_m = takeoff_m + sortie["height_m"]
    ground = np.concatenate([line.ground for line in lines])
    told: TerrainDocument = {
        "follows_ground": False,
        "takeoff_ground_above_sea_m": takeoff_m,
        "ground_above_sea_m": [
            round(float(one), _HEIGHT_DIGITS) for one in (lines[0].ground[0], *(line.ground[-1] for line in lines))
        ],
        "path_above_sea_m": [round(above_sea_m, _HEIGHT_DIGITS)] * len(path),
        "lowest_above_ground_m": round(above_sea_m - float(ground.max()), 1),
        "highest_above_ground_m": round(above_sea_m - float(ground.min()), 1),
        "climbs_m": 0.0,
        "highest_near_m": highest_near_m(below, [*path, home or path[0]]),
    }
    return {**sortie, "terrain": told}


def highest_near_m(below: Following, places: Sequence[Point]) -> float | None:
    """Metres above the sea of the highest ground that a drone may come over which flies between places in any order;
    None where a part of it is not known.
    """
    around = MultiPoint(places).convex_hull.buffer(AROUND_M, quad_segs=4)
    ring = [(float(x), float(y)) for x, y in shapely.get_coordinates(around)]
    highest_m = below.terrain.highest_m(Polygon(below.frame.lon_lat(ring)))
    return None if highest_m is None else round(highest_m, _HEIGHT_DIGITS)


def lifted(sortie: Sortie, height_m: float) -> Sortie:
    """The same sortie at another height: above the take-off place, or above the ground where it follows that."""
    by_m = height_m - sortie["height_m"]
    positions = [[lon, lat, round(z + by_m, _HEIGHT_DIGITS)] for lon, lat, z in sortie["path"]["coordinates"]]
    moved: Sortie = {
        **sortie, "height_m": height_m, "path": {"type": "LineString", "coordinates": positions},
    }  # fmt: skip
    told = sortie.get("terrain")
    if told is not None:
        moved["terrain"] = {
            **told,
            "path_above_sea_m": [round(one + by_m, _HEIGHT_DIGITS) for one in told["path_above_sea_m"]],
            "lowest_above_ground_m": round(told["lowest_above_ground_m"] + by_m, 1),
            "highest_above_ground_m": round(told["highest_above_ground_m"] + by_m, 1),
        }
    return moved


def seconds_of(sortie: Sortie, motion: Motion, frame: LocalFrame) -> float:
    """Seconds along a sortie's path from its first position, climbs and descents on the way counted."""
    places = [(frame.local_point(lat, lon), z) for lon, lat, z in sortie["path"]["coordinates"]]
    return sum(motion.between_s(a, b, up - down) for (a, down), (b, up) in pairwise(places))


def _takeoff_m(path: Sequence[Point], below: Following, home: Point | None) -> float:
    east, north = home or path[0]
    return round(float(_ground(below, np.array([east]), np.array([north]))[0]), _HEIGHT_DIGITS)


def _ground(below: Following, xs: Samples, ys: Samples) -> Samples:
    places = below.frame.lon_lat(list(zip(xs.tolist(), ys.tolist(), strict=True)))
    return below.terrain.ground_m(np.array([lon for lon, _ in places]), np.array([lat for _, lat in places]))


def _sampled(a: Point, b: Point, below: Following) -> _Line:
    step_m = min(max(below.terrain.cell_m / _STEPS_A_CELL, _LEAST_STEP_M), _MOST_STEP_M)
    count = max(2, math.ceil(math.dist(a, b) / step_m) + 1)
    bends = below.terrain.bends(*below.frame.lon_lat([a, b]))
    shares = np.unique(np.concatenate([np.linspace(0.0, 1.0, count), np.clip(bends, 0.0, 1.0)]))
    xs, ys = a[0] + (b[0] - a[0]) * shares, a[1] + (b[1] - a[1]) * shares
    return _Line(shares, xs, ys, _ground(below, xs, ys))


def _marks(line: _Line) -> list[int]:
    """The samples at which positions stand: the ends, and those that keep straights between them near the ground."""
    shares, ground = line.shares, line.ground
    marks = [0, len(ground) - 1]
    todo = [(0, len(ground) - 1)]
    while todo:
        low, high = todo.pop()
        straight = np.interp(shares[low : high + 1], shares[[low, high]], ground[[low, high]])
        off = np.abs(straight - ground[low : high + 1])
        worst = low + int(np.argmax(off))
        if off[worst - low] > _HELD_M:
            marks.insert(bisect_left(marks, worst), worst)
            todo += [(low, worst), (worst, high)]
    return marks


def _above(line: _Line, marks: Sequence[int]) -> tuple[float, float]:
    """How much higher than wanted above the ground the straights between the marks are, at the least and the most."""
    higher = np.interp(line.shares, line.shares[list(marks)], line.ground[list(marks)]) - line.ground
    return float(higher.min()), float(higher.max())
