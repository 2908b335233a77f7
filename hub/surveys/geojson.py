"""The area of a survey as GeoJSON. Pure."""

from shapely import MultiPolygon

from hub.errors import Invalid
from hub.geo import polygons

__all__ = ["parse_polygons"]


def parse_polygons(document: object, what: str) -> MultiPolygon:
    """Take what was sent as GeoJSON to polygons, as `hub.geo.parse_polygons` does. Raises Invalid with one line."""
    try:
        return polygons.parse_polygons(document, what)
    except polygons.BadArea as fault:
        raise Invalid(str(fault)) from None
