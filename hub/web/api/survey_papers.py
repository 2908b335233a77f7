"""On what a survey's flight rests: grounds in law, checks of the limits, approvals by a second person."""

from dataclasses import fields as fields_of
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from hub.surveys import store
from hub.surveys.launching import Approval
from hub.surveys.limits import Ground
from hub.surveys.service import scope_of
from hub.web.api.forms import Form, Instant, Line, Note
from hub.web.api.surveys import Responder, SeenForm, Survey, answer
from hub.web.openapi import problems
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/surveys/{survey_id}", tags=["surveys"])
Text = Annotated[Note, Field(min_length=1)]
Kinds = Literal["height", "did", "airport", "emergency"]


class GroundForm(Form):
    """On which ground in law: a request for rescue (art. 132-92), or a permit with what it covers."""

    kind: Literal["art_132_92", "permit"]
    requester: Line = Field(
        description="Who asked (the state or a town); of a permit, who gave it", examples=["木更津市長"]
    )
    reason: Text = Field(examples=["土砂崩れの不明者の捜索"])
    reference: Line | None = Field(None, description="The request's or permit's number")
    covers: list[Kinds] = Field(
        default_factory=list[Kinds], max_length=4, description="Of a permit: the limits it lifts"
    )
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    contact: Line | None = Field(None, description="Whom to call about it")


class CheckForm(SeenForm):
    """`vouched`: one has looked at what the service does not know (`unknown`), and answers for it."""

    vouched: bool = False


class ApproveForm(SeenForm):
    """Words for the timeline."""

    note: Note | None = None


class NoteForm(Form):
    """Words for the timeline."""

    note: Note | None = None


class GroundAnswer(BaseModel):
    """A ground in law as it was recorded."""

    kind: str
    requester: str
    reason: str
    reference: str | None
    covers: list[str]
    valid_from: datetime | None
    valid_until: datetime | None
    contact: str | None
    recorded_at: datetime
    recorded_by: str


class ApprovalAnswer(BaseModel):
    """Somebody approved a version, or took that back."""

    version: int
    withdrawn: bool
    note: str | None
    at: datetime
    person: str


class CheckRunAnswer(BaseModel):
    """One run of the checks."""

    occasion: str
    vouched: bool
    checked_at: datetime
    checked_by: str
    results: list[dict[str, object]]


class Papers(BaseModel):
    """On what a survey rests: its grounds in law, the checks and approvals of its newest plan."""

    grounds: list[GroundAnswer]
    checks: list[CheckRunAnswer]
    approvals: list[ApprovalAnswer]


@router.post("/ground", summary="Record the ground in law", responses=problems(403, 404, 409))
def record_ground(survey_id: str, form: GroundForm, services: ServicesOf, actor: Responder) -> Survey:
    """Who asked, under which article, or which permit. The limits are checked again with it."""
    now = services.now()
    with services.database.transaction() as conn:
        ground = Ground(
            form.kind, form.requester, form.reason, form.reference, sorted(set(form.covers)), form.valid_from,
            form.valid_until, form.contact, now, actor.person_id,
        )  # fmt: skip
        services.surveys.record_ground(conn, actor, survey_id, ground, now)
        return answer(conn, actor, survey_id)


@router.post("/check", summary="Check the limits again", responses=problems(403, 404, 409))
def check_limits(
    survey_id: str, services: ServicesOf, actor: Responder, form: Annotated[CheckForm | None, Body()] = None
) -> Survey:
    """Each run is kept, with who made it and when."""
    form = form or CheckForm()
    with services.database.transaction() as conn:
        services.surveys.check(conn, actor, survey_id, services.now(), vouched=form.vouched, looked_at=form.version)
        return answer(conn, actor, survey_id)


@router.post("/approve", summary="Approve the plan", responses=problems(403, 404, 409))
def approve_survey(
    survey_id: str, services: ServicesOf, actor: Responder, form: Annotated[ApproveForm | None, Body()] = None
) -> Survey:
    """A second person does, and answers for having looked at what the service does not know (`unknown`)."""
    form = form or ApproveForm()
    with services.database.transaction() as conn:
        services.surveys.approve(conn, actor, survey_id, form.note, services.now(), looked_at=form.version)
        return answer(conn, actor, survey_id)


@router.post("/withdraw", summary="Take an approval back", responses=problems(403, 404, 409))
def withdraw_approval(
    survey_id: str, services: ServicesOf, actor: Responder, form: Annotated[NoteForm | None, Body()] = None
) -> Survey:
    """Before the launch."""
    with services.database.transaction() as conn:
        services.surveys.withdraw(conn, actor, survey_id, form.note if form else None, services.now())
        return answer(conn, actor, survey_id)


@router.get("/papers", summary="Grounds, checks and approvals", responses=problems(403, 404))
def show_papers(survey_id: str, services: ServicesOf, actor: Responder) -> Papers:
    """What was checked, when and by whom; who approved; on which ground in law."""
    with services.database.transaction() as conn:
        survey = store.fetch_survey(conn, survey_id, scope_of(actor))
        standing = store.fetch_standing(conn, survey)
    return Papers(
        grounds=[
            GroundAnswer(**{one.name: getattr(ground, one.name) for one in fields_of(ground)})
            for ground in standing.grounds
        ],
        checks=[
            CheckRunAnswer(
                occasion=run.occasion, vouched=run.vouched, checked_at=run.checked_at, checked_by=run.checked_by,
                results=[{one.name: getattr(result, one.name) for one in fields_of(result)} for result in run.results],
            )
            for run in standing.checks
        ],
        approvals=[_approval(one) for one in standing.approvals],
    )  # fmt: skip


def _approval(one: Approval) -> ApprovalAnswer:
    return ApprovalAnswer(version=one.version, withdrawn=one.withdrawn, note=one.note, at=one.at, person=one.person_id)
