"""Incidents: what is open, who is going, and what came of it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from hub.alerts import views
from hub.alerts.answers import Party
from hub.alerts.going import GoingAnswer
from hub.alerts.incidents import IncidentState
from hub.alerts.service import UNRESOLVED
from hub.alerts.views import IncidentView
from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.web import acts
from hub.web.api.forms import DeviceId, Form, Minutes, Note, Whole
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, key_of_instant, parse_place
from hub.web.openapi import problems
from hub.web.services import Services
from hub.web.session import ApiActor, ServicesOf
from hub.web.sight import sight_of

__all__ = ["router"]

router = APIRouter(prefix="/incidents", tags=["incidents"])

Outcome = Literal["captured", "empty", "wrong_species", "visited", "seen", "done"]
Asked = Literal["open", "going", "resolved", "all"]
_STATES: dict[Asked, Sequence[str] | None] = {
    "open": UNRESOLVED,
    "going": ("going",),
    "resolved": ("resolved",),
    "all": None,
}


class Going(BaseModel):
    """Somebody is on the way."""

    person: str = Field(description="Id", examples=["p-7m2kq9xd"])
    at: datetime = Field(description="When the person said so")
    eta_at: datetime = Field(description="When the person means to be there")
    party: Party = Field(description="`alone`, `with` somebody, or `wants_second`")
    partner: str | None = Field(description="With whom, where that is known by id")


class Resolved(BaseModel):
    """What came of it; `person` and `outcome` are null when the reason went by itself."""

    person: str | None
    at: datetime
    outcome: Outcome | None
    note: str | None


class Incident(BaseModel):
    """An open matter that people must act on, or one that is settled."""

    id: str = Field(examples=["i-9w3hr5kt"])
    kind: str = Field(examples=["trap_sprung"])
    device: str | None = Field(description="The device's id; null when it is about an agent")
    agent: str | None = Field(description="The agent's id, where it is about an agent")
    plot: str | None = Field(description="The plot's id, where it is a matter of a plot")
    words: str | None = Field(
        description="What is the matter with the plot, in the caller's language; null where the caller may not read it"
    )
    state: IncidentState
    opened_at: datetime
    occurred_at: datetime = Field(description="When it happened, as far as is known")
    uncertain: bool = Field(description="`occurred_at` is the time of receipt, since no other was to be had")
    late: bool = Field(description="The news was long on its way")
    events: int = Field(description="How many events fell into this incident")
    going: Going | None = Field(description="Who will be there first; null when nobody has said so")
    everybody_going: list[Going]
    second_wanted: bool = Field(description="Somebody goes alone, and the others are asked for a second person")
    person: str | None = Field(description="The person who has not come back, where it is about that")
    waits_for: str | None = Field(
        description="Why nobody is told just now: `first_light`, `muted`, `quiet_hours`; else null"
    )
    resolved: Resolved | None


class Entry(BaseModel):
    """A line of the timeline; `detail` goes by its kind."""

    at: datetime
    kind: str = Field(examples=["opened"])
    actor: str = Field(description="A person's id, or `system`")
    detail: dict[str, object]


class Delivery(BaseModel):
    """One notice to one person on one channel."""

    person: str
    channel: str = Field(examples=["mail"])
    state: str = Field(description="`due`, `leased`, `sent`, `given_up` or `cancelled`")
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str | None


class IncidentWithTimeline(Incident):
    """An incident and all that happened to it, oldest first."""

    timeline: list[Entry]
    deliveries: list[Delivery] = Field(description="For staff; empty for others")


class GoingForm(Form):
    """In how many minutes you will be there, with whom, and how many minutes after that you are back."""

    eta_minutes: Whole = Field(ge=1, le=1440, examples=[40])
    party: Party = "alone"
    partner: DeviceId | None = Field(None, description="A hunter of the trap's team; `party` is then `with`")
    back_minutes: Minutes | None = Field(None, description="Null: as the plan says")


class ReportForm(Form):
    """What was found."""

    outcome: Outcome = Field(description="Of a matter of the field `seen` or `done`, of all else one of the others")
    note: Note | None = None


def as_incident(view: IncidentView, locale: str = "ja") -> Incident:
    """The answer for an incident of alerts."""
    return Incident.model_validate(_fields(view, locale))


def _going(answer: views.Answer) -> Going:
    return Going(
        person=answer.person_id,
        at=answer.given_at,
        eta_at=answer.eta_at,
        party=cast("Party", answer.party),
        partner=answer.partner_id,
    )


def _fields(view: IncidentView, locale: str) -> dict[str, object]:
    going = sorted(
        (_going(answer) for answer in view.going),
        key=lambda answer: answer.eta_at,
    )
    resolved = view.resolved_at and {
        "person": view.resolved_by,
        "at": view.resolved_at,
        "outcome": view.outcome,
        "note": view.note,
    }
    return {
        "id": view.id,
        "kind": view.kind,
        "device": view.device_id,
        "agent": view.agent_id,
        "plot": view.plot_id,
        "words": view.said(locale) or None,
        "state": view.state,
        "opened_at": view.opened_at,
        "occurred_at": view.occurred_at,
        "uncertain": view.uncertain,
        "late": view.late,
        "events": view.events,
        "going": going[0] if going else None,
        "everybody_going": going,
        "second_wanted": view.seeking,
        "person": view.person_id,
        "waits_for": view.waits_for,
        "resolved": resolved,
    }


def visible_incident(conn: Connection, services: Services, actor: Actor, incident_id: str) -> IncidentView:
    """One incident as the actor may read it; raises NotFound when there is none or the actor may not see it."""
    sight = sight_of(conn, actor)
    if registry.is_id(incident_id):
        # Both ways must look the same from outside.
        with suppress(NotFound):
            view = services.alerts.fetch_view(conn, incident_id)
            if sight.sees(view):
                return sight.shown([view])[0]
    raise NotFound("There is no such incident.")


@router.get("", summary="List incidents")
def list_incidents(
    services: ServicesOf,
    actor: ApiActor,
    state: Annotated[Asked, Query(description="`open`: all that is not settled, the answered too")] = "all",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Incident]:
    """Newest first: staff all, others those of the devices and plots that they see."""
    before = parse_place("incidents", cursor) if cursor else None
    with services.database.transaction() as conn:
        sight = sight_of(conn, actor)
        found = services.alerts.fetch_incidents(
            conn, states=_STATES[state], device_keys=sight.device_keys, plot_ids=sight.plot_ids, before=before,
            limit=limit + 1,
        )  # fmt: skip
    page, following = cut(sight.shown(found), limit, _cursor_of)
    return Page(items=[as_incident(view, actor.language) for view in page], next=following)


def _cursor_of(view: IncidentView) -> str:
    return format_cursor("incidents", key_of_instant(view.opened_at), view.id)


@router.get("/{incident_id}", summary="One incident with its timeline", responses=problems(404))
def show_incident(incident_id: str, services: ServicesOf, actor: ApiActor) -> IncidentWithTimeline:
    """All that happened to it; nobody can rewrite that."""
    with services.database.transaction() as conn:
        view = visible_incident(conn, services, actor, incident_id)
        page = services.alerts.fetch_incident(conn, incident_id)
    deliveries = page.deliveries if actor.is_staff else ()
    return IncidentWithTimeline.model_validate(
        _fields(view, actor.language)
        | {
            "timeline": [_entry(entry) for entry in page.timeline],
            "deliveries": [_delivery(delivery) for delivery in deliveries],
        }
    )


def _entry(entry: views.Entry) -> Entry:
    return Entry(at=entry.at, kind=entry.kind, actor=entry.actor, detail=entry.detail)


def _delivery(delivery: views.DeliveryView) -> Delivery:
    return Delivery(
        person=delivery.person_id,
        channel=delivery.channel,
        state=delivery.state,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        sent_at=delivery.sent_at,
        error=delivery.error,
    )


@router.post("/{incident_id}/going", summary="I am going", responses=problems(403, 404, 409))
def say_going(incident_id: str, form: GoingForm, services: ServicesOf, actor: ApiActor) -> Incident:
    """Stops the paging until the ETA and a while more have passed without a report.

    Who says it again replaces the ETA.
    """
    party = form.party if form.partner is None else "with"
    answer = GoingAnswer(form.eta_minutes, party, form.partner, form.back_minutes)
    with services.database.transaction() as conn:
        view = visible_incident(conn, services, actor, incident_id)
        acts.say_going(conn, services, actor, view, answer)
        return _answer(conn, services, actor, incident_id)


def _answer(conn: Connection, services: Services, actor: Actor, incident_id: str) -> Incident:
    return as_incident(visible_incident(conn, services, actor, incident_id), actor.language)


@router.post("/{incident_id}/not-going", summary="I cannot go after all", responses=problems(403, 404, 409))
def take_back(incident_id: str, services: ServicesOf, actor: ApiActor) -> Incident:
    """The others are told again at once, unless somebody else goes."""
    now = services.now()
    with services.database.transaction() as conn:
        visible_incident(conn, services, actor, incident_id)
        services.alerts.not_going(conn, incident_id, actor.person_id, now)
        registry.record(conn, actor, "not_going", f"incident/{incident_id}", now)
        return _answer(conn, services, actor, incident_id)


@router.post("/{incident_id}/back", summary="I am back", responses=problems(403, 404, 409))
def come_back(incident_id: str, services: ServicesOf, actor: ApiActor) -> Incident:
    """Nobody looks for the person. A report of what was found is wanted all the same."""
    now = services.now()
    with services.database.transaction() as conn:
        visible_incident(conn, services, actor, incident_id)
        services.alerts.came_back(conn, incident_id, actor.person_id, now)
        registry.record(conn, actor, "back", f"incident/{incident_id}", now)
        return _answer(conn, services, actor, incident_id)


@router.post("/{incident_id}/resolve", summary="Report what was found", responses=problems(403, 404, 409))
def resolve_incident(incident_id: str, form: ReportForm, services: ServicesOf, actor: ApiActor) -> Incident:
    """Settles the incident for good; a sprung trap is armed again by whatever the report says."""
    now = services.now()
    with services.database.transaction() as conn:
        visible_incident(conn, services, actor, incident_id)
        services.alerts.resolve(conn, incident_id, actor.person_id, form.outcome, form.note, now)
        registry.record(conn, actor, "resolve", f"incident/{incident_id}", now, outcome=form.outcome)
        return _answer(conn, services, actor, incident_id)
