"""The audit log: who did what to which thing. The table is append-only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.registry.people import Actor
from hub.store import Connection, Queries

__all__ = ["SYSTEM", "AuditEntry", "fetch_audit_entries", "record"]

SYSTEM = "system"
_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line: `actor` is a person's id, an agent's id, or `system`; `thing` is like `device/boar-1`."""

    id: int
    at: datetime
    actor: str
    act: str
    thing: str
    detail: Mapping[str, object]


def record(conn: Connection, actor: Actor | str, act: str, thing: str, now: datetime, **detail: object) -> None:
    """Write one line in the caller's transaction, so that an act and its line stand or fall together.

    Never put a secret in `detail`.
    """
    who = actor if isinstance(actor, str) else actor.person_id
    text = json.dumps(detail, ensure_ascii=False, default=str)
    _queries.run(conn, "add_audit_entry", at=now, actor=who, act=act, object=thing, detail=text)


def fetch_audit_entries(conn: Connection, *, before: int, limit: int) -> list[AuditEntry]:
    """The log, newest first, older than the entry with the number `before`."""
    return _queries.all(conn, "fetch_audit_entries", AuditEntry, before=before, limit=limit)
