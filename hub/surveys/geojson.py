"""Areas as GeoJSON: what people upload becomes valid polygons in WGS 84, or one line that says what is wrong. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry, BaseMultipartGeometry

from hub.errors import Invalid

__all__ = ["parse_polygons"]

_MOST_POINTS = 5_000
_RING_LEAST = 4


def parse_polygons(document: object, what: str) -> MultiPolygon:
    """Take a Polygon, MultiPolygon, Feature, FeatureCollection or GeometryCollection of RFC 7946 to polygons.

    `what` names the thing in messages ("the area"). Rings that are not closed are closed and edges that cross are
    mended (even-odd), as drawn shapes have both. Raises Invalid with one line otherwise.
    """
    polygons = [polygon for rings in _polygons(document, what) for polygon in [_polygon(rings, what)]]
    if sum(len(shapely.get_coordinates(polygon)) for polygon in polygons) > _MOST_POINTS:
        raise Invalid(f"{what} has more than {_MOST_POINTS} points; simplify it")
    whole = shapely.union_all([shapely.make_valid(polygon) for polygon in polygons])
    parts = list(_polygonal(whole))
    if not parts:
        raise Invalid(f"{what} encloses nothing; draw a polygon with at least three corners")
    return MultiPolygon(parts)


def _polygonal(geometry: BaseGeometry) -> Iterator[Polygon]:
    if isinstance(geometry, Polygon):
        if geometry.area > 0:
            yield geometry
        return
    parts: list[BaseGeometry] = shapely.get_parts(geometry).tolist()
    for part in parts if len(parts) > 1 or isinstance(geometry, BaseMultipartGeometry) else []:
        yield from _polygonal(part)


def _polygons(document: object, what: str) -> Iterator[object]:
    if not isinstance(document, Mapping):
        raise Invalid(f"{what} is not GeoJSON: an object with a `type` is expected")
    found = cast("Mapping[str, object]", document)
    kind = found.get("type")
    if kind == "FeatureCollection":
        for feature in _sequence(found.get("features"), what):
            yield from _polygons(feature, what)
    elif kind == "GeometryCollection":
        for geometry in _sequence(found.get("geometries"), what):
            yield from _polygons(geometry, what)
    elif kind == "Feature":
        yield from _polygons(found.get("geometry"), what)
    elif kind == "Polygon":
        yield found.get("coordinates")
    elif kind == "MultiPolygon":
        yield from _sequence(found.get("coordinates"), what)
    else:
        raise Invalid(f"{what} must be a Polygon or a MultiPolygon, not {str(kind)[:40]!r}")


def _polygon(rings: object, what: str) -> Polygon:
    outlines = [_ring(ring, what) for ring in _sequence(rings, what)]
    if not outlines:
        raise Invalid(f"{what} has a polygon without an outline")
    return Polygon(outlines[0], outlines[1:])


def _ring(ring: object, what: str) -> list[tuple[float, float]]:
    points = [_position(position, what) for position in _sequence(ring, what)]
    if points and points[0] != points[-1]:
        points.append(points[0])
    if len(points) < _RING_LEAST:
        raise Invalid(f"{what} has a ring with fewer than three corners")
    return points


def _position(position: object, what: str) -> tuple[float, float]:
    values = _sequence(position, what)
    numbers = [float(value) for value in values[:2] if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) < 2 or not all(map(math.isfinite, numbers)):  # longitude and latitude
        raise Invalid(f"{what} has a position that is not [longitude, latitude]")
    lon, lat = numbers
    if abs(lon) > 180 or abs(lat) > 90:  # degrees
        raise Invalid(f"{what} has the position [{lon:g}, {lat:g}]: longitude comes first, in degrees of WGS 84")
    return lon, lat


def _sequence(value: object, what: str) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        raise Invalid(f"{what} is not GeoJSON: a list is missing where the format has one")
    return cast("Sequence[object]", value)
