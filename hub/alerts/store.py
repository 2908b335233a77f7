"""Incidents, their timelines and deliveries in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from hub.alerts.escalation import Escalation, Note, Order
from hub.alerts.incidents import IncidentState
from hub.alerts.plans import Plan, dump_plan, load_plan
from hub.alerts.views import Answer, DeliveryView, Entry, IncidentView, NewIncident
from hub.store import Connection, Queries, notify

__all__ = ["SYSTEM", "ClaimedDelivery", "Incident", "NoticeFacts", "Reached", "queries"]

queries = Queries.beside(__file__)
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    kind: str
    device_key: int | None
    agent_id: str | None
    state: IncidentState
    events: int
    again_at: datetime | None
    plan: Any
    next_step: int
    next_due_at: datetime | None
    due_set_at: datetime
    acute_until: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it is decided about, locked."""

    id: str
    kind: str
    device_key: int | None
    agent_id: str | None
    events: int
    again_at: datetime | None
    kept_plan: Any
    escalation: Escalation

    @property
    def plan(self) -> Plan:
        """The frozen plan. Raises ValueError when what is kept is none."""
        return load_plan(self.kept_plan)


@dataclass(frozen=True, slots=True)
class Reached:
    """What was tried: whom, on which channel, in which round, and how it stands."""

    step: int
    person_id: str
    channel: str
    state: str


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A notice leased to this worker; `attempts` counts this try and tells its lease from a later one."""

    id: int
    incident_id: str
    step: int
    person_id: str
    channel: str
    attempts: int


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice says and to whom, as the database has it now."""

    incident_id: str
    kind: str
    occurred_at: datetime
    uncertain: bool
    late: bool
    events: int
    opened_at: datetime
    name: str
    device_id: str | None
    lat: float | None
    lon: float | None
    person_id: str
    person_name: str
    email: str | None
    language: str
    active: bool


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


def announce(conn: Connection, incident_id: str, state: str) -> None:
    """Tell the open pages; by the device's id it is decided who may hear it."""
    device_id = queries.value(conn, "fetch_device_id", incident_id=incident_id)
    notify(conn, "live", {"what": "incident", "id": incident_id, "state": state, "device": device_id})


def _incident(row: _Row) -> Incident:
    escalation = Escalation(row.state, row.acute_until, row.next_step, row.next_due_at, row.due_set_at)
    return Incident(row.id, row.kind, row.device_key, row.agent_id, row.events, row.again_at, row.plan, escalation)


def lock_incident(conn: Connection, incident_id: str) -> Incident | None:
    """The incident, locked until the transaction ends."""
    row = queries.one(conn, "lock_incident", _Row, id=incident_id)
    return None if row is None else _incident(row)


def lock_unresolved(conn: Connection, kind: str, device_key: int | None, agent_id: str | None) -> Incident | None:
    """The unresolved incident of this kind about this device or agent, locked."""
    row = queries.one(conn, "lock_unresolved", _Row, kind=kind, device_key=device_key, agent_id=agent_id)
    return None if row is None else _incident(row)


def claim_due_incidents(conn: Connection, now: datetime, ahead: datetime, limit: int) -> list[Incident]:
    """Incidents whose next step is due, locked; `ahead`: a step settled after it was settled by a wrong clock."""
    return [_incident(r) for r in queries.all(conn, "claim_due_incidents", _Row, now=now, ahead=ahead, limit=limit)]


def add_incident(
    conn: Connection, incident_id: str, new: NewIncident, plan: Plan, escalation: Escalation, now: datetime
) -> bool:
    """Write a new incident; False when one of its kind is unresolved already."""
    values = asdict(new) | asdict(escalation) | {"id": incident_id, "now": now, "plan": dump_plan(plan)}
    values["detail"] = json.dumps(new.detail or {})
    return queries.run(conn, "add_incident", **values) == 1


def save_escalation(conn: Connection, incident_id: str, escalation: Escalation) -> None:
    """Write where the incident stands."""
    queries.run(conn, "save_escalation", id=incident_id, **asdict(escalation))


def save_plan(conn: Connection, incident_id: str, plan: Plan) -> None:
    """Replace a plan that reached nobody."""
    queries.run(conn, "save_plan", id=incident_id, plan=dump_plan(plan))


def add_entry(conn: Connection, incident_id: str, note: Note, now: datetime, actor: str = SYSTEM) -> None:
    """Add a line to the timeline."""
    queries.run(
        conn, "add_entry", incident_id=incident_id, at=now, kind=note.kind, actor=actor, detail=json.dumps(note.detail)
    )


def add_deliveries(conn: Connection, incident_id: str, orders: Collection[Order], now: datetime) -> None:
    """Record notices that are due now; one that is there already stays as it is."""
    queries.run_many(
        conn, "add_delivery", [asdict(order) | {"incident_id": incident_id, "now": now} for order in orders]
    )


def fetch_reaches(conn: Connection, incident_id: str) -> list[Reached]:
    """All that was tried in an incident."""
    return queries.all(conn, "fetch_reaches", Reached, incident_id=incident_id)


def fetch_told(conn: Connection, incident_id: str, person_id: str) -> list[str]:
    """Names of the others who are told."""
    return [row.name for row in queries.all(conn, "fetch_told", _Name, incident_id=incident_id, person_id=person_id)]


def fetch_views(
    conn: Connection,
    *,
    incident_id: str | None = None,
    states: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    device_keys: Collection[int] | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 1,
) -> list[IncidentView]:
    """Incidents newest first with who is going; None does not narrow."""
    before_at, before_id = before or (None, None)
    found = queries.all(
        conn,
        "fetch_incidents",
        IncidentView,
        id=incident_id,
        states=None if states is None else list(states),
        kinds=None if kinds is None else list(kinds),
        device_keys=None if device_keys is None else list(device_keys),
        before_at=before_at,
        before_id=before_id,
        limit=limit,
    )
    answers = queries.all(conn, "fetch_answers", Answer, incident_ids=[view.id for view in found])
    return [replace(view, going=tuple(a for a in answers if a.incident_id == view.id)) for view in found]


def fetch_entries(conn: Connection, incident_id: str) -> list[Entry]:
    """The timeline, oldest first."""
    return queries.all(conn, "fetch_entries", Entry, incident_id=incident_id)


def fetch_deliveries(conn: Connection, incident_id: str) -> list[DeliveryView]:
    """The notices, oldest first."""
    return queries.all(conn, "fetch_deliveries", DeliveryView, incident_id=incident_id)
