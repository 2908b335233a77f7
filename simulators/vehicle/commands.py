"""COMMAND_LONG and COMMAND_INT: a table of what the copter does, and how it answers. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulators.vehicle import camera, flying, mission, modes, telemetry
from simulators.vehicle.mav import Ack, Cmd, Frame, Mode, Severity
from simulators.vehicle.state import Copter
from simulators.vehicle.values import Message, Place

__all__ = ["Command", "parse_command", "run"]

_FORCED = 21196
_BANNER = ("ArduCopter V4.0.7 (0bb18a15)", "Wanamori simulated vehicle", "Frame: QUAD")
_FAR_M = 50_000.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its parameters; a place is in degrees and metres, in whichever form it came."""

    command: int
    params: tuple[float, float, float, float]
    lat: float
    lon: float
    z: float
    frame: int
    link: int


def parse_command(message: Message, link: int) -> Command:
    """From COMMAND_LONG or COMMAND_INT."""
    first = [_given(message.number(f"param{number}")) for number in range(1, 5)]
    params = (first[0], first[1], first[2], first[3])
    number = message.integer("command")
    if message.name == "COMMAND_INT":
        lat, lon = message.integer("x") / 1e7, message.integer("y") / 1e7
        return Command(number, params, lat, lon, _given(message.number("z")), message.integer("frame"), link)
    place = [_given(message.number(f"param{number}")) for number in range(5, 8)]
    return Command(number, params, place[0], place[1], place[2], Frame.RELATIVE, link)


def _given(value: float) -> float:
    """A parameter that is not given is sent as NaN by some, as 0 by others."""
    return value if math.isfinite(value) else 0.0


def run(copter: Copter, command: Command) -> Ack:
    """Do what it says; whatever is not in the table is unsupported."""
    do = _TABLE.get(command.command)
    return Ack.UNSUPPORTED if do is None else do(copter, command)


def _ack(done: bool) -> Ack:
    return Ack.ACCEPTED if done else Ack.FAILED


def _go(copter: Copter, command: Command) -> Ack:
    if copter.mode is not Mode.GUIDED or not copter.aloft:
        return Ack.FAILED
    return _ack(go_to_place(copter, command.lat, command.lon, command.z, command.frame))


def go_to_place(copter: Copter, lat: float, lon: float, z: float, frame: int) -> bool:
    """In GUIDED, fly there; False for a place that is none."""
    if abs(lat) > 90 or abs(lon) > 180 or not math.isfinite(z):
        return False
    north, east = copter.ground.metres(lat, lon)
    is_absolute = frame in (Frame.GLOBAL, Frame.GLOBAL_INT)
    up = z - copter.config.place.height_m if is_absolute else z + copter.home_up_m
    copter.flight.taking_off = False
    flying.go_to(copter, north, east, up)
    return True


def _return(copter: Copter, _command: Command) -> Ack:
    return _ack(modes.change_mode(copter, Mode.RTL))


def _land(copter: Copter, _command: Command) -> Ack:
    return _ack(modes.change_mode(copter, Mode.LAND))


def _take_off(copter: Copter, command: Command) -> Ack:
    if copter.mode is not Mode.GUIDED or not copter.armed or copter.aloft or command.z <= 0:
        return Ack.FAILED
    flying.start_takeoff(copter, command.z)
    return Ack.ACCEPTED


def _set_mode(copter: Copter, command: Command) -> Ack:
    if not int(command.params[0]) & 1:  # only modes by ArduCopter's own numbers
        return Ack.DENIED
    return _ack(modes.change_mode(copter, int(command.params[1])))


def _change_speed(copter: Copter, command: Command) -> Ack:
    if command.params[1] <= 0:
        return Ack.FAILED
    copter.flight.speed_mps = command.params[1]
    return Ack.ACCEPTED


def _set_home(copter: Copter, command: Command) -> Ack:
    if command.params[0] == 1:
        if not copter.has_position:
            return Ack.FAILED
        copter.set_home(copter.place(), locked=True)
        return Ack.ACCEPTED
    if not (command.lat or command.lon) or abs(command.lat) > 90 or abs(command.lon) > 180:
        return Ack.FAILED
    north, east = copter.ground.metres(command.lat, command.lon)
    if math.hypot(north, east, command.z) > _FAR_M or not copter.has_position:
        return Ack.FAILED
    copter.set_home(Place(command.lat, command.lon, command.z), locked=True)
    return Ack.ACCEPTED


def _camera_distance(copter: Copter, command: Command) -> Ack:
    camera.set_distance(copter, command.params[0], at_once=bool(command.params[2]))
    return Ack.ACCEPTED


def _fence_enable(copter: Copter, command: Command) -> Ack:
    copter.parameters.set("FENCE_ENABLE", 1 if command.params[0] else 0)
    return Ack.ACCEPTED


def _calibrate(copter: Copter, _command: Command) -> Ack:
    return Ack.FAILED if copter.armed else Ack.ACCEPTED


def _reboot(copter: Copter, command: Command) -> Ack:
    if int(command.params[0]) not in (1, 3):
        return Ack.UNSUPPORTED
    return Ack.FAILED if copter.armed else Ack.ACCEPTED  # the autopilot reboots when the answer is on its way


def _start_mission(copter: Copter, _command: Command) -> Ack:
    if not copter.armed or not modes.change_mode(copter, Mode.AUTO):
        return Ack.FAILED
    return Ack.ACCEPTED if copter.run.running else _ack(mission.start(copter))


def _arm(copter: Copter, command: Command) -> Ack:
    forced = round(command.params[1]) == _FORCED
    if command.params[0] == 1:
        return _ack(modes.arm(copter, forced=forced))
    return _ack(modes.disarm(copter, forced=forced)) if command.params[0] == 0 else Ack.UNSUPPORTED


def _get_home(copter: Copter, command: Command) -> Ack:
    if copter.home is None:
        return Ack.FAILED
    copter.send("HOME_POSITION", command.link, **copter.home_fields())
    return Ack.ACCEPTED


def _set_interval(copter: Copter, command: Command) -> Ack:
    name = telemetry.MESSAGE_IDS.get(int(command.params[0]))
    if name is None:
        return Ack.DENIED
    interval_us = command.params[1]
    every_s = interval_us / 1e6 if interval_us > 0 else None
    copter.links[command.link].ask(name, 1.0 if name == "HEARTBEAT" else every_s)
    return Ack.ACCEPTED


def _request_message(copter: Copter, command: Command) -> Ack:
    name = telemetry.MESSAGE_IDS.get(int(command.params[0]))
    if name is None or (name == "HOME_POSITION" and copter.home is None):
        return Ack.FAILED
    copter.send(name, command.link, **telemetry.BUILDERS[name](copter))
    return Ack.ACCEPTED


def _request_protocol(copter: Copter, command: Command) -> Ack:
    fields = {"version": 200, "min_version": 100, "max_version": 200}
    copter.send("PROTOCOL_VERSION", command.link, **fields, spec_version_hash=[0] * 8, library_version_hash=[0] * 8)
    return Ack.ACCEPTED


def _request_capabilities(copter: Copter, command: Command) -> Ack:
    if command.params[0] != 1:
        return Ack.FAILED
    copter.send("AUTOPILOT_VERSION", command.link, **telemetry.version_fields(copter))
    return Ack.ACCEPTED


def _banner(copter: Copter, _command: Command) -> Ack:
    for line in _BANNER:
        copter.say(Severity.INFO, line)
    return Ack.ACCEPTED


_TABLE: dict[int, Callable[[Copter, Command], Ack]] = {
    Cmd.WAYPOINT: _go,
    Cmd.RETURN: _return,
    Cmd.LAND: _land,
    Cmd.TAKEOFF: _take_off,
    Cmd.DO_SET_MODE: _set_mode,
    Cmd.CHANGE_SPEED: _change_speed,
    Cmd.SET_HOME: _set_home,
    Cmd.CAMERA_DISTANCE: _camera_distance,
    Cmd.FENCE_ENABLE: _fence_enable,
    Cmd.CALIBRATION: _calibrate,
    Cmd.REBOOT: _reboot,
    Cmd.MISSION_START: _start_mission,
    Cmd.ARM: _arm,
    Cmd.GET_HOME: _get_home,
    Cmd.SET_INTERVAL: _set_interval,
    Cmd.REQUEST_MESSAGE: _request_message,
    Cmd.REQUEST_PROTOCOL: _request_protocol,
    Cmd.REQUEST_CAPABILITIES: _request_capabilities,
    Cmd.MAG_CALIBRATION: _calibrate,
    Cmd.BANNER: _banner,
}
