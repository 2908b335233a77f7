"""The shapes that several routes share: texts, places, instants, and who may call."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from edge.wire.topics import ID_PATTERN
from hub.errors import Invalid
from hub.registry.people import Actor
from hub.web.session import api_role

__all__ = [
    "FOR_STAFF",
    "Day",
    "DeviceId",
    "Email",
    "Form",
    "Instant",
    "Line",
    "Location",
    "Minutes",
    "Note",
    "Rounds",
    "Staff",
    "Username",
    "Version",
    "Whole",
    "parse_instant",
]

# No control characters, nothing that breaks a line anywhere, and nothing that turns the text beside it round: one
# name could look like another's.
_UNFIT = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_LINE = rf"^[^\s{_UNFIT}]([^{_UNFIT}]*[^\s{_UNFIT}])?$"
_NOTE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
# What HTML's <input type="email"> takes (https://html.spec.whatwg.org/#valid-e-mail-address), with bounds on the parts.
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(\.{_LABEL})*$"

Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=_LINE),
    Field(description="One line of text, without spaces at its ends"),
]
Note = Annotated[str, StringConstraints(max_length=2000, pattern=_NOTE), Field(description="Text of several lines")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=_EMAIL), Field(examples=["hunter@example.jp"])]
Username = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,39}$"),
    Field(description="In lower case", examples=["sato"]),
]
DeviceId = Annotated[str, StringConstraints(pattern=f"^{ID_PATTERN}$"), Field(examples=["trap-12"])]
Staff = Annotated[Actor, Depends(api_role("staff"))]
# For routes that need no actor beside.
FOR_STAFF = [Depends(api_role("staff"))]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<time>\d{2}:\d{2}:\d{2})(?P<part>\.\d+)?(?P<zone>[Zz]|[+ -]\d{2}:\d{2})"
)


class Form(BaseModel):
    """What a caller sends: types as JSON has them, a text is never taken for a number; unknown keys are ignored."""

    model_config = ConfigDict(strict=True)


class Location(Form):
    """Degrees, WGS 84."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, examples=[35.3764])
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, examples=[139.9536])


def parse_instant(name: str, text: str) -> datetime:
    """An instant of a query, RFC 3339 with an offset, in UTC. A `+` that arrives as a space (unescaped in a URL) is
    taken for what it was.

    Raises Invalid. What lies outside of the calendar is moved to its ends.
    """
    match = _INSTANT.fullmatch(text)
    fault = Invalid(f"{name}: an instant with an offset like 2026-11-23T05:00:00Z or 2026-11-23T14:00:00+09:00")
    if match is None:
        raise fault
    zone = match["zone"].upper().replace("Z", "+00:00").replace(" ", "+")
    fraction = (match["part"] or "")[:7]
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}{fraction}{zone}")
    except ValueError:
        raise fault from None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if moment.year > 5000 else datetime.min.replace(tzinfo=UTC)


def _instant(value: object) -> object:
    if isinstance(value, str):
        try:
            return parse_instant("instant", value)
        except Invalid as error:
            raise ValueError(str(error)) from None
    return value


def _day(value: object) -> object:
    # Strict: neither a number of seconds nor an instant is a day.
    if isinstance(value, str):
        if not _DAY.fullmatch(value):
            raise ValueError("a day like 2026-11-23")
        return date.fromisoformat(value)
    return value


def _whole(value: object) -> object:
    # JSON knows one kind of number: 40.0 is 40.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
# With its bounds inside, so that the description keeps them where null is allowed too.
Minutes = Annotated[int, Field(ge=1, le=1440), BeforeValidator(_whole)]
Rounds = Annotated[int, Field(ge=1, le=20), BeforeValidator(_whole)]
Version = Annotated[int, Field(ge=1), BeforeValidator(_whole)]
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
