"""Quarantine: messages that were not stored, each once, bounded, until a person replays or discards them."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.wire.codec import MAX_BYTES, MAX_PHOTO_BYTES
from hub.store import Connection, Queries

__all__ = [
    "QuarantineItem", "Quarantined", "QuarantinedMessage", "add_quarantined", "count_quarantine", "explain_quarantined",
    "fetch_quarantine", "lock_quarantined", "prune_quarantine", "settle_quarantined",
]  # fmt: skip

_queries = Queries.beside(__file__)
_EXCERPT_BYTES = 4096
_MOST_QUARANTINED = 10_000
_MOST_QUARANTINED_OF_AGENT = 1_000
_MOST_QUARANTINED_BYTES = 256 * 1024 * 1024
# Any constant does, so long as only pruning uses it.
_PRUNE_LOCK = 7_261_002


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message on its way to quarantine; `agent_id` as the topic says it, registered or not."""

    topic: str
    payload: bytes
    reason: str
    detail: str
    agent_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class QuarantineItem:
    """One row of the quarantine as staff see it; `excerpt` is the payload's beginning, `truncated` that it was cut."""

    id: int
    topic: str
    excerpt: bytes
    size_bytes: int
    truncated: bool
    reason: str
    detail: str
    agent_id: str | None
    received_at: datetime
    last_received_at: datetime
    times: int
    state: str
    settled_at: datetime | None
    settled_by: str | None


@dataclass(frozen=True, slots=True)
class QuarantinedMessage:
    """One message of the quarantine, whole unless `size_bytes` says otherwise."""

    id: int
    topic: str
    payload: bytes
    size_bytes: int
    reason: str
    detail: str
    received_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class _Kept:
    id: int
    digest: bytes


def add_quarantined(conn: Connection, items: Sequence[Quarantined]) -> list[int]:
    """Keep messages that were not stored; returns the rows' numbers, in the order of `items`."""
    if not items:
        return []
    digests = [_digest(item) for item in items]
    times = Counter(digests)
    once = dict(zip(digests, items, strict=True))
    rows = _queries.all(
        conn,
        "add_quarantined",
        _Kept,
        digests=list(once),
        topics=[_clean(item.topic) for item in once.values()],
        payloads=[_kept_payload(item) for item in once.values()],
        sizes=[len(item.payload) for item in once.values()],
        reasons=[item.reason for item in once.values()],
        details=[_clean(item.detail) for item in once.values()],
        agents=[item.agent_id for item in once.values()],
        received=[item.received_at for item in once.values()],
        times=[times[digest] for digest in once],
    )
    numbers = {bytes(row.digest): row.id for row in rows}
    return [numbers[digest] for digest in digests]


def _digest(item: Quarantined) -> bytes:
    return hashlib.sha256(item.topic.encode("utf-8", "replace") + b"\0" + item.payload).digest()


def _kept_payload(item: Quarantined) -> bytes:
    """The payload; of what is too large for any replay only the beginning, which is enough to see whose it is."""
    limit = MAX_PHOTO_BYTES if item.topic.endswith("/photo") else MAX_BYTES
    return item.payload if len(item.payload) <= limit else item.payload[:_EXCERPT_BYTES]


def _clean(text: str) -> str:
    """What a text column takes: no NUL, no half of a surrogate pair, and not too long for a page."""
    return text[:2000].replace("\0", "␀").encode("utf-8", "replace").decode()


def prune_quarantine(conn: Connection, now: datetime) -> int:
    """Keep the quarantine bounded; returns how many rows went. Nothing happens while another process does the same."""
    row = conn.execute("select pg_try_advisory_xact_lock(%s)", (_PRUNE_LOCK,)).fetchone()
    if row is None or not row[0]:
        return 0
    return _queries.run(
        conn,
        "prune_quarantine",
        most=_MOST_QUARANTINED,
        most_of_agent=_MOST_QUARANTINED_OF_AGENT,
        most_bytes=_MOST_QUARANTINED_BYTES,
        now=now,
    )


def fetch_quarantine(
    conn: Connection, *, state: str | None, before: int | None, limit: int, excerpt: int = 1000
) -> list[QuarantineItem]:
    """A page of the quarantine, newest first, of rows older than the number `before`."""
    return _queries.all(
        conn, "fetch_quarantine", QuarantineItem, state=state, before=before, limit=limit, excerpt=excerpt
    )


def lock_quarantined(conn: Connection, number: int) -> QuarantinedMessage | None:
    """One message, whole, locked for the rest of the transaction; None when there is no such row."""
    return _queries.one(conn, "lock_quarantined", QuarantinedMessage, id=number)


def settle_quarantined(conn: Connection, number: int, state: str, by: str, now: datetime) -> None:
    """Mark a row `replayed` or `discarded`."""
    _queries.run(conn, "settle_quarantined", id=number, state=state, by=by, now=now)


def explain_quarantined(conn: Connection, number: int, reason: str, detail: str) -> None:
    """Write down what a replay that was refused again has found."""
    _queries.run(conn, "explain_quarantined", id=number, reason=reason, detail=_clean(detail))


def count_quarantine(conn: Connection) -> int:
    """How many rows wait."""
    return int(_queries.value(conn, "count_quarantine"))
