"""Events: each stored once, in an order of locks that never makes a circle, each in a savepoint of its own."""

from collections import Counter
from collections.abc import Callable, Collection, Generator, Hashable
from contextlib import contextmanager
from dataclasses import dataclass
from random import SystemRandom
from threading import Event
from typing import TypeVar

import psycopg
from psycopg.types.json import Jsonb

from hub.ingest.events import AcceptedEvent
from hub.store import Connection, Queries

__all__ = [
    "EventFailed", "Patience", "TryAgain", "add_event", "fetch_known_events", "lock_agents", "lock_devices",
]  # fmt: skip

_queries = Queries.beside(__file__)
_THROWN_OUT_MOST = 3
# short enough that nobody who stops the process waits for it
_FIRST_REST_S, _LONGEST_REST_S = 0.1, 0.4
_dice = SystemRandom()

Result = TypeVar("Result")


class TryAgain(Exception):
    """The database has thrown a part of the transaction out; the whole of it may well succeed now."""


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


class Patience:
    """Savepoints whose parts the database may throw out (a deadlock, a time limit) some times before they fail.

    One for all tries of one transaction. A part that is thrown out while the connection lives raises TryAgain, upon
    which the caller begins the whole transaction again; after `most` times it raises EventFailed, like a part that
    fails for any other reason. A lost connection passes through.
    """

    def __init__(self, most: int = _THROWN_OUT_MOST, rest: Callable[[float], object] | None = None) -> None:
        self._most = most
        self._rest = rest or Event().wait
        self._thrown_out: Counter[Hashable] = Counter()

    @contextmanager
    def savepoint(self, conn: Connection, part: Hashable) -> Generator[None]:
        """Undo the block alone when it fails. `part` names it among the parts of the transaction."""
        try:
            with conn.transaction():
                yield
        except psycopg.OperationalError as error:
            if conn.closed:
                raise
            self._thrown_out[part] += 1
            raise (EventFailed if self._thrown_out[part] >= self._most else TryAgain) from error
        except Exception as error:
            raise EventFailed from error

    def run(self, act: Callable[[], Result]) -> Result:
        """Do something, again for as long as it raises TryAgain, after a rest that is longer each time.

        Whoever is thrown out of a deadlock and begins at once can take the freed lock before the one that waits for
        it has woken, and both stand as before.
        """
        longest_s = _FIRST_REST_S
        while True:
            try:
                return act()
            except TryAgain:
                self._rest(_dice.uniform(longest_s / 2, longest_s))
                longest_s = min(2 * longest_s, _LONGEST_REST_S)
