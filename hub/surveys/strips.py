"""One piece of ground cut into strips in one direction, and the legs that see them. Pure.

Each strip is sampled by narrow bands. At a place along the strip as many bands as lie in the piece are to be seen; a
leg runs where these are at least a share of the strip. A leg's last metre costs the same time everywhere, so one share
for all ends is the cheapest way to leave out what may be left out.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from hub.geo import Point
from hub.surveys.ground import clear_pieces
from hub.surveys.motion import Motion

__all__ = ["BANDS", "Leg", "Strips", "bridge_m", "legs_of", "rough_s", "strips_of", "unseen_m2"]

Leg = tuple[Point, Point]

BANDS = 8
# so much of a spacing may stay unseen at the rim before a piece takes one strip more
_SLACK = 0.03
_LEAST_LEG_M = 1.0


@dataclass(frozen=True, slots=True)
class Strips:
    """A piece's strips in the direction (cos, sin): for each, its middle across and the edges of its bands along it,
    as (place, +1 where a band begins and -1 where it ends), in order.
    """

    cos: float
    sin: float
    middles: tuple[float, ...]
    edges: tuple[tuple[tuple[float, int], ...], ...]

    def place(self, along: float, across: float) -> Point:
        """Turn a place of the strips' own axes into metres east and north."""
        return along * self.cos - across * self.sin, along * self.sin + across * self.cos


def strips_of(piece: Polygon, angle: float, spacing_m: float, more: int = 0) -> Strips:
    """Cut a piece into the fewest strips of at most a spacing (a little unseen at the rim) and some more, along `angle`
    (radians).
    """
    cos, sin = math.cos(angle), math.sin(angle)
    rings = [
        [(x * cos + y * sin, y * cos - x * sin) for x, y, *_ in ring.coords]
        for ring in (piece.exterior, *piece.interiors)
    ]
    low, high = min(across for _, across in rings[0]), max(across for _, across in rings[0])
    count = max(1, math.ceil((high - low) / spacing_m - _SLACK)) + more
    band = (high - low) / count / BANDS
    crossings = _crossings(rings, low, band, count * BANDS)
    edges: list[tuple[tuple[float, int], ...]] = []
    for strip in range(count):
        found = [
            (place, 1 if index % 2 == 0 else -1)
            for places in crossings[strip * BANDS : (strip + 1) * BANDS]
            for index, place in enumerate(sorted(places))
        ]
        edges.append(tuple(sorted(found, key=lambda edge: (edge[0], -edge[1]))))
    middles = tuple(low + (strip + 0.5) * band * BANDS for strip in range(count))
    return Strips(cos, sin, middles, tuple(edges))


def _crossings(rings: Sequence[Sequence[Point]], low: float, band: float, count: int) -> list[list[float]]:
    crossings: list[list[float]] = [[] for _ in range(count)]
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if y1 == y2:
                continue
            bottom, top = min(y1, y2), max(y1, y2)
            first = max(0, math.ceil((bottom - low) / band - 0.5))
            slope = (x2 - x1) / (y2 - y1)
            for index in range(first, count):
                y = low + (index + 0.5) * band
                if y >= top:
                    break
                if y >= bottom:
                    crossings[index].append(x1 + (y - y1) * slope)
    return crossings


def legs_of(strips: Strips, share: float, no_fly: BaseGeometry, bridge_m: float) -> list[Leg]:
    """Lay a leg wherever at least `share` (0 to 1) of a strip is to be seen, clear of no-fly zones; legs on one line
    are one where no more than `bridge_m` of free ground lies between them.
    """
    legs: list[Leg] = []
    for middle, edges in zip(strips.middles, strips.edges, strict=True):
        for start, end in _spans(edges, max(1, math.ceil(share * BANDS))):
            a, b = strips.place(start, middle), strips.place(end, middle)
            legs.extend(piece for piece in clear_pieces((a, b), no_fly) if math.dist(*piece) >= _LEAST_LEG_M)
    return _bridged(legs, no_fly, bridge_m)


def _spans(edges: Sequence[tuple[float, int]], least: int) -> Iterator[tuple[float, float]]:
    depth, start = 0, 0.0
    for place, change in edges:
        before, depth = depth, depth + change
        if before < least <= depth:
            start = place
        elif depth < least <= before and place - start >= _LEAST_LEG_M:
            yield start, place


def unseen_m2(strips: Strips, share: float, spacing_m: float, bridge_m: float) -> float:
    """Roughly what legs of that share leave unseen: the bands beyond their ends."""
    least, missed = max(1, math.ceil(share * BANDS)), 0.0
    for edges in strips.edges:
        spans: list[tuple[float, float]] = []
        for start, end in _spans(edges, least):
            if spans and start - spans[-1][1] <= bridge_m:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        depth, before = 0, 0.0
        for place, change in edges:
            if depth:
                seen = sum(max(0.0, min(end, place) - max(start, before)) for start, end in spans)
                missed += depth * (place - before - seen)
            depth, before = depth + change, place
    return missed * spacing_m / BANDS


def bridge_m(motion: Motion, spacing_m: float) -> float:
    """The longest gap over which flying on is quicker than two stops and a turn."""
    return motion.speed_mps * (motion.straight_s(spacing_m) + motion.speed_mps / motion.accel_mps2)


def _bridged(legs: Sequence[Leg], no_fly: BaseGeometry, longest_m: float) -> list[Leg]:
    """Join neighbours on one line when the way between is short and free."""
    joined: list[Leg] = []
    for leg in legs:
        gap = LineString((joined[-1][1], leg[0])) if joined else None
        if gap is not None and _goes_on(joined[-1], leg, longest_m) and not no_fly.intersects(gap):
            joined[-1] = (joined[-1][0], leg[1])
        else:
            joined.append(leg)
    return joined


def _goes_on(one: Leg, other: Leg, longest_m: float) -> bool:
    gap = math.dist(one[1], other[0])
    return gap <= longest_m and math.dist(one[0], other[1]) >= math.dist(*one) + gap + math.dist(*other) - 0.01


def rough_s(legs: Sequence[Leg], motion: Motion, spacing_m: float) -> float:
    """Seconds for legs, each with a turn to the next; good enough to compare directions."""
    return sum(motion.mean_s(*leg) for leg in legs) + len(legs) * motion.straight_s(spacing_m)
