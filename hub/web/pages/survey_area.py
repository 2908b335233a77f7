"""An area as responders give it: corners as text, GeoJSON or KML, typed, pasted or as a file."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import cast
from xml.etree import ElementTree as ET

from hub.geo import BadArea, format_polygons, parse_polygons

__all__ = ["MAX_TEXT", "decode_area", "format_area", "is_document", "read_area", "read_areas"]

# Characters of what somebody pastes or sends as a file.
MAX_TEXT = 800_000
_LINE = re.compile(r"[^\d.+-]*([+-]?\d+(?:\.\d*)?)[^\d.+-]+([+-]?\d+(?:\.\d*)?)[^\d.+-]*")
_DIGITS = 7
_BLANKS = "\ufeff \t\r\n"
# What programs in Japan write beside UTF-8. Of a document only numbers matter, and those are alike in all of them.
_ENCODINGS = ("cp932", "euc_jp")


def decode_area(content: bytes) -> str | None:
    """The text of an area's file; None for what is none, such as a picture, a KMZ or a Shapefile."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    others = _ENCODINGS if content.lstrip().startswith((b"<", b"{", b"[")) else ()
    for encoding in ("utf-16",) if wide else ("utf-8-sig", *others):
        try:
            return content.decode(encoding).replace("\0", "").strip() or None
        except UnicodeDecodeError:
            continue
    return None


def is_document(text: str) -> bool:
    """Whether a text is meant as GeoJSON or KML, in which the longitude comes first, and not as a list of corners."""
    return text.lstrip(_BLANKS).startswith(("<", "{", "["))


def read_area(text: str, what: str = "the area") -> Mapping[str, object]:
    """The area in a text as GeoJSON: GeoJSON, KML, or a corner a line as `lat, lon`, an empty line between pieces.

    Raises BadArea with one line.
    """
    if len(text) > MAX_TEXT:
        raise BadArea(f"{what} has too many points; simplify it", "points")
    begin = text.lstrip(_BLANKS)
    if begin.startswith("<"):
        document = _from_kml(begin, what)
    elif begin.startswith(("{", "[")):
        try:
            document = json.loads(begin)
        except (ValueError, RecursionError):
            raise BadArea(f"{what} is no JSON", "format") from None
    else:
        document = {"type": "MultiPolygon", "coordinates": [[ring] for ring in _rings(begin, what)]}
    return format_polygons(parse_polygons(document, what))


def read_areas(text: str, what: str = "a keep-out") -> list[Mapping[str, object]]:
    """Each piece of a text as an area of its own. Raises BadArea."""
    if not text.strip():
        return []
    whole = read_area(text, what)
    return [{"type": "Polygon", "coordinates": rings} for rings in _pieces(whole)]


def format_area(document: Mapping[str, object]) -> str:
    """The text from which `read_area` makes this area: corners a line, or GeoJSON where there are holes."""
    pieces = _pieces(document)
    if any(len(rings) > 1 for rings in pieces):
        return json.dumps(document)
    return "\n\n".join("\n".join(f"{lat:.7f}, {lon:.7f}" for lon, lat, *_ in rings[0][:-1]) for rings in pieces)


def _pieces(document: Mapping[str, object]) -> Sequence[Sequence[Sequence[Sequence[float]]]]:
    coordinates = document["coordinates"]
    pieces = [coordinates] if document["type"] == "Polygon" else coordinates
    return cast("Sequence[Sequence[Sequence[Sequence[float]]]]", pieces)


def _rings(text: str, what: str) -> list[list[list[float]]]:
    pieces = [piece for piece in re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n")) if piece.strip()]
    return [[_corner(line, what) for line in piece.splitlines() if line.strip()] for piece in pieces]


def _corner(line: str, what: str) -> list[float]:
    narrow = unicodedata.normalize("NFKC", line).replace("\N{MINUS SIGN}", "-")
    match = _LINE.fullmatch(narrow)
    if match is None:
        raise BadArea(f"{what} has a line that is not `latitude, longitude`", "position")
    lat, lon = float(match[1]), float(match[2])
    if abs(lat) > 90 or abs(lon) > 180:  # degrees
        raise BadArea(f"{what} has a line in which the latitude does not come first", "order")
    return [lon, lat]


def _from_kml(text: str, what: str) -> dict[str, object]:
    """Polygons of a KML document (OGC 12-007r2): outer and inner boundaries, `lon,lat[,height]` between blanks."""
    # Who declares entities may make a small file huge; no program writes KML with them.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadArea(f"{what} is no KML that can be read", "format")
    try:
        root = ET.fromstring(text)  # noqa: S314  # without declarations nothing of it can grow
    except (ET.ParseError, ValueError):
        raise BadArea(f"{what} is no KML that can be read", "format") from None
    polygons = [
        [_kml_ring(ring, what) for ring in (*_children(one, "outerBoundaryIs"), *_children(one, "innerBoundaryIs"))]
        for one in root.iter()
        if _tag(one) == "Polygon"
    ]
    if not polygons:
        raise BadArea(f"{what}: this KML has no polygon", "kind")
    return {"type": "MultiPolygon", "coordinates": polygons}


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _tag(child) == name]


def _kml_ring(boundary: ET.Element, what: str) -> list[list[float]]:
    texts = [one.text or "" for one in boundary.iter() if _tag(one) == "coordinates"]
    try:
        return [[round(float(part), _DIGITS) for part in place.split(",")[:2]] for place in " ".join(texts).split()]
    except ValueError:
        raise BadArea(f"{what} has a place that is no number", "position") from None


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
