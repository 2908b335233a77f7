"""Places: the local plane in metres, areas as GeoJSON, mesh codes, and the sun there. Pure."""

from hub.geo.frame import LocalFrame, Point
from hub.geo.polygons import BadArea, Reason, area_m2, format_polygons, inner_point, parse_polygons

__all__ = [
    "BadArea", "LocalFrame", "Point", "Reason", "area_m2", "format_polygons", "inner_point", "parse_polygons",
]  # fmt: skip
