"""Who is reached on which channel, as the weekly drills have shown. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

__all__ = ["Reach", "Standing", "standing_of"]

Standing = Literal["confirmed", "unconfirmed", "refused", "new"]


@dataclass(frozen=True, slots=True)
class Reach:
    """One channel of one person: the first drill, the latest and how it went, and when one was last confirmed."""

    person_id: str
    name: str
    channel: str
    first_at: datetime | None
    drilled_at: datetime | None
    state: str | None
    error: str | None
    confirmed_at: datetime | None


def standing_of(reach: Reach, now: datetime, within: timedelta) -> Standing:
    """How it stands: `refused` (the other side does not take it), `confirmed`, `unconfirmed`, or `new` (no word yet).

    A confirmation counts for `within`, and so long has everybody, from their first drill on, for the first one.
    """
    if reach.state == "given_up":
        return "refused"
    if reach.confirmed_at is not None:
        return "confirmed" if now - reach.confirmed_at <= within else "unconfirmed"
    return "new" if reach.first_at is None or now - reach.first_at <= within else "unconfirmed"
