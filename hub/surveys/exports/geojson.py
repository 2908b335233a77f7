"""A plan as GeoJSON (RFC 7946): a feature for each sortie and one for the area. Pure."""

from collections.abc import Mapping
from typing import Any, cast

from hub.errors import Invalid
from hub.surveys.documents import PlanDocument

__all__ = ["format_geojson", "parse_geojson"]

_TOLD = ("drone", "number", "starts_at_s", "length_m", "duration_s", "flight_s", "height_m", "photos", "battery_used")


def format_geojson(plan: PlanDocument, area: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write a plan as a FeatureCollection; `area` is the geometry that was asked for."""
    features: list[dict[str, Any]] = []
    if area is not None:
        features.append({"type": "Feature", "properties": {"kind": "area"}, "geometry": dict(area)})
    for sortie in plan["sorties"]:
        told: dict[str, Any] = {name: sortie[name] for name in _TOLD}
        told |= {"kind": "sortie", "plan": plan["id"], "drill": plan["drill"]}
        features.append({"type": "Feature", "properties": told, "geometry": dict(sortie["path"])})
    return {"type": "FeatureCollection", "features": features}


def parse_geojson(document: object) -> list[list[list[float]]]:
    """Read the sorties' paths back, as lists of [lon, lat, height]. Raises Invalid with one line."""
    try:
        features = cast("Any", document)["features"]
        lines = [one["geometry"]["coordinates"] for one in features if one["geometry"]["type"] == "LineString"]
        return [[[float(value) for value in position[:3]] for position in line] for line in lines]
    except (KeyError, TypeError, ValueError):
        raise Invalid("this is no FeatureCollection of paths") from None
