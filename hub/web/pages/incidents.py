"""Incidents: what happened and where, who goes, what was found."""

from datetime import datetime, timedelta
from typing import Annotated, cast

from fastapi import APIRouter, Query, Response

from hub.alerts.answers import Party
from hub.alerts.going import GoingAnswer
from hub.alerts.service import UNRESOLVED
from hub.alerts.teams import service as teams
from hub.alerts.teams.mutes import fetch_mutes
from hub.alerts.views import Answer, IncidentView
from hub.errors import Conflict, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.store import Connection
from hub.texts import msgid
from hub.texts.words import FIELD_OUTCOMES, OUTCOMES
from hub.web import acts
from hub.web.api.forms import parse_instant
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import IncidentsPage, Page
from hub.web.pages.timeline import people_in, tell_timeline
from hub.web.sight import sight_of

__all__ = ["ETA_CHOICES", "USUAL_ETA", "router"]

router = APIRouter()
# Minutes; what lies between is near enough for those who wait.
ETA_CHOICES = (15, 30, 60, 120)
USUAL_ETA = 30
_PAGE = 50


@router.get("/incidents")
def list_incidents(
    page: IncidentsPage,
    show: Annotated[str, Query()] = "",
    before: Annotated[str, Query()] = "",
) -> Response:
    """What is not settled, or everything; newest first."""
    states = None if show == "all" else UNRESOLVED
    with page.services.database.transaction() as conn:
        sight = sight_of(conn, page.actor)
        place = _place(conn, page, before)
        found = page.services.alerts.fetch_incidents(
            conn, states=states, device_keys=sight.device_keys, plot_ids=sight.plot_ids, before=place, limit=_PAGE + 1
        )
        found = sight.shown(found)
    more = found[_PAGE - 1].id if len(found) > _PAGE else None
    shown, is_first = "all" if show == "all" else "open", place is None and show != "all"
    return page.render("incidents.html", keep=is_first, incidents=found[:_PAGE], show=shown, more=more)


def _place(conn: Connection, page: Page, before: str) -> tuple[datetime, str] | None:
    """Where a list goes on: behind this incident, if there is one."""
    if not before or not is_id(before):
        return None
    view = find_incident(conn, page, before)
    return view.opened_at, view.id


def find_incident(conn: Connection, page: Page, incident_id: str) -> IncidentView:
    """One incident as the actor may read it; raises NotFound when there is none or the actor may not see it."""
    sight = sight_of(conn, page.actor)
    if is_id(incident_id):
        view = page.services.alerts.fetch_view(conn, incident_id)
        if sight.sees(view):
            return sight.shown([view])[0]
    raise NotFound("There is no such incident.")


@router.get("/incidents/{incident_id}")
def show_incident(page: IncidentsPage, incident_id: str) -> Response:
    """One incident."""
    return _show(page, incident_id, Filled({}, page.translate))


def _show(page: Page, incident_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        view = find_incident(conn, page, incident_id)
        whole = page.services.alerts.fetch_incident(conn, incident_id)
        out = page.services.alerts.fetch_out(conn, incident_id)
        others = teams.fetch_companions(conn, view.device_key, page.actor.person_id)
        muted = [] if view.device_key is None else fetch_mutes(conn, page.now, device_keys=[view.device_key])
        names = registry.fetch_person_names(conn, people_in(whole.timeline))
        filed = page.services.captures.fetch_of_incident(conn, incident_id)
    lines = tell_timeline(whole.timeline, names, page.translate, page.say_at, for_staff=page.actor.is_staff)
    return page.render(
        "incident_field.html" if view.of_field else "incident.html",
        status,
        keep=True,
        incident=view,
        words_of=view.said(page.locale),
        words_after=view.said(page.locale, "after"),
        timeline=lines,
        mine=_answer_of(view, page.actor.person_id),
        form=form,
        eta_choices=ETA_CHOICES,
        usual_eta=USUAL_ETA,
        outcomes=OUTCOMES,
        out=out,
        i_am_out=any(one.person_id == page.actor.person_id for one in out),
        others=others,
        mutes=muted,
        report_id=filed.report.id if filed else None,
    )


def _answer_of(view: IncidentView, person_id: str) -> Answer | None:
    return next((answer for answer in view.going if answer.person_id == person_id), None)


@router.post("/incidents/{incident_id}/going")
def say_going(page: IncidentsPage, incident_id: str, submitted: Submitted) -> Response:
    """The person is on the way."""
    form = Filled(submitted, page.translate)
    waited = _waited_minutes(page, form)
    minutes = int(form.number("eta_minutes", 1, 1440)) - waited
    if minutes < 1 and not form.errors:
        late = msgid("You wrote this at %(when)s, and it came only now. When will you be there?")
        form.fault("eta_minutes", late, when=page.say_at(page.now - timedelta(minutes=waited)))
    party, partner = _read_party(form)
    back = max(1, int(form.number("back_minutes", 1, 1440)) - waited) if form.typed("back_minutes") else None
    if form.errors:
        return _show(page, incident_id, form, 422)

    def act(conn: Connection) -> str:
        view = find_incident(conn, page, incident_id)
        acts.say_going(conn, page.services, page.actor, view, GoingAnswer(minutes, party, partner, back))
        return f"/incidents/{incident_id}?done=going"

    return page.go_once(form, act)


def _read_party(form: Filled) -> tuple[Party, str | None]:
    """Alone, wanting a second person, with somebody (`somebody`) or with this person."""
    chosen = form.typed("party", "alone") or "alone"
    if chosen in ("alone", "wants_second"):
        return cast("Party", chosen), None
    return "with", None if chosen == "somebody" else chosen


@router.post("/incidents/{incident_id}/not-going")
def take_back(page: IncidentsPage, incident_id: str, submitted: Submitted) -> Response:
    """The person cannot go after all."""

    def act(conn: Connection) -> str:
        find_incident(conn, page, incident_id)
        page.services.alerts.not_going(conn, incident_id, page.actor.person_id, page.now)
        registry.record(conn, page.actor, "not_going", f"incident/{incident_id}", page.now)
        return f"/incidents/{incident_id}?done=not-going"

    return page.go_once(Filled(submitted, page.translate), act)


@router.post("/incidents/{incident_id}/back")
def come_back(page: IncidentsPage, incident_id: str, submitted: Submitted) -> Response:
    """The person is back."""

    def act(conn: Connection) -> str:
        find_incident(conn, page, incident_id)
        page.services.alerts.came_back(conn, incident_id, page.actor.person_id, page.now)
        registry.record(conn, page.actor, "back", f"incident/{incident_id}", page.now)
        return f"/incidents/{incident_id}?done=back"

    return page.go_once(Filled(submitted, page.translate), act)


def _waited_minutes(page: Page, form: Filled) -> int:
    """For how long an answer waited on the phone: its times count from when it was written, and one whose time is over
    stops nobody's phone from ringing.
    """
    said = form.typed("written_at").strip()
    try:
        written_at = min(parse_instant("written_at", said), page.now) if said else page.now
    except Invalid as error:
        form.fault("eta_minutes", str(error))
        return 0
    return int((page.now - written_at) / timedelta(minutes=1))


@router.post("/incidents/{incident_id}/resolve")
def report(page: IncidentsPage, incident_id: str, submitted: Submitted) -> Response:
    """What was found; that settles it."""
    form = Filled(submitted, page.translate)
    outcome, note = form.choice("outcome", {**OUTCOMES, **FIELD_OUTCOMES}), form.text("note")
    if form.errors:
        return _show(page, incident_id, form, 422)

    def act(conn: Connection) -> str:
        find_incident(conn, page, incident_id)
        page.services.alerts.resolve(conn, incident_id, page.actor.person_id, outcome, note, page.now)
        registry.record(conn, page.actor, "resolve", f"incident/{incident_id}", page.now, outcome=outcome)
        return f"/incidents/{incident_id}?done=resolved"

    try:
        return page.go_once(form, act)
    except Conflict:
        # Somebody else has settled it: what the person wrote is shown again, so that it is not lost.
        form.fault("note", msgid("Somebody has settled this meanwhile. Your report was not saved."))
        return _show(page, incident_id, form, 409)
