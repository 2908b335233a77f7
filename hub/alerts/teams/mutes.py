"""Mutes: a trap, an agent, or a team's notices to oneself, until an instant. Each function in the caller's transaction.

A mute swallows nothing: incidents open and are shown, and whoever was due is told as soon as it ends.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.alerts.quiet import LONGEST_MUTE, Mute
from hub.alerts.teams.service import wake_waiting
from hub.errors import Conflict, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection, Queries, notify

__all__ = ["MuteView", "NewMute", "end_mute", "fetch_mute", "fetch_mutes", "fetch_mutes_of_incident", "set_mute"]

_queries = Queries.beside(__file__)
_CLOCK_SLACK = timedelta(seconds=5)
_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class NewMute:
    """What is to be muted: a device, an agent, or notices to a person (of a team's traps, or of all). One of them."""

    until_at: datetime
    reason: str
    device_key: int | None = None
    agent_id: str | None = None
    person_id: str | None = None
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class MuteView:
    """A mute in force; `name` is the device's, the agent's or the team's."""

    id: int
    device_key: int | None
    agent_id: str | None
    person_id: str | None
    team_id: str | None
    device_id: str | None
    name: str | None
    reason: str
    set_by: str
    set_by_name: str
    set_at: datetime
    until_at: datetime


def set_mute(conn: Connection, actor: Actor, new: NewMute, now: datetime) -> int:
    """Mute from now on; returns the mute's id. Whether the actor may, the caller has decided.

    Raises Conflict for an end that is not ahead, or further than 14 days; Invalid without a reason.
    """
    if not now < new.until_at <= now + LONGEST_MUTE + _CLOCK_SLACK:
        raise Conflict(f"A mute ends within the next {LONGEST_MUTE.days} days.")
    if not new.reason.strip() or len(new.reason) > _REASON_LENGTH:
        raise Invalid(f"reason: 1 to {_REASON_LENGTH} characters")
    mute_id: int = _queries.value(
        conn, "add_mute", device_key=new.device_key, agent_id=new.agent_id, person_id=new.person_id,
        team_id=new.team_id, reason=new.reason.strip(), set_by=actor.person_id, now=now, until_at=new.until_at,
    )  # fmt: skip
    registry.record(
        conn, actor, "mute", f"mute/{mute_id}", now, device=new.device_key, agent=new.agent_id, person=new.person_id,
        team=new.team_id, until=new.until_at.isoformat(), reason=new.reason,
    )  # fmt: skip
    _announce(conn, fetch_mute(conn, mute_id, now))
    return mute_id


def end_mute(conn: Connection, actor: Actor, mute_id: int, now: datetime) -> None:
    """A person ends a mute: what has waited for it is told at once. Raises NotFound when it has ended already."""
    view = fetch_mute(conn, mute_id, now)
    if _queries.run(conn, "end_mute", id=mute_id, ended_by=actor.person_id, now=now) == 0:
        raise NotFound("There is no such mute.")
    registry.record(conn, actor, "unmute", f"mute/{mute_id}", now)
    wake_waiting(conn, now)
    _announce(conn, view)


def fetch_mute(conn: Connection, mute_id: int, now: datetime) -> MuteView:
    """One mute in force; raises NotFound."""
    found = _fetch(conn, now, mute_id=mute_id)
    if not found:
        raise NotFound("There is no such mute.")
    return found[0]


def fetch_mutes(
    conn: Connection, now: datetime, *, device_keys: Collection[int] | None = None, person_id: str | None = None
) -> list[MuteView]:
    """The mutes in force: of these devices and of the agents that carry them, of one person, or all."""
    return _fetch(conn, now, device_keys=device_keys, person_id=person_id)


def fetch_mutes_of_incident(
    conn: Connection, device_key: int | None, agent_id: str | None, people: Sequence[str], now: datetime
) -> list[Mute]:
    """The mutes that bear on an incident and the people of its plan."""
    return _queries.all(
        conn,
        "fetch_mutes_of_incident",
        Mute,
        device_key=device_key,
        agent_id=agent_id,
        people=list(people),
        now=now,
    )


def _fetch(
    conn: Connection,
    now: datetime,
    *,
    mute_id: int | None = None,
    device_keys: Collection[int] | None = None,
    person_id: str | None = None,
) -> list[MuteView]:
    return _queries.all(
        conn,
        "fetch_mutes",
        MuteView,
        now=now,
        ahead=now + _CLOCK_SLACK,
        id=mute_id,
        device_keys=None if device_keys is None else list(device_keys),
        person_id=person_id,
    )


def _announce(conn: Connection, mute: MuteView) -> None:
    if mute.device_id is not None:
        notify(conn, "live", {"what": "device", "id": mute.device_id})
