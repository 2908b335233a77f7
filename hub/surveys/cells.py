"""The ground cut into cells, each with the direction of strips that takes the least time. Pure.

A cut is kept when it saves time by the rough count: legs, turns, and the turns saved where legs of both sides meet.
Cuts are tried at inward corners: along both edges (rooms of a house), and halving the corner (a bend, round which legs
then follow).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from hub.geo import Point
from hub.surveys.ground import polygons_of
from hub.surveys.motion import Motion
from hub.surveys.strips import Leg, Strips, bridge_m, legs_of, rough_s, strips_of

__all__ = ["Cell", "Method", "cut_at_bends", "cut_ground", "directions_of", "rank_cells"]

_SHARE = 0.5
_FEW, _MANY = 12, 36
_CORNERS_TRIED = 6
_LEAST_BEND = math.radians(8)
_FAR = 1e5
_NEAR_M = 0.01


@dataclass(frozen=True, slots=True)
class Method:
    """How the ground is flown: the spacing, the drone's motion, and whether somebody waits no longer."""

    spacing_m: float
    motion: Motion
    should_stop: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of ground with its strips, the legs that see half a strip or more, and the rough seconds for them."""

    piece: Polygon
    strips: Strips
    legs: tuple[Leg, ...]
    seconds: float


def rank_cells(piece: Polygon, no_fly: BaseGeometry, method: Method, directions: int = _MANY) -> list[Cell]:
    """Lay strips over a piece in many directions, the quickest first."""
    near = no_fly if no_fly.intersects(piece) else Polygon()
    cells = [_cell(piece, angle, near, method) for angle in directions_of(piece, directions)]
    return sorted(cells, key=lambda cell: cell.seconds)


def _cell(piece: Polygon, angle: float, no_fly: BaseGeometry, method: Method) -> Cell:
    strips = strips_of(piece, angle, method.spacing_m)
    legs = tuple(legs_of(strips, _SHARE, no_fly, bridge_m(method.motion, method.spacing_m)))
    return Cell(piece, strips, legs, rough_s(legs, method.motion, method.spacing_m) if legs else 0.0)


def directions_of(piece: Polygon, directions: int) -> list[float]:
    """Directions worth trying: those of the longest edges and of the tightest rectangle, then a fan."""
    points = _open_ring(piece)
    edges = sorted(zip(points, [*points[1:], points[0]], strict=True), key=lambda edge: -math.dist(*edge))
    box = shapely.get_coordinates(shapely.oriented_envelope(piece)).tolist()
    sides = [((box[i][0], box[i][1]), (box[i + 1][0], box[i + 1][1])) for i in range(min(2, len(box) - 1))]
    wanted = [math.atan2(b[1] - a[1], b[0] - a[0]) % math.pi for a, b in [*edges[:6], *sides]]
    wanted += [math.pi * step / directions for step in range(directions)]
    kept: list[float] = []
    for angle in wanted:
        if all(abs(math.sin(angle - other)) > math.sin(math.radians(0.5)) for other in kept):
            kept.append(angle)
    return kept


def cut_ground(piece: Polygon, no_fly: BaseGeometry, method: Method) -> list[Cell]:
    """Cut a piece wherever that saves time, again and again."""
    done: list[Cell] = []
    todo = [rank_cells(piece, no_fly, method)[0]]
    while todo:
        cell = todo.pop()
        parts = None if method.should_stop() else _best_cut(cell, [*done, *todo], no_fly, method)
        if parts is None:
            done.append(cell)
        else:
            todo.extend(parts)
    return done


def cut_at_bends(piece: Polygon, no_fly: BaseGeometry, method: Method) -> list[Cell]:
    """Cut a piece at every inward corner, halving it: legs then follow a bending strip of land, a river or a road."""
    pieces = [piece]
    for corner, directions, _ in _corners(piece):
        at = shapely.Point(corner)
        for index, part in enumerate(pieces):
            if part.distance(at) < _NEAR_M:
                parts = _cut(part, Polygon(part.exterior), corner, directions[0])
                if len(parts) > 1 and min(one.area for one in parts) > method.spacing_m**2 / 4:
                    pieces[index : index + 1] = parts
                    break
    return [rank_cells(part, no_fly, method, _FEW)[0] for part in pieces]


def _best_cut(cell: Cell, others: Sequence[Cell], no_fly: BaseGeometry, method: Method) -> list[Cell] | None:
    best, best_s = None, cell.seconds - _meetings_s([cell], others, method) - 1.0
    for pieces in _cuts(cell.piece, method.spacing_m):
        if method.should_stop():
            break
        parts = [rank_cells(piece, no_fly, method, _FEW)[0] for piece in pieces]
        seconds = sum(part.seconds for part in parts) - _meetings_s(parts, others, method)
        # the way into each further cell
        seconds += (len(parts) - 1) * method.motion.straight_s(2 * method.spacing_m) / 2
        if seconds < best_s:
            best, best_s = parts, seconds
    return best


def _meetings_s(parts: Sequence[Cell], others: Sequence[Cell], method: Method) -> float:
    """Seconds of the turns that are not flown where a leg of one cell goes on as a leg of another."""
    turn, saved = method.motion.straight_s(method.spacing_m), 0.0
    for index, part in enumerate(parts):
        ends = [end for leg in part.legs for end in leg]
        for other in (*parts[index + 1 :], *others):
            for leg in other.legs:
                for end in leg:
                    gap = min((math.dist(end, there) for there in ends), default=math.inf)
                    saved += turn if gap < method.spacing_m / 4 else 0.0
    return saved


def _cuts(piece: Polygon, spacing_m: float) -> Iterator[list[Polygon]]:
    filled = Polygon(piece.exterior)
    for corner, directions, _ in _corners(piece):
        for direction in directions:
            pieces = _cut(piece, filled, corner, direction)
            if len(pieces) > 1 and min(part.area for part in pieces) > spacing_m**2 / 4:
                yield pieces


def _corners(piece: Polygon) -> list[tuple[Point, list[float], float]]:
    """The inward corners of a piece that bend most."""
    corners = [corner for ring in (piece.exterior, *piece.interiors) for corner in _inward(list(ring.coords))]
    return sorted(corners, key=lambda corner: -corner[2])[:_CORNERS_TRIED]


def _inward(coords: Sequence[tuple[float, ...]]) -> Iterator[tuple[Point, list[float], float]]:
    """Corners of a ring where the ground bends inward, with the directions of cuts and the bend in radians.

    Rings of a normalised polygon run with the ground on the right.
    """
    points = [(x, y) for x, y, *_ in coords[:-1]]
    for before, here, after in zip([points[-1], *points[:-1]], points, [*points[1:], points[0]], strict=True):
        came = math.atan2(here[1] - before[1], here[0] - before[0])
        goes = math.atan2(after[1] - here[1], after[0] - here[0])
        bend = (goes - came + math.pi) % math.tau - math.pi
        if bend > _LEAST_BEND:
            yield here, [(came + goes) / 2 + math.pi / 2, came, goes], bend


def _cut(piece: Polygon, filled: Polygon, corner: Point, direction: float) -> list[Polygon]:
    """Cut through a corner as far as the outline reaches on both sides, through holes too."""
    dx, dy = math.cos(direction) * _FAR, math.sin(direction) * _FAR
    line = LineString([(corner[0] - dx, corner[1] - dy), (corner[0] + dx, corner[1] + dy)])
    at = shapely.Point(corner)
    chords = [part for part in _lines(line.intersection(filled)) if part.distance(at) < _NEAR_M]
    if not chords:
        return [piece]
    start, end = (shapely.get_coordinates(chords[0]).tolist()[index] for index in (0, -1))
    longer = LineString([_beyond(end, start), _beyond(start, end)])
    found: list[Polygon] = []
    for part in polygons_of(split(filled, longer)):
        found.extend(polygons_of(part.intersection(piece)))
    return [shapely.normalize(part) for part in found]


def _beyond(start: Sequence[float], end: Sequence[float]) -> Point:
    """Stretch a line by a millimetre, so that it surely cuts."""
    size = math.dist(start, end) or 1.0
    return end[0] + (end[0] - start[0]) / size * 1e-3, end[1] + (end[1] - start[1]) / size * 1e-3


def _lines(geometry: BaseGeometry) -> list[LineString]:
    parts: list[BaseGeometry] = shapely.get_parts(geometry).tolist()
    return [part for part in parts if isinstance(part, LineString)]


def _open_ring(piece: Polygon) -> list[Point]:
    return [(x, y) for x, y, *_ in piece.exterior.coords[:-1]]
