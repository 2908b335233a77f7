"""What everybody may know of surveys: released and taken back by responders, read by anybody."""

from dataclasses import fields as fields_of
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.surveys.releases import service as releases
from hub.surveys.releases.service import Released
from hub.web.api.forms import Form, Line
from hub.web.api.survey_evidence import SummaryAnswer
from hub.web.api.surveys import Responder
from hub.web.openapi import problems
from hub.web.session import ServicesOf
from hub.web.summaries import fetch_summary

__all__ = ["router"]

router = APIRouter()


class ReleaseForm(Form):
    """Under which title everybody sees the summary."""

    title: Line | None = Field(None, description="Without names of people and houses; null: the survey's name")


class OpenSurvey(SummaryAnswer):
    """A summary that is released."""

    survey_id: str
    released_at: datetime


class OpenSurveys(BaseModel):
    """All that is released, the newest first."""

    licence: str
    items: list[OpenSurvey]
    next: None = None


def _open(row: Released) -> OpenSurvey:
    told = {one.name: getattr(row.summary, one.name) for one in fields_of(row.summary)}
    return OpenSurvey(survey_id=row.survey_id, released_at=row.released_at, **told)


@router.post(
    "/surveys/{survey_id}/release", summary="Show everybody the summary", tags=["surveys"],
    responses=problems(403, 404, 409),
)  # fmt: skip
def release_summary(
    survey_id: str, services: ServicesOf, actor: Responder, form: ReleaseForm | None = None
) -> OpenSurvey:
    """As it is now: what comes later is shown when it is released again. 409 before the flight and while it flies."""
    with services.database.transaction() as conn:
        summary = fetch_summary(conn, actor, survey_id, ZoneInfo(services.settings.time_zone))
        title = form.title if form else None
        return _open(releases.release(conn, actor, survey_id, summary, services.now(), title=title))


@router.delete(
    "/surveys/{survey_id}/release", status_code=204, summary="Show the summary no more", tags=["surveys"],
    responses=problems(403, 404, 409),
)  # fmt: skip
def take_summary_back(survey_id: str, services: ServicesOf, actor: Responder) -> None:
    """409 when nothing is released."""
    with services.database.transaction() as conn:
        releases.take_back(conn, actor, survey_id, services.now())


@router.get("/opendata/surveys", summary="Surveys after disasters", tags=["open data"])
def open_surveys(services: ServicesOf) -> OpenSurveys:
    """No token is needed. Only what somebody has released is here."""
    with services.database.transaction() as conn:
        found = releases.fetch_released(conn)
    return OpenSurveys(licence=services.settings.open_data_licence, items=[_open(one) for one in found])
