"""Flying again what photos have not shown: a request for the gaps, from the request that left them. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from shapely import MultiPolygon, Polygon

from hub.geo import format_polygons
from hub.surveys.fleet import DroneSpec
from hub.surveys.geojson import parse_polygons
from hub.surveys.request import PlanRequest

__all__ = ["remaining"]


def remaining(request: PlanRequest, gaps: object, drones: Sequence[str | DroneSpec] | None = None) -> PlanRequest:
    """Ask for the gaps (GeoJSON, as `flights.seeing` finds them), by the same drones or those that are left.

    What has been seen may be flown over, so holes of the gaps are none; those of the area stay closed, as keep-outs.
    Raises Invalid with one line where the gaps are no polygons.
    """
    left = parse_polygons(gaps, "the gaps")
    holes: list[object] = []
    if not request.cross_holes:
        area = parse_polygons(request.area, "the area")
        closed = [Polygon(ring) for part in area.geoms for ring in part.interiors]
        # a part of the area may lie inside another part's hole
        holes = [format_polygons(MultiPolygon([part])) for hole in closed for part in _parts(hole.difference(area))]
    return replace(
        request,
        area=format_polygons(left),
        keep_out=[*request.keep_out, *holes],
        cross_holes=True,
        drones=request.drones if drones is None else drones,
    )


def _parts(geometry: object) -> list[Polygon]:
    if isinstance(geometry, MultiPolygon):
        return list(geometry.geoms)
    return [geometry] if isinstance(geometry, Polygon) and not geometry.is_empty else []
