"""Files of plans and photos, read as the programs they are made for read them."""

from typing import Any
from xml.etree import ElementTree as ET

from hub.surveys.exports import Photo

__all__ = ["read_geo_txt", "read_geojson", "read_kml", "read_qgc"]

_WAYPOINT = 16  # MAV_CMD_NAV_WAYPOINT
_KML = "{http://www.opengis.net/kml/2.2}"


def read_geojson(document: Any) -> list[list[list[float]]]:
    """The sorties' paths of a FeatureCollection, as lists of [lon, lat, height]."""
    lines = [one["geometry"] for one in document["features"] if one["geometry"]["type"] == "LineString"]
    return [[[float(value) for value in position[:3]] for position in line["coordinates"]] for line in lines]


def read_kml(text: str) -> list[list[list[float]]]:
    """The lines of a KML document, as lists of [lon, lat, height]."""
    lines = ET.fromstring(text).iterfind(f".//{_KML}LineString/{_KML}coordinates")
    return [[[float(value) for value in place.split(",")] for place in (line.text or "").split()] for line in lines]


def read_qgc(document: Any) -> list[list[float]]:
    """The waypoints of a `.plan` file, as [lon, lat, height]."""
    waypoints = [item["params"] for item in document["mission"]["items"] if item["command"] == _WAYPOINT]
    return [[float(params[5]), float(params[4]), float(params[6])] for params in waypoints]


def read_geo_txt(text: str) -> list[Photo]:
    """The photos of a `geo.txt`."""
    projection, *lines = text.splitlines()
    assert projection == "EPSG:4326"
    return [_photo(*line.split()) for line in lines]


def _photo(name: str, *told: str) -> Photo:
    lon, lat, *more = (float(word) for word in told)
    return Photo(name, lon, lat, more[0] if more else None, *more[1:])
