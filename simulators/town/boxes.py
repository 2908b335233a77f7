"""One box of the town: simulated pins, bus and thermometers, and the real agent on top of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from edge.agent import Agent
from edge.config import (
    AgentConfig,
    ClockConfig,
    Credentials,
    HealthConfig,
    LinkConfig,
    ModbusRegister,
    ModbusRtuConfig,
    OneWireConfig,
    StationConfig,
    TrapConfig,
)
from edge.core.clock import Moment
from edge.core.draft import draft_readings
from edge.core.readings import Row, batches
from edge.keeper import Keeper
from edge.wire.messages import MAX_TIMES
from simulators.sensors.modbus import BusFault, ModbusBus, Probe, int16
from simulators.sensors.onewire import OneWireFolder
from simulators.sensors.pins import BOUNCES, TrapPins
from simulators.town.agents import AgentThread
from simulators.town.measuring import SCALES, measure, registers
from simulators.town.places import Box, Station

__all__ = ["RunningBox"]

_BACKLOG_STEP, _SEASON_STEP = timedelta(minutes=10), timedelta(hours=2)
_OUTBOX_BYTES = 200_000_000


class RunningBox:
    """A box with its agent. `world_now` gives the world's instant; `every_s` is how often stations measure."""

    def __init__(
        self,
        box: Box,
        credentials: Credentials,
        folder: Path,
        *,
        seed: int,
        world_now: Callable[[], datetime],
        every_s: float,
        world_interval: timedelta,
    ) -> None:
        self.box, self._credentials, self._folder = box, credentials, folder
        self._seed, self._world_now, self._every_s, self._interval = seed, world_now, every_s, world_interval
        self._pins = TrapPins()
        self._thermometers = OneWireFolder(folder / "w1")
        self._bus = ModbusBus([self._probe(station) for station in box.stations]) if box.stations else None
        self._agent = AgentThread(box.label)

    # -- hardware

    def start_hardware(self) -> None:
        """Put the sensors under power; traps are as `set_trap` and `spring` leave them."""
        if self._bus is not None:
            self._bus.start()
        self.refresh()

    def stop_hardware(self) -> None:
        """Take the power away."""
        if self._bus is not None:
            self._bus.stop()

    def refresh(self) -> None:
        """Let the thermometers and the battery follow the world; about as often as stations measure."""
        at = self._world_now()
        for station in self.box.stations:
            if station.one_wire:
                measured = measure(self._seed, station, at, self._interval)
                self._thermometers.show(station.one_wire, measured["soil_temperature"])
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "battery_uv").write_text(f"{round(self._battery_v(at) * 1e6)}\n", encoding="ascii")

    def set_trap(self, pin: int) -> None:
        """A hunter sets the trap: its line is closed."""
        self._pins.close(pin)

    def spring(self, pin: int, bounce: str, stop: Event) -> None:
        """The trap springs."""
        self._pins.open(pin, BOUNCES[bounce], stop)

    def is_sprung(self, pin: int) -> bool:
        """Whether the trap's line is open."""
        return self._pins.is_open(pin)

    def fail_bus(self, *, silent: bool) -> None:
        """Nobody answers on the bus, or all is well again."""
        if self._bus is not None:
            self._bus.fault = BusFault.SILENT if silent else BusFault.NONE

    def fail_thermometers(self, *, wet: bool) -> None:
        """The cable is wet, so that checksums fail, or dry again."""
        self._thermometers.crc_fault = wet
        self.refresh()

    def _probe(self, station: Station) -> Probe:
        def answer() -> dict[int, int]:
            measured = measure(self._seed, station, self._world_now(), self._interval)
            return {address: int16(count) for address, count in registers(station, measured).items()}

        return Probe(station.unit, answer)

    def _battery_v(self, at: datetime) -> float:
        days_since = at.toordinal() % 150
        return 12.9 - 0.006 * days_since

    # -- the agent

    @property
    def powered(self) -> bool:
        """Whether the agent runs."""
        return self._agent.is_on

    def power_on(self) -> None:
        """Start the agent, if it does not run."""
        self._agent.start(Agent(self.config(), self._credentials, pin_factory=self._pins.factory))

    def ask_power_off(self) -> None:
        """Tell the agent to end, without waiting."""
        self._agent.ask_to_end()

    def power_off(self) -> None:
        """Stop the agent and wait for its end."""
        self._agent.end()

    def check(self) -> None:
        """Raise Unsuitable when the agent has given up."""
        self._agent.check()

    def config(self) -> AgentConfig:
        """What the agent is told."""
        return AgentConfig(
            data=self._folder,
            credentials=self._folder / "credentials.json",
            clock=ClockConfig(source="assume_set" if self.box.has_clock else "unset"),
            link=LinkConfig(keepalive_s=20, retry_first_s=0.5, retry_most_s=10.0, refused_s=10.0),
            health=HealthConfig(heartbeat_s=30.0, battery_file=self._folder / "battery_uv", battery_scale=1e-6),
            traps=tuple(TrapConfig(device=trap.id, pin=trap.pin, reset_after_s=1.0) for trap in self.box.traps),
            stations=tuple(self._station(station) for station in self.box.stations),
        )

    def _station(self, station: Station) -> StationConfig:
        bus = ModbusRtuConfig(
            kind="modbus_rtu",
            port=self._bus.url if self._bus else "",
            unit=station.unit,
            timeout_s=0.5,
            registers=tuple(
                ModbusRegister(quantity=quantity, address=address, scale=SCALES[quantity])
                for address, quantity in enumerate(station.quantities)
            ),
        )
        soil = (OneWireConfig(kind="one_wire", id=station.one_wire, path=self._thermometers.path),)
        return StationConfig(
            device=station.id,
            every_s=self._every_s,
            send_every_s=0,
            timeout_s=5.0,
            sensors=(bus, *soil) if station.one_wire else (bus,),
        )

    # -- the past

    def remember_days(self, days: float, now: datetime, *, season_days: float = 0) -> int:
        """Fill the agent's outbox with what its stations would have measured, as if the box had been out of reach.

        Every ten minutes of the last `days`, every two hours of the `season_days` before, with their true times and the
        world's weather of then: a sample of a season, so that sums and charts have something to show. The agent sends
        them, late, when it starts. Returns how many rows; nothing when the box has run before.
        """
        if not self.box.stations or days <= 0 or (self._folder / "outbox.sqlite3").exists():
            return 0
        self._folder.mkdir(parents=True, exist_ok=True)
        keeper = Keeper(self._folder, _OUTBOX_BYTES)
        try:
            instants = _instants(days, season_days, now)
            return sum(self._remember(keeper, station, instants) for station in self.box.stations)
        finally:
            keeper.close()

    def _remember(self, keeper: Keeper, station: Station, instants: list[tuple[datetime, timedelta]]) -> int:
        boot = f"before-{uuid.uuid4().hex[:8]}"
        rows = [
            Row(Moment(at, "set", boot, (at - instants[0][0]).total_seconds()), self._rounded(station, at, step))
            for at, step in instants
        ]
        for batch in batches(rows, MAX_TIMES):
            keeper.append(draft_readings(station.id, batch, uuid.uuid4().hex))
        return len(rows)

    def _rounded(self, station: Station, at: datetime, step: timedelta) -> dict[str, float]:
        """As the registers and the thermometer would have said it."""
        measured = measure(self._seed, station, at, step)
        return {quantity: round(value / SCALES[quantity]) * SCALES[quantity] for quantity, value in measured.items()}


def _instants(days: float, season_days: float, now: datetime) -> list[tuple[datetime, timedelta]]:
    """When stations measured in the past, oldest first, and how far apart: coarsely long ago, finely in the end."""
    end_s = now.timestamp() // _BACKLOG_STEP.total_seconds() * _BACKLOG_STEP.total_seconds()
    found: list[tuple[datetime, timedelta]] = []
    for length_days, step in ((days, _BACKLOG_STEP), (season_days, _SEASON_STEP)):
        step_s, count = step.total_seconds(), int(timedelta(days=length_days) / step)
        found = [
            (datetime.fromtimestamp(end_s - step_s * back, now.tzinfo), step) for back in range(count, 0, -1)
        ] + found
        end_s -= step_s * count
    return found
