"""What everybody may know of surveys: looked at and released by a responder, and the pages that need no sign-in."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response

from hub.errors import Conflict, NotFound
from hub.store import Connection
from hub.surveys import store
from hub.surveys.notice import Summary
from hub.surveys.releases import service as releases
from hub.surveys.releases.service import Released
from hub.surveys.service import scope_of
from hub.surveys.states import ACTIVE
from hub.texts import msgid
from hub.web.pages import survey_words
from hub.web.pages.forms import Filled, Refused, Submitted
from hub.web.pages.page import AnybodysPage, Page, RespondersPage
from hub.web.pages.survey_picture import draw_picture
from hub.web.summaries import fetch_summary

__all__ = ["router"]

router = APIRouter()
DONE = {
    "released": msgid("The summary is released: everybody can see it."),
    "withdrawn": msgid("The summary is shown no more."),
}


@router.get("/surveys/{survey_id}/release")
def show_release(page: RespondersPage, survey_id: str) -> Response:
    """The summary as everybody would see it, and whether it is released."""
    return _show(page, survey_id, Filled({}, page.translate))


def _show(page: Page, survey_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        survey = store.fetch_survey(conn, survey_id, scope_of(page.actor))
        summary = fetch_summary(conn, page.actor, survey_id, page.services.texts.zone)
        released = releases.find_released(conn, survey_id)
    told = page.request.query_params.get("done", "") if status < 400 else ""
    return page.render(
        "survey_release.html",
        status,
        survey=survey,
        released=released,
        seen=_fingerprint(summary, released),
        may=survey.launched_at is not None and survey.state not in ACTIVE,
        form=form,
        told=page.translate(DONE[told]) if told in DONE else "",
        **_shown(summary),
    )


def _fingerprint(summary: Summary, released: Released | None) -> str:
    """Another one when what everybody would see, or what they see now, is not what it was."""
    looked_at = [asdict(summary), released.released_at.isoformat() if released else None]
    return hashlib.sha256(json.dumps(looked_at, sort_keys=True).encode()).hexdigest()


def _shown(summary: Summary) -> dict[str, Any]:
    """What pages need to show a summary."""
    west, south, east, north = _bounds(summary)
    return {
        "summary": summary,
        "picture": draw_picture(summary.area),
        "plan_json": {"area": summary.area, "keep_out": [], "gaps": None, "legs": [], "pins": [], "photos": []},
        "middle": ((south + north) / 2, (west + east) / 2),
        "w": survey_words,
    }


def _bounds(summary: Summary) -> tuple[float, float, float, float]:
    shapes: Any = summary.area["coordinates"]
    places = [place for shape in shapes for ring in shape for place in ring]
    lons, lats = [place[0] for place in places], [place[1] for place in places]
    return min(lons), min(lats), max(lons), max(lats)


@router.post("/surveys/{survey_id}/release")
def release(page: RespondersPage, survey_id: str, submitted: Submitted) -> Response:
    """Show everybody the summary that was looked at; one that has changed meanwhile is looked at again."""
    form = Filled(submitted, page.translate)
    title = form.line("title")
    if "looked" not in submitted:
        form.fault("looked", msgid("Please look at the summary and tick this."))
    if form.errors:
        return _show(page, survey_id, form, 422)

    def act(conn: Connection) -> str:
        store.lock_survey(conn, survey_id)
        summary = fetch_summary(conn, page.actor, survey_id, page.services.texts.zone)
        looked_at = _fingerprint(summary, releases.find_released(conn, survey_id))
        with form.conflict_at("title", msgid("A summary is released when the survey has flown.")):
            releases.release(conn, page.actor, survey_id, summary, page.now, title=title)
        if form.typed("seen") != looked_at:
            form.fault("looked", msgid("It has changed meanwhile. Please look again, and tick this."))
            raise Refused
        return f"/surveys/{survey_id}/release?done=released"

    try:
        return page.go_once(form, act)
    except Refused:
        return _show(page, survey_id, form, 409)


@router.post("/surveys/{survey_id}/release/withdraw")
def take_back(page: RespondersPage, survey_id: str) -> Response:
    """What was released is shown no more."""
    try:
        with page.services.database.transaction() as conn:
            releases.take_back(conn, page.actor, survey_id, page.now)
    except Conflict:
        # Somebody was quicker: it is as was wished.
        return page.go(f"/surveys/{survey_id}/release")
    return page.go(f"/surveys/{survey_id}/release?done=withdrawn")


@router.get("/opendata/surveys")
def list_open_surveys(page: AnybodysPage) -> Response:
    """All that is released, for everybody."""
    with page.services.database.transaction() as conn:
        found = releases.fetch_released(conn)
    return page.render("open_surveys.html", found=found, licence=page.services.settings.open_data_licence)


@router.get("/opendata/surveys/{survey_id}")
def show_open_survey(page: AnybodysPage, survey_id: str) -> Response:
    """One summary, for everybody."""
    with page.services.database.transaction() as conn:
        found = releases.find_released(conn, survey_id)
    if found is None:
        raise NotFound("There is no such survey.")
    licence = page.services.settings.open_data_licence
    return page.render("open_survey.html", released=found, licence=licence, **_shown(found.summary))
