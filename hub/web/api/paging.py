"""Lists: `{"items": […], "next": cursor or null}`.

A cursor says behind what to continue; it is opaque to whoever sends it back.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar, cast

from fastapi import Query
from pydantic import BaseModel, Field

from hub.errors import Invalid

__all__ = [
    "DEFAULT_LIMIT", "MAX_LIMIT", "Cursor", "Limit", "Page", "cut", "format_cursor", "instant_of_key", "key_of_instant",
    "parse_cursor", "parse_place",
]  # fmt: skip

MAX_LIMIT = 500
DEFAULT_LIMIT = 100
CURSOR_PATTERN = "^[A-Za-z0-9_-]+$"
Item = TypeVar("Item")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Cursor = Annotated[
    str | None,
    Query(pattern=CURSOR_PATTERN, max_length=400, description="`next` of the page before; other words are 422"),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The most items of a page")]


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(None, description="Give it as `cursor` to continue; null at the end")


def format_cursor(kind: str, *keys: str | int) -> str:
    """A cursor that only the list of this kind takes."""
    return base64.urlsafe_b64encode(json.dumps([kind, *keys], separators=(",", ":")).encode()).decode().rstrip("=")


def parse_cursor(kind: str, cursor: str, *types: type[str] | type[int]) -> list[str | int]:
    """The keys in a cursor; raises Invalid when it is none of this list's."""
    try:
        found: object = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise Invalid("cursor: not one of this list") from None
    keys = cast("list[object]", found) if isinstance(found, list) else []
    if (
        len(keys) != len(types) + 1
        or keys[0] != kind
        or any(type(key) is not kind_ for key, kind_ in zip(keys[1:], types, strict=True))
    ):
        raise Invalid("cursor: not one of this list")
    for key in keys[1:]:
        if (isinstance(key, str) and not key.isprintable()) or (isinstance(key, int) and not 0 <= key < 2**63):
            raise Invalid("cursor: not one of this list")
    return cast("list[str | int]", keys[1:])


def key_of_instant(instant: datetime) -> int:
    """An instant as a cursor's key: microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of_key(key: str | int) -> datetime:
    """The instant of a cursor's key; raises Invalid for one behind the last year."""
    try:
        return _EPOCH + int(key) * _MICROSECOND
    except OverflowError:
        raise Invalid("cursor: not one of this list") from None


def parse_place(kind: str, cursor: str) -> tuple[datetime, str]:
    """The instant and the id in a cursor of a list in their order; raises Invalid when it is none of this list's."""
    instant, id_ = parse_cursor(kind, cursor, int, str)
    return instant_of_key(instant), str(id_)


def cut(items: Sequence[Item], limit: int, cursor_of: Callable[[Item], str]) -> tuple[list[Item], str | None]:
    """A page of `limit` items and the cursor behind it, from items of which one more than `limit` was asked for."""
    page = list(items[:limit])
    return page, cursor_of(page[-1]) if len(items) > limit else None
