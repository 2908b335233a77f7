"""Points (らづポイント): awards, what waits for a second person, reversals, balances."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from hub.registry.people import Actor
from hub.traps.points import ledger
from hub.traps.points.ledger import Award
from hub.traps.points.service import Outcome
from hub.traps.points.store import Proposal
from hub.web.api.forms import FOR_STAFF, Day, DeviceId, Form, Line, Note, Staff
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ServicesOf, api_role

__all__ = ["FOR_HUNTERS", "EntryNumber", "Hunter", "PointsEntry", "as_entry", "router"]

router = APIRouter(prefix="/points", tags=["points"])
# Hunters see their own, staff everybody's.
FOR_HUNTERS = [Depends(api_role("hunter"))]
Hunter = Annotated[Actor, Depends(api_role("hunter"))]
EntryNumber = Annotated[int, Path(ge=1, lt=2**63)]
_PERSON = Query(description="A person's id; hunters have only their own")


class PointsEntry(BaseModel):
    """An entry of a ledger; it is never changed, only reversed by another one."""

    id: int
    activity_date: date
    programme: str
    person: str
    recipient_ref: str = Field(description="The city's reference of the person, as it was then")
    amount: int = Field(description="Points, or yen in the ledger of bounty; negative for a reversal")
    reason: str
    evidence: str
    proposed_by: str | None
    approver: str
    entered_at: datetime
    reversal_of: int | None
    reversed_by: int | None
    batch: str | None = Field(description="The month's file that the entry stands in", examples=["points-2026-11"])


class PointsProposal(BaseModel):
    """An award, or a reversal, that a second member of staff decides."""

    id: str = Field(examples=["pp-4k8r2xwn"])
    state: str = Field(description="`waiting`, `approved`, `refused`")
    reversal_of: int | None
    activity_date: date
    programme: str
    person: str
    points: int
    reason: str
    evidence: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    entry: int | None


class PointsOutcome(BaseModel):
    """What came of it: one of the two."""

    entry: PointsEntry | None
    proposal: PointsProposal | None


class Balance(BaseModel):
    """The sum of a person's entries, derived when it is asked for."""

    person: str
    points: int


class AwardForm(Form):
    """An award by a programme, whose rule of the day says how many points."""

    programme: Line = Field(examples=["patrol"])
    person: DeviceId = Field(description="A person's id", examples=["p-7m2kq9xd"])
    activity_date: Day
    reason: Line
    evidence: Line = Field(description="What proves it: the id of a report, a visit, a paper")
    key: Line = Field(description="Made by the caller; the same key again gives the first answer and does nothing")


class ReversalForm(Form):
    """Why an entry is taken back."""

    reason: Annotated[Note, Field(min_length=1)]


def as_entry(entry: ledger.Entry) -> PointsEntry:
    """The answer for an entry."""
    return PointsEntry(
        id=entry.id,
        activity_date=entry.activity_date,
        programme=entry.programme,
        person=entry.person_id,
        recipient_ref=entry.recipient_ref,
        amount=entry.amount,
        reason=entry.reason,
        evidence=entry.evidence_id,
        proposed_by=entry.proposed_by,
        approver=entry.approver,
        entered_at=entry.entered_at,
        reversal_of=entry.reversal_of,
        reversed_by=entry.reversed_by,
        batch=entry.batch_id,
    )


def _proposal(proposal: Proposal) -> PointsProposal:
    return PointsProposal(
        id=proposal.id,
        state=proposal.state,
        reversal_of=proposal.reversal_of,
        activity_date=proposal.activity_date,
        programme=proposal.programme,
        person=proposal.person_id,
        points=proposal.points,
        reason=proposal.reason,
        evidence=proposal.evidence_id,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        entry=proposal.entry_id,
    )


def _outcome(outcome: Outcome) -> PointsOutcome:
    return PointsOutcome(
        entry=as_entry(outcome.entry) if outcome.entry else None,
        proposal=_proposal(outcome.proposal) if outcome.proposal else None,
    )


@router.get("", summary="List points", responses=problems(403))
def list_points(
    services: ServicesOf,
    actor: Hunter,
    person: Annotated[DeviceId | None, _PERSON] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PointsEntry]:
    """Entries, the newest first: one's own, or for staff everybody's."""
    before = int(parse_cursor("points", cursor, int)[0]) if cursor else None
    whose = person if actor.is_staff else actor.person_id
    with services.database.transaction() as conn:
        found = services.points.fetch_entries(conn, "points", whose, before=before, limit=limit + 1)
    if person is not None and person != whose:
        found = []
    page, following = cut(found, limit, lambda entry: format_cursor("points", entry.id))
    return Page(items=[as_entry(entry) for entry in page], next=following)


@router.get("/balance", summary="A person's balance", responses=problems(403))
def show_balance(services: ServicesOf, actor: Hunter, person: Annotated[DeviceId | None, _PERSON] = None) -> Balance:
    """One's own; staff may ask for anybody's. Who has no entries has none."""
    whose = person if person is not None and actor.is_staff else actor.person_id
    with services.database.transaction() as conn:
        return Balance(person=whose, points=services.points.balance(conn, "points", whose))


@router.post("", status_code=201, summary="Award points", responses=problems(403, 404, 409))
def award_points(form: AwardForm, services: ServicesOf, actor: Staff) -> PointsOutcome:
    """Give a person the points of a programme. Where two must agree, a proposal waits for somebody else."""
    award = Award(form.key, form.programme, form.person, form.activity_date, form.reason, form.evidence)
    with services.database.transaction() as conn:
        return _outcome(services.points.award(conn, actor, award, services.now()))


@router.get(
    "/proposals", summary="List what waits for a second person", dependencies=FOR_STAFF, responses=problems(403)
)
def list_proposals(services: ServicesOf, decided: Annotated[bool, Query()] = False) -> Page[PointsProposal]:
    """Proposals, the oldest first, at most 500; `decided` with those that are settled."""
    with services.database.transaction() as conn:
        found = services.points.fetch_proposals(conn, None if decided else "waiting")
    return Page(items=[_proposal(proposal) for proposal in found], next=None)


@router.post("/proposals/{proposal_id}/approve", summary="Approve a proposal", responses=problems(403, 404, 409))
def approve_proposal(proposal_id: str, services: ServicesOf, actor: Staff) -> PointsEntry:
    """The entry is made. Not for who proposed it."""
    with services.database.transaction() as conn:
        return as_entry(services.points.approve(conn, actor, proposal_id, services.now()))


@router.post(
    "/proposals/{proposal_id}/refuse", status_code=204, summary="Refuse a proposal", responses=problems(403, 404, 409)
)
def refuse_proposal(proposal_id: str, services: ServicesOf, actor: Staff) -> None:
    """Nothing is entered; who proposed it may take it back so."""
    with services.database.transaction() as conn:
        services.points.refuse(conn, actor, proposal_id, services.now())


@router.post("/{entry_id}/reverse", status_code=201, summary="Reverse an entry", responses=problems(403, 404, 409))
def reverse_points(entry_id: EntryNumber, form: ReversalForm, services: ServicesOf, actor: Staff) -> PointsOutcome:
    """Take an entry back by another one. Where two must agree, a proposal waits for somebody else."""
    with services.database.transaction() as conn:
        return _outcome(services.points.reverse(conn, actor, entry_id, form.reason, services.now()))
