"""The copter as its ground stations meet it: time passes, messages come, messages are left to be sent. Pure.

`step` takes the vehicle's seconds, which may pass faster than the wall's; everything that waits for a ground station
(failsafe, uploads, streams) is timed by the wall clock, which each call is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulators.vehicle import camera, commands, failsafes, flying, mission, modes, telemetry, transfers
from simulators.vehicle.battery import drain, needed_a
from simulators.vehicle.gps import receive
from simulators.vehicle.items import NAVIGATION, Item, parse_item
from simulators.vehicle.mav import Ack, Cmd, MissionAck, Mode, Severity, Store
from simulators.vehicle.motion import Demand, Touched, step
from simulators.vehicle.parameters import Parameter
from simulators.vehicle.state import Config, Copter, Run
from simulators.vehicle.streams import Schedule
from simulators.vehicle.transfers import Answer, Ask, Done, Effect, Peer
from simulators.vehicle.values import Message, Outgoing, Received
from simulators.vehicle.wind import blow

__all__ = ["STEP_S", "Autopilot"]

STEP_S = 0.05
"""The longest step (seconds) that flying is computed in."""

_LANDED_S = 1.0
_HARD_MPS = 3.0  # a landing harder than this breaks the copter
_STATION_TYPE = 6
_GUIDED_ITEM, _GUIDED_HEIGHT = 2, 3  # what MISSION_ITEM's `current` says when it is no part of a mission


class Autopilot:
    """One copter with its links. Nothing here waits, and nothing is random but by the seed."""

    def __init__(self, config: Config) -> None:
        self.copter = Copter(config)
        self._handlers: dict[str, Callable[[Received], None]] = {
            "HEARTBEAT": self._heartbeat,
            "REQUEST_DATA_STREAM": self._request_stream,
            "SET_MODE": self._set_mode,
            "PARAM_REQUEST_LIST": self._list_parameters,
            "PARAM_REQUEST_READ": self._read_parameter,
            "PARAM_SET": self._set_parameter,
            "MISSION_COUNT": self._mission_count,
            "MISSION_ITEM": self._mission_item,
            "MISSION_ITEM_INT": self._mission_item,
            "MISSION_REQUEST": self._mission_request,
            "MISSION_REQUEST_INT": self._mission_request,
            "MISSION_REQUEST_LIST": self._mission_list,
            "MISSION_CLEAR_ALL": self._mission_clear,
            "MISSION_SET_CURRENT": self._mission_set_current,
            "MISSION_ACK": self._mission_ack,
            "RC_CHANNELS_OVERRIDE": self._override,
            "SET_POSITION_TARGET_GLOBAL_INT": self._target,
            "COMMAND_LONG": self._command,
            "COMMAND_INT": self._command,
            "TIMESYNC": self._timesync,
        }

    @property
    def messages(self) -> tuple[str, ...]:
        """What it understands."""
        return tuple(self._handlers)

    def connect(self, link: int) -> None:
        """A ground station's link is there."""
        self.copter.links[link] = Schedule()

    def disconnect(self, link: int) -> None:
        """It is gone; what it was uploading goes on waiting for it until its time is over."""
        self.copter.links.pop(link, None)

    def take(self) -> list[Outgoing]:
        """What is to be sent since the last call."""
        out, self.copter.out = self.copter.out, []
        return out

    def reboot(self) -> None:
        """Begin anew; in the air, fall."""
        self.copter.power_on()

    def status(self) -> dict[str, Any]:
        """What is true of the copter, whatever it believes and tells; places as degrees, times by its own clock."""
        copter = self.copter
        place = copter.true_place()
        return {
            "system": copter.config.system_id,
            "elapsed_s": round(copter.elapsed_s, 3),
            "mode": copter.mode.name,
            "armed": copter.armed,
            "aloft": copter.aloft,
            "broken": copter.broken,
            "lat": round(place.lat, 7),
            "lon": round(place.lon, 7),
            "up_m": round(copter.motion.up_m, 2),
            "speed_mps": round(copter.motion.speed_mps, 2),
            "battery_percent": round(copter.battery.left * 100, 1),
            "voltage_v": round(copter.battery.voltage_v, 2),
            "mission_item": copter.run.index,
            "photos": copter.camera.count,
            "links": len(copter.links),
        }

    # --- time -------------------------------------------------------------------------------------------------

    def step(self, dt_s: float, now_s: float, unix_s: float) -> None:
        """So many of the vehicle's seconds pass; it is `now_s` by the wall and `unix_s` by the sky."""
        copter = self.copter
        copter.now_s, copter.unix_s = now_s, unix_s
        was_booted = copter.booted
        copter.boot_s += dt_s
        copter.elapsed_s += dt_s
        copter.air = blow(copter.air, copter.wind, dt_s, copter.chance)
        if not copter.booted:
            self._move(Demand(powered=False), dt_s)
            return
        if not was_booted:
            copter.say(Severity.INFO, "ArduCopter V4.0.7 (0bb18a15)")
        copter.gps = receive(copter.gps, copter.gps_quality, dt_s, copter.chance)
        if copter.has_position and copter.home is None:
            self._estimate(0.0)
            copter.set_home(copter.place(), locked=False)
        failsafes.watch(copter)
        self._move(self._demand(), dt_s)
        self._rest()
        camera.watch(copter)

    def tick(self, now_s: float) -> None:
        """What goes by the wall clock: uploads that wait, sticks that nobody holds, and what is due to each link."""
        copter = self.copter
        copter.now_s = now_s
        if not copter.booted:
            return
        for store, upload in copter.uploads.items():
            if upload is not None:
                copter.uploads[store], effects = transfers.remind(upload, now_s)
                self._carry_out(effects)
        if copter.overrides and now_s - copter.overridden_s > copter.parameters["RC_OVERRIDE_TIME"]:
            copter.overrides.clear()
        built: dict[str, Message] = {}
        for link, schedule in copter.links.items():
            for name in schedule.due(now_s):
                if name not in built:
                    built[name] = Message(name, telemetry.BUILDERS[name](copter))
                copter.out.append(Outgoing(built[name], link))

    def _demand(self) -> Demand:
        copter = self.copter
        if not copter.armed:
            return Demand(powered=False)
        return mission.fly(copter) if copter.mode is Mode.AUTO else flying.demand(copter)

    def _move(self, demand: Demand, dt_s: float) -> None:
        copter = self.copter
        copter.motion, touched = step(copter.motion, demand, copter.air, dt_s)
        copter.battery = drain(copter.battery, needed_a(copter.motion, copter.air, copter.armed), dt_s)
        self._estimate(dt_s)
        if touched is not None:
            self._landed(touched)

    def _estimate(self, dt_s: float) -> None:
        """What the autopilot believes: without a fix it reckons for a while, then believes to stand still."""
        copter, motion, gps = self.copter, self.copter.motion, self.copter.gps
        if copter.has_position:
            north, east = motion.north_m + gps.off_north, motion.east_m + gps.off_east
        else:
            north, east = copter.estimate.north_m, copter.estimate.east_m
            if not copter.failures.position:
                north, east = north + motion.v_north * dt_s, east + motion.v_east * dt_s
        copter.estimate = replace(motion, north_m=north, east_m=east, up_m=motion.up_m + gps.off_up)

    def _landed(self, touched: Touched) -> None:
        copter = self.copter
        copter.landed_s, copter.ground_s = copter.boot_s, copter.now_s
        if touched.speed_mps > _HARD_MPS:
            copter.broken = True
            copter.say(Severity.CRITICAL, "Crash: Disarming")
            modes.disarm(copter)

    def _rest(self) -> None:
        """On the ground with nothing to do the motors stop: at once after a landing, otherwise after DISARM_DELAY.

        That delay waits for somebody to say what is next, so it is the wall's.
        """
        copter = self.copter
        if not copter.armed or copter.aloft:
            return
        if copter.mode in (Mode.LAND, Mode.RTL, Mode.SMART_RTL) or copter.run.complete:
            if copter.boot_s - copter.landed_s >= _LANDED_S:
                modes.disarm(copter)
            return
        waits_s = copter.parameters["DISARM_DELAY"]
        busy = (copter.mode is Mode.AUTO and copter.run.running) or copter.flight.taking_off
        if not busy and waits_s and copter.now_s - copter.ground_s >= waits_s:
            modes.disarm(copter)

    # --- messages ---------------------------------------------------------------------------------------------

    def receive(self, received: Received, now_s: float) -> None:
        """A ground station says something. Before the autopilot runs, and what is for others, is not heard."""
        copter = self.copter
        copter.now_s = now_s
        if not copter.booted or received.link not in copter.links:
            return
        if received.message.integer("target_system") not in (0, copter.config.system_id):
            return
        handler = self._handlers.get(received.message.name)
        if handler is not None:
            handler(received)

    def _heartbeat(self, received: Received) -> None:
        copter = self.copter
        if received.message.integer("type") == _STATION_TYPE and received.system == copter.parameters["SYSID_MYGCS"]:
            copter.station_s = copter.now_s

    def _request_stream(self, received: Received) -> None:
        message = received.message
        schedule = self.copter.links[received.link]
        start = bool(message.integer("start_stop"))
        schedule.ask_group(message.integer("req_stream_id"), message.integer("req_message_rate"), start)

    def _set_mode(self, received: Received) -> None:
        message = received.message
        done = message.integer("base_mode") & 1 and modes.change_mode(self.copter, message.integer("custom_mode"))
        self.copter.send("COMMAND_ACK", received.link, command=11, result=int(Ack.ACCEPTED if done else Ack.FAILED))

    # --- parameters -------------------------------------------------------------------------------------------

    def _list_parameters(self, received: Received) -> None:
        for parameter in self.copter.parameters:
            self._tell(parameter, received.link)

    def _read_parameter(self, received: Received) -> None:
        message = received.message
        parameter = self.copter.parameters.find(message.text("param_id"), message.integer("param_index"))
        if parameter is not None:
            self._tell(parameter, received.link)

    def _set_parameter(self, received: Received) -> None:
        message = received.message
        parameter = self.copter.parameters.set(message.text("param_id"), message.number("param_value"))
        if parameter is not None:
            self._tell(parameter, None)

    def _tell(self, parameter: Parameter, link: int | None) -> None:
        parameters = self.copter.parameters
        self.copter.send(
            "PARAM_VALUE",
            link,
            param_id=parameter.name,
            param_value=parameter.value,
            param_type=int(parameter.kind),
            param_count=len(parameters),
            param_index=parameters.index(parameter.name),
        )

    # --- missions, fences, rally points -----------------------------------------------------------------------

    def _mission_count(self, received: Received) -> None:
        store = self._store(received)
        if store is None:
            return
        copter = self.copter
        begun = transfers.begin(
            copter.uploads[store], _peer(received), store, received.message.integer("count"), copter.now_s
        )
        copter.uploads[store], effects = begun
        self._carry_out(effects)

    def _mission_item(self, received: Received) -> None:
        message, copter = received.message, self.copter
        if message.integer("current") in (_GUIDED_ITEM, _GUIDED_HEIGHT):
            self._guided_item(received)
            return
        store = self._store(received)
        if store is not None:
            upload, item = copter.uploads[store], parse_item(message)
            seq = message.integer("seq")
            taken = transfers.take(upload, _peer(received), store, seq, item, copter.now_s)
            copter.uploads[store], effects = taken
            self._carry_out(effects)

    def _guided_item(self, received: Received) -> None:
        item, copter = parse_item(received.message), self.copter
        done = copter.mode is Mode.GUIDED and copter.aloft and item.command == Cmd.WAYPOINT
        if done and received.message.integer("current") == _GUIDED_HEIGHT:
            here = copter.estimate
            flying.go_to(copter, here.north_m, here.east_m, mission.up_of(copter, item))
        elif done:
            done = commands.go_to_place(copter, item.lat, item.lon, item.z, item.frame)
        self._answer(_peer(received), Store.MISSION, MissionAck.ACCEPTED if done else MissionAck.ERROR)

    def _mission_request(self, received: Received) -> None:
        store = self._store(received)
        if store is None:
            return
        message, copter = received.message, self.copter
        items = copter.mission() if store is Store.MISSION else copter.lists[store]
        seq = message.integer("seq")
        if store is Store.MISSION and not items and copter.home is not None:
            items = copter.mission()  # home can always be read
        if not 0 <= seq < len(items):
            self._answer(_peer(received), store, MissionAck.INVALID_SEQUENCE)
            return
        self._tell_item(_peer(received), store, seq, items[seq], as_integers=message.name == "MISSION_REQUEST_INT")

    def _tell_item(self, peer: Peer, store: Store, seq: int, item: Item, *, as_integers: bool) -> None:
        copter = self.copter
        copter.send(
            "MISSION_ITEM_INT" if as_integers else "MISSION_ITEM",
            peer.link,
            **_to(peer),
            seq=seq,
            frame=item.frame,
            command=item.command,
            current=int(store is Store.MISSION and seq == copter.run.index),
            autocontinue=item.autocontinue,
            **{f"param{number}": value for number, value in enumerate(item.params, 1)},
            x=item.x if as_integers else item.lat,
            y=item.y if as_integers else item.lon,
            z=item.z,
            mission_type=int(store),
        )

    def _mission_list(self, received: Received) -> None:
        store = self._store(received)
        if store is not None:
            peer = _peer(received)
            count = len(self.copter.lists[store])
            self.copter.send("MISSION_COUNT", peer.link, **_to(peer), count=count, mission_type=int(store))

    def _mission_clear(self, received: Received) -> None:
        number = received.message.integer("mission_type")
        stores = list(self.copter.lists) if number == Store.ALL else [self._store(received)]
        peer = _peer(received)
        for store in stores:
            if store is not None:
                self.copter.uploads[store] = None
                self._carry_out([Done(store, (), complete=True)])
        if stores != [None]:
            self.copter.send("MISSION_ACK", peer.link, **_to(peer), type=int(MissionAck.ACCEPTED), mission_type=number)

    def _mission_set_current(self, received: Received) -> None:
        if mission.set_current(self.copter, received.message.integer("seq")):
            self.copter.send("MISSION_CURRENT", received.link, **telemetry.mission_current(self.copter))

    def _mission_ack(self, received: Received) -> None:
        """A sender that knows MISSION_REQUEST_INT only says so by refusing MISSION_REQUEST."""
        store = self._store(received)
        upload = None if store is None else self.copter.uploads[store]
        refused = received.message.integer("type") == MissionAck.UNSUPPORTED
        if store is not None and upload is not None and refused and not upload.as_integers:
            self.copter.uploads[store], effects = transfers.as_integers(upload, self.copter.now_s)
            self._carry_out(effects)

    def _store(self, received: Received) -> Store | None:
        number = received.message.integer("mission_type")
        if number in (Store.MISSION, Store.FENCE, Store.RALLY):
            return Store(number)
        if number != Store.ALL:
            self._answer(_peer(received), None, MissionAck.UNSUPPORTED)
        return None

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Ask):
                name = "MISSION_REQUEST_INT" if effect.as_integers else "MISSION_REQUEST"
                to = _to(effect.peer)
                self.copter.send(name, effect.peer.link, **to, seq=effect.seq, mission_type=int(effect.store))
            elif isinstance(effect, Answer):
                self._answer(effect.peer, effect.store, effect.result)
            else:
                self._keep(effect)

    def _keep(self, done: Done) -> None:
        copter = self.copter
        copter.lists[done.store] = done.items
        copter.parameters.set(f"{_TOTALS[done.store]}_TOTAL", len(done.items))
        if done.store is Store.MISSION and done.complete and not copter.run.running:
            copter.run = Run()
        if done.store is Store.MISSION and copter.run.running:
            self._mend_run()

    def _mend_run(self) -> None:
        """The mission changed while it is flown: what is not there any more is not flown."""
        items, run = self.copter.lists[Store.MISSION], self.copter.run
        if run.index >= len(items) or items[run.index].command not in NAVIGATION:
            run.running, run.complete = False, True

    def _answer(self, peer: Peer, store: Store | None, result: MissionAck) -> None:
        kind = int(Store.MISSION if store is None else store)
        self.copter.send("MISSION_ACK", peer.link, **_to(peer), type=int(result), mission_type=kind)

    # --- everything else --------------------------------------------------------------------------------------

    def _override(self, received: Received) -> None:
        copter = self.copter
        if received.system != copter.parameters["SYSID_MYGCS"]:
            return
        for number in range(1, 9):
            value = received.message.integer(f"chan{number}_raw")
            if value == 0:
                copter.overrides.pop(number, None)
            elif value != 65535:
                copter.overrides[number] = value
        copter.overridden_s = copter.station_s = copter.now_s

    def _target(self, received: Received) -> None:
        message, copter = received.message, self.copter
        if copter.mode is not Mode.GUIDED or not copter.aloft:
            return
        mask = message.integer("type_mask")
        if not mask & 0b000_111:
            lat, lon = message.integer("lat_int") / 1e7, message.integer("lon_int") / 1e7
            commands.go_to_place(copter, lat, lon, message.number("alt"), message.integer("coordinate_frame"))
        elif not mask & 0b111_000:
            flight = copter.flight
            wanted = [message.number(name) for name in ("vx", "vy", "vz")]
            if not all(map(math.isfinite, wanted)):
                return
            least, most = -flying.metres(copter, "WPNAV_SPEED_DN"), flying.metres(copter, "WPNAV_SPEED_UP")
            flight.velocity = wanted[0], wanted[1], max(least, min(most, -wanted[2]))
            flight.velocity_s, flight.leg, flight.hold, flight.up_m = copter.boot_s, None, None, None

    def _command(self, received: Received) -> None:
        command = commands.parse_command(received.message, received.link)
        result = commands.run(self.copter, command)
        peer = _peer(received)
        self.copter.send(
            "COMMAND_ACK",
            received.link,
            command=command.command,
            result=int(result),
            target_system=peer.system,
            target_component=peer.component,
        )
        if command.command == Cmd.REBOOT and result is Ack.ACCEPTED:
            self.reboot()

    def _timesync(self, received: Received) -> None:
        if received.message.integer("tc1") == 0:
            now_ns = round(self.copter.boot_s * 1e9) or 1
            self.copter.send("TIMESYNC", received.link, tc1=now_ns, ts1=received.message.integer("ts1"))


_TOTALS = {Store.MISSION: "MIS", Store.FENCE: "FENCE", Store.RALLY: "RALLY"}


def _peer(received: Received) -> Peer:
    return Peer(received.link, received.system, received.component)


def _to(peer: Peer) -> dict[str, int]:
    return {"target_system": peer.system, "target_component": peer.component}
