"""My notices: what reaches me and when. Each section is a form of its own; what a section changes counts from the next
incident on, a mute at once.
"""

from fastapi import APIRouter, Response

from hub.alerts.teams import service as teams
from hub.alerts.teams.mutes import fetch_mutes
from hub.alerts.teams.specs import NIGHTS
from hub.registry import service as registry
from hub.texts import msgid, nmsgid
from hub.web import mutes
from hub.web.mutes import MUTE_HOURS
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, SignedInPage

__all__ = ["read_mute", "router"]

router = APIRouter(prefix="/me")
_AS_TEAM = "team"
_EVERYTHING = "all"


@router.get("")
def show_me(page: SignedInPage) -> Response:
    """All sections."""
    return _show(page, Filled({}, page.translate))


@router.post("/night")
def save_night(page: SignedInPage, submitted: Submitted) -> Response:
    """Wake me, at first light, or as my team has it."""
    form = Filled(submitted, page.translate)
    night = form.choice("night", (*NIGHTS, _AS_TEAM))
    if form.errors:
        return _show(page, form, 422)
    with page.services.database.transaction() as conn:
        teams.save_night(conn, page.actor, None if night == _AS_TEAM else night, page.now)
    return page.go("/me?done=night")


@router.post("/away")
def save_away(page: SignedInPage, submitted: Submitted) -> Response:
    """Away through a day, or here again."""
    form = Filled(submitted, page.translate)
    until = form.day("away_until")
    if until is not None and until < page.now.astimezone(page.services.texts.zone).date():
        form.fault("away_until", msgid("This day is over."))
    elif until is not None and teams.is_too_far(until, page.now):
        ahead = nmsgid("At most %(n)s day ahead.", "At most %(n)s days ahead.")
        form.fault_of("away_until", teams.LONGEST_AWAY.days, ahead)
    if form.errors:
        return _show(page, form, 422)
    with page.services.database.transaction() as conn:
        teams.save_away(conn, page.actor, page.actor.person_id, until, page.now)
    return page.go("/me?done=away")


@router.post("/mutes")
def mute_myself(page: SignedInPage, submitted: Submitted) -> Response:
    """Nothing to me for a while, of one team's traps or of all."""
    form = Filled(submitted, page.translate)
    team = form.choice("team", (_EVERYTHING, *page.actor.teams))
    hours, reason = read_mute(form)
    if form.errors:
        return _show(page, form, 422)
    with page.services.database.transaction() as conn:
        team_id = None if team == _EVERYTHING else team
        mutes.mute_myself(conn, page.actor, team_id, mutes.until(page.now, hours), reason, page.now)
    return page.go("/me?done=muted")


@router.post("/mutes/{mute_id}/end")
def unmute_myself(page: SignedInPage, mute_id: int) -> Response:
    """Tell me again, from now on."""
    with page.services.database.transaction() as conn:
        mutes.end(conn, page.actor, mute_id, page.now)
    return page.go("/me?done=unmuted")


def read_mute(form: Filled) -> tuple[int, str]:
    """Hours and reason of a form that mutes something."""
    hours = form.choice("hours", tuple(str(hours) for hours in MUTE_HOURS))
    return int(hours) if hours.isdecimal() else MUTE_HOURS[0], form.line("reason")


def _show(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        wishes = teams.fetch_wishes(conn, page.actor.person_id)
        mine = fetch_mutes(conn, page.now, person_id=page.actor.person_id)
        own_teams = [registry.fetch_team(conn, team) for team in sorted(page.actor.teams)]
    return page.render(
        "me.html",
        status,
        form=form,
        wishes=wishes,
        mutes=mine,
        teams=own_teams,
        is_told=page.actor.has("hunter"),
        mute_hours=MUTE_HOURS,
        today=page.now.astimezone(page.services.texts.zone).date(),
    )
