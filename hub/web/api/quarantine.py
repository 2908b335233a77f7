"""The quarantine: messages that could not be taken, with the reason; to be tried again or set aside. For staff."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from hub.ingest.service import QuarantineItem
from hub.web.api.forms import FOR_STAFF, Staff
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/quarantine", tags=["quarantine"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
State = Literal["waiting", "replayed", "discarded"]


class Quarantined(BaseModel):
    """One message, however often it came."""

    id: int
    topic: str
    reason: str = Field(examples=["malformed"])
    detail: str
    agent: str | None = Field(description="Whose it is, where the topic says so")
    excerpt: str = Field(description="The beginning of the payload; what is no UTF-8 is shown as �")
    size_bytes: int
    truncated: bool = Field(description="Only the beginning was kept: it cannot be replayed")
    times: int = Field(description="How often the very same message came")
    received_at: datetime
    last_received_at: datetime
    state: State
    settled_at: datetime | None
    settled_by: str | None = Field(description="A person's id")


class Replay(BaseModel):
    """What came of it: settled, or the reason for which it still waits."""

    settled: bool
    reason: str | None
    detail: str | None


def as_quarantined(item: QuarantineItem) -> Quarantined:
    """The answer for a row of the quarantine."""
    return Quarantined.model_validate(
        {
            "id": item.id,
            "topic": item.topic,
            "reason": item.reason,
            "detail": item.detail,
            "agent": item.agent_id,
            "excerpt": bytes(item.excerpt).decode("utf-8", "replace"),
            "size_bytes": item.size_bytes,
            "truncated": item.truncated,
            "times": item.times,
            "received_at": item.received_at,
            "last_received_at": item.last_received_at,
            "state": item.state,
            "settled_at": item.settled_at,
            "settled_by": item.settled_by,
        }
    )


@router.get("", summary="List the quarantine", dependencies=FOR_STAFF, responses=problems(403))
def list_quarantine(
    services: ServicesOf,
    state: Annotated[Literal["waiting", "replayed", "discarded", "all"], Query()] = "waiting",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Quarantined]:
    """Newest first."""
    before = int(parse_cursor("quarantine", cursor, int)[0]) if cursor else None
    with services.database.transaction() as conn:
        found = services.ingest_admin.list_quarantine(
            conn, state=None if state == "all" else state, before=before, limit=limit + 1
        )
    page, following = cut(found, limit, lambda item: format_cursor("quarantine", item.id))
    return Page(items=[as_quarantined(item) for item in page], next=following)


@router.post("/{number}/replay", summary="Take a message again", responses=problems(403, 404, 409))
def replay_message(number: Number, services: ServicesOf, actor: Staff) -> Replay:
    """With its original time of receipt; what is stored already is not stored twice."""
    with services.database.transaction() as conn:
        result = services.ingest_admin.replay(conn, number, actor.person_id, services.now())
    return Replay(settled=result.is_settled, reason=result.reason, detail=result.detail)


@router.post("/{number}/discard", status_code=204, summary="Set a message aside", responses=problems(403, 404, 409))
def discard_message(number: Number, services: ServicesOf, actor: Staff) -> Response:
    """It stays in the database, marked."""
    with services.database.transaction() as conn:
        services.ingest_admin.discard(conn, number, actor.person_id, services.now())
    return Response(status_code=204)
