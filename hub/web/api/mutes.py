"""Mutes: a trap, an agent, or notices to oneself, until an instant; and what one has chosen for the night."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from hub.alerts.teams import service as teams
from hub.alerts.teams.mutes import MuteView
from hub.alerts.teams.specs import Night
from hub.errors import Conflict, Forbidden
from hub.registry import service as registry
from hub.web import mutes
from hub.web.api.forms import Day, DeviceId, Form, Instant, Line
from hub.web.api.paging import Page
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(tags=["mutes"])
MuteId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class MuteForm(Form):
    """What is muted: a `device`, an `agent`, or (neither) notices to oneself, of one `team`'s traps or of all."""

    until: Instant = Field(description="At most 14 days ahead")
    reason: Line = Field(examples=["電池の交換"])
    device: DeviceId | None = None
    agent: DeviceId | None = None
    team: DeviceId | None = None


class Mute(BaseModel):
    """A mute in force. What happens meanwhile is told as soon as it ends."""

    id: int
    device: str | None
    agent: str | None
    person: str | None
    team: str | None
    reason: str
    set_by: str
    set_at: datetime
    until: datetime


class Wishes(BaseModel):
    """What one has chosen: for the night (null: as the team), and the last day of an absence."""

    night: Night | None
    away_until: date | None


class WishesForm(Form):
    """What is to change; what is not sent stays."""

    night: Night | None = None
    away_until: Day | None = None


def as_mute(view: MuteView) -> Mute:
    """The answer for a mute."""
    return Mute(
        id=view.id,
        device=view.device_id,
        agent=view.agent_id,
        person=view.person_id,
        team=view.team_id,
        reason=view.reason,
        set_by=view.set_by,
        set_at=view.set_at,
        until=view.until_at,
    )


@router.get("/mutes", summary="List mutes")
def list_mutes(services: ServicesOf, actor: ApiActor) -> Page[Mute]:
    """Those in force: of the own traps and their agents, and of oneself; staff see all. The first to end first."""
    with services.database.transaction() as conn:
        found = mutes.visible_mutes(conn, actor, services.now())
    return Page(items=[as_mute(view) for view in found], next=None)


@router.post("/mutes", status_code=201, summary="Mute", responses=problems(403, 404, 409))
def create_mute(form: MuteForm, services: ServicesOf, actor: ApiActor) -> Mute:
    """Nobody (or oneself not) is told until then. Traps for whoever sees them, agents for staff."""
    if sum(one is not None for one in (form.device, form.agent, form.team)) > 1:
        raise Conflict("A mute is of a device, an agent or a team, not of several at once.")
    now = services.now()
    with services.database.transaction() as conn:
        if form.device is not None:
            device = registry.device_of(conn, actor, form.device)
            return as_mute(mutes.mute_device(conn, actor, device, form.until, form.reason, now))
        if form.agent is not None:
            return as_mute(mutes.mute_agent(conn, actor, form.agent, form.until, form.reason, now))
        return as_mute(mutes.mute_myself(conn, actor, form.team, form.until, form.reason, now))


@router.delete("/mutes/{mute_id}", status_code=204, summary="End a mute", responses=problems(404))
def end_mute(mute_id: MuteId, services: ServicesOf, actor: ApiActor) -> Response:
    """What has waited for its end is told at once."""
    with services.database.transaction() as conn:
        mutes.end(conn, actor, mute_id, services.now())
    return Response(status_code=204)


@router.get("/me/notices", summary="How I am told")
def show_wishes(services: ServicesOf, actor: ApiActor) -> Wishes:
    """The night and an absence."""
    with services.database.transaction() as conn:
        return Wishes.model_validate(teams.fetch_wishes(conn, actor.person_id), from_attributes=True)


@router.patch("/me/notices", summary="Change how I am told", responses=problems(403))
def save_wishes(form: WishesForm, services: ServicesOf, actor: ApiActor) -> Wishes:
    """Counts for the next incidents; those that are open keep their plan."""
    if not actor.has("hunter"):
        raise Forbidden
    with services.database.transaction() as conn:
        if "night" in form.model_fields_set:
            teams.save_night(conn, actor, form.night, services.now())
        if "away_until" in form.model_fields_set:
            teams.save_away(conn, actor, actor.person_id, form.away_until, services.now())
        return Wishes.model_validate(teams.fetch_wishes(conn, actor.person_id), from_attributes=True)
