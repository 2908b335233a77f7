"""One survey before and between its flights: plan, checks, ground in law, approval, offers, timeline."""

import re
from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from hub.surveys.limits import needs_vouching, stands_in_way
from hub.surveys.states import OVER
from hub.texts import msgid
from hub.web.pages import survey_words
from hub.web.pages.forms import Filled
from hub.web.pages.page import Page, SurveysPage
from hub.web.pages.survey_timeline import tell_survey
from hub.web.pages.survey_view import Detail, fetch_detail, map_of, picture_of

__all__ = [
    "UNSEEN_PLAN",
    "WHICH_PLAN",
    "drone_names",
    "router",
    "show_survey_again",
    "survey_words_of",
    "version_looked_at",
]

router = APIRouter()
WHICH_PLAN = msgid(
    "This form does not say which plan it replaces. Look at the plan as it is now, then send this again."
)
UNSEEN_PLAN = msgid(
    "This form does not say which plan you have seen. Look at the plan as it is now, then send this again."
)
DONE = {
    "planned": msgid("The plan is made."),
    "recorded": msgid("The ground in law is recorded."),
    "checked": msgid("The limits were checked again."),
    "approved": msgid("The plan is approved."),
    "withdrawn": msgid("The approval was taken back."),
    "accepted": msgid("The flight is accepted."),
    "declined": msgid("The flight is declined."),
    "cancelled": msgid("The survey is cancelled."),
}


def version_looked_at(form: Filled) -> int | None:
    """The version of the plan that a form was shown with; None: it does not say."""
    text = form.typed("version").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


@router.get("/surveys/{survey_id}")
def show_survey(page: SurveysPage, survey_id: str) -> Response:
    """The survey with its newest plan."""
    return show_survey_again(page, survey_id, Filled({}, page.translate))


def show_survey_again(page: Page, survey_id: str, form: Filled, status: int = 200, refused: str = "") -> Response:
    """The survey's page, with a form as it was filled in and with why something was refused."""
    rules = page.services.surveys.rules
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, rules, page.now)
    run = detail.run
    vouching = [] if run is None else [one.name for one in needs_vouching(run.results)]
    return page.render(
        "survey.html",
        status,
        **survey_words_of(page, detail),
        form=form,
        picture=picture_of(detail),
        lines=tell_survey(detail.entries, detail.names, drone_names(detail), page.translate),
        refused=refused and survey_words.tell_fault(refused, page.translate, drone_names(detail)),
        told=page.translate(DONE[page.request.query_params["done"]]) if _is_told(page, status) else "",
        vouching=vouching,
        vouching_words=page.translate(msgid(", ")).join(
            page.translate(survey_words.CHECKS.get(name, name)) for name in vouching
        ),
        in_the_way=[] if run is None else [one.name for one in stands_in_way(run.results)],
        over=detail.survey.state in OVER,
        draws=page.actor.has("responder"),
        needs_second=rules.needs_second,
        grounds=survey_words.GROUNDS,
        zones=survey_words.ZONES,
    )


def _is_told(page: Page, status: int) -> bool:
    return status < 400 and page.request.query_params.get("done") in DONE


def drone_names(detail: Detail) -> dict[str, str]:
    """The names of a survey's drones by their ids."""
    return {view.row.drone: view.name for view in detail.sorties}


def survey_words_of(page: Page, detail: Detail, shown: dict[str, object] | None = None) -> dict[str, Any]:
    """What every page of a survey shows, and the words for it."""
    translate = page.translate
    return {
        "detail": detail,
        "survey": detail.survey,
        "document": detail.document,
        "w": survey_words,
        "tell_fault": partial(survey_words.tell_fault, translate=translate, names=drone_names(detail)),
        "tell_detail": partial(survey_words.tell_detail, translate=translate, names=drone_names(detail)),
        "tell_source": partial(survey_words.tell_source, translate=translate),
        "drone_names": drone_names(detail),
        "plan_json": shown or map_of(detail),
    }
