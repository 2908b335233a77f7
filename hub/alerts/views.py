"""Incidents as others see them: values for pages, the API and notices. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["Answer", "DeliveryView", "Entry", "IncidentPage", "IncidentView", "NewIncident", "ResolvedIncident"]


@dataclass(frozen=True, slots=True)
class NewIncident:
    """Something that people must act on, about a device or (without one) about an agent.

    `uncertain`: `occurred_at` is the time of receipt, since no other was to be had. `late`: the message was long on its
    way. `person_id`: the person whom it is about, who went to the device and has not come back.
    """

    kind: str
    device_key: int | None
    agent_id: str | None
    occurred_at: datetime
    uncertain: bool = False
    late: bool = False
    detail: dict[str, Any] | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedIncident:
    """A person has settled an incident; handed to whoever must know (traps)."""

    id: str
    kind: str
    device_key: int | None
    agent_id: str | None
    outcome: str
    person_id: str
    at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A person on the way to an incident; `party` is alone, with or wants_second (answers.py)."""

    incident_id: str
    person_id: str
    name: str
    given_at: datetime
    eta_at: datetime
    party: str = "alone"
    partner_id: str | None = None
    partner_name: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a timeline. `actor` is a person's id or `system`; what `detail` holds goes by the kind."""

    id: int
    at: datetime
    kind: str
    actor: str
    actor_name: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One notice to one person: `state` is due, leased, sent, given_up or cancelled."""

    id: int
    step: int
    person_id: str
    name: str
    channel: str
    state: str
    due_at: datetime
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with what it is about; `device_id` is null where it is about an agent. Instants are aware UTC.

    `person_id`: who has not come back. `seeking`: somebody goes and a second person is wanted. `waits_for`: why the
    next round waits until `round_due_at` (first_light, muted); None when it does not.
    """

    id: str
    kind: str
    state: str
    device_key: int | None
    device_id: str | None
    agent_id: str | None
    name: str
    lat: float | None
    lon: float | None
    occurred_at: datetime
    uncertain: bool
    late: bool
    detail: dict[str, Any]
    opened_at: datetime
    events: int
    next_step: int
    next_due_at: datetime | None
    resolved_by: str | None
    resolved_by_name: str | None
    resolved_at: datetime | None
    outcome: str | None
    note: str | None
    going: tuple[Answer, ...] = ()
    person_id: str | None = None
    seeking: bool = False
    waits_for: str | None = None
    round_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One incident with all that happened to it, oldest first."""

    incident: IncidentView
    timeline: tuple[Entry, ...]
    deliveries: tuple[DeliveryView, ...]
