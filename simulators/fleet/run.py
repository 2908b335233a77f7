"""The fleet's loop: measure what is due, let every agent send, tell how it goes."""

from __future__ import annotations

import math
import selectors
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event

from edge.config import Credentials
from edge.core.backlog import Policy
from edge.wire.codec import Message
from edge.wire.messages import ReadingsData, SprungData
from simulators import clock
from simulators.enrolment import NewDevice, enrolled_agents, registered_devices
from simulators.fleet.agent import Counts, FleetAgent
from simulators.fleet.load import QUANTITY, Load
from simulators.fleet.record import Published, Record
from simulators.hub_api import HubApi
from simulators.words import numbered
from simulators.world.sun import KISARAZU

__all__ = ["Fleet", "fleet_devices", "join_hub"]

_TICK_S = 0.02
_REPORT_S = 5.0
_BEAT_S = 60.0
_WINDOW_S = 4.0


def _policy(load: Load) -> Policy:
    """The real agent's rules at the pace of a load test: a lost hub is noticed within seconds.

    The window is the real one's 64 messages, or what an agent sends in four seconds: receipts come once a second.
    """
    window = max(64, math.ceil(_WINDOW_S * load.messages_per_s / load.agents))
    return Policy(window=window, first_s=5.0, most_s=30.0, spread_s=1.0)


def _name(number: int) -> str:
    return f"fleet-{number:04d}"


def fleet_devices(agents: int, *, traps: bool) -> list[NewDevice]:
    """One station an agent, and one trap where something is to spring."""
    devices: list[NewDevice] = []
    for number in range(agents):
        lat, lon = KISARAZU.lat + number % 100 / 2000, KISARAZU.lon + number // 100 / 2000
        name = _name(number)
        devices.append(NewDevice(f"{name}-field", name, "station", f"Fleet {number} field", lat, lon))
        if traps:
            devices.append(NewDevice(f"{name}-trap", name, "trap", f"Fleet {number} trap", lat, lon))
    return devices


def join_hub(api: HubApi, folder: Path, agents: int, *, traps: bool) -> list[Credentials]:
    """Credentials of so many agents, with their devices registered; agents of an earlier run are used again."""
    found = enrolled_agents(api, folder, [_name(number) for number in range(agents)])
    registered_devices(api, found, fleet_devices(agents, traps=traps))
    return [found[_name(number)] for number in range(agents)]


@dataclass
class Fleet:
    """Plays a load until it is stopped, or for `seconds`; then waits up to `drain_s` for the last receipts."""

    load: Load
    credentials: list[Credentials]
    record: Record
    say: Callable[[str], None]
    seconds: float | None = None
    sprung_every_s: float | None = None
    drain_s: float = 60.0
    counts: Counts = field(default_factory=Counts)
    _agents: list[FleetAgent] = field(default_factory=list[FleetAgent])
    _made: list[int] = field(default_factory=list[int])
    _sprung: int = 0

    def run(self, stop: Event, enough: Event | None = None) -> bool:
        """Play; returns whether everything that was published has its receipt.

        `enough` ends the measuring as `seconds` does: what was published may still get its receipt; `stop` ends all.
        """
        enough = enough or Event()
        with selectors.DefaultSelector() as selector:
            policy, told = _policy(self.load), self.record.receipted
            self._agents = [FleetAgent(one, selector, self.counts, policy, told) for one in self.credentials]
            self._made = [0] * len(self._agents)
            self._connect_all(selector, stop)
            began_at, began_s = clock.now(), clock.monotonic()
            end_s = None if self.seconds is None else began_s + self.seconds
            report = _Report(self, began_s)
            while not (stop.is_set() or enough.is_set()) and (end_s is None or clock.monotonic() < end_s):
                self._measure(began_at, clock.monotonic() - began_s)
                self._turn(selector, report)
            measured_s = clock.monotonic() - began_s
            self._drain(selector, report, stop)
            report.final(measured_s)
            for agent in self._agents:
                agent.close()
        return self.waiting == 0

    @property
    def waiting(self) -> int:
        """Messages without a receipt."""
        return sum(agent.waiting for agent in self._agents)

    def _connect_all(self, selector: selectors.BaseSelector, stop: Event) -> None:
        """Measuring begins when all are connected, so that the rate is the asked one from its first second."""
        silent = _Report(self, clock.monotonic())
        while self.counts.connections < len(self._agents) and not stop.is_set():
            self._turn(selector, silent)

    def _drain(self, selector: selectors.BaseSelector, report: _Report, stop: Event) -> None:
        end_s = clock.monotonic() + self.drain_s
        while self.waiting and not stop.is_set() and clock.monotonic() < end_s:
            self._turn(selector, report)

    def _turn(self, selector: selectors.BaseSelector, report: _Report) -> None:
        now_s = clock.monotonic()
        for agent in self._agents:
            agent.pump(now_s)
        for key, events in selector.select(_TICK_S):
            found: FleetAgent = key.data
            found.serve(events, now_s)
        if report.tend_due(now_s):
            for agent in self._agents:
                agent.tend(now_s)
        if report.beat_due(now_s):
            for agent in self._agents:
                agent.beat()
        report.tell(now_s)

    # -- measuring

    def _measure(self, began_at: datetime, elapsed_s: float) -> None:
        for number, agent in enumerate(self._agents):
            ready = self.load.ready_messages(number, elapsed_s)
            while self._made[number] < ready:
                self._readings(number, agent, began_at)
        if self.sprung_every_s:
            while self._sprung < elapsed_s // self.sprung_every_s:
                self._spring(self._sprung % len(self._agents))
                self._sprung += 1

    def _readings(self, number: int, agent: FleetAgent, began_at: datetime) -> None:
        batch = self.load.batch_of(number, self._made[number], began_at)
        self._made[number] += 1
        data = ReadingsData.model_construct(times=batch.times(), values={QUANTITY: list(batch.values())})
        message = Message(
            agent.credentials.agent, f"{_name(number)}-field", "readings", uuid.uuid4().hex, batch.first_at, data
        )
        self.record.published(
            Published(
                message.agent, message.device, "readings", message.id, agent.outbox, agent.next_sequence(),
                batch.first_at, batch,
            )
        )  # fmt: skip
        agent.keep(message, batch.count)

    def _spring(self, number: int) -> None:
        agent, at = self._agents[number], clock.now()
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)  # the wire carries milliseconds
        message = Message(
            agent.credentials.agent, f"{_name(number)}-trap", "sprung", uuid.uuid4().hex, at, SprungData()
        )
        self.record.published(
            Published(message.agent, message.device, "sprung", message.id, agent.outbox, agent.next_sequence(), at)
        )
        agent.keep(message, 0)


class _Report:
    """When to tell how it goes, and what."""

    def __init__(self, fleet: Fleet, began_s: float) -> None:
        self._fleet, self._began_s = fleet, began_s
        self._told_s, self._tended_s, self._beat_s = began_s, began_s, began_s
        self._before = 0

    def tend_due(self, now_s: float) -> bool:
        if now_s < self._tended_s + 1:
            return False
        self._tended_s = now_s
        return True

    def beat_due(self, now_s: float) -> bool:
        if now_s < self._beat_s + _BEAT_S:
            return False
        self._beat_s = now_s
        return True

    def tell(self, now_s: float) -> None:
        if now_s < self._told_s + _REPORT_S:
            return
        counts = self._fleet.counts
        rate = (counts.receipted_readings - self._before) / (now_s - self._told_s)
        self._told_s, self._before = now_s, counts.receipted_readings
        self._fleet.say(
            f"{now_s - self._began_s:6.0f} s  readings receipted {counts.receipted_readings:>10,}, {rate:>9,.0f}/s; "
            f"{numbered(self._fleet.waiting, 'message')} waiting, {counts.sent_again:,} sent again, "
            f"{counts.connections}/{len(self._fleet.credentials)} connected"
        )

    def final(self, measured_s: float) -> None:
        counts, took_s = self._fleet.counts, clock.monotonic() - self._began_s
        self._fleet.say(
            f"measured {numbered(counts.readings, 'reading')} in {measured_s:.1f} s "
            f"({counts.readings / measured_s:,.0f}/s), "
            f"{numbered(counts.messages, 'message')}; receipted {numbered(counts.receipted_messages, 'message')} with "
            f"{numbered(counts.receipted_readings, 'reading')} after {took_s:.1f} s; {counts.sent_again:,} sent again"
        )
