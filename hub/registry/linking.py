"""Linking an account elsewhere (LINE): the person writes a code to it that only they were shown."""

from datetime import datetime, timedelta

from hub.registry.audit import record
from hub.registry.people import Actor
from hub.registry.secrets import digest, new_code, normal_code
from hub.registry.ways import add_way, end_way, fetch_ways
from hub.store import Connection, Queries

__all__ = ["LINK_CODE_LIFE", "claim_line_event", "new_link_code", "use_link_code"]

LINK_CODE_LIFE = timedelta(minutes=15)
# LINE redelivers within hours.
_EVENT_LIFE = timedelta(days=7)
_queries = Queries.beside(__file__)


def new_link_code(conn: Connection, actor: Actor, channel: str, now: datetime) -> str:
    """A code of 60 random bits with which the actor links an account on this channel; an older one works no more."""
    code = new_code()
    _queries.run(conn, "drop_old_link_codes", before=now - LINK_CODE_LIFE)
    _queries.run(conn, "retire_link_codes", person_id=actor.person_id, channel=channel, now=now)
    _queries.run(
        conn, "add_link_code", code_hash=digest(normal_code(code) or ""), person_id=actor.person_id, channel=channel,
        now=now, expires_at=now + LINK_CODE_LIFE,
    )  # fmt: skip
    record(conn, actor, "new_link_code", f"person/{actor.person_id}", now, channel=channel)
    return code


def use_link_code(conn: Connection, channel: str, code: str, address: str, now: datetime) -> str | None:
    """Link the account with this address to the person whose code it is; returns who, None when the code is no good.

    A person has one account on such a channel: an earlier one ends.
    """
    normal = normal_code(code)
    if normal is None:
        return None
    person_id: str | None = _queries.value(conn, "use_link_code", code_hash=digest(normal), channel=channel, now=now)
    if person_id is None:
        return None
    for way in fetch_ways(conn, person_id, channel):
        if way.address != address:
            end_way(conn, way.id, "another account was linked", now)
    add_way(conn, person_id, channel, address, now)
    return person_id


def claim_line_event(conn: Connection, event_id: str, now: datetime) -> bool:
    """Whether this event of LINE's has not been dealt with yet; from now on it counts as dealt with."""
    _queries.run(conn, "drop_old_line_events", before=now - _EVENT_LIFE)
    return _queries.run(conn, "add_line_event", id=event_id, now=now) == 1
