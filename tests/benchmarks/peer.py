"""A restatement of how a common ground station plans a survey, as a peer to compare with.

One angle for the whole area, lines one spacing apart through the middle of its bounds, one segment a line from the
first to the last crossing (over whatever lies between), flown to and fro. Its user finds by hand the angle and the
spacing that bring the coverage wanted.
"""

import math

import shapely
from shapely import LineString, Polygon
from shapely.affinity import rotate

from hub.geo import Point
from hub.surveys.motion import Motion

__all__ = ["peer_coverage", "peer_path", "tuned_peer"]


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
    seen = LineString(path).buffer(spacing_m / 2, cap_style="flat", join_style="round") if path else Polygon()
    return seen.intersection(area).area / area.area


def tuned_peer(area: Polygon, spacing_m: float, motion: Motion, goal: float, angle_step: int = 5) -> list[Point] | None:
    """The quickest path that reaches a coverage, over all angles, each with the widest spacing in whole metres."""
    best: list[Point] | None = None
    for angle in range(0, 180, angle_step):
        for closer in range(int(spacing_m / 2)):
            path = peer_path(area, angle, spacing_m - closer)
            if best is not None and motion.path_s(path) >= motion.path_s(best):
                break
            if peer_coverage(area, path, spacing_m) >= goal:
                best = path
                break
    return best
