"""Incidents, their timelines and deliveries in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from hub.alerts.answers import Answered
from hub.alerts.escalation import Escalation, Hold, Note, Order, decide_resolved
from hub.alerts.incidents import IncidentState
from hub.alerts.plans import Plan, dump_plan, load_plan
from hub.alerts.quiet import Why
from hub.alerts.views import Answer, DeliveryView, Entry, IncidentView, NewIncident
from hub.store import Connection, Queries, notify

__all__ = ["SYSTEM", "ClaimedDelivery", "Incident", "NoticeFacts", "Reached", "Where", "queries"]

queries = Queries.beside(__file__)
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    kind: str
    device_key: int | None
    agent_id: str | None
    person_id: str | None
    plot_id: str | None
    state: IncidentState
    seeking: bool
    events: int
    again_at: datetime | None
    plan: Any
    next_step: int
    plan_step: int
    next_due_at: datetime | None
    due_set_at: datetime
    acute_until: datetime
    round_due_at: datetime | None
    answered_until: datetime | None
    release_at: datetime | None
    waits_for: Why | None


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it is decided about, locked."""

    id: str
    kind: str
    device_key: int | None
    agent_id: str | None
    person_id: str | None
    plot_id: str | None
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
    """A notice that is being tried as part of a message; `attempts` counts this try too."""

    id: int
    incident_id: str
    step: int
    person_id: str
    channel: str
    attempts: int

    @property
    def detail(self) -> dict[str, object]:
        """What a timeline says of it."""
        return {"person": self.person_id, "channel": self.channel, "step": self.step}


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice says, as the database has it now; `words` by language, `told` are the names of the others."""

    delivery_id: int
    step: int
    incident_id: str
    kind: str
    occurred_at: datetime
    uncertain: bool
    late: bool
    name: str
    lat: float | None
    lon: float | None
    seeking: bool
    missing_id: str | None
    words: Mapping[str, str] | None
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class Where:
    """A device's place in degrees (WGS 84), and the team that looks after it."""

    team_id: str | None
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class _About:
    id: str
    state: str
    device_id: str | None
    plot_id: str | None


@dataclass(frozen=True, slots=True)
class _Held:
    person_id: str
    step: int


def announce(conn: Connection, incident_id: str, state: str) -> None:
    """Tell the open pages; by the device's or the plot's id it is decided who may hear it."""
    about = queries.one(conn, "fetch_about", _About, incident_id=incident_id)
    if about is not None:
        _tell(conn, about, "going" if state == "seeking" else state)


def announce_all(conn: Connection, incident_ids: Collection[str]) -> None:
    """Tell the open pages of several incidents as they stand."""
    for about in queries.all(conn, "fetch_devices_of", _About, ids=list(incident_ids)):
        _tell(conn, about, about.state)


def _tell(conn: Connection, about: _About, state: str) -> None:
    notice = {"what": "incident", "id": about.id, "state": state, "device": about.device_id}
    notify(conn, "live", notice | ({} if about.plot_id is None else {"plot": about.plot_id}))


def _incident(row: _Row) -> Incident:
    round_due_at, answered_until = row.round_due_at, row.answered_until
    if row.next_due_at is not None and not (round_due_at or answered_until or row.release_at):
        # Written by a process of the version before, while the town goes over to this one.
        round_due_at, answered_until = (row.next_due_at, None) if row.state == "open" else (None, row.next_due_at)
    escalation = Escalation(
        "seeking" if row.seeking else row.state,
        row.acute_until,
        row.next_step,
        row.due_set_at,
        row.plan_step,
        round_due_at,
        answered_until,
        row.release_at,
        row.waits_for,
    )
    return Incident(
        row.id,
        row.kind,
        row.device_key,
        row.agent_id,
        row.person_id,
        row.plot_id,
        row.events,
        row.again_at,
        row.plan,
        escalation,
    )


def _columns(escalation: Escalation) -> dict[str, Any]:
    """To the database and to the outside, `seeking` is `going` with a mark."""
    seeking = escalation.state == "seeking"
    kept = asdict(escalation) | {"next_due_at": escalation.next_due_at, "seeking": seeking}
    return kept | ({"state": "going"} if seeking else {})


def lock_incident(conn: Connection, incident_id: str) -> Incident | None:
    """The incident, locked until the transaction ends."""
    row = queries.one(conn, "lock_incident", _Row, id=incident_id)
    return None if row is None else _incident(row)


def lock_unresolved(conn: Connection, about: NewIncident) -> Incident | None:
    """The unresolved incident of this kind about the same thing, locked."""
    row = queries.one(
        conn,
        "lock_unresolved",
        _Row,
        kind=about.kind,
        device_key=about.device_key,
        agent_id=about.agent_id,
        person_id=about.person_id,
        plot_id=about.plot_id,
        matter=about.matter,
    )
    return None if row is None else _incident(row)


def claim_due_incidents(conn: Connection, now: datetime, ahead: datetime, limit: int) -> list[Incident]:
    """Incidents whose next step is due, locked; `ahead`: a step settled after it was settled by a wrong clock."""
    return [_incident(r) for r in queries.all(conn, "claim_due_incidents", _Row, now=now, ahead=ahead, limit=limit)]


def add_incident(
    conn: Connection, incident_id: str, new: NewIncident, plan: Plan, escalation: Escalation, now: datetime
) -> bool:
    """Write a new incident; False when one of its kind is unresolved already."""
    values = asdict(new) | _columns(escalation) | {"id": incident_id, "now": now, "plan": dump_plan(plan)}
    values["detail"] = json.dumps((new.detail or {}) | ({"words": dict(new.words)} if new.words else {}))
    del values["words"], values["quiet_hours"], values["repeat_after_s"]
    return queries.run(conn, "add_incident", **values) == 1


def save_escalation(conn: Connection, incident_id: str, escalation: Escalation) -> None:
    """Write where the incident stands."""
    queries.run(conn, "save_escalation", id=incident_id, **_columns(escalation))


def close(
    conn: Connection, incident: Incident, person_id: str | None, outcome: str | None, note: str | None, now: datetime
) -> None:
    """Settle an incident; nobody is told of it any more. Raises Conflict when it was settled before."""
    after = decide_resolved(incident.escalation, now)
    queries.run(conn, "save_resolution", id=incident.id, person_id=person_id, outcome=outcome, note=note, now=now)
    queries.run(conn, "cancel_deliveries", incident_id=incident.id)
    queries.run(conn, "settle_messages", incident_id=incident.id, now=now)
    drop_held(conn, incident.id)
    announce(conn, incident.id, after.state)


def save_plan(conn: Connection, incident_id: str, plan: Plan) -> None:
    """Replace a plan that reached nobody."""
    queries.run(conn, "save_plan", id=incident_id, plan=dump_plan(plan))


def add_entry(conn: Connection, incident_id: str, note: Note, now: datetime, actor: str = SYSTEM) -> None:
    """Add a line to the timeline."""
    queries.run(
        conn, "add_entry", incident_id=incident_id, at=now, kind=note.kind, actor=actor, detail=json.dumps(note.detail)
    )


def add_entries(conn: Connection, notes: Sequence[tuple[str, Note]], now: datetime) -> None:
    """Add a line each to the timelines of several incidents."""
    rows = [
        {"incident_id": incident_id, "at": now, "kind": note.kind, "actor": SYSTEM, "detail": json.dumps(note.detail)}
        for incident_id, note in notes
    ]
    queries.run_many(conn, "add_entry", rows)


def add_deliveries(conn: Connection, incident_id: str, orders: Collection[Order], now: datetime) -> None:
    """Record notices that are due now; one that is there already stays as it is."""
    queries.run_many(
        conn, "add_delivery", [asdict(order) | {"incident_id": incident_id, "now": now} for order in orders]
    )


def fetch_reaches(conn: Connection, incident_id: str) -> list[Reached]:
    """All that was tried in an incident."""
    return queries.all(conn, "fetch_reaches", Reached, incident_id=incident_id)


def fetch_answered(conn: Connection, incident_id: str) -> list[Answered]:
    """Who is on the way, as it is decided upon."""
    return queries.all(conn, "fetch_answered", Answered, incident_id=incident_id)


def fetch_held(conn: Connection, incident_id: str) -> dict[str, int]:
    """Who is held, and since which round."""
    return {row.person_id: row.step for row in queries.all(conn, "fetch_held", _Held, incident_id=incident_id)}


def save_holds(conn: Connection, incident_id: str, holds: Collection[Hold], now: datetime) -> None:
    """Keep who is told later."""
    if holds:
        queries.run_many(conn, "add_held", [asdict(hold) | {"incident_id": incident_id, "now": now} for hold in holds])


def drop_held(conn: Connection, incident_id: str, person_ids: Collection[str] | None = None) -> None:
    """These are held no more; nobody when none are named."""
    if person_ids is None or person_ids:
        named = None if person_ids is None else list(person_ids)
        queries.run(conn, "drop_held", incident_id=incident_id, person_ids=named)


def fetch_where(conn: Connection, device_key: int) -> Where | None:
    """Where a device stands, and whose it is."""
    return queries.one(conn, "fetch_where", Where, device_key=device_key)


def fetch_views(  # noqa: PLR0913  # as many ways to narrow a list
    conn: Connection,
    *,
    incident_id: str | None = None,
    ids: Collection[str] | None = None,
    states: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    device_keys: Collection[int] | None = None,
    plot_ids: Collection[str] = (),
    before: tuple[datetime, str] | None = None,
    limit: int = 1,
) -> list[IncidentView]:
    """Incidents newest first with who is going; None does not narrow.

    With `device_keys` those of these devices that are no plot's matter, and those of `plot_ids`.
    """
    before_at, before_id = before or (None, None)
    found = queries.all(
        conn,
        "fetch_incidents",
        IncidentView,
        id=incident_id,
        ids=None if ids is None else list(ids),
        states=None if states is None else list(states),
        kinds=None if kinds is None else list(kinds),
        device_keys=None if device_keys is None else list(device_keys),
        plot_ids=list(plot_ids),
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
