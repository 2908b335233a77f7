"""Applying what is kept how long: each step in the caller's transaction, small enough that nobody waits for it."""

from datetime import datetime
from typing import get_args

import structlog

from hub.errors import Invalid
from hub.fields.retention import store
from hub.fields.retention.policies import (
    COLUMNSTORE_AFTER,
    Policy,
    What,
    current,
    has_columnstore,
    keep_since,
)
from hub.fields.rollups.store.rolling import try_lock
from hub.registry import audit
from hub.store import Connection

__all__ = ["apply_step", "change_policy", "fetch_policies", "uses_columnstore"]

_log = structlog.get_logger(__name__)
_MOST_ROWS = 2_000


def fetch_policies(conn: Connection, now: datetime) -> dict[What, Policy]:
    """What holds now, by what it is about."""
    return current(store.fetch_policies(conn), now.date())


def change_policy(conn: Connection, what: str, keep_days: int | None, source: str, now: datetime) -> None:
    """From today on something is kept for so many days (None: for ever). Raises Invalid for what there is not."""
    for known in get_args(What):
        if known == what:
            if keep_days is not None and keep_days < 30:
                raise Invalid("Nothing is dropped before it is 30 days old.")
            store.add_policy(conn, Policy(known, now.date(), keep_days, source))
            audit.record(conn, audit.SYSTEM, "retention.change", f"retention/{what}", now, days=keep_days, why=source)
            return
    raise Invalid(f"{what!r} has no retention: one of {', '.join(get_args(What))}")


def uses_columnstore(conn: Connection) -> bool:
    """Whether this server's licence has the columnstore."""
    return has_columnstore(store.fetch_server(conn))


def apply_step(conn: Connection, now: datetime) -> bool:
    """Drop some of what is too old, and say whether there may be more. Works at a chunk or 2,000 rows a thing."""
    policies = fetch_policies(conn, now)
    more = False
    for what in ("heartbeats", "quarantine", "notices", "flights"):
        before = keep_since(policies.get(what), now)
        dropped = store.drop_some(conn, what, before, _MOST_ROWS) if before else 0
        if dropped:
            _log.info("dropped", what=what, rows=dropped, before=str(before))
        more |= dropped == _MOST_ROWS
    before = keep_since(policies.get("readings"), now)
    if before is not None and _drop_readings(conn, before, now):
        return True
    return _compress(conn, now) or more


def _drop_readings(conn: Connection, before: datetime, now: datetime) -> bool:
    """Drop the oldest chunk if it is too old and all of it is rolled up.

    The order holds against writers: nobody rolls up or drops beside us, then nobody writes into the chunk any more, and
    only then do we look whether somebody has written what is not rolled up.
    """
    chunk = store.fetch_oldest_chunk(conn, before)
    if chunk is None or not try_lock(conn):
        return False
    store.lock_chunk(conn, chunk)
    if not store.is_rolled_up(conn, chunk):
        _log.info("not_dropped", what="readings", until=str(chunk.until), reason="not rolled up yet")
        return False
    store.drop_chunk(conn, chunk, now)
    audit.record(conn, audit.SYSTEM, "retention.drop", "retention/readings", now, since=chunk.since, until=chunk.until)
    _log.info("dropped", what="readings", since=str(chunk.since), until=str(chunk.until))
    return True


def _compress(conn: Connection, now: datetime) -> bool:
    if not uses_columnstore(conn):
        return False
    chunk = store.fetch_uncompressed_chunk(conn, now - COLUMNSTORE_AFTER)
    if chunk is None or not try_lock(conn):
        return False
    store.convert_chunk(conn, chunk)
    _log.info("into_columnstore", since=str(chunk.since), until=str(chunk.until))
    return True
