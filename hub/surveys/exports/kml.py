"""A plan as KML 2.2. Pure."""

from xml.etree import ElementTree as ET

from hub.surveys.documents import PlanDocument

__all__ = ["format_kml"]

_NAMESPACE = "http://www.opengis.net/kml/2.2"


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


def _text(parent: ET.Element, tag: str, words: str) -> None:
    ET.SubElement(parent, tag).text = words
