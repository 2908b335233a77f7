"""Retention in the database: policies, chunks of readings, bounded deletes."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from hub.fields.retention.policies import Policy, Server, What
from hub.store import Connection, Queries

__all__ = [
    "Chunk", "add_policy", "convert_chunk", "drop_chunk", "drop_some", "fetch_oldest_chunk", "fetch_policies",
    "fetch_server", "fetch_uncompressed_chunk", "is_rolled_up", "lock_chunk",
]  # fmt: skip

_queries = Queries.beside(__file__)
_DROPS: dict[What, str] = {
    "heartbeats": "drop_heartbeats", "quarantine": "drop_quarantined", "notices": "drop_notices",
    "flights": "drop_flights",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of `reading`, which holds [since, until)."""

    schema: str
    name: str
    since: datetime
    until: datetime


def fetch_policies(conn: Connection) -> list[Policy]:
    """All policies, also those of the past and of the future."""
    return _queries.all(conn, "fetch_policies", Policy)


def add_policy(conn: Connection, policy: Policy) -> None:
    """Write a policy; of two of one day the later one holds."""
    _queries.run(
        conn, "add_policy", what=policy.what, since=policy.since, keep_days=policy.keep_days, source=policy.source
    )


def fetch_server(conn: Connection) -> Server:
    """What the database says of itself."""
    return _queries.one(conn, "fetch_server", Server) or Server("apache", False)


def fetch_oldest_chunk(conn: Connection, before: datetime) -> Chunk | None:
    """The oldest chunk that lies wholly before an instant."""
    return _queries.one(conn, "fetch_oldest_chunk", Chunk, before=before)


def fetch_uncompressed_chunk(conn: Connection, before: datetime) -> Chunk | None:
    """The oldest chunk before an instant that may go into the columnstore."""
    return _queries.one(conn, "fetch_uncompressed_chunk", Chunk, before=before)


def lock_chunk(conn: Connection, chunk: Chunk) -> None:
    """Keep writers out of a chunk until the transaction ends; gives up after a second, so that they never queue."""
    conn.execute("set local lock_timeout = '1s'")
    conn.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(chunk.schema, chunk.name)))


def is_rolled_up(conn: Connection, chunk: Chunk) -> bool:
    """Whether all readings up to a chunk's end are in the rollups."""
    return not (
        _queries.value(conn, "has_due", until=chunk.until)
        or _queries.value(conn, "has_unreached", since=chunk.since, until=chunk.until)
    )


def drop_chunk(conn: Connection, chunk: Chunk, now: datetime) -> None:
    """Drop a chunk that is the oldest one, and write down that its hours are final."""
    _queries.run(conn, "add_drop", until=chunk.until, now=now)
    _queries.value(conn, "drop_chunks", since=chunk.since, until=chunk.until)


def drop_some(conn: Connection, what: What, before: datetime, most: int) -> int:
    """Delete at most so many old rows of something that is no reading; returns how many."""
    return _queries.run(conn, _DROPS[what], before=before, most=most)


def convert_chunk(conn: Connection, chunk: Chunk) -> None:
    """Put a chunk into the columnstore. Only for a server that `has_columnstore` says yes of."""
    conn.execute("set local lock_timeout = '1s'")
    conn.execute(
        "alter table reading set (timescaledb.enable_columnstore = true,"
        " timescaledb.segmentby = 'device_id', timescaledb.orderby = 'measured_at')"
    )
    conn.execute("call convert_to_columnstore(%s::regclass)", (f'"{chunk.schema}"."{chunk.name}"',))
