"""Flying a mission: from item to item, with what is done in passing. Pure.

Rules, as ArduCopter has them:
1. Item 0 is home and never flown.
2. What is done in passing is done when the item before it is reached, while the next one is flown.
3. After another mode it goes on with the item that it was at; after a landing it begins anew.
4. A mission that ends in the air leaves the copter hovering there.
"""

from __future__ import annotations

from simulators.vehicle import camera, flying
from simulators.vehicle.items import NAVIGATION, Item
from simulators.vehicle.mav import Cmd, Frame, Severity, Store
from simulators.vehicle.motion import Demand
from simulators.vehicle.state import Copter, Flight, Run
from simulators.vehicle.values import Place

__all__ = ["fly", "set_current", "start"]

_MANY = 100  # items done in passing at once: more is a circle of jumps
_TURN_S = 20.0


def start(copter: Copter) -> bool:
    """Begin the mission, or go on with it; False if there is none."""
    if len(copter.lists[Store.MISSION]) < 2:
        return False
    run = copter.run
    if run.complete or copter.parameters["MIS_RESTART"]:
        copter.run = run = Run()
    run.running = True
    copter.flight.phase = ""
    if run.index == 0:
        _advance(copter, 1)
    else:
        _begin(copter, run.index)
    return True


def set_current(copter: Copter, index: int) -> bool:
    """Go on with this item; False if there is none of that number."""
    if not 0 <= index < max(1, len(copter.lists[Store.MISSION])):
        return False
    run = copter.run
    run.complete = False
    if run.running:
        _advance(copter, max(1, index))
    else:
        run.index, run.reached_s = index, None
    return True


def fly(copter: Copter) -> Demand:
    """What the mission wants of the copter just now."""
    run = copter.run
    items = copter.lists[Store.MISSION]
    if not run.running or run.index >= len(items) or run.complete:
        if not copter.aloft:
            return Demand(v_up=-0.1)
        return flying.hold(copter)
    item = items[run.index]
    wanted, done = _fly_item(copter, item)
    if done:
        copter.send("MISSION_ITEM_REACHED", seq=run.index)
        copter.say(Severity.INFO, f"Reached command #{run.index}")
        _advance(copter, run.index + 1)
    return wanted


def _advance(copter: Copter, index: int) -> None:
    """On to the next item to be flown from this number on; what lies before it is done in passing."""
    run, items = copter.run, copter.lists[Store.MISSION]
    for _ in range(_MANY):
        if index >= len(items):
            break
        item = items[index]
        if item.command in NAVIGATION:
            _begin(copter, index)
            return
        if item.command == Cmd.DO_JUMP:
            index = _jump(copter, index, item)
            continue
        do_in_passing(copter, item)
        index += 1
    run.complete, run.running = True, False
    copter.flight = Flight(since_s=copter.boot_s)
    copter.say(Severity.NOTICE, "Mission complete")


def _jump(copter: Copter, index: int, item: Item) -> int:
    taken = copter.run.jumps.get(index, 0)
    if item.params[1] >= 0 and taken >= item.params[1]:
        return index + 1
    copter.run.jumps[index] = taken + 1
    return max(1, int(item.params[0]))


def _begin(copter: Copter, index: int) -> None:
    run, items = copter.run, copter.lists[Store.MISSION]
    run.index, run.reached_s, run.wait_until_s = index, None, None
    if index >= len(items):
        return
    item, flight = items[index], copter.flight
    flight.hold, flight.phase, flight.taking_off = None, "", False
    copter.say(Severity.INFO, f"Mission: {index} {_name(item)}")
    if item.command == Cmd.TAKEOFF:
        up = up_of(copter, item)
        flying.start_takeoff(copter, max(up, copter.estimate.up_m) - copter.home_up_m)
    elif item.command == Cmd.RETURN:
        flight.up_m = None
    elif item.command == Cmd.DELAY:
        flight.up_m = None
        run.wait_until_s = copter.boot_s + item.params[0]
    else:
        here = copter.estimate
        north, east = copter.ground.metres(item.lat, item.lon) if item.has_place else (here.north_m, here.east_m)
        is_landing = item.command == Cmd.LAND
        up = here.up_m if is_landing or (not item.has_place and not item.z) else up_of(copter, item)
        flying.go_to(copter, north, east, up)


def _name(item: Item) -> str:
    names = {Cmd.TAKEOFF: "Takeoff", Cmd.WAYPOINT: "WP", Cmd.RETURN: "RTL", Cmd.LAND: "Land"}
    return names.get(Cmd(item.command), Cmd(item.command).name.capitalize())


def up_of(copter: Copter, item: Item) -> float:
    """An item's height above the starting ground; over terrain it is taken as over home, since the ground is flat."""
    if item.frame in (Frame.GLOBAL, Frame.GLOBAL_INT):
        return item.z - copter.config.place.height_m
    return item.z + copter.home_up_m


def _fly_item(copter: Copter, item: Item) -> tuple[Demand, bool]:
    run, flight = copter.run, copter.flight
    if item.command == Cmd.RETURN:
        return flying.return_home(copter), not copter.aloft
    if item.command == Cmd.DELAY:
        return flying.hold(copter), copter.boot_s >= (run.wait_until_s or 0.0)
    if flight.leg is None:
        return flying.hold(copter), False
    if item.command == Cmd.LAND and flight.phase == "land":
        return flying.land(copter), not copter.aloft
    wanted, reached = flying.fly_leg(copter, flight.leg, flying.cruise_mps(copter))
    if item.command == Cmd.TAKEOFF:
        up = flight.leg.target[2]
        return wanted, copter.aloft and copter.estimate.up_m >= up - 0.5
    if item.command == Cmd.LAND and reached:
        flight.phase, flight.hold = "land", flight.leg.target[:2]
    if reached and run.reached_s is None:
        run.reached_s = copter.boot_s
    return wanted, item.command != Cmd.LAND and _waited(copter, item)


def _waited(copter: Copter, item: Item) -> bool:
    since_s = copter.run.reached_s
    if since_s is None or item.command == Cmd.LOITER_UNLIMITED:
        return False
    if item.command == Cmd.LOITER_TURNS:
        return copter.boot_s - since_s >= item.params[0] * _TURN_S
    return copter.boot_s - since_s >= (item.params[0] if item.command in (Cmd.WAYPOINT, Cmd.LOITER_TIME) else 0.0)


def do_in_passing(copter: Copter, item: Item) -> None:
    """What an item says that is not flown to. Servos, relays, mounts and grippers are not there: nothing happens."""
    if item.command == Cmd.CHANGE_SPEED and item.params[1] > 0:
        copter.flight.speed_mps = item.params[1]
    elif item.command == Cmd.CAMERA_DISTANCE:
        camera.set_distance(copter, item.params[0], at_once=bool(item.params[2]))
    elif item.command == Cmd.DIGICAM_CONTROL:
        camera.fire(copter)
    elif item.command == Cmd.CONDITION_YAW:
        turned = copter.estimate.heading_deg + item.params[0] * (-1 if item.params[2] < 0 else 1)
        copter.flight.heading_deg = (turned if item.params[3] else item.params[0]) % 360
    elif item.command == Cmd.FENCE_ENABLE:
        copter.parameters.set("FENCE_ENABLE", 1 if item.params[0] else 0)
    elif item.command == Cmd.SET_HOME:
        place = copter.place() if item.params[0] else Place(item.lat, item.lon, item.z)
        copter.set_home(place, locked=True)
