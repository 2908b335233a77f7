"""What the registry knows of the names in a topic, and the offsets of boots whose clocks were unset."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.ingest.intake import DeviceRef
from hub.store import Connection, Queries

__all__ = ["fetch_agents", "fetch_devices", "fetch_offsets", "fix_offsets", "is_writable"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Id:
    id: str


@dataclass(frozen=True, slots=True)
class _Offset:
    agent_id: str
    boot: str
    offset_us: int


def is_writable(conn: Connection) -> bool:
    """Whether this database takes writes."""
    return bool(_queries.value(conn, "ping"))


def fetch_agents(conn: Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids that are registered agents."""
    return {row.id for row in _queries.all(conn, "fetch_agents", _Id, ids=list(ids))} if ids else set()


def fetch_devices(conn: Connection, ids: Collection[str]) -> list[DeviceRef]:
    """Those of the ids that are registered devices."""
    return _queries.all(conn, "fetch_devices", DeviceRef, ids=list(ids)) if ids else []


def fix_offsets(conn: Connection, offsets: Mapping[tuple[str, str], tuple[int, datetime]]) -> None:
    """Fix the offsets (microseconds, and the time of receipt they stem from) of (agent, boot) that have none yet.

    In one order, so that no two processes wait in a circle.
    """
    rows = [
        {"agent_id": agent, "boot": boot, "offset_us": offset, "now": fixed_at}
        for (agent, boot), (offset, fixed_at) in sorted(offsets.items())
    ]
    if rows:
        _queries.run_many(conn, "fix_offset", rows)


def fetch_offsets(conn: Connection, boots: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Fixed offsets (microseconds) of (agent, boot); what has none is not in the answer."""
    if not boots:
        return {}
    agents, names = [agent for agent, _ in boots], [boot for _, boot in boots]
    rows = _queries.all(conn, "fetch_offsets", _Offset, agents=agents, boots=names)
    return {(row.agent_id, row.boot): row.offset_us for row in rows}
