"""Whether a way stays within a fence: on the scale of one flight, the earth is flat. Pure.

Rings are [lon, lat], not closed. All is computed in metres around the ring's first corner (equirectangular; over the
few kilometres of a flight it is off by less than a metre in a thousand).
"""

import itertools
import math
from collections.abc import Sequence

__all__ = ["Place", "apart_m", "first_outside", "is_inside", "ring_fault"]

Place = tuple[float, float]
_Xy = tuple[float, float]

_M_PER_DEG = 111_320.0
# A fence's own line still counts as inside: what is drawn on it has been drawn by people.
_ON_THE_LINE_M = 0.05


def apart_m(one: Place, other: Place) -> float:
    """Metres between two places."""
    return math.hypot(*_local(other, one))


def is_inside(place: Place, ring: Sequence[Place]) -> bool:
    """Whether a place is within a ring or on its line."""
    corners = [_local(corner, ring[0]) for corner in ring]
    return _inside(_local(place, ring[0]), corners)


def first_outside(way: Sequence[Place], ring: Sequence[Place]) -> int | None:
    """The index of the first leg (from way[i] to way[i + 1]) that leaves the ring anywhere; None: none does.

    A leg between two places inside may still cut the corner of a fence that is not convex.
    """
    corners = [_local(corner, ring[0]) for corner in ring]
    points = [_local(place, ring[0]) for place in way]
    for index, point in enumerate(points):
        if not _inside(point, corners):
            return max(0, index - 1)
    for index, (start, end) in enumerate(itertools.pairwise(points)):
        if not _leg_inside(start, end, corners):
            return index
    return None


def ring_fault(ring: Sequence[Place]) -> str | None:
    """What is wrong with a ring of an owner's fence, for a person; None: nothing."""
    if len(set(ring)) < 3:
        return "a fence needs three corners"
    corners = [_local(corner, ring[0]) for corner in ring]
    sides = list(_sides(corners))
    for one, (a, b) in enumerate(sides):
        for other in range(one + 2, len(sides)):
            if (one, other) != (0, len(sides) - 1) and _crossing(a, b, *sides[other]) is not None:
                return f"the fence crosses itself between corners {one + 1} and {other + 1}"
    return None


def _local(place: Place, origin: Place) -> _Xy:
    east = (place[0] - origin[0]) * math.cos(math.radians(origin[1]))
    return east * _M_PER_DEG, (place[1] - origin[1]) * _M_PER_DEG


def _sides(corners: Sequence[_Xy]) -> list[tuple[_Xy, _Xy]]:
    return list(zip(corners, [*corners[1:], corners[0]], strict=True))


def _inside(point: _Xy, corners: Sequence[_Xy]) -> bool:
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in _sides(corners):
        if _distance_to_side(point, (ax, ay), (bx, by)) <= _ON_THE_LINE_M:
            return True
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def _leg_inside(start: _Xy, end: _Xy, corners: Sequence[_Xy]) -> bool:
    """Cut the leg wherever it meets a side: it is inside when the middle of each piece is."""
    cuts = {0.0, 1.0}
    for a, b in _sides(corners):
        cut = _crossing(start, end, a, b)
        if cut is not None:
            cuts.add(cut)
        # Along a corner, or along the side itself, is no crossing but may be where it leaves.
        cuts.add(_foot(a, start, end))
    ordered = sorted(cuts)
    return all(_inside(_between(start, end, (low + high) / 2), corners) for low, high in itertools.pairwise(ordered))


def _crossing(p: _Xy, q: _Xy, a: _Xy, b: _Xy) -> float | None:
    """Where on p→q (0..1) it meets a→b; None when it does not, or they are parallel."""
    rx, ry, sx, sy = q[0] - p[0], q[1] - p[1], b[0] - a[0], b[1] - a[1]
    cross = rx * sy - ry * sx
    if abs(cross) < 1e-9:
        return None
    t = ((a[0] - p[0]) * sy - (a[1] - p[1]) * sx) / cross
    u = ((a[0] - p[0]) * ry - (a[1] - p[1]) * rx) / cross
    return t if 0.0 <= t <= 1.0 and 0.0 <= u <= 1.0 else None


def _foot(point: _Xy, a: _Xy, b: _Xy) -> float:
    """Where on a→b (0..1) a point is nearest."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    if length2 == 0.0:
        return 0.0
    return min(1.0, max(0.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length2))


def _distance_to_side(point: _Xy, a: _Xy, b: _Xy) -> float:
    near = _between(a, b, _foot(point, a, b))
    return math.hypot(point[0] - near[0], point[1] - near[1])


def _between(a: _Xy, b: _Xy, share: float) -> _Xy:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
