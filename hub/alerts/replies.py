"""What a person replies to a whole message: what it told of, and that a drill has arrived."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.alerts.store import fetch_views, queries
from hub.alerts.views import IncidentView
from hub.errors import NotFound
from hub.store import Connection

__all__ = ["confirm_drill", "fetch_told_views"]

# More than a person can read; a thousand traps do not spring at once.
_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class _Id:
    id: str


def fetch_told_views(conn: Connection, key: str, person_id: str, now: datetime) -> list[IncidentView]:
    """The incidents of a message, and what its person was told of before and is not settled; newest first."""
    told = queries.all(conn, "fetch_told_ids", _Id, key=_uuid(key), person_id=person_id, now=now)
    return fetch_views(conn, ids=[one.id for one in told], limit=_LIMIT) if told else []


def confirm_drill(conn: Connection, key: str, person_id: str, now: datetime) -> str:
    """The drill with this key has reached its person; returns the channel. Raises NotFound."""
    channel: str | None = queries.value(conn, "confirm_drill", key=_uuid(key), person_id=person_id, now=now)
    if channel is None:
        raise NotFound
    return channel


def _uuid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise NotFound from None
