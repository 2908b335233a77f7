"""A survey after its flights: what has been seen, what is left, and flying that."""

from fastapi import APIRouter, Response

from hub.surveys.flights import store as flights
from hub.surveys.states import OVER
from hub.web import surveying
from hub.web.pages.page import SurveysPage
from hub.web.pages.survey import survey_words_of
from hub.web.pages.survey_live import seen_rings
from hub.web.pages.survey_view import fetch_detail, map_of, picture_of

__all__ = ["router"]

router = APIRouter(prefix="/surveys/{survey_id}")


@router.get("/after")
def show_after(page: SurveysPage, survey_id: str) -> Response:
    """What has been seen over all plans of the survey."""
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, page.services.surveys.rules, page.now)
        seeing = surveying.fetch_seen(conn, survey_id)
        photos = flights.fetch_photos(conn, survey_id)
    seen = seeing.seen
    rings = seen_rings(detail.plan, photos)
    return page.render(
        "survey_after.html",
        **survey_words_of(page, detail, map_of(detail, gaps=seen.gaps)),
        picture=picture_of(detail, seen=[ring for _, ring in rings], gaps=seen.gaps),
        seen=seen,
        planned=seeing.planned,
        photos=photos,
        draws=page.actor.has("responder"),
        over=detail.survey.state in OVER,
    )
