"""Judges arrivals: asks the registry for their senders, the database for their boots' offsets, then lets intake decide.

What the registry says is remembered only where it admits: whatever would be refused is looked up again, so that a
device is accepted in the moment after its registration. A flood of unknown names costs one statement a batch.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from edge.wire.topics import NOBODY
from hub.ingest.arrivals import Arrival, Judged
from hub.ingest.intake import Decision, DeviceRef, Sender, boot_of, decide, decide_offset, decide_sender
from hub.ingest.store import names as store
from hub.store import Connection

__all__ = ["STRANGER", "Admission", "Transaction"]

Transaction = Callable[[], AbstractContextManager[Connection]]
"""Begins a transaction, or joins one."""

STRANGER = Sender(agent_known=False, device=None)
"""Nobody that we know."""
_REMEMBER_S = 60.0
_MOST_BOOTS = 20_000

Name = tuple[str, str]


class Admission:
    """Judges batches of arrivals. One for each thread; it remembers what it has looked up."""

    def __init__(self, transaction: Transaction, late_after_s: float, clock_s: Callable[[], float]) -> None:
        self._transaction = transaction
        self._late_after_s = late_after_s
        self._clock_s = clock_s
        self._agents: dict[str, float] = {}
        self._devices: dict[str, tuple[DeviceRef, float]] = {}
        self._offsets: OrderedDict[Name, int] = OrderedDict()

    def judge(self, arrivals: Sequence[Arrival]) -> list[Judged]:
        """What becomes of each, in the same order; raises Unavailable when the database cannot be asked."""
        senders = self._senders({(a.topic.agent, a.topic.device) for a in arrivals if a.topic is not None})
        offsets = self._boot_offsets(arrivals, senders)
        return [self._judge_one(arrival, senders, offsets) for arrival in arrivals]

    def _judge_one(self, arrival: Arrival, senders: Mapping[Name, Sender], offsets: Mapping[Name, int]) -> Judged:
        topic, message = arrival.topic, arrival.message
        sender = senders[topic.agent, topic.device] if topic is not None else STRANGER
        if message is None:
            return Judged(arrival, sender, Decision(refusal=arrival.fault))
        boot = boot_of(message)
        offset = offsets.get(boot) if boot is not None else None
        return Judged(arrival, sender, decide(message, sender, offset, arrival.received_at, self._late_after_s))

    def _senders(self, wanted: Collection[Name]) -> dict[Name, Sender]:
        now_s = self._clock_s()
        found = {name: self._remembered(*name, now_s) for name in wanted}
        missing = [name for name, sender in found.items() if sender is None]
        if missing:
            agents = {agent for agent, _ in missing if agent != NOBODY}
            devices = {device for _, device in missing if device != NOBODY}
            with self._transaction() as conn:
                known = store.fetch_agents(conn, agents)
                refs = {ref.id: ref for ref in store.fetch_devices(conn, devices)}
            self._agents.update(dict.fromkeys(known, now_s + _REMEMBER_S))
            self._devices.update({ref.id: (ref, now_s + _REMEMBER_S) for ref in refs.values()})
            for agent, device in missing:
                found[agent, device] = Sender(agent in known, refs.get(device))
        return {name: sender for name, sender in found.items() if sender is not None}

    def _remembered(self, agent: str, device: str, now_s: float) -> Sender | None:
        """What was looked up not long ago, if it admits."""
        if self._agents.get(agent, 0.0) < now_s:
            return None
        if device == NOBODY:
            return Sender(agent_known=True, device=None)
        ref, until_s = self._devices.get(device, (None, 0.0))
        if ref is None or until_s < now_s or ref.agent_id != agent:
            return None
        return Sender(agent_known=True, device=ref)

    def _boot_offsets(self, arrivals: Sequence[Arrival], senders: Mapping[Name, Sender]) -> Mapping[Name, int]:
        """Offsets of the boots that these arrivals need; those that have none yet get theirs, once and for all.

        In a transaction of its own: an offset is true whatever becomes of the batch, and no other process waits for it.
        """
        offsets: dict[Name, int] = {}
        missing: set[Name] = set()
        proposals: dict[Name, tuple[int, datetime]] = {}
        for arrival in arrivals:
            message = arrival.message
            boot = boot_of(message) if message is not None else None
            if message is None or boot is None or boot in offsets:
                continue
            if boot in self._offsets:
                offsets[boot] = self._offsets[boot]
                continue
            sender = senders[message.agent, message.device]
            if decide_sender(message.agent, message.device, message.kind, sender) is not None:
                continue
            missing.add(boot)
            offset = decide_offset(message, arrival.received_at)
            if offset is not None:
                proposals.setdefault(boot, (offset, arrival.received_at))
        if missing:
            with self._transaction() as conn:
                store.fix_offsets(conn, proposals)
                fetched = store.fetch_offsets(conn, missing)
            offsets.update(fetched)
            self._offsets.update(fetched)
            while len(self._offsets) > _MOST_BOOTS:
                self._offsets.popitem(last=False)
        return offsets
