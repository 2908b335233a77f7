"""Teams: who is in them, who is on duty when, and by which plan they are told. Members look, staff change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Response

from hub.alerts.teams import service as teams
from hub.alerts.teams.rosters import Roster, duty_of_day
from hub.alerts.teams.service import Member
from hub.alerts.teams.specs import GROUPS, MOST_STEPS, TOWN_SPEC
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.devices import Team
from hub.registry.people import Actor
from hub.store import Connection
from hub.texts import msgid, nmsgid
from hub.web import acts
from hub.web.pages.forms import Filled, Refused, Submitted
from hub.web.pages.page import HuntersPage, Page, StaffPage
from hub.web.pages.plan_form import fields_of, read_plan

__all__ = ["router"]

router = APIRouter()
_DAYS_SHOWN = 14
_MOST = 2000
_CHANNELS = ("mail", "line", "push")
_TAKEN = msgid("Another team has this name.")


@dataclass(frozen=True, slots=True)
class DutyDay:
    """A day of the roster: who is on duty by it, and who differs from the week."""

    day: date
    people: tuple[str, ...]
    special: bool


# --- the list ---------------------------------------------------------------------------------------------------------


@router.get("/staff/teams")
def list_teams(page: StaffPage) -> Response:
    """All teams, and the form for a new one."""
    return _list(page, Filled({}, page.translate))


@router.post("/staff/teams")
def create_team(page: StaffPage, submitted: Submitted) -> Response:
    """A new team."""
    form = Filled(submitted, page.translate)
    name = form.line("name")
    if form.errors:
        return _list(page, form, 422)

    def act(conn: Connection) -> str:
        with form.conflict_at("name", _TAKEN):
            return f"/teams/{registry.create_team(conn, page.actor, name, page.now).id}"

    try:
        return page.go_once(form, act)
    except Refused:
        return _list(page, form, 422)


def _list(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        found = registry.fetch_teams(conn, limit=_MOST)
        names = registry.fetch_person_names(conn, frozenset(one for team in found for one in team.members))
        own_plan = {team.id: teams.fetch_own_spec(conn, team.id) is not None for team in found}
    return page.render("staff_teams.html", status, form=form, teams=found, names=names, own_plan=own_plan)


# --- one team ---------------------------------------------------------------------------------------------------------


@router.get("/teams/{team_id}")
def show_team(page: HuntersPage, team_id: str) -> Response:
    """Members and duty."""
    return _show(page, team_id, Filled({}, page.translate))


@router.post("/teams/{team_id}/members")
def add_member(page: StaffPage, team_id: str, submitted: Submitted) -> Response:
    """A hunter joins."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        registry.add_member(conn, page.actor, team_id, form.typed("person"), page.now)
    return page.go(f"/teams/{team_id}?done=saved")


@router.post("/teams/{team_id}/members/{person_id}/remove")
def remove_member(page: StaffPage, team_id: str, person_id: str) -> Response:
    """A hunter leaves."""
    with page.services.database.transaction() as conn:
        registry.remove_member(conn, page.actor, team_id, person_id, page.now)
    return page.go(f"/teams/{team_id}?done=saved")


@router.post("/teams/{team_id}/week")
def save_week(page: StaffPage, team_id: str, submitted: Submitted) -> Response:
    """Who is on duty on each weekday."""
    form = Filled(submitted, page.translate)
    week = {weekday: form.chosen(f"weekday_{weekday}") for weekday in range(7)}
    with page.services.database.transaction() as conn:
        teams.save_week(conn, page.actor, team_id, week, page.now)
    return page.go(f"/teams/{team_id}?done=saved")


@router.post("/teams/{team_id}/days")
def save_day(page: StaffPage, team_id: str, submitted: Submitted) -> Response:
    """What is different on one date: one person, or a swap of two."""
    form = Filled(submitted, page.translate)
    day = form.day("day")
    if day is None:
        form.fault("day", msgid("Please fill this in."))
    duty = {person: on for name, on in (("off", False), ("on", True)) if (person := form.typed(name))}
    if not duty:
        form.fault("on", msgid("Please choose one."))
    if form.errors or day is None:
        return _show(page, team_id, form, 422)
    with page.services.database.transaction() as conn:
        teams.save_day(conn, page.actor, team_id, day, duty, page.now)
    return page.go(f"/teams/{team_id}?done=saved")


@router.post("/teams/{team_id}/days/{day}/clear")
def clear_day(page: StaffPage, team_id: str, day: date) -> Response:
    """The date is as every week again."""
    with page.services.database.transaction() as conn:
        _, _, roster = _load(conn, page, team_id)
        teams.save_day(conn, page.actor, team_id, day, dict.fromkeys(roster.days.get(day, {})), page.now)
    return page.go(f"/teams/{team_id}?done=saved")


@router.post("/teams/{team_id}/away")
def save_away(page: StaffPage, team_id: str, submitted: Submitted) -> Response:
    """Staff mark a member as away, or as here again."""
    form = Filled(submitted, page.translate)
    until, person = form.day("away_until"), form.typed("person")
    if until is not None and teams.is_too_far(until, page.now):
        ahead = nmsgid("At most %(n)s day ahead.", "At most %(n)s days ahead.")
        form.fault_of("away_until", teams.LONGEST_AWAY.days, ahead)
    if form.errors:
        return _show(page, team_id, form, 422)
    with page.services.database.transaction() as conn:
        _, members, _ = _load(conn, page, team_id)
        if person not in {member.id for member in members}:
            raise NotFound("There is no such person.")
        teams.save_away(conn, page.actor, person, until, page.now)
    return page.go(f"/teams/{team_id}?done=saved")


def team_for(conn: Connection, actor: Actor, team_id: str) -> Team:
    """A team that the actor belongs to, or staff; raises NotFound, which looks the same from outside."""
    if not actor.is_staff and team_id not in actor.teams:
        raise NotFound("There is no such team.")
    return registry.fetch_team(conn, team_id)


def _load(conn: Connection, page: Page, team_id: str) -> tuple[Team, list[Member], Roster]:
    team = team_for(conn, page.actor, team_id)
    members = teams.fetch_members(conn, team_id)
    today = page.now.astimezone(page.services.texts.zone).date()
    return team, members, teams.fetch_roster(conn, team_id, [member.id for member in members], today)


def _show(page: Page, team_id: str, form: Filled, status: int = 200) -> Response:
    today = page.now.astimezone(page.services.texts.zone).date()
    with page.services.database.transaction() as conn:
        team, members, roster = _load(conn, page, team_id)
        hunters = [one for one in registry.fetch_people(conn, limit=_MOST) if page.actor.is_staff]
    others = [one for one in hunters if one.active and "hunter" in one.roles and one.id not in team.members]
    days = [
        DutyDay(day, duty_of_day(roster, day), day in roster.days)
        for day in (today + timedelta(days=number) for number in range(_DAYS_SHOWN))
    ]
    return page.render(
        "team.html",
        status,
        form=form,
        team=team,
        members=members,
        names={member.id: member.name for member in members},
        roster=roster,
        days=days,
        others=sorted(others, key=lambda one: one.name),
        today=today,
        weekdays=[today + timedelta(days=(number - today.weekday()) % 7) for number in range(7)],
    )


# --- its name, and its end --------------------------------------------------------------------------------------------


@router.post("/teams/{team_id}/name")
def rename_team(page: StaffPage, team_id: str, submitted: Submitted) -> Response:
    """Another name."""
    form = Filled(submitted, page.translate)
    name = form.line("name")
    try:
        with page.services.database.transaction() as conn:
            if not form.errors:
                registry.rename_team(conn, page.actor, team_id, name, page.now)
    except Conflict:
        form.fault("name", _TAKEN)
    return _show(page, team_id, form, 422) if form.errors else page.go(f"/teams/{team_id}?done=saved")


@router.get("/teams/{team_id}/delete")
def ask_deletion(page: StaffPage, team_id: str) -> Response:
    """What goes with a team."""
    return _ask_deletion(page, team_id)


@router.post("/teams/{team_id}/delete")
def delete_team(page: StaffPage, team_id: str) -> Response:
    """The team is no more."""
    try:
        with page.services.database.transaction() as conn:
            acts.delete_team(conn, page.actor, team_id, page.now)
    except Conflict:
        return _ask_deletion(page, team_id, 422)
    return page.go("/staff/teams?done=deleted")


def _ask_deletion(page: Page, team_id: str, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        team = registry.fetch_team(conn, team_id)
        devices = registry.fetch_devices(conn, page.actor, limit=_MOST)
        names = registry.fetch_person_names(conn, frozenset(team.members))
    traps = [device for device in devices if device.team_id == team.id]
    return page.render("team_deletion.html", status, team=team, traps=traps, names=sorted(names.values()))


# --- the plan ---------------------------------------------------------------------------------------------------------


@router.get("/teams/{team_id}/plan")
def show_plan(page: HuntersPage, team_id: str) -> Response:
    """The plan of a team; `town` is what counts where a team has none."""
    return _plan(page, team_id, None)


@router.post("/teams/{team_id}/plan")
def save_plan(page: StaffPage, team_id: str, submitted: Submitted) -> Response:
    """The plan from now on; or the town's again."""
    form = Filled(submitted, page.translate)
    of_team = None if team_id == "town" else team_id
    with page.services.database.transaction() as conn:
        people = [] if of_team is None else [member.id for member in teams.fetch_members(conn, of_team)]
    spec = None if form.typed("drop") else read_plan(form, people, _CHANNELS)
    if form.errors:
        return _plan(page, team_id, form, 422)
    try:
        with page.services.database.transaction() as conn:
            teams.save_spec(conn, page.actor, of_team, spec, page.now)
    except Invalid as error:
        form.fault("to_0", str(error))
        return _plan(page, team_id, form, 422)
    return page.go(f"/teams/{team_id}/plan?done=saved")


def _plan(page: Page, team_id: str, form: Filled | None, status: int = 200) -> Response:
    of_team = None if team_id == "town" else team_id
    if of_team is None and not page.actor.is_staff:
        raise Forbidden
    with page.services.database.transaction() as conn:
        team = None if of_team is None else team_for(conn, page.actor, of_team)
        members: Sequence[Member] = () if of_team is None else teams.fetch_members(conn, of_team)
        own = teams.fetch_own_spec(conn, of_team)
        spec = teams.fetch_spec(conn, of_team)
    shown = form or Filled(dict(fields_of(spec)), page.translate)
    return page.render(
        "team_plan.html",
        status,
        form=shown,
        team=team,
        team_id=team_id,
        members=members,
        has_own=own is not None,
        spec=spec,
        town_spec=TOWN_SPEC,
        groups=GROUPS,
        rows=min(MOST_STEPS, max(3, len(spec.steps) + 1)),
        channels=_CHANNELS,
        repeat_s=page.services.settings.repeat_after_s,
        may_edit=page.actor.is_staff,
    )
