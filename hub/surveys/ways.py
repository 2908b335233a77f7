"""The quickest ways between places, round what no drone may enter. Pure."""

import heapq
import math
from collections.abc import Sequence

import shapely
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
        around = no_fly.buffer(_CLEARANCE_M + _SIMPLER_M, quad_segs=2, join_style="mitre", mitre_limit=2)
        points: list[list[float]] = shapely.get_coordinates(around.simplify(_SIMPLER_M)).tolist()
        self._nodes: list[Point] = list(dict.fromkeys((x, y) for x, y in points))
        self._next: list[list[tuple[int, float]]] = [
            [(there, self._s(node, self._nodes[there])) for there in self._seen(node)] for node in self._nodes
        ]

    def _s(self, a: Point, b: Point) -> float:
        return self._motion.straight_s(math.dist(a, b))

    def _seen(self, place: Point) -> list[int]:
        clear = self._clear([(place, node) for node in self._nodes])
        return [index for index, free in enumerate(clear) if free and self._nodes[index] != place]

    def _clear(self, pairs: Sequence[tuple[Point, Point]]) -> list[bool]:
        if self._core.is_empty or not pairs:
            return [True] * len(pairs)
        blocked: list[bool] = shapely.intersects(self._core, shapely.linestrings(list(pairs))).tolist()
        return [not hit for hit in blocked]

    def is_clear(self, start: Point, end: Point) -> bool:
        """Say whether the straight between two places enters no zone."""
        return self._clear([(start, end)])[0]

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
        if blocked:
            self._fill(places, blocked, seconds)
        return seconds

    def _fill(self, places: Sequence[Point], blocked: dict[int, list[int]], seconds: list[list[float]]) -> None:
        seen: dict[int, list[int]] = {}
        for start, ends in blocked.items():
            costs, _ = self._spread(places[start])
            for end in ends:
                if end not in seen:
                    seen[end] = self._seen(places[end])
                best = min((costs[n] + self._s(self._nodes[n], places[end]) for n in seen[end]), default=math.inf)
                seconds[start][end] = seconds[end][start] = best

    def _spread(self, start: Point) -> tuple[list[float], list[int]]:
        costs, came = [math.inf] * len(self._nodes), [-1] * len(self._nodes)
        todo: list[tuple[float, int]] = []
        for node in self._seen(start):
            costs[node] = self._s(start, self._nodes[node])
            heapq.heappush(todo, (costs[node], node))
        while todo:
            cost, node = heapq.heappop(todo)
            if cost > costs[node]:
                continue
            for there, more in self._next[node]:
                if cost + more < costs[there]:
                    costs[there], came[there] = cost + more, node
                    heapq.heappush(todo, (cost + more, there))
        return costs, came

    def between(self, start: Point, end: Point) -> Way | None:
        """Take the places passed on the quickest way, without its ends; None where nothing leads."""
        if self.is_clear(start, end):
            return ()
        costs, came = self._spread(start)
        last = min(self._seen(end), key=lambda node: costs[node] + self._s(self._nodes[node], end), default=-1)
        if last < 0 or math.isinf(costs[last]):
            return None
        way: list[Point] = []
        while last >= 0:
            way.append(self._nodes[last])
            last = came[last]
        return tuple(reversed(way))
