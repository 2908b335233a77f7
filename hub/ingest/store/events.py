"""Events: each stored once, in an order of locks that never makes a circle, each in a savepoint of its own."""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.types.json import Jsonb

from hub.ingest.events import AcceptedEvent
from hub.store import Connection, Queries

__all__ = ["EventFailed", "add_event", "fetch_known_events", "lock_agents", "lock_devices", "savepoint"]

_queries = Queries.beside(__file__)


class EventFailed(Exception):
    """One event could not be stored or handled; the others can. The cause is the exception's `__cause__`."""


@dataclass(frozen=True, slots=True)
class _EventKey:
    source: str
    event_id: str


def fetch_known_events(conn: Connection, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (source, id) that are stored already."""
    if not keys:
        return set()
    sources, ids = [source for source, _ in keys], [event_id for _, event_id in keys]
    rows = _queries.all(conn, "fetch_known_events", _EventKey, sources=sources, ids=ids)
    return {(row.source, row.event_id) for row in rows}


def lock_agents(conn: Connection, ids: Collection[str]) -> None:
    """Hold these agents' rows until the transaction ends."""
    if ids:
        _queries.run(conn, "lock_agents", ids=list(ids))


def lock_devices(conn: Connection, keys: Collection[int]) -> None:
    """Hold these devices' rows until the transaction ends; after the agents, never before."""
    if keys:
        _queries.run(conn, "lock_devices", keys=list(keys))


def add_event(conn: Connection, event: AcceptedEvent) -> bool:
    """Store an event; False when it was stored before."""
    return (
        _queries.value(
            conn,
            "add_event",
            source=event.source,
            event_id=event.id,
            agent_id=event.agent_id,
            device_key=event.device_key,
            kind=event.kind,
            outbox=event.outbox,
            sequence=event.sequence,
            occurred_at=event.occurred_at,
            time_quality=event.time_quality,
            received_at=event.received_at,
            late=event.late,
            data=Jsonb(event.data.model_dump(mode="json")),
        )
        is not None
    )


@contextmanager
def savepoint(conn: Connection, *, patient: bool = True) -> Generator[None]:
    """Undo the block alone when it fails, and raise EventFailed from what went wrong.

    While `patient`, trouble of the database itself (a deadlock, a lost connection) passes through, since the whole
    transaction will be tried again; after some tries it counts as the block's own, so long as the connection lives.
    """
    try:
        with conn.transaction():
            yield
    except psycopg.OperationalError as error:
        if patient or conn.closed:
            raise
        raise EventFailed from error
    except Exception as error:
        raise EventFailed from error
