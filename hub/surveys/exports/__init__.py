"""Plans for other programs, and back: GeoJSON, KML, QGroundControl's `.plan`, OpenDroneMap's `geo.txt`. Pure."""

from hub.surveys.exports.geo_txt import Photo, format_geo_txt, parse_geo_txt
from hub.surveys.exports.geojson import format_geojson, parse_geojson
from hub.surveys.exports.kml import format_kml, parse_kml, parse_kml_paths
from hub.surveys.exports.qgc import format_qgc, parse_qgc

__all__ = [
    "Photo", "format_geo_txt", "format_geojson", "format_kml", "format_qgc", "parse_geo_txt", "parse_geojson",
    "parse_kml", "parse_kml_paths", "parse_qgc",
]  # fmt: skip
