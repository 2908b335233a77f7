"""The report of a survey by the API; beside hub.web.api, since it is put together as the pages put it together."""

from fastapi import APIRouter, Response

from hub.web.api.surveys import Responder
from hub.web.openapi import problems
from hub.web.pages.survey_paper import print_report
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/surveys/{survey_id}", tags=["surveys"])


@router.get(
    "/report.pdf", summary="The report on paper", response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, **problems(403, 404)},
)  # fmt: skip
def save_report(survey_id: str, services: ServicesOf, actor: Responder) -> Response:
    """Map, figures, checks, flights, pins with photos, and the timeline, in the language of the token's person."""
    pdf = print_report(services, actor, actor.language, survey_id, services.now())
    return Response(pdf, media_type="application/pdf")
