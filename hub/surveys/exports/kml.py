"""A plan as KML 2.2, and areas and paths out of KML. Pure.

Documents with a DOCTYPE are refused: entities of their own are all that makes XML dangerous to read.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from hub.errors import Invalid
from hub.surveys.documents import PlanDocument

__all__ = ["format_kml", "parse_kml", "parse_kml_paths"]

_NAMESPACE = "http://www.opengis.net/kml/2.2"
_LONGEST = 5_000_000


def format_kml(plan: PlanDocument) -> str:
    """Write a plan's sorties as lines above the ground at their take-off places."""
    root = ET.Element("kml", xmlns=_NAMESPACE)
    folder = ET.SubElement(root, "Document")
    _text(folder, "name", f"{'[DRILL 訓練] ' if plan['drill'] else ''}{plan['id']}")
    for sortie in plan["sorties"]:
        mark = ET.SubElement(folder, "Placemark")
        _text(mark, "name", f"{sortie['drone']} {sortie['number']}")
        line = ET.SubElement(mark, "LineString")
        _text(line, "altitudeMode", "relativeToGround")
        positions = sortie["path"]["coordinates"]
        _text(line, "coordinates", " ".join(",".join(f"{value:.10g}" for value in place) for place in positions))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def parse_kml(text: str) -> dict[str, Any]:
    """Read the polygons of a KML document as a GeoJSON MultiPolygon. Raises Invalid with one line."""
    found: list[list[list[list[float]]]] = []
    for polygon in _root(text).iter():
        if _plain(polygon) == "Polygon":
            outer = [ring for side in polygon if _plain(side) == "outerBoundaryIs" for ring in _positions(side)]
            inner = [ring for side in polygon if _plain(side) == "innerBoundaryIs" for ring in _positions(side)]
            if not outer:
                raise Invalid("a Polygon of the KML has no outer boundary")
            found.append([[place[:2] for place in ring] for ring in (outer[0], *inner)])
    if not found:
        raise Invalid("the KML has no Polygon")
    return {"type": "MultiPolygon", "coordinates": found}


def parse_kml_paths(text: str) -> list[list[list[float]]]:
    """Read the lines of a KML document as lists of [lon, lat, height]. Raises Invalid with one line."""
    return [line for mark in _root(text).iter() if _plain(mark) == "LineString" for line in _positions(mark)]


def _root(text: str) -> ET.Element:
    if len(text) > _LONGEST:
        raise Invalid("the KML is larger than 5 MB")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid("a KML with a DOCTYPE is not read")
    try:
        return ET.fromstring(text)  # noqa: S314  # without a DOCTYPE there are no entities to expand
    except ET.ParseError as fault:
        raise Invalid(f"this is no KML: {fault}") from None


def _plain(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _positions(element: ET.Element) -> Iterator[list[list[float]]]:
    for inner in element.iter():
        if _plain(inner) == "coordinates":
            try:
                yield [[float(value) for value in place.split(",")[:3]] for place in (inner.text or "").split()]
            except ValueError:
                raise Invalid("the KML has coordinates that are no numbers") from None


def _text(parent: ET.Element, tag: str, words: str) -> None:
    ET.SubElement(parent, tag).text = words
