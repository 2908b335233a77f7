"""Stores judged batches: readings in one way, events in another, each in transactions of its own.

Events: one transaction a batch, one savepoint an event. A handler that fails puts its event into quarantine and stops
no other. Readings: appended as if all were new; if one was not, the batch goes again through merging.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from hub.errors import Unavailable
from hub.ingest import metrics
from hub.ingest.admission import STRANGER, Admission, Transaction
from hub.ingest.arrivals import Arrival, Judged, in_order
from hub.ingest.events import AcceptedEvent, Handler, StrangeHandler, Unreadable, UnreadableHandler
from hub.ingest.intake import Decision, Refusal
from hub.ingest.rows import gather_rows, split_by_age
from hub.ingest.store import events as event_store
from hub.ingest.store import quarantine as quarantine_store
from hub.ingest.store import readings as reading_store
from hub.ingest.store.events import EventFailed, Patience
from hub.ingest.store.names import is_writable
from hub.store import Connection, notify

__all__ = ["EventStorer", "LastResort", "Quarantine", "ReadingStorer", "Storer", "store_event"]

_log = structlog.get_logger(__name__)
# Reasons for which nobody could read the message at all; of a trap, that is a person's business.
_UNREADABLE = frozenset({"bad_topic", "too_large", "malformed", "unknown_kind", "schema", "identity", "not_stored"})


class Storer(Protocol):
    """What a writer hands its batches to."""

    def store(self, arrivals: Sequence[Arrival]) -> list[Judged]:
        """Store one batch for good before returning, and say what was made of it.

        Raises Unavailable when the database could not be used.
        """
        ...


class Quarantine:
    """Puts refused messages away and tells who must know, in the caller's transaction."""

    def __init__(self, on_unreadable: UnreadableHandler | None, on_strange: StrangeHandler | None = None) -> None:
        self._on_unreadable = on_unreadable
        self._on_strange = on_strange

    def keep(self, conn: Connection, refused: Sequence[tuple[Judged, Refusal]], patience: Patience) -> None:
        """Write the rows, call the hook for what a trap may be behind, and tell open pages."""
        if not refused:
            return
        numbers = quarantine_store.add_quarantined(conn, [_quarantined(judged, why) for judged, why in refused])
        strange = [one for judged, _ in refused for one in judged.decision.strange]
        if self._on_strange is not None and strange:
            try:
                with patience.savepoint(conn, "strange"):
                    self._on_strange(conn, strange)
            except EventFailed as failure:
                _log.error("on_strange_failed", readings=len(strange), exc_info=failure.__cause__)
        if self._on_unreadable is not None:
            for place, (judged, why) in enumerate(refused):
                if _concerns_a_trap(judged, why):
                    self._tell(conn, self._on_unreadable, _unreadable(judged, why), place, patience)
        notify(conn, "live", {"what": "quarantine", "id": str(max(numbers))})

    @staticmethod
    def _tell(conn: Connection, hook: UnreadableHandler, message: Unreadable, place: int, patience: Patience) -> None:
        try:
            with patience.savepoint(conn, ("quarantine", place)):
                hook(conn, message)
        except EventFailed as failure:
            _log.error("on_unreadable_failed", topic=message.topic, exc_info=failure.__cause__)


def _quarantined(judged: Judged, why: Refusal) -> quarantine_store.Quarantined:
    arrival = judged.arrival
    agent = arrival.topic.agent if arrival.topic is not None else None
    return quarantine_store.Quarantined(
        arrival.name, arrival.payload, why.reason, why.detail, agent, arrival.received_at
    )


def _concerns_a_trap(judged: Judged, why: Refusal) -> bool:
    """Whatever is refused of a `sprung`, and what a trap says that nobody can read."""
    topic, device = judged.arrival.topic, judged.sender.device
    if topic is None:
        return False
    return topic.kind == "sprung" or (device is not None and device.kind == "trap" and why.reason in _UNREADABLE)


def _unreadable(judged: Judged, why: Refusal) -> Unreadable:
    arrival, device = judged.arrival, judged.sender.device
    agent = arrival.topic.agent if arrival.topic is not None and judged.sender.agent_known else None
    own = device if device is not None and device.agent_id == agent else None
    return Unreadable(
        topic=arrival.name,
        reason=why.reason,
        detail=why.detail,
        agent_id=agent,
        device_key=own.key if own is not None else None,
        device_kind=own.kind if own is not None else None,
        received_at=arrival.received_at,
    )


def _refused(judged: Iterable[Judged]) -> list[tuple[Judged, Refusal]]:
    return [(one, one.decision.refusal) for one in judged if one.decision.refusal is not None]


def _count_refused(refused: Iterable[tuple[Judged, Refusal]]) -> None:
    counts: dict[str, int] = {}
    for _, why in refused:
        counts[why.reason] = counts.get(why.reason, 0) + 1
    for reason, count in counts.items():
        metrics.REFUSED.labels(reason).inc(count)
    if counts:
        _log.warning("refused", **counts)


class LastResort:
    """Puts a message away over which we ourselves have failed."""

    def __init__(self, transaction: Transaction, quarantine: Quarantine) -> None:
        self._transaction = transaction
        self._quarantine = quarantine

    def can_write(self) -> bool:
        """Whether the database answers, and takes writes."""
        try:
            with self._transaction() as conn:
                return is_writable(conn)
        except Unavailable:
            return False

    def keep(self, arrival: Arrival, error: Exception) -> list[Judged]:
        """Quarantine it as `not_stored`; nothing comes back (and no receipt is given) when even that fails.

        Raises Unavailable when it is the database's fault after all.
        """
        why = Refusal("not_stored", f"{error!r:.400}")
        judged = Judged(arrival, STRANGER, Decision(refusal=why))
        try:
            if not self.can_write():
                raise Unavailable("The database takes no writes at present.")
            with self._transaction() as conn:
                self._quarantine.keep(conn, [(judged, why)], Patience(most=1))
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001  # there is no further resort; the agent keeps the message and sends it again
            _log.exception("message_lost", topic=arrival.name, bytes=len(arrival.payload))
            metrics.UNSTORED.inc()
            return []
        _count_refused([(judged, why)])
        return [judged]


# --- readings ---------------------------------------------------------------------------------------------------------


class ReadingStorer:
    """Stores batches of readings (and refuses what came on their path and is none)."""

    def __init__(self, transaction: Transaction, admission: Admission, quarantine: Quarantine) -> None:
        self._transaction = transaction
        self._admission = admission
        self._quarantine = quarantine
        self._newest_us: dict[int, int] = {}

    def store(self, arrivals: Sequence[Arrival]) -> list[Judged]:
        """Rows first, in one transaction, then what was refused, in another."""
        judged = self._admission.judge(arrivals)
        accepted = [one.decision.readings for one in judged if one.decision.readings is not None]
        batch = gather_rows(accepted)
        fresh, known = split_by_age(batch, self._newest_us)
        try:
            with reading_store.refuse_duplicates(), self._transaction() as conn:
                reading_store.copy_rows(conn, fresh)
                reading_store.merge_rows(conn, known)
        except reading_store.Duplicates:
            with self._transaction() as conn:
                reading_store.merge_rows(conn, batch)
        for device, measured in batch.rows:
            if self._newest_us.get(device, measured) <= measured:
                self._newest_us[device] = measured
        metrics.ROWS.inc(sum(len(readings.times_us) for readings in accepted))
        refused = _refused(judged)
        if refused:
            patience = Patience()
            patience.run(lambda: self._refuse(refused, patience))
            _count_refused(refused)
        return judged

    def _refuse(self, refused: Sequence[tuple[Judged, Refusal]], patience: Patience) -> None:
        with self._transaction() as conn:
            self._quarantine.keep(conn, refused, patience)


# --- events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    known: int
    refused: list[tuple[Judged, Refusal]]


class EventStorer:
    """Stores batches of events and calls their handlers."""

    def __init__(
        self, transaction: Transaction, admission: Admission, quarantine: Quarantine, handlers: Mapping[str, Handler]
    ) -> None:
        self._transaction = transaction
        self._admission = admission
        self._quarantine = quarantine
        self._handlers = dict(handlers)

    def store(self, arrivals: Sequence[Arrival]) -> list[Judged]:
        """The whole batch in one transaction: events, what their handlers did, what was refused."""
        judged = self._admission.judge(arrivals)
        patience = Patience()
        outcome = patience.run(lambda: self._store_all(judged, patience))
        metrics.DUPLICATES.inc(outcome.known)
        _count_refused(outcome.refused)
        return judged

    def _store_all(self, judged: Sequence[Judged], patience: Patience) -> _Outcome:
        refused = _refused(judged)
        happened = [(one, event) for one in in_order(judged) if (event := one.decision.event) is not None]
        with self._transaction() as conn:
            stored = event_store.fetch_known_events(conn, {(event.source, event.id) for _, event in happened})
            new = [(one, event) for one, event in happened if (event.source, event.id) not in stored]
            event_store.lock_agents(conn, {event.agent_id for _, event in new})
            event_store.lock_devices(conn, {event.device_key for _, event in new if event.device_key is not None})
            known = len(happened) - len(new)
            for one, event in new:
                try:
                    with patience.savepoint(conn, ("event", event.source, event.id)):
                        known += not store_event(conn, event, self._handlers)
                except EventFailed as failure:
                    _log.error("event_failed", topic=one.arrival.name, event_id=event.id, exc_info=failure.__cause__)
                    refused.append((one, Refusal("handler_failed", f"{failure.__cause__!r:.400}")))
            self._quarantine.keep(conn, refused, patience)
        return _Outcome(known, refused)


def store_event(conn: Connection, event: AcceptedEvent, handlers: Mapping[str, Handler]) -> bool:
    """Store one event and call its kind's handler, if there is one; False, and no call, when it was stored before."""
    if not event_store.add_event(conn, event):
        return False
    handler = handlers.get(event.kind)
    if handler is not None:
        handler(conn, event)
    return True
