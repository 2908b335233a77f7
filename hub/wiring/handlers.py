"""What follows from what ingest has accepted: the handlers of each kind of event, each in the event's own savepoint."""

from collections.abc import Mapping, Sequence
from functools import partial

from edge.wire.messages import StatusData
from hub import clock
from hub.alerts.views import NewIncident
from hub.fields.quality.store import RefusedRow, add_refusals
from hub.ingest.events import (
    AcceptedEvent,
    Handler,
    Heard,
    HeardHandler,
    Strange,
    StrangeHandler,
    Unreadable,
    UnreadableHandler,
)
from hub.registry import service as registry
from hub.store import Connection
from hub.wiring.rooms import Rooms
from hub.wiring.surveys import take_flight, take_reply

__all__ = ["make_handlers", "make_on_heard", "make_on_strange", "make_on_unreadable"]


def make_handlers(rooms: Rooms) -> Mapping[str, Handler]:
    """The handlers by kind. A kind without one is just stored."""

    def sprung(conn: Connection, event: AcceptedEvent) -> None:
        if event.device_key is None:
            return
        now = event.received_at
        effects = rooms.traps.on_sprung(
            conn,
            event.device_key,
            occurred_at=event.occurred_at,
            uncertain=event.uncertain,
            late=event.late,
            now=now,
        )
        rooms.carry_out(conn, effects, now)

    def reset(conn: Connection, event: AcceptedEvent) -> None:
        if event.device_key is not None:
            effects = rooms.traps.on_reset(conn, event.device_key, at=event.occurred_at, now=event.received_at)
            rooms.carry_out(conn, effects, event.received_at)

    def status(conn: Connection, event: AcceptedEvent) -> None:
        if not isinstance(event.data, StatusData):
            return
        if event.device_key is None:
            registry.on_status(conn, event.agent_id, event.data, event.received_at)
        elif event.device_kind == "trap" and event.data.state != "offline":
            # A status that no outbox kept is about now, whatever the agent's clock says.
            at = event.received_at if event.outbox is None else event.occurred_at
            effects = rooms.traps.on_heard(conn, event.device_key, line=event.data.line, at=at, now=event.received_at)
            rooms.carry_out(conn, effects, event.received_at)

    return {
        "sprung": sprung,
        "reset": reset,
        "status": status,
        "reply": partial(take_reply, rooms.flying),
        "flight": partial(take_flight, rooms.flying),
    }


def make_on_heard(rooms: Rooms) -> HeardHandler:
    """Readings and other words of a trap keep it from counting as silent."""

    def on_heard(conn: Connection, heard: Sequence[Heard]) -> None:
        traps = sorted((one for one in heard if one.device_kind == "trap"), key=lambda one: one.device_key)
        rooms.traps.hold(conn, [one.device_key for one in traps])
        now = clock.now()
        for one in traps:
            rooms.carry_out(conn, rooms.traps.on_heard(conn, one.device_key, at=one.at, now=now), now)

    return on_heard


def make_on_unreadable(rooms: Rooms) -> UnreadableHandler:
    """A trap's message that nobody can read may have been a firing: staff are told before it is receipted."""

    def on_unreadable(conn: Connection, message: Unreadable) -> None:
        if message.agent_id is None:
            return
        new = NewIncident(
            "trap_unreadable",
            message.device_key,
            message.agent_id,
            message.received_at,
            uncertain=True,
            detail={"topic": message.topic, "reason": message.reason, "detail": message.detail},
        )
        rooms.alerts.open_incident(conn, new, message.received_at)

    return on_unreadable


def make_on_strange() -> StrangeHandler:
    """Whoever judges a sensor must know that its values are missing because they cannot be."""

    def on_strange(conn: Connection, strange: Sequence[Strange]) -> None:
        rows = [
            RefusedRow(one.device_key, one.quantity, one.measured_at, one.received_at, one.value) for one in strange
        ]
        add_refusals(conn, rows)

    return on_strange
