"""Areas as GeoJSON: what people send becomes valid polygons in WGS 84, or one line that says what is wrong. Pure."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

import shapely
from pyproj import Geod
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry, BaseMultipartGeometry

__all__ = ["BadArea", "Reason", "area_m2", "format_polygons", "inner_point", "parse_polygons"]

_GEOD = Geod(ellps="WGS84")
_MOST_POINTS = 5_000
_RING_LEAST = 4
_DEEPEST = 8


Reason = Literal["format", "kind", "corners", "position", "order", "points", "empty"]


class BadArea(ValueError):
    """What was sent is no area; the message is one line for whoever sent it, `reason` says which fault it is."""

    def __init__(self, message: str, reason: Reason = "format") -> None:
        super().__init__(message)
        self.reason: Reason = reason


def parse_polygons(document: object, what: str) -> MultiPolygon:
    """Take a Polygon, MultiPolygon, Feature, FeatureCollection or GeometryCollection of RFC 7946 to polygons.

    `what` names the thing in messages ("the area"). Rings that are not closed are closed and edges that cross are
    mended (even-odd), as drawn shapes have both. Raises BadArea with one line otherwise.
    """
    polygons = [_polygon(rings, what) for rings in _polygons(document, what)]
    if sum(len(shapely.get_coordinates(polygon)) for polygon in polygons) > _MOST_POINTS:
        raise BadArea(f"{what} has more than {_MOST_POINTS} points; simplify it", "points")
    whole = shapely.union_all([shapely.make_valid(polygon) for polygon in polygons])
    parts = list(_polygonal(whole))
    if not parts:
        raise BadArea(f"{what} encloses nothing; draw a polygon with at least three corners", "empty")
    return MultiPolygon(parts)


def _polygonal(geometry: BaseGeometry) -> Iterator[Polygon]:
    if isinstance(geometry, Polygon):
        if geometry.area > 0:
            yield geometry
        return
    parts: list[BaseGeometry] = shapely.get_parts(geometry).tolist()
    for part in parts if len(parts) > 1 or isinstance(geometry, BaseMultipartGeometry) else []:
        yield from _polygonal(part)


def _polygons(document: object, what: str, depth: int = 0) -> Iterator[object]:
    if not isinstance(document, Mapping):
        raise BadArea(f"{what} is not GeoJSON: an object with a `type` is expected")
    if depth > _DEEPEST:
        raise BadArea(f"{what} has collections within collections; send its polygons")
    found = cast("Mapping[str, object]", document)
    kind = found.get("type")
    if kind == "FeatureCollection":
        for feature in _sequence(found.get("features"), what):
            yield from _polygons(feature, what, depth + 1)
    elif kind == "GeometryCollection":
        for geometry in _sequence(found.get("geometries"), what):
            yield from _polygons(geometry, what, depth + 1)
    elif kind == "Feature":
        # in RFC 7946 a feature may have none
        yield from _polygons(found.get("geometry") or {"type": None}, what, depth + 1)
    elif kind == "Polygon":
        yield found.get("coordinates")
    elif kind == "MultiPolygon":
        yield from _sequence(found.get("coordinates"), what)
    else:
        raise BadArea(f"{what} must be a Polygon or a MultiPolygon, not {str(kind)[:40]!r}", "kind")


def _polygon(rings: object, what: str) -> Polygon:
    outlines = [_ring(ring, what) for ring in _sequence(rings, what)]
    if not outlines:
        raise BadArea(f"{what} has a polygon without an outline", "corners")
    return Polygon(outlines[0], outlines[1:])


def _ring(ring: object, what: str) -> list[tuple[float, float]]:
    points = [_position(position, what) for position in _sequence(ring, what)]
    if points and points[0] != points[-1]:
        points.append(points[0])
    if len(points) < _RING_LEAST:
        raise BadArea(f"{what} has a ring with fewer than three corners", "corners")
    return points


def _position(position: object, what: str) -> tuple[float, float]:
    values = _sequence(position, what)
    try:
        numbers = [
            float(value) for value in values[:2] if isinstance(value, (int, float)) and not isinstance(value, bool)
        ]
    except OverflowError:  # an integer beyond any float
        numbers = []
    if len(numbers) < 2 or not all(map(math.isfinite, numbers)):  # longitude and latitude
        raise BadArea(f"{what} has a position that is not [longitude, latitude]", "position")
    lon, lat = numbers
    if abs(lon) > 180 or abs(lat) > 90:  # degrees
        raise BadArea(
            f"{what} has the position [{lon:g}, {lat:g}]: longitude comes first, in degrees of WGS 84", "order"
        )
    return lon, lat


def _sequence(value: object, what: str) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        raise BadArea(f"{what} is not GeoJSON: a list is missing where the format has one")
    return cast("Sequence[object]", value)


def area_m2(area: MultiPolygon) -> float:
    """The area on the WGS 84 ellipsoid, m² (geodesic, Karney 2013, https://doi.org/10.1007/s00190-012-0578-z)."""
    return sum(_geodesic_m2(polygon) for polygon in area.geoms)


def format_polygons(area: MultiPolygon) -> dict[str, object]:
    """The area as GeoJSON, a Polygon where it is one piece; positions to 1e-7 degrees (a centimetre)."""
    pieces = [[_positions(ring.coords) for ring in (one.exterior, *one.interiors)] for one in area.geoms]
    if len(pieces) == 1:
        return {"type": "Polygon", "coordinates": pieces[0]}
    return {"type": "MultiPolygon", "coordinates": pieces}


def _positions(coordinates: Iterable[Sequence[float]]) -> list[list[float]]:
    return [[round(point[0], 7), round(point[1], 7)] for point in coordinates]


def inner_point(area: MultiPolygon) -> tuple[float, float]:
    """Some (lat, lon) that lies within the area, in the middle where that can be."""
    middle = area.centroid if area.contains(area.centroid) else area.representative_point()
    return float(middle.y), float(middle.x)


def _geodesic_m2(polygon: Polygon) -> float:
    # Which way round a ring runs gives the sign; a hole is taken away whichever way it runs.
    outline, *holes = [_ring_m2(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
    return outline - sum(holes)


def _ring_m2(coordinates: Iterable[Sequence[float]]) -> float:
    points = list(coordinates)
    measured: tuple[float, float] = cast("Any", _GEOD).polygon_area_perimeter(
        [point[0] for point in points], [point[1] for point in points]
    )
    return abs(measured[0])
