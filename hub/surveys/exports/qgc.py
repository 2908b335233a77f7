"""One sortie as QGroundControl's `.plan` file. Pure.

Format: docs.qgroundcontrol.com, "Plan File Format" (fileType Plan, version 1). Commands by their MAVLink numbers;
frame 3 is relative to the home's height.
"""

from typing import Any

from hub.surveys.documents import Sortie

__all__ = ["format_qgc"]

_WAYPOINT, _RETURN, _TAKEOFF, _SPEED, _TRIGGER = 16, 20, 22, 178, 206
_RELATIVE, _NO_FRAME = 3, 2
_ARDUPILOT, _QUADROTOR = 3, 2


def format_qgc(sortie: Sortie, speed_mps: float, photo_every_m: float | None = None) -> dict[str, Any]:
    """Write a sortie: take-off, speed, its places with the camera on between first and last leg, return."""
    places = sortie["path"]["coordinates"]
    first, last = sortie["filmed"]
    lon, lat, climb_m = places[0]
    # above the sea; nobody need know it, as all heights are above the home
    home_m = sortie["terrain"]["takeoff_ground_above_sea_m"] if "terrain" in sortie else 0
    items = [_item(_TAKEOFF, [0, 0, 0, None, lat, lon, climb_m]), _item(_SPEED, [1, speed_mps, -1, 0, 0, 0, 0])]
    for index, (east, north, height_m) in enumerate(places):
        items.append(_item(_WAYPOINT, [0, 0, 0, None, north, east, height_m]))
        if photo_every_m is not None and index == first:
            items.append(_item(_TRIGGER, [photo_every_m, 0, 1, 0, 0, 0, 0]))
        if photo_every_m is not None and index == last:
            items.append(_item(_TRIGGER, [0, 0, 0, 0, 0, 0, 0]))
    items.append(_item(_RETURN, [0, 0, 0, 0, 0, 0, 0]))
    for number, item in enumerate(items, start=1):
        item["doJumpId"] = number
    mission = {
        "version": 2, "firmwareType": _ARDUPILOT, "vehicleType": _QUADROTOR, "cruiseSpeed": speed_mps,
        "hoverSpeed": speed_mps, "plannedHomePosition": [lat, lon, home_m], "items": items,
    }  # fmt: skip
    return {
        "fileType": "Plan", "version": 1, "groundStation": "QGroundControl", "mission": mission,
        "geoFence": {"version": 2, "circles": [], "polygons": []}, "rallyPoints": {"version": 2, "points": []},
    }  # fmt: skip


def _item(command: int, params: list[float | None]) -> dict[str, Any]:
    at_place = command in (_TAKEOFF, _WAYPOINT)
    item: dict[str, Any] = {
        "type": "SimpleItem", "autoContinue": True, "command": command, "params": params,
        "frame": _RELATIVE if at_place else _NO_FRAME,
    }  # fmt: skip
    if at_place:
        item |= {"Altitude": params[6], "AltitudeMode": 1, "AMSLAltAboveTerrain": None}
    return item
