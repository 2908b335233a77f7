"""Teams' plans and duty: who is told when, and who is on duty. Members look, staff change."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from hub.alerts.teams import service as teams
from hub.alerts.teams import specs
from hub.alerts.teams.rosters import duty_of_day
from hub.alerts.teams.specs import LONGEST_MIN, MOST_STEPS, Night, PlanSpec
from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.web.api.forms import FOR_STAFF, Day, DeviceId, Form, Line, Minutes, Rounds, Staff, Whole
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(tags=["teams"])


class StepForm(Form):
    """One step of a plan."""

    after_min: Whole = Field(ge=0, le=LONGEST_MIN, description="Minutes after the step before")
    to: list[Line] = Field(
        min_length=1, max_length=50, examples=[["duty"]], description="`duty`, `team`, `staff`, ids of members"
    )
    channels: list[Line] = Field(
        default_factory=list, max_length=10, description="The best first; none: each person's own order"
    )


class PlanForm(Form):
    """A plan as it shall be; what is left out is as every town begins."""

    steps: list[StepForm] = Field(min_length=1, max_length=MOST_STEPS)
    repeat_min: Minutes | None = Field(None, description="Null: the town's setting")
    staff_after_rounds: Rounds | None = 3
    grace_min: Whole = Field(30, ge=0, le=LONGEST_MIN)
    two_people: bool = False
    seek_min: Minutes = 10
    return_min: Whole = Field(180, ge=10, le=LONGEST_MIN)
    night: Night = "wake"
    slow_night: Night = "first_light"
    first_light_min: Whole = Field(30, ge=0, le=90, description="Minutes before sunrise")


class Step(BaseModel):
    """One step of a plan."""

    after_min: int
    to: list[str]
    channels: list[str]


class Plan(BaseModel):
    """A plan. `own`: written for exactly this team (or the town), not taken over."""

    own: bool
    steps: list[Step]
    repeat_min: int | None
    staff_after_rounds: int | None
    grace_min: int
    two_people: bool
    seek_min: int
    return_min: int
    night: Night
    slow_night: Night
    first_light_min: int


class RosterForm(Form):
    """Who is on duty on each weekday, seven lists of members' ids, Monday first."""

    week: list[list[DeviceId]] = Field(min_length=7, max_length=7)


class DutyForm(Form):
    """A member is on duty (true), is not (false), or is as every week (null)."""

    person: DeviceId
    on_duty: bool | None


class DayForm(Form):
    """What is different on one date."""

    duty: list[DutyForm] = Field(min_length=1, max_length=50)


class Duty(BaseModel):
    """Who is on duty on a day by the roster; nobody means that the whole team is told."""

    day: date
    people: list[str]


class Roster(BaseModel):
    """A team's roster with the days ahead."""

    week: list[list[str]]
    days: list[Duty]


def _visible(conn: Connection, actor: Actor, team_id: str) -> None:
    if not actor.is_staff and team_id not in actor.teams:
        raise NotFound("There is no such team.")
    registry.fetch_team(conn, team_id)


def _plan(conn: Connection, team_id: str | None) -> Plan:
    spec, own = teams.fetch_spec(conn, team_id), teams.fetch_own_spec(conn, team_id)
    return Plan.model_validate(asdict(spec) | {"own": own is not None})


def _spec(form: PlanForm) -> PlanSpec:
    return specs.load_spec(form.model_dump())


@router.get("/plan", summary="The town's plan", dependencies=FOR_STAFF, responses=problems(403))
def show_town_plan(services: ServicesOf) -> Plan:
    """What counts for teams that have none of their own, and for traps without a team."""
    with services.database.transaction() as conn:
        return _plan(conn, None)


@router.put("/plan", summary="Change the town's plan", responses=problems(403, 404))
def save_town_plan(form: PlanForm, services: ServicesOf, actor: Staff) -> Plan:
    """For the next incidents; those that are open keep theirs."""
    with services.database.transaction() as conn:
        teams.save_spec(conn, actor, None, _spec(form), services.now())
        return _plan(conn, None)


@router.get("/teams/{team_id}/plan", summary="A team's plan", responses=problems(404))
def show_plan(team_id: str, services: ServicesOf, actor: ApiActor) -> Plan:
    """The plan that counts for the team."""
    with services.database.transaction() as conn:
        _visible(conn, actor, team_id)
        return _plan(conn, team_id)


@router.put("/teams/{team_id}/plan", summary="Change a team's plan", responses=problems(403, 404))
def save_plan(team_id: str, form: PlanForm, services: ServicesOf, actor: Staff) -> Plan:
    """For the next incidents; those that are open keep theirs."""
    with services.database.transaction() as conn:
        _visible(conn, actor, team_id)
        teams.save_spec(conn, actor, team_id, _spec(form), services.now())
        return _plan(conn, team_id)


@router.delete("/teams/{team_id}/plan", status_code=204, summary="Follow the town's plan", responses=problems(403, 404))
def drop_plan(team_id: str, services: ServicesOf, actor: Staff) -> Response:
    """The team has no plan of its own any more."""
    with services.database.transaction() as conn:
        _visible(conn, actor, team_id)
        teams.save_spec(conn, actor, team_id, None, services.now())
    return Response(status_code=204)


@router.get("/teams/{team_id}/roster", summary="Who is on duty", responses=problems(404))
def show_roster(
    team_id: str, services: ServicesOf, actor: ApiActor, days: Annotated[int, Query(ge=1, le=100)] = 14
) -> Roster:
    """The week, and the days ahead from today on, with what is different on them."""
    with services.database.transaction() as conn:
        _visible(conn, actor, team_id)
        return _roster(conn, services, team_id, days)


@router.put("/teams/{team_id}/roster", summary="Change the week", responses=problems(403, 404))
def save_week(team_id: str, form: RosterForm, services: ServicesOf, actor: Staff) -> Roster:
    """Who is on duty every week; an empty day is the whole team."""
    with services.database.transaction() as conn:
        _visible(conn, actor, team_id)
        teams.save_week(conn, actor, team_id, dict(enumerate(form.week)), services.now())
        return _roster(conn, services, team_id, 14)


@router.put("/teams/{team_id}/roster/{day}", summary="Change one day", responses=problems(403, 404))
def save_day(team_id: str, day: Day, form: DayForm, services: ServicesOf, actor: Staff) -> Roster:
    """A swap is two of them: one false, one true."""
    with services.database.transaction() as conn:
        _visible(conn, actor, team_id)
        teams.save_day(conn, actor, team_id, day, {one.person: one.on_duty for one in form.duty}, services.now())
        return _roster(conn, services, team_id, 14)


def _roster(conn: Connection, services: ServicesOf, team_id: str, days: int) -> Roster:
    today = services.now().astimezone(services.texts.zone).date()
    members = [member.id for member in teams.fetch_members(conn, team_id)]
    roster = teams.fetch_roster(conn, team_id, members, today)
    ahead = [today + timedelta(days=number) for number in range(days)]
    return Roster(
        week=[sorted(roster.week.get(weekday, ())) for weekday in range(7)],
        days=[Duty(day=day, people=list(duty_of_day(roster, day))) for day in ahead],
    )
