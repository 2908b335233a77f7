"""Ways to lay legs over the ground: strips in each part's quickest directions, cells, and rings. Pure."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import shapely

from hub.surveys.cells import Cell, Method, cut_at_bends, cut_ground, rank_cells
from hub.surveys.ground import Ground, clear_pieces, polygons_of
from hub.surveys.routes import Field
from hub.surveys.strips import Leg, bridge_m, legs_of
from hub.surveys.sweeps import sweeps_of

__all__ = ["layouts"]

# the share of a strip that a leg may leave out at its ends
_FIRST_SHARE = 0.5
_OTHER_SHARES = (0.625, 0.375)
_SWEEPS_DRAFTED = 10
_DIRECTIONS = 12
_MOST_RINGS = 60
# corners of rings leave slivers between them, so rings lie a little closer
_CLOSER = 0.98


def layouts(plan: Field, effort: int, should_stop: Callable[[], bool]) -> Iterator[list[Leg]]:
    """Lay legs in one way after another, the likeliest first; whoever has enough stops asking."""
    method, no_fly = Method(plan.spacing_m, plan.motion, should_stop), plan.ground.no_fly
    pieces = [shapely.normalize(piece) for piece in polygons_of(plan.ground.target)]
    ranked = [rank_cells(piece, no_fly, method, _DIRECTIONS) for piece in pieces]

    longest_m = bridge_m(method.motion, method.spacing_m)

    def laid(cells: Sequence[Cell], share: float) -> list[Leg]:
        return [leg for cell in cells for leg in legs_of(cell.strips, share, no_fly, longest_m)]

    first = [cells[0] for cells in ranked]
    yield laid(first, _FIRST_SHARE)
    yield from (laid(first, share) for share in _OTHER_SHARES if not effort)
    yield rings_of(plan.ground, plan.spacing_m)
    if effort:
        swept = [sweeps_of(piece, no_fly, method) for piece in pieces]
        for place in range(_SWEEPS_DRAFTED):
            yield [leg for sweeps in swept for leg in sweeps[min(place, len(sweeps) - 1)].legs]
    for way in (cut_at_bends, cut_ground):
        cut = [cell for piece in pieces for cell in way(piece, no_fly, method)]
        if len(cut) > len(pieces):
            yield laid(cut, _FIRST_SHARE)


def rings_of(ground: Ground, spacing_m: float) -> list[Leg]:
    """Lay legs along the rim and round holes, ring within ring: few turns where strips would be short."""
    legs: list[Leg] = []
    for number in range(_MOST_RINGS):
        inner = ground.target.buffer(-(number + 0.5) * spacing_m * _CLOSER, join_style="mitre", mitre_limit=3)
        rings = [ring for part in polygons_of(inner) for ring in (part.exterior, *part.interiors)]
        if not rings:
            break
        for ring in rings:
            corners = shapely.get_coordinates(ring.simplify(spacing_m / 10)).tolist()
            for a, b in pairwise([(x, y) for x, y in corners]):
                legs.extend(piece for piece in clear_pieces((a, b), ground.no_fly) if math.dist(*piece) > 1.0)
    return legs
