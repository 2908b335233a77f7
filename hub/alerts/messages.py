"""What one person is told at once on one channel, before the channel puts it into its own form.

An alarm tells of one or more incidents at once: ten traps that spring together are one message that lists ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub.alerts.notices import Notice

__all__ = ["Address", "Addressee", "Digest", "Message", "Purpose", "Sent"]

# alarm: act now. field: a matter of a plot. drill: the weekly proof that a person can be reached.
# digest: the morning's summary.
Purpose = Literal["alarm", "field", "drill", "digest"]


@dataclass(frozen=True, slots=True)
class Address:
    """One way of the person on the channel, of the table `way`. Secret: it stands in no log, timeline or answer."""

    id: int
    address: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is told. `addresses` are the person's living ways on the channel at hand; for mail `email` is the way."""

    person_id: str
    name: str
    email: str | None
    language: str
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """The morning's summary: lines of text in the person's language, under short headings."""

    sections: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    `key` is a UUID and the same however often the message is tried. `notices` are those of an alarm or of the field,
    the loudest first, at least one; `going_url` is the page where the person says "I'm going", to the one or to some of
    the many.
    `also_open` are matters that the person was told of before and that still wait for somebody, `more_open` is how many
    more there are: to be listed in short, where there is room. `is_reminder`: the matters are old, and can wait.
    `confirm_url` is where the person of a drill says that it arrived.
    """

    key: str
    purpose: Purpose
    person: Addressee
    now: datetime
    notices: tuple[Notice, ...] = ()
    also_open: tuple[Notice, ...] = ()
    more_open: int = 0
    is_reminder: bool = False
    going_url: str = ""
    digest: Digest | None = None
    confirm_url: str | None = None
    pages_url: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken the message. `gone` are the ids of addresses that it says are no more."""

    gone: tuple[int, ...] = ()
