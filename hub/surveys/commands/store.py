"""Orders in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from edge.wire.orders import Action, ReplyData
from hub.store import Connection, Queries, notify
from hub.surveys.commands.orders import NewCommand

__all__ = [
    "CHANNEL", "DueCommand", "KeptCommand", "add_command", "claim_due", "close_expired", "close_others",
    "fetch_attempt", "fetch_command", "fetch_commands", "fetch_expired", "save_reply",
]  # fmt: skip

CHANNEL = "command"
_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class DueCommand:
    """An order to be published now."""

    id: str
    topic: str
    text: str
    signature: str
    action: Action
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptCommand:
    """An order and what came of it; `outcome` None: no answer (yet)."""

    id: str
    agent_id: str
    device_key: int
    survey_id: str
    sortie_id: str
    action: Action
    person_id: str
    issued_at: datetime
    expires_at: datetime
    sends: int
    replied_at: datetime | None
    outcome: str | None
    reply: Mapping[str, object] | None


def add_command(conn: Connection, new: NewCommand, signature: str) -> None:
    """Keep a signed order; the senders are told when the transaction commits."""
    order = new.order
    _queries.run(
        conn, "add_command", id=order.id, agent_id=order.agent, device_key=new.device_key, survey_id=order.survey,
        sortie_id=order.sortie, action=order.action, topic=new.topic, order=new.text, signature=signature,
        person_id=order.person, issued_at=order.issued_at, expires_at=order.expires_at,
    )  # fmt: skip
    notify(conn, CHANNEL)


def claim_due(conn: Connection, now: datetime, again_after: timedelta, limit: int = 100) -> list[DueCommand]:
    """Take what is to be sent now. It is due again after `again_after`, whoever sends it then."""
    return _queries.all(conn, "claim_due", DueCommand, now=now, next_at=now + again_after, limit=limit)


def fetch_command(conn: Connection, command_id: str) -> KeptCommand | None:
    """One order."""
    return _queries.one(conn, "fetch_command", KeptCommand, id=command_id)


def fetch_attempt(conn: Connection, sortie_id: str) -> datetime | None:
    """When a sortie was last ordered to prepare; None: never."""
    return cast("datetime | None", _queries.value(conn, "fetch_attempt", sortie_id=sortie_id))


def fetch_commands(conn: Connection, survey_id: str, limit: int = 500) -> list[KeptCommand]:
    """A survey's orders, the newest first."""
    return _queries.all(conn, "fetch_commands", KeptCommand, survey_id=survey_id, limit=limit)


def save_reply(conn: Connection, command_id: str, reply: ReplyData, now: datetime) -> bool:
    """Write an order's answer; False when it was answered before."""
    text = json.dumps(reply.model_dump(mode="json"), ensure_ascii=False)
    return _queries.run(conn, "save_reply", id=command_id, outcome=reply.outcome, reply=text, now=now) > 0


def close_others(conn: Connection, sortie_id: str, command_id: str, actions: Sequence[Action]) -> None:
    """Send the sortie's other orders of these actions no more: this one has overtaken them."""
    _queries.run(conn, "close_others", sortie_id=sortie_id, id=command_id, actions=list(actions))


@dataclass(frozen=True, slots=True)
class _Expired:
    survey_id: str


def fetch_expired(conn: Connection, now: datetime) -> list[str]:
    """Surveys with orders that nobody has answered in time, by id."""
    return [row.survey_id for row in _queries.all(conn, "fetch_expired", _Expired, now=now)]


def close_expired(conn: Connection, survey_id: str, now: datetime) -> list[KeptCommand]:
    """Give up the survey's orders that nobody has answered in time; returns them."""
    return _queries.all(conn, "close_expired", KeptCommand, survey_id=survey_id, now=now)
