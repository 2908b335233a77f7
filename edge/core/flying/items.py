"""What is uploaded to an autopilot: the items of a mission, of its fence and of its rally points. Pure.

Numbers are MAVLink's (common.xml, ArduCopter's reading of it). Places travel as integers of 1e-7 degrees, which an
autopilot keeps exactly; heights are kept by ArduPilot in centimetres, other numbers as float32.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from edge.wire.orders import Mission

__all__ = [
    "CAMERA_DISTANCE", "Item", "Route", "Vertex", "difference", "fence_items", "mission_items", "rally_items",
]  # fmt: skip

_WAYPOINT, _RETURN, _TAKEOFF, _SPEED, CAMERA_DISTANCE = 16, 20, 22, 178, 206
_FENCE_INCLUSION, _RALLY = 5001, 5100
_GLOBAL, RELATIVE = 0, 3

Vertex = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Item:
    """One MISSION_ITEM_INT; `x` is the latitude and `y` the longitude in 1e-7 degrees, `z` metres."""

    command: int
    frame: int = RELATIVE
    params: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    x: int = 0
    y: int = 0
    z: float = 0.0


@dataclass(frozen=True, slots=True)
class Route:
    """A mission's items; those from `first` on up to `last` are flown as the survey."""

    items: tuple[Item, ...]
    first: int
    last: int


def mission_items(mission: Mission) -> Route:
    """Up, to the first place, along the path with the camera on, and back to the take-off place.

    Item 0 is the autopilot's home, which it puts there itself: without it the take-off would be swallowed.
    """
    start, *rest = mission.path
    items = [
        Item(_WAYPOINT, _GLOBAL),
        Item(_TAKEOFF, z=start[2]),
        Item(_SPEED, params=(1.0, mission.speed_mps, -1.0, 0.0)),
        _waypoint(start),
    ]
    first = len(items) - 1
    if mission.photo_every_m is not None:
        items.append(camera_item(mission.photo_every_m))
    items += [_waypoint(place) for place in rest]
    last = len(items) - 1
    if mission.photo_every_m is not None:
        items.append(camera_item(0.0))
    items.append(Item(_RETURN))
    return Route(tuple(items), first, last)


def camera_item(every_m: float) -> Item:
    """The camera by distance; 0 switches it off. The first photo is taken at once."""
    return Item(CAMERA_DISTANCE, params=(every_m, 0.0, 1.0 if every_m else 0.0, 0.0))


def fence_items(rings: Sequence[Sequence[Vertex]]) -> tuple[Item, ...]:
    """Polygons in which the vehicle must stay, in all of them at once."""
    return tuple(
        Item(_FENCE_INCLUSION, _GLOBAL, (float(len(ring)), 0.0, 0.0, 0.0), _e7(lat), _e7(lon))
        for ring in rings
        for lon, lat in ring
    )


def rally_items(places: Sequence[tuple[float, float, float]]) -> tuple[Item, ...]:
    """Places [lon, lat, height] to which a vehicle may return instead of its take-off place."""
    return tuple(Item(_RALLY, RELATIVE, x=_e7(lat), y=_e7(lon), z=height) for lon, lat, height in places)


def difference(sent: Sequence[Item], read: Sequence[Item], *, home_first: bool) -> str | None:
    """The first thing in which what was read back is not what was sent, for a person; None: it is the same.

    `home_first`: item 0 is the autopilot's own place and may be anything.
    """
    if len(sent) != len(read):
        return f"{len(read)} instead of {len(sent)} items"
    for number, (mine, its) in enumerate(zip(sent, read, strict=True)):
        if number == 0 and home_first:
            continue
        for name, one, other in (
            ("command", mine.command, its.command),
            ("frame", mine.frame, its.frame),
            ("latitude", mine.x, its.x),
            ("longitude", mine.y, its.y),
        ):
            if one != other:
                return f"item {number}: {name} {other} instead of {one}"
        if not abs(mine.z - its.z) <= 0.0101:
            return f"item {number}: height {its.z:g} instead of {mine.z:g}"
        for place, (one, other) in enumerate(zip(mine.params, its.params, strict=True), 1):
            if not math.isclose(_float32(one), other, rel_tol=1e-6, abs_tol=1e-6):
                return f"item {number}: parameter {place} is {other:g} instead of {one:g}"
    return None


def _waypoint(place: tuple[float, float, float]) -> Item:
    return Item(_WAYPOINT, x=_e7(place[1]), y=_e7(place[0]), z=place[2])


def _e7(degrees: float) -> int:
    return round(degrees * 1e7)


def _float32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])
