"""The ways by which a person can be told (LINE, web push, others): linked by the person, ended when they fail."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.registry.audit import SYSTEM, record
from hub.registry.people import Actor
from hub.store import Connection, Queries

__all__ = [
    "Way", "add_way", "end_way", "fetch_all_ways", "fetch_order", "fetch_way_of_address", "fetch_ways",
    "person_of_address", "save_channels",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a person. `address` and `detail` are secrets: whoever knows them can send."""

    id: int
    person_id: str
    channel: str
    address: str
    detail: Mapping[str, object]
    label: str
    created_at: datetime


def add_way(
    conn: Connection,
    person_id: str,
    channel: str,
    address: str,
    now: datetime,
    *,
    detail: Mapping[str, object] | None = None,
    label: str = "",
) -> int:
    """Link a way; returns its id. The same address of somebody else ends there, the same of the person is renewed."""
    _queries.run(conn, "end_way_by_address", channel=channel, address=address, why="linked again", now=now)
    way_id: int = _queries.value(
        conn, "add_way", person_id=person_id, channel=channel, address=address,
        detail=json.dumps(detail or {}), label=label, now=now,
    )  # fmt: skip
    record(conn, SYSTEM, "link", f"way/{way_id}", now, person=person_id, channel=channel)
    return way_id


def end_way(conn: Connection, way_id: int, why: str, now: datetime, actor: Actor | None = None) -> bool:
    """A way works no more, or its owner does not want it; False when it had ended before."""
    if _queries.run(conn, "end_way", id=way_id, why=why, now=now) == 0:
        return False
    record(conn, actor or SYSTEM, "unlink", f"way/{way_id}", now, why=why)
    return True


def fetch_ways(conn: Connection, person_id: str, channel: str | None = None) -> list[Way]:
    """A person's living ways, oldest first; of one channel only where it is named."""
    return _queries.all(conn, "fetch_ways", Way, person_id=person_id, channel=channel)


def fetch_all_ways(conn: Connection) -> list[Way]:
    """Every living way of active people, by person."""
    return _queries.all(conn, "fetch_all_ways", Way)


def fetch_way_of_address(conn: Connection, channel: str, address: str) -> Way | None:
    """The living way with this address, or None."""
    return _queries.one(conn, "fetch_way_of_address", Way, channel=channel, address=address)


def person_of_address(conn: Connection, channel: str, address: str) -> str | None:
    """The active person whom a living address belongs to (who answers there), or None."""
    person_id: str | None = _queries.value(conn, "person_of_address", channel=channel, address=address)
    return person_id


def fetch_order(conn: Connection, person_id: str) -> list[str]:
    """A person's own order of channels, the best first; empty for the town's."""
    return list(_queries.value(conn, "fetch_order", id=person_id) or ())


def save_channels(conn: Connection, actor: Actor, channels: Sequence[str] | None, now: datetime) -> None:
    """The actor's own order of channels, the best first; None goes back to the town's."""
    _queries.run(conn, "save_channels", id=actor.person_id, channels=None if channels is None else list(channels))
    record(conn, actor, "set_channels", f"person/{actor.person_id}", now, channels=list(channels or ()))
