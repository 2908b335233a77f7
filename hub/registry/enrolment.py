"""Agents: enrolment by code, their accounts at the broker, and what they say of themselves."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.wire.messages import StatusData
from hub.errors import NotFound
from hub.registry.audit import record
from hub.registry.broker_accounts import hash_broker_password
from hub.registry.devices import Agent, Enrolled, is_id
from hub.registry.people import Actor
from hub.registry.secrets import broker_salt, digest, new_code, new_id, new_password, normal_code
from hub.store import Connection, Queries, notify

__all__ = [
    "CODE_LIFE", "BadCode", "agent_name_taken", "create_agent", "enrol", "fetch_agent", "fetch_agents",
    "fetch_broker_accounts", "new_enrolment_code", "on_status", "return_code",
]  # fmt: skip

CODE_LIFE = timedelta(hours=1)
_HEALTH = ("battery_v", "battery_percent", "signal_dbm", "disk_free_mb", "backlog", "dropped_readings", "faults")
_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Account:
    id: str
    broker_hash: str


class BadCode(NotFound):
    """No agent waits for this code: it was mistyped, was used, or is older than an hour."""


def create_agent(conn: Connection, actor: Actor, name: str, now: datetime) -> tuple[str, str]:
    """Register an agent; returns its id and the enrolment code, which is told only now."""
    agent_id = new_id("ag")
    _queries.run(conn, "add_agent", id=agent_id, name=name, now=now)
    record(conn, actor, "create", f"agent/{agent_id}", now, name=name)
    return agent_id, _add_code(conn, agent_id, now)


def agent_name_taken(conn: Connection, name: str) -> bool:
    """Whether an agent has this name already: people would take one for the other."""
    return _queries.value(conn, "agent_name_taken", name=name) is True


def new_enrolment_code(conn: Connection, actor: Actor, agent_id: str, now: datetime) -> str:
    """Another code for an agent (a new SD card, a lost code); older codes work no more. Raises NotFound."""
    fetch_agent(conn, agent_id)
    record(conn, actor, "new_enrolment_code", f"agent/{agent_id}", now)
    return _add_code(conn, agent_id, now)


def _add_code(conn: Connection, agent_id: str, now: datetime) -> str:
    code = new_code()
    _queries.run(conn, "retire_enrolment_codes", agent_id=agent_id, now=now)
    _queries.run(
        conn,
        "add_enrolment_code",
        code_hash=digest(normal_code(code) or ""),
        agent_id=agent_id,
        now=now,
        expires_at=now + CODE_LIFE,
    )
    return code


def enrol(conn: Connection, code: str, now: datetime) -> Enrolled:
    """Use a code and give its agent a new account at the broker; raises BadCode.

    The broker learns of the account some moments after the commit, by way of the notice on `broker_accounts`.
    """
    normal = normal_code(code)
    agent_id = None if normal is None else _queries.value(conn, "use_enrolment_code", code_hash=digest(normal), now=now)
    if agent_id is None:
        raise BadCode
    password = new_password()
    _queries.run(
        conn, "save_broker_account", id=agent_id, broker_hash=hash_broker_password(password, broker_salt()), now=now
    )
    record(conn, str(agent_id), "enrol", f"agent/{agent_id}", now)
    notify(conn, "broker_accounts", {"agent": agent_id})
    notify(conn, "live", {"what": "agent", "id": agent_id})
    return Enrolled(agent_id, password)


def return_code(conn: Connection, code: str, agent_id: str, now: datetime) -> None:
    """The broker did not take the new account in time: let the same code be tried again."""
    _queries.run(conn, "return_enrolment_code", code_hash=digest(normal_code(code) or ""))
    record(conn, agent_id, "enrolment_unfinished", f"agent/{agent_id}", now)


def fetch_agents(conn: Connection, *, after: str = "", limit: int = 500) -> list[Agent]:
    """Agents by id, those behind `after`."""
    return _queries.all(conn, "fetch_agents", Agent, after=after, limit=limit)


def fetch_agent(conn: Connection, agent_id: str) -> Agent:
    """One agent; raises NotFound."""
    agent = _queries.one(conn, "fetch_agent", Agent, id=agent_id) if is_id(agent_id) else None
    if agent is None:
        raise NotFound("There is no such agent.")
    return agent


def fetch_broker_accounts(conn: Connection) -> list[tuple[str, str]]:
    """(user name, `$7$` hash) of every enrolled agent, for the broker's password file."""
    return [(account.id, account.broker_hash) for account in _queries.all(conn, "fetch_broker_accounts", _Account)]


def on_status(conn: Connection, agent_id: str, status: StatusData, received_at: datetime) -> None:
    """What an agent says of itself: birth, heartbeat or Last Will.

    A will of a connection that was replaced says nothing.
    """
    if status.state == "offline":
        believed = _queries.value(conn, "fetch_agent_session", id=agent_id)
        if status.session is not None and status.session != believed:
            return
        changed = _queries.run(conn, "save_agent_offline", id=agent_id, at=received_at)
    else:
        health = json.dumps(
            {
                key: value
                for key, value in status.model_dump(mode="json", include=set(_HEALTH)).items()
                if value is not None
            }
        )
        name = "save_agent_online" if status.state == "online" else "save_agent_health"
        parameters = {"session": status.session} if status.state == "online" else {}
        changed = _queries.run(
            conn, name, id=agent_id, at=received_at, software=status.software, health=health, **parameters
        )
    if changed:
        notify(conn, "live", {"what": "agent", "id": agent_id})
