"""What changes with every message and is saved only once a second: latest values, when agents and devices were heard.

Saving it with every batch would cost nearly half of the throughput (upserts of few rows, over and over). What a process
that dies had not saved is found again at the next start, from the readings themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

import structlog

from hub.ingest.admission import Transaction
from hub.ingest.arrivals import Judged
from hub.ingest.events import Heard, HeardHandler
from hub.ingest.instants import from_us
from hub.ingest.intake import AcceptedReadings
from hub.ingest.store import latest as store
from hub.ingest.store.events import EventFailed, Patience
from hub.store import Connection, notify

__all__ = ["Standing", "newest_values"]

_log = structlog.get_logger(__name__)
_MOST_NOTICES = 200
"""Most notices to open pages in one second; what is left goes out with the next."""

Quantity = tuple[int, str]
Value = tuple[int, int, float]
"""Measured, received (both microseconds since 2000), value."""


@dataclass(slots=True)
class _Notes:
    """Newest values, newest signs of life, and the ids of the devices whose pages should look again."""

    values: dict[Quantity, Value] = field(default_factory=dict[Quantity, Value])
    agents: dict[str, datetime] = field(default_factory=dict[str, datetime])
    devices: dict[int, Heard] = field(default_factory=dict[int, Heard])
    changed: dict[str, None] = field(default_factory=dict[str, None])

    def __bool__(self) -> bool:
        return bool(self.values or self.agents or self.devices or self.changed)

    def absorb(self, other: "_Notes") -> None:
        """Take over what is newer there."""
        for quantity, value in other.values.items():
            known = self.values.get(quantity)
            if known is None or known[0] < value[0]:
                self.values[quantity] = value
        for agent, at in other.agents.items():
            self.agents[agent] = max(at, self.agents.get(agent, at))
        for heard in other.devices.values():
            self.add_heard(heard)
        self.changed.update(other.changed)

    def add_heard(self, heard: Heard) -> None:
        known = self.devices.get(heard.device_key)
        if known is None or known.at < heard.at:
            self.devices[heard.device_key] = heard


class Standing:
    """Collects from the writers, saves from one thread."""

    def __init__(self, on_heard: HeardHandler | None = None) -> None:
        self._on_heard = on_heard
        self._lock = Lock()
        self._notes = _Notes()

    def note(self, judged: Iterable[Judged]) -> None:
        """Take over what was just committed."""
        notes = _Notes()
        for one in judged:
            topic, readings, event = one.arrival.topic, one.decision.readings, one.decision.event
            if topic is not None and one.sender.agent_known:
                received_at = one.arrival.received_at
                notes.agents[topic.agent] = max(received_at, notes.agents.get(topic.agent, received_at))
            if readings is not None:
                newest_values(readings, notes.values)
                notes.add_heard(_heard_by(readings))
                notes.changed[readings.device.id] = None
            elif event is not None and event.device_key is not None:
                # What no outbox kept is about now, however slow the agent's clock is.
                at = event.received_at if event.outbox is None else min(event.occurred_at, event.received_at)
                notes.add_heard(Heard(event.device_key, event.device_id or "", event.device_kind or "", at))
        with self._lock:
            self._notes.absorb(notes)

    def flush(self, transaction: Transaction) -> None:
        """Save what was collected; what could not be saved stays for the next time. Raises Unavailable."""
        with self._lock:
            notes, self._notes = self._notes, _Notes()
        if not notes:
            return
        try:
            with transaction() as conn:
                self._save(conn, notes)
        except BaseException:
            with self._lock:
                self._notes.absorb(notes)
            raise
        with self._lock:
            self._notes.changed.update(dict.fromkeys(list(notes.changed)[_MOST_NOTICES:]))

    def _save(self, conn: Connection, notes: _Notes) -> None:
        newest = {
            key: (from_us(measured), from_us(received), value)
            for key, (measured, received, value) in notes.values.items()
        }
        store.save_latest(conn, newest)
        store.save_agents_heard(conn, notes.agents)
        store.save_devices_heard(conn, {key: heard.at for key, heard in notes.devices.items()})
        if self._on_heard is not None and notes.devices:
            try:
                with Patience(most=1).savepoint(conn, "on_heard"):
                    self._on_heard(conn, [notes.devices[key] for key in sorted(notes.devices)])
            except EventFailed as failure:
                _log.error("on_heard_failed", exc_info=failure.__cause__)
        for device in list(notes.changed)[:_MOST_NOTICES]:
            notify(conn, "live", {"what": "reading", "id": device})


def newest_values(readings: AcceptedReadings, values: dict[Quantity, Value]) -> None:
    """Put the newest value of each quantity into `values` where it is newer than what is there."""
    times, key, received = readings.times_us, readings.device.key, readings.received_us
    last = times.index(max(times))
    for name, column in readings.columns.items():
        at = last
        if column[at] is None:
            present = [index for index, value in enumerate(column) if value is not None]
            if not present:
                continue
            at = max(present, key=times.__getitem__)
        value = column[at]
        known = values.get((key, name))
        if value is not None and (known is None or known[0] < times[at]):
            values[key, name] = (times[at], received, value)


def _heard_by(readings: AcceptedReadings) -> Heard:
    device = readings.device
    return Heard(device.key, device.id, device.kind, from_us(min(max(readings.times_us), readings.received_us)))
