"""A restatement of how a common ground station plans a survey, as a peer to compare with.

One angle for the whole area, lines one spacing apart through the middle of its bounds, one segment a line from the
first to the last crossing (over whatever lies between), flown to and fro. Its user finds by hand the angle and the
spacing that bring the coverage wanted. Where holes may not be flown over, the user leads each crossing round the hole
by the quickest way, which is found for him by the project's own routing.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate

from hub.geo import Point
from hub.surveys.ground import Ground, clear_pieces
from hub.surveys.motion import Motion, straighten
from hub.surveys.routes import footprint
from hub.surveys.ways import Ways

__all__ = ["peer_coverage", "peer_path", "round_holes", "tuned_peer"]


def peer_path(area: Polygon, angle_deg: float, spacing_m: float) -> list[Point]:
    """The path over an area, lines at `angle_deg` from east."""
    middle = area.envelope.centroid
    turned = rotate(area, -angle_deg, origin=middle)
    left, low, right, high = turned.bounds
    across = (low + high) / 2
    first = math.ceil((low - across) / spacing_m)
    path: list[tuple[float, float]] = []
    for index in range(first, math.floor((high - across) / spacing_m) + 1):
        y = across + index * spacing_m
        hit = shapely.get_coordinates(turned.intersection(LineString([(left - 1, y), (right + 1, y)])))
        if len(hit) > 1:
            ends = [(float(min(hit[:, 0])), y), (float(max(hit[:, 0])), y)]
            path += ends if len(path) % 4 == 0 else ends[::-1]
    return [(x, y) for x, y in rotate(LineString(path), angle_deg, origin=middle).coords] if len(path) > 1 else []


def peer_coverage(area: Polygon, path: list[Point], spacing_m: float) -> float:
    """The share of the area within half a spacing of a path."""
    return footprint([path], spacing_m).intersection(area).area / area.area if path else 0.0


def round_holes(area: Polygon, motion: Motion) -> Callable[[list[Point]], list[Point]]:
    """Give what leads a path round an area's holes, each crossing by the quickest way."""
    ground = Ground.of(area, Polygon(), 0.0)
    ways = Ways(ground.no_fly, motion)

    def led(path: list[Point]) -> list[Point]:
        found = path[:1]
        for straight in pairwise(path):
            for place in [end for piece in clear_pieces(straight, ground.no_fly) for end in piece] + [straight[1]]:
                found += [*(ways.between(found[-1], place) or ()), place]
        return straighten(found)

    return led


def tuned_peer(
    area: Polygon,
    spacing_m: float,
    motion: Motion,
    goal: float,
    angle_step: int = 5,
    led: Callable[[list[Point]], list[Point]] = lambda path: path,
) -> list[Point] | None:
    """The quickest path that reaches a coverage, over all angles, each with the widest spacing in whole metres."""
    best: list[Point] | None = None
    for angle in range(0, 180, angle_step):
        for closer in range(int(spacing_m / 2)):
            path = peer_path(area, angle, spacing_m - closer)
            # a way round takes longer than the straight
            if best is not None and motion.path_s(path) >= motion.path_s(best):
                break
            path = led(path)
            if best is not None and motion.path_s(path) >= motion.path_s(best):
                continue
            if peer_coverage(area, path, spacing_m) >= goal:
                best = path
                break
    return best
