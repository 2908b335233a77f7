"""The ground of a survey in local metres: what is to be seen, and where no drone may be. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from hub.errors import Invalid
from hub.geo import Point

__all__ = ["Ground", "clear_pieces", "polygons_of"]

_HOLE_MARGIN_M = 0.3
_LEAST_PART_M2 = 0.01
_SIMPLER_M = 0.5


@dataclass(frozen=True)
class Ground:
    """`target` is the area less its keep-outs; `no_fly` the keep-outs with their margin and the area's holes;
    `keep_out` the keep-outs with their margin alone, which hold even where nothing else leads on.
    """

    target: BaseGeometry
    no_fly: BaseGeometry
    keep_out: BaseGeometry

    @classmethod
    def of(cls, area: BaseGeometry, keep_outs: BaseGeometry, margin_m: float, *, cross_holes: bool = False) -> "Ground":
        """Cut the keep-outs out of the area; holes may be flown over or not. Raises Invalid when nothing is left."""
        target = area.difference(keep_outs)
        if target.area < _LEAST_PART_M2:
            raise Invalid("the keep-outs cover the whole area; there is nothing to survey")
        # fewer corners make quicker ways: the edge may lie half a metre farther out, and never nearer
        rounder = keep_outs.buffer(margin_m + _SIMPLER_M, quad_segs=4).simplify(_SIMPLER_M)
        wide = rounder if keep_outs.area else Polygon()
        if cross_holes:
            return cls(target, wide, wide)
        holes = [Polygon(ring) for part in polygons_of(area) for ring in part.interiors]
        # a part of the area may lie inside another part's hole
        hollow = shapely.union_all(holes).difference(area) if holes else Polygon()
        no_fly = shapely.union_all([hollow.buffer(_HOLE_MARGIN_M, join_style="mitre", mitre_limit=2), wide])
        return cls(target, no_fly, wide)


def polygons_of(geometry: BaseGeometry) -> list[Polygon]:
    """Take the polygons out of whatever an operation left, slivers apart."""
    parts: list[BaseGeometry] = shapely.get_parts(geometry).tolist()
    flat: list[BaseGeometry] = []
    for part in parts:
        flat.extend(shapely.get_parts(part).tolist())
    return [part for part in flat if isinstance(part, Polygon) and part.area > _LEAST_PART_M2]


def clear_pieces(line: Sequence[Point], forbidden: BaseGeometry) -> list[tuple[Point, Point]]:
    """Those stretches of a straight line that are clear of a zone, in its direction."""
    straight = LineString(line)
    if forbidden.is_empty or not forbidden.intersects(straight):
        return [(line[0], line[1])]
    left = straight.difference(forbidden)
    parts: list[BaseGeometry] = shapely.get_parts(left).tolist()
    pieces = [shapely.get_coordinates(part).tolist() for part in parts if isinstance(part, LineString)]
    found = [((float(p[0][0]), float(p[0][1])), (float(p[-1][0]), float(p[-1][1]))) for p in pieces if len(p) > 1]
    start = line[0]
    return sorted(found, key=lambda piece: (piece[0][0] - start[0]) ** 2 + (piece[0][1] - start[1]) ** 2)
