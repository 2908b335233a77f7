"""The list of disaster surveys."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from hub.errors import NotFound
from hub.registry import service as registry
from hub.store import Connection
from hub.surveys import store
from hub.surveys.service import scope_of
from hub.surveys.states import ACTIVE
from hub.web.pages.page import Page, SurveysPage
from hub.web.pages.survey_words import SURVEY_STATES

__all__ = ["router"]

router = APIRouter()
_PAGE = 30
_RESTING = [state for state in SURVEY_STATES if state not in ACTIVE]


@router.get("/surveys")
def list_surveys(page: SurveysPage, before: Annotated[str, Query()] = "") -> Response:
    """What flies first, then the newest; a partner sees those that ask for the partner's drones."""
    with page.services.database.transaction() as conn:
        scope = scope_of(page.actor)
        place = _place(conn, page, before)
        flying = store.fetch_surveys(conn, scope, states=sorted(ACTIVE)) if place == store.NEWEST else []
        found = store.fetch_surveys(conn, scope, states=_RESTING, before=place, limit=_PAGE + 1)
        names = registry.fetch_person_names(conn, frozenset(one.asked_by for one in [*flying, *found]))
    more = found[_PAGE - 1].id if len(found) > _PAGE else None
    return page.render(
        "surveys.html",
        surveys=[*flying, *found[:_PAGE]],
        names=names,
        more=more,
        states=SURVEY_STATES,
        active=ACTIVE,
        draws=page.actor.has("responder"),
    )


def _place(conn: Connection, page: Page, before: str) -> tuple[datetime, str]:
    if not before:
        return store.NEWEST
    try:
        found = store.fetch_survey(conn, before, scope_of(page.actor))
    except NotFound:
        return store.NEWEST
    return found.asked_at, found.id
