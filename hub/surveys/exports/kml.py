"""A plan as KML 2.2. Pure."""

from xml.etree import ElementTree as ET

from hub.surveys.documents import PlanDocument

__all__ = ["format_kml"]

_NAMESPACE = "http://www.opengis.net/kml/2.2"


def format_kml(plan: PlanDocument) -> str:
    """Write a plan's sorties as lines above the ground; those that follow it with their heights above the sea."""
    root = ET.Element("kml", xmlns=_NAMESPACE)
    folder = ET.SubElement(root, "Document")
    _text(folder, "name", f"{'[DRILL 訓練] ' if plan['drill'] else ''}{plan['id']}")
    for sortie in plan["sorties"]:
        mark = ET.SubElement(folder, "Placemark")
        _text(mark, "name", f"{sortie['drone']} {sortie['number']}")
        line = ET.SubElement(mark, "LineString")
        told, positions = sortie.get("terrain"), sortie["path"]["coordinates"]
        _text(line, "altitudeMode", "absolute" if told else "relativeToGround")
        if told:
            positions = [[*place[:2], z] for place, z in zip(positions, told["path_above_sea_m"], strict=True)]
        _text(line, "coordinates", " ".join(",".join(f"{value:.10g}" for value in place) for place in positions))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _text(parent: ET.Element, tag: str, words: str) -> None:
    ET.SubElement(parent, tag).text = words
