"""Who is reached on which channel, as the weekly drills have shown. For staff."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.alerts.routine.reachability import standing_of
from hub.web.api.forms import FOR_STAFF
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/reachability", tags=["people"])


class Reached(BaseModel):
    """One channel of one person."""

    person: str = Field(description="Id", examples=["p-7m2kq9xd"])
    channel: str = Field(examples=["mail"])
    standing: Literal["confirmed", "unconfirmed", "refused", "new"]
    drilled_at: datetime | None = Field(description="When the latest drill was begun")
    confirmed_at: datetime | None = Field(description="When the person last said that one had arrived")
    error: str | None = Field(description="What the other side said to the latest drill")


@router.get("", summary="Who is reached", dependencies=FOR_STAFF, responses=problems(403))
def list_reachability(services: ServicesOf, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Page[Reached]:
    """Everybody who is told of alarms, with each channel that reaches them, by person and channel."""
    person, channel = parse_cursor("reachability", cursor, str, str) if cursor else ("", "")
    now, within = services.now(), services.drills.confirm_within
    with services.database.transaction() as conn:
        found = services.drills.fetch_reachability(conn, after=(str(person), str(channel)), limit=limit + 1)
    items, following = cut(
        [
            Reached(
                person=reach.person_id,
                channel=reach.channel,
                standing=standing_of(reach, now, within),
                drilled_at=reach.drilled_at,
                confirmed_at=reach.confirmed_at,
                error=reach.error,
            )
            for reach in found
        ],
        limit,
        lambda item: format_cursor("reachability", item.person, item.channel),
    )
    return Page(items=items, next=following)
