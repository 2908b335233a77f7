"""Items of missions, fences and rally points, and which of them ArduCopter takes. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulators.vehicle.mav import Cmd, Frame, MissionAck, Store
from simulators.vehicle.values import Message

__all__ = ["MAX_ITEMS", "NAVIGATION", "Item", "check_fence", "check_item", "home_item", "parse_item"]

MAX_ITEMS = {Store.MISSION: 724, Store.FENCE: 84, Store.RALLY: 8}
"""How many items each list holds, about as a small flight controller's."""

NAVIGATION = frozenset({
    Cmd.WAYPOINT, Cmd.LOITER_UNLIMITED, Cmd.LOITER_TURNS, Cmd.LOITER_TIME, Cmd.RETURN, Cmd.LAND, Cmd.TAKEOFF,
    Cmd.SPLINE, Cmd.DELAY,
})  # fmt: skip
"""Items that the copter is at; all others are done in passing."""

_IN_PASSING = frozenset({
    Cmd.CONDITION_DELAY, Cmd.CONDITION_DISTANCE, Cmd.CONDITION_YAW, Cmd.DO_JUMP, Cmd.CHANGE_SPEED, Cmd.SET_HOME,
    Cmd.SET_RELAY, Cmd.SET_SERVO, Cmd.LAND_START, Cmd.SET_ROI, Cmd.DIGICAM_CONTROL, Cmd.MOUNT_CONTROL,
    Cmd.CAMERA_DISTANCE, Cmd.FENCE_ENABLE, Cmd.GRIPPER,
})  # fmt: skip
_WITH_PLACE = frozenset({
    Cmd.WAYPOINT, Cmd.LOITER_UNLIMITED, Cmd.LOITER_TURNS, Cmd.LOITER_TIME, Cmd.LAND, Cmd.TAKEOFF, Cmd.SPLINE,
    Cmd.SET_HOME, Cmd.LAND_START, Cmd.SET_ROI, Cmd.FENCE_RETURN_POINT, Cmd.FENCE_INCLUSION, Cmd.FENCE_EXCLUSION,
    Cmd.FENCE_CIRCLE_INCLUSION, Cmd.FENCE_CIRCLE_EXCLUSION, Cmd.RALLY_POINT,
})  # fmt: skip
_HEADING, _MAY_LACK_HEADING = 3, frozenset({Cmd.WAYPOINT, Cmd.LAND, Cmd.TAKEOFF})
_FRAMES = frozenset({Frame.GLOBAL, Frame.MISSION, Frame.RELATIVE, Frame.TERRAIN})
_OF_STORE = {
    Store.MISSION: NAVIGATION | _IN_PASSING,
    Store.FENCE: frozenset({
        Cmd.FENCE_RETURN_POINT, Cmd.FENCE_INCLUSION, Cmd.FENCE_EXCLUSION, Cmd.FENCE_CIRCLE_INCLUSION,
        Cmd.FENCE_CIRCLE_EXCLUSION,
    }),
    Store.RALLY: frozenset({Cmd.RALLY_POINT}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One item; `x` and `y` are degrees times 1e7 where the command has a place, `z` metres."""

    command: int
    frame: int
    params: tuple[float, float, float, float]
    x: int
    y: int
    z: float
    autocontinue: int = 1

    @property
    def lat(self) -> float:
        """Degrees."""
        return self.x / 1e7

    @property
    def lon(self) -> float:
        """Degrees."""
        return self.y / 1e7

    @property
    def has_place(self) -> bool:
        """Whether it names a place; 0°, 0° is nowhere."""
        return bool(self.x or self.y)


def parse_item(message: Message) -> Item:
    """An item from MISSION_ITEM (degrees as floats) or MISSION_ITEM_INT."""
    params = tuple(message.number(f"param{number}") for number in range(1, 5))
    if message.name == "MISSION_ITEM_INT":
        x, y = message.integer("x"), message.integer("y")
    else:
        x, y = _scaled(message.number("x")), _scaled(message.number("y"))
    return Item(
        message.integer("command"),
        message.integer("frame"),
        (params[0], params[1], params[2], params[3]),
        x,
        y,
        message.number("z"),
        message.integer("autocontinue"),
    )


def _scaled(degrees: float) -> int:
    if degrees != degrees or abs(degrees) > 214:  # what a 32-bit number of 1e-7 degrees holds
        return 2**31 - 1
    return round(degrees * 1e7)


def check_item(store: Store, item: Item) -> MissionAck:
    """Whether ArduCopter takes the item; the frames 5, 6 and 11 are refused in a mission, as version 4.0 does."""
    if item.command not in _OF_STORE[store]:
        return MissionAck.UNSUPPORTED
    for number, value in enumerate(item.params):
        if not math.isfinite(value) and not (number == _HEADING and item.command in _MAY_LACK_HEADING):
            return MissionAck(MissionAck.INVALID_PARAM1 + number)
    return _check_place(store, item) if item.command in _WITH_PLACE else MissionAck.ACCEPTED


def _check_place(store: Store, item: Item) -> MissionAck:
    if item.frame not in _FRAMES and not (store is not Store.MISSION and item.frame in (5, 6)):
        return MissionAck.UNSUPPORTED_FRAME
    if abs(item.x) > 900_000_000:
        return MissionAck.INVALID_LAT
    if abs(item.y) > 1_800_000_000:
        return MissionAck.INVALID_LON
    return MissionAck.INVALID_ALT if not abs(item.z) <= 83_886 else MissionAck.ACCEPTED


def check_fence(items: tuple[Item, ...]) -> MissionAck:
    """Whether a whole fence makes sense: each polygon has as many vertices as each of them says, three at least."""
    at = 0
    while at < len(items):
        item = items[at]
        if item.command not in (Cmd.FENCE_INCLUSION, Cmd.FENCE_EXCLUSION):
            at += 1
            continue
        count = int(item.params[0])
        part = items[at : at + count]
        if count < 3 or len(part) < count:
            return MissionAck.INVALID_PARAM1
        if any(vertex.command != item.command or int(vertex.params[0]) != count for vertex in part):
            return MissionAck.INVALID_PARAM1
        at += count
    return MissionAck.ACCEPTED


def home_item(lat: float, lon: float, height_m: float) -> Item:
    """Item 0 of every mission: home."""
    return Item(Cmd.WAYPOINT, Frame.GLOBAL, (0.0, 0.0, 0.0, 0.0), round(lat * 1e7), round(lon * 1e7), height_m)
