"""A plan as GeoJSON (RFC 7946): a feature for each sortie and one for the area. Pure."""

from collections.abc import Mapping
from typing import Any

from hub.surveys.documents import PlanDocument

__all__ = ["format_geojson"]

_TOLD = ("drone", "number", "starts_at_s", "length_m", "duration_s", "flight_s", "height_m", "photos", "battery_used")


def format_geojson(plan: PlanDocument, area: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write a plan as a FeatureCollection; `area` is the geometry that was asked for.

    Heights of positions are above the take-off place; a sortie that follows the ground tells those above the sea too.
    """
    features: list[dict[str, Any]] = []
    if area is not None:
        features.append({"type": "Feature", "properties": {"kind": "area"}, "geometry": dict(area)})
    for sortie in plan["sorties"]:
        told: dict[str, Any] = {name: sortie[name] for name in _TOLD}
        told |= {"kind": "sortie", "plan": plan["id"], "drill": plan["drill"]}
        if "terrain" in sortie:
            told["terrain"] = dict(sortie["terrain"])
        features.append({"type": "Feature", "properties": told, "geometry": dict(sortie["path"])})
    return {"type": "FeatureCollection", "features": features}
