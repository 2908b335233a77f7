"""Readings of one device: as they were measured, or by stretches of the town's clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from edge.wire.quantities import QUANTITIES
from hub.errors import Invalid
from hub.fields.service import fetch_series
from hub.registry import service as registry
from hub.web.api.forms import parse_instant
from hub.web.api.paging import CURSOR_PATTERN, Page, cut, format_cursor, instant_of_key, key_of_instant, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/devices", tags=["devices"])

BUCKETS = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
# A series is many small items: a week at five minutes is one page of raw values.
DEFAULT_LIMIT = 1000
MAX_LIMIT = 10_000
Item = TypeVar("Item", bound="Reading | Bucket")


class Reading(BaseModel):
    """One measured value."""

    time: datetime
    value: float


class Bucket(BaseModel):
    """The values of one stretch of the town's clock."""

    time: datetime = Field(description="Its start")
    min: float = Field(description="The least value; of a direction it says nothing of where others lie")
    mean: float | None = Field(
        description="Of a direction that of its unit vectors, in [0, 360); null where these cancel each other"
    )
    max: float
    count: int


def _parameter(name: str, description: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


# They are read by hand, because an unknown device is 404 whatever else is asked; so they are described by hand.
_PARAMETERS = [
    _parameter("quantity", "What was measured", {"type": "string", "enum": list(QUANTITIES)}, required=True),
    _parameter("from", "The first instant that counts; open when not given", {"type": "string", "format": "date-time"}),
    _parameter("to", "The first instant that counts no more", {"type": "string", "format": "date-time"}),
    _parameter(
        "bucket",
        "Width of the stretches; `1d` is the town's day. Without it the values come as they were measured",
        {"type": "string", "enum": list(BUCKETS)},
    ),
    _parameter("cursor", "`next` of the page before", {"type": "string", "pattern": CURSOR_PATTERN, "maxLength": 400}),
    _parameter(
        "limit",
        "The most items of a page",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
]
Hidden = Annotated[str | None, Query(include_in_schema=False)]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a series."""

    quantity: str
    since: datetime | None
    until: datetime | None
    bucket: str | None
    after: datetime | None
    limit: int


@router.get(
    "/{device_id}/readings",
    summary="Readings of a device",
    responses=problems(403, 404),
    openapi_extra={"parameters": _PARAMETERS},
)
def list_readings(  # noqa: PLR0913, PLR0917  # as many as the contract has
    device_id: str,
    services: ServicesOf,
    actor: ApiActor,
    quantity: Hidden = None,
    since: Annotated[str | None, Query(alias="from", include_in_schema=False)] = None,
    until: Annotated[str | None, Query(alias="to", include_in_schema=False)] = None,
    bucket: Hidden = None,
    cursor: Hidden = None,
    limit: Hidden = None,
) -> Page[Reading] | Page[Bucket]:
    """Over the readings in [from, to), oldest first.

    Late readings stand in their place. Stretches without readings are left out.
    """
    with services.database.transaction() as conn:
        device = registry.readable_device_of(conn, actor, device_id)
        asked = _question(quantity, since, until, bucket, cursor, limit)
        span = (conn, device.key, asked.quantity, asked.since, asked.until)
        if asked.bucket is None:
            points = fetch_series(*span, after=asked.after, limit=asked.limit + 1)
            return _page([Reading(time=p.time, value=p.value) for p in points], asked.limit, Page[Reading])
        width, zone = BUCKETS[asked.bucket], services.settings.time_zone
        stretches = fetch_series(*span, width, zone=zone, after=asked.after, limit=asked.limit + 1)
        found = [
            Bucket(time=b.time, min=b.min, mean=None if b.steadiness == 0 else b.mean, max=b.max, count=b.count)
            for b in stretches
        ]
        return _page(found, asked.limit, Page[Bucket])


def _question(
    quantity: str | None,
    since: str | None,
    until: str | None,
    bucket: str | None,
    cursor: str | None,
    limit: str | None,
) -> Question:
    """The question, or Invalid that says what is wrong with it."""
    if quantity is None or quantity not in QUANTITIES:
        raise Invalid(f"quantity: one of {', '.join(QUANTITIES)}")
    if bucket is not None and bucket not in BUCKETS:
        raise Invalid(f"bucket: one of {', '.join(BUCKETS)}, or nothing")
    return Question(
        quantity,
        None if since is None else parse_instant("from", since),
        None if until is None else parse_instant("to", until),
        bucket,
        None if cursor is None else _parse_place(cursor),
        DEFAULT_LIMIT if limit is None else _parse_limit(limit),
    )


def _parse_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MAX_LIMIT):
        raise Invalid(f"limit: from 1 to {MAX_LIMIT}")
    return int(text)


def _parse_place(cursor: str) -> datetime:
    return instant_of_key(*parse_cursor("readings", cursor, int))


def _page(items: list[Item], limit: int, form: "Callable[..., Page[Item]]") -> "Page[Item]":
    page, following = cut(items, limit, lambda item: format_cursor("readings", key_of_instant(item.time)))
    return form(items=page, next=following)
