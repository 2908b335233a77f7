"""A plot's shape as people give it: GeoJSON, or corners typed as latitude and longitude; its area. Pure."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hub.geo import BadArea, area_m2, format_polygons, inner_point, parse_polygons

__all__ = ["MAX_TEXT", "OldArea", "Shape", "format_corners", "old_area", "parse_shape", "shape_of"]

# Characters of what somebody pastes.
MAX_TEXT = 200_000
_MOST_CORNERS = 1_000
# A field is no town: 1,000 ha. Less than a square metre is a slip of the finger.
_LARGEST_M2 = 10_000_000.0
_SMALLEST_M2 = 1.0
# A line of corners: two numbers with whatever people write around them.
_LINE = re.compile(r"[^\d.+-]*([+-]?\d+(?:\.\d*)?)[^\d.+-]+([+-]?\d+(?:\.\d*)?)[^\d.+-]*")
# 1 町 = 10 反 = 100 畝 = 3,000 坪, 1 坪 = 400/121 m² (度量衡法, 1891).
_M2_OF_SE = 30 * 400 / 121


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of land: GeoJSON (Polygon or MultiPolygon, WGS 84), its area in m², and a point within it in degrees."""

    geojson: Mapping[str, object]
    area_m2: float
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class OldArea:
    """An area as farmers say it, rounded to whole 畝: `cho` 町, `tan` 反 (0 to 9), `se` 畝 (0 to 9)."""

    cho: int
    tan: int
    se: int


def shape_of(document: object) -> Shape:
    """The shape of a GeoJSON document. Raises BadArea with one line."""
    # What is kept is what is measured: positions are rounded first.
    geojson = format_polygons(parse_polygons(document, "the shape"))
    area = parse_polygons(geojson, "the shape")
    size_m2 = area_m2(area)
    if sum(len(ring) for rings in _pieces(geojson) for ring in rings) > _MOST_CORNERS:
        raise BadArea(f"the shape has more than {_MOST_CORNERS} corners; simplify it", "points")
    if size_m2 < _SMALLEST_M2:
        raise BadArea("the shape encloses nothing; give at least three corners", "empty")
    if size_m2 > _LARGEST_M2:
        raise BadArea("the shape is larger than 1,000 ha; a plot is a piece of farmland", "order")
    lat, lon = inner_point(area)
    return Shape(geojson, size_m2, lat, lon)


def parse_shape(text: str) -> Shape:
    """The shape in a text: GeoJSON, or a corner a line as `lat, lon`; an empty line begins another piece.

    Raises BadArea with one line.
    """
    if text.lstrip().startswith(("{", "[")):
        try:
            return shape_of(json.loads(text))
        except (json.JSONDecodeError, RecursionError):
            raise BadArea("the text is no JSON", "format") from None
    pieces = [piece for piece in re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n")) if piece.strip()]
    rings = [[[_corner(line) for line in piece.splitlines() if line.strip()]] for piece in pieces]
    return shape_of({"type": "MultiPolygon", "coordinates": rings})


def _corner(line: str) -> list[float]:
    narrow = unicodedata.normalize("NFKC", line).replace("\N{MINUS SIGN}", "-")
    match = _LINE.fullmatch(narrow)
    if match is None:
        raise BadArea("the shape has a line that is not `latitude, longitude`", "position")
    lat, lon = float(match[1]), float(match[2])
    if abs(lat) > 90 or abs(lon) > 180:
        raise BadArea("the shape has a line in which the latitude does not come first", "order")
    return [lon, lat]


def format_corners(geojson: Mapping[str, object]) -> str:
    """The text from which `parse_shape` makes this shape: corners a line, or GeoJSON where there are holes."""
    pieces = _pieces(geojson)
    if any(len(rings) > 1 for rings in pieces):
        return json.dumps(geojson)
    written = [[f"{lat:.7f}, {lon:.7f}" for lon, lat in rings[0][:-1]] for rings in pieces]
    # A sliver, as a crossing of the outline leaves one, may be less than a last digit wide.
    return "\n\n".join("\n".join(lines) for lines in written if len(dict.fromkeys(lines)) > 2)


def _pieces(geojson: Mapping[str, object]) -> Sequence[Sequence[Sequence[tuple[float, float]]]]:
    coordinates = geojson["coordinates"]
    pieces = [coordinates] if geojson["type"] == "Polygon" else coordinates
    return cast("Sequence[Sequence[Sequence[tuple[float, float]]]]", pieces)


def old_area(size_m2: float) -> OldArea:
    """An area in 町, 反 and 畝."""
    whole_se = round(size_m2 / _M2_OF_SE)
    return OldArea(whole_se // 100, whole_se // 10 % 10, whole_se % 10)
