"""Plans for other programs: GeoJSON, KML, QGroundControl's `.plan`, OpenDroneMap's `geo.txt`. Pure."""

from hub.surveys.exports.geo_txt import Photo, format_geo_txt
from hub.surveys.exports.geojson import format_geojson
from hub.surveys.exports.kml import format_kml
from hub.surveys.exports.qgc import format_qgc

__all__ = ["Photo", "format_geo_txt", "format_geojson", "format_kml", "format_qgc"]
