"""The quickest ways between places, round what no drone may enter. Pure."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from hub.geo import Point
from hub.surveys.motion import Motion

__all__ = ["Way", "Ways"]

Way = tuple[Point, ...]

# the ways keep so far from a zone (which has its margin already), and may touch it by so little
_CLEARANCE_M = 0.5
_TOUCH_M = 0.05
_SIMPLER_M = 0.3


class Ways:
    """Ways among the corners of no-fly zones (a visibility graph), each straight flown from stop to stop."""

    def __init__(self, no_fly: BaseGeometry, motion: Motion) -> None:
        self._motion = motion
        self._core = no_fly.buffer(-_TOUCH_M)
        shapely.prepare(self._core)
        parts: list[BaseGeometry] = shapely.get_parts(self._core).tolist()
        self._boxes = [part.bounds for part in parts if not part.is_empty]
        around = no_fly.buffer(_CLEARANCE_M + _SIMPLER_M, quad_segs=2, join_style="mitre", mitre_limit=2)
        points: list[list[float]] = shapely.get_coordinates(around.simplify(_SIMPLER_M)).tolist()
        self._nodes: list[Point] = list(dict.fromkeys((x, y) for x, y in points))
        self._rows: dict[Point, NDArray[Any]] = {}
        self._graph: tuple[NDArray[Any], NDArray[Any]] | None = None

    def _s(self, a: Point, b: Point) -> float:
        return self._motion.mean_s(a, b)

    def _clear(self, pairs: Sequence[tuple[Point, Point]]) -> list[bool]:
        if self._core.is_empty or not pairs:
            return [True] * len(pairs)
        blocked: list[bool] = shapely.intersects(self._core, shapely.linestrings(list(pairs))).tolist()
        return [not hit for hit in blocked]

    def is_clear(self, start: Point, end: Point) -> bool:
        """Say whether the straight between two places enters no zone."""
        (ax, ay), (bx, by) = start, end
        if ax > bx:
            ax, bx = bx, ax
        if ay > by:
            ay, by = by, ay
        # most straights pass no zone's bounds at all
        near = any(ax <= right and bx >= left and ay <= high and by >= low for left, low, right, high in self._boxes)
        return not near or self._clear([(start, end)])[0]

    def _seen(self, place: Point) -> NDArray[Any]:
        """Seconds from a place to each node that it sees, infinite to the others."""
        row = self._rows.get(place)
        if row is None:
            clear = self._clear([(place, node) for node in self._nodes])
            row = np.array(
                [self._s(place, node) if free else math.inf for node, free in zip(self._nodes, clear, strict=True)]
            )
            self._rows[place] = row
        return row

    def _nets(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Seconds between nodes that see each other, and between any two by the quickest way (Floyd and Warshall)."""
        if self._graph is None:
            straight = np.array([self._seen(node) for node in self._nodes]).reshape(len(self._nodes), -1)
            np.fill_diagonal(straight, 0.0)
            quickest = straight.copy()
            for node in range(len(self._nodes)):
                np.minimum(quickest, quickest[:, node, None] + quickest[None, node, :], out=quickest)
            self._graph = straight, quickest
        return self._graph

    def matrix(self, places: Sequence[Point]) -> list[list[float]]:
        """Seconds between any two places; infinite where nothing leads."""
        count = len(places)
        seconds = [[0.0] * count for _ in places]
        pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
        clear = self._clear([(places[i], places[j]) for i, j in pairs])
        blocked: dict[int, list[int]] = {}
        for (i, j), free in zip(pairs, clear, strict=True):
            if free:
                seconds[i][j] = seconds[j][i] = self._s(places[i], places[j])
            else:
                blocked.setdefault(i, []).append(j)
        for start, ends in blocked.items():
            reach = (self._seen(places[start])[:, None] + self._nets()[1]).min(axis=0, initial=math.inf)
            rows = np.array([self._seen(places[end]) for end in ends])
            found: list[float] = (rows + reach).min(axis=1, initial=math.inf).tolist()
            for end, best in zip(ends, found, strict=True):
                seconds[start][end] = seconds[end][start] = best
        return seconds

    def between(self, start: Point, end: Point) -> Way | None:
        """Take the places passed on the quickest way, without its ends; None where nothing leads."""
        if self.is_clear(start, end):
            return ()
        if not self._nodes:
            return None
        straight, quickest = self._nets()
        all_s = self._seen(start)[:, None] + quickest + self._seen(end)[None, :]
        here, last = (int(place) for place in np.unravel_index(int(all_s.argmin()), all_s.shape))
        if math.isinf(all_s[here, last]):
            return None
        way = [self._nodes[here]]
        while here != last and len(way) <= len(self._nodes):
            steps = straight[here] + quickest[:, last]
            steps[here] = math.inf
            here = int(steps.argmin())
            way.append(self._nodes[here])
        return tuple(way)
