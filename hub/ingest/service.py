"""What staff do with the quarantine: look at it, run a message through ingest again, or set it aside."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from hub.errors import Conflict, NotFound
from hub.ingest.admission import Admission
from hub.ingest.arrivals import Judged, read_arrival
from hub.ingest.events import Handler
from hub.ingest.instants import from_us
from hub.ingest.intake import AcceptedReadings
from hub.ingest.lorawan.storing import take_uplinks
from hub.ingest.lorawan.uplinks import is_uplink_topic
from hub.ingest.rows import gather_rows
from hub.ingest.standing import Quantity, Value, newest_values
from hub.ingest.store.events import EventFailed, Patience, lock_agents, lock_devices
from hub.ingest.store.latest import save_latest
from hub.ingest.store.quarantine import (
    QuarantinedMessage,
    QuarantineItem,
    count_quarantine,
    explain_quarantined,
    fetch_quarantine,
    lock_quarantined,
    settle_quarantined,
)
from hub.ingest.store.readings import merge_rows
from hub.ingest.storing import store_event
from hub.registry import audit
from hub.store import Connection, notify

__all__ = ["IngestAdmin", "QuarantineItem", "Replayed"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: `is_settled`, or the reason for which the message still waits (wholly or in part)."""

    is_settled: bool
    reason: str | None = None
    detail: str | None = None


class IngestAdmin:
    """The quarantine's use cases, each in the caller's transaction. `handlers` are those of the ingest processes."""

    def __init__(self, handlers: Mapping[str, Handler], late_after_s: float) -> None:
        self._handlers = dict(handlers)
        self._late_after_s = late_after_s

    def list_quarantine(
        self, conn: Connection, *, state: str | None = "waiting", before: int | None = None, limit: int = 50
    ) -> list[QuarantineItem]:
        """A page, newest first, of rows in `state` (None: all) with a number below `before`."""
        return fetch_quarantine(conn, state=state, before=before, limit=limit)

    def count_waiting(self, conn: Connection) -> int:
        """How many messages wait for somebody to look at them."""
        return count_quarantine(conn)

    def replay(self, conn: Connection, number: int, actor_id: str, now: datetime) -> Replayed:
        """Run the message through ingest again, with its original time of receipt.

        What is stored already meets its key, so doing it twice does no harm. A message that is refused again, wholly or
        in part, goes on waiting with the reason of this time. Raises NotFound, and Conflict when it is settled or was
        too large to be kept whole.
        """
        message = self._waiting(conn, number)
        if message.size_bytes > len(message.payload):
            raise Conflict("Only the beginning of this message was kept: it cannot be replayed.")
        result = self._run_again(conn, message)
        if result.is_settled:
            settle_quarantined(conn, number, "replayed", actor_id, now)
        else:
            explain_quarantined(conn, number, result.reason or "", result.detail or "")
        audit.record(conn, actor_id, "quarantine.replay", f"quarantine/{number}", now, settled=result.is_settled)
        notify(conn, "live", {"what": "quarantine", "id": str(number)})
        return result

    def discard(self, conn: Connection, number: int, actor_id: str, now: datetime) -> None:
        """Set the message aside; the row stays, marked. Raises NotFound, and Conflict when it is settled."""
        self._waiting(conn, number)
        settle_quarantined(conn, number, "discarded", actor_id, now)
        audit.record(conn, actor_id, "quarantine.discard", f"quarantine/{number}", now)
        notify(conn, "live", {"what": "quarantine", "id": str(number)})

    def _waiting(self, conn: Connection, number: int) -> QuarantinedMessage:
        message = lock_quarantined(conn, number)
        if message is None:
            raise NotFound("There is no such message in quarantine.")
        if message.state != "waiting":
            raise Conflict("Somebody has settled this message already.")
        return message

    def _run_again(self, conn: Connection, message: QuarantinedMessage) -> Replayed:
        arrival = read_arrival(message.topic, bytes(message.payload), message.received_at)
        if is_uplink_topic(message.topic):
            (judged,) = take_uplinks(conn, [arrival])
            if judged.decision.readings is not None:
                self._save_newest(conn, judged.decision.readings)
            return _result_of(judged)
        admission = Admission(lambda: nullcontext(conn), self._late_after_s, lambda: 0.0)
        (judged,) = admission.judge([arrival])
        try:
            with Patience(most=1).savepoint(conn, message.id):
                self._store(conn, judged)
        except EventFailed as failure:
            return Replayed(False, "handler_failed", f"{failure.__cause__!r:.400}")
        return _result_of(judged)

    def _store(self, conn: Connection, judged: Judged) -> None:
        event, readings = judged.decision.event, judged.decision.readings
        if event is not None:
            lock_agents(conn, [event.agent_id])
            lock_devices(conn, [event.device_key] if event.device_key is not None else [])
            store_event(conn, event, self._handlers)
        if readings is not None:
            merge_rows(conn, gather_rows([readings]))
            self._save_newest(conn, readings)

    @staticmethod
    def _save_newest(conn: Connection, readings: AcceptedReadings) -> None:
        values: dict[Quantity, Value] = {}
        newest_values(readings, values)
        save_latest(conn, {key: (from_us(m), from_us(r), value) for key, (m, r, value) in values.items()})


def _result_of(judged: Judged) -> Replayed:
    refusal = judged.decision.refusal
    return Replayed(refusal is None, refusal and refusal.reason, refusal and refusal.detail)
