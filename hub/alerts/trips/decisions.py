"""When somebody who went counts as overdue. Pure.

1.  Whoever goes is expected back at an instant: said by themselves, or the plan's time after the ETA.
2.  A report, or the word "I am back", ends it: of the person, and of whoever goes with them. Nobody else's word does.
3.  Whoever has not come back by then is overdue, once: an incident is opened that tells the partner.
4.  A clock that goes back delays nothing: who was expected in an hour is expected in an hour. An instant that was
    missed counts at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

__all__ = ["LONGEST_RETURN", "Trip", "decide_back_at", "decide_overdue"]

# Nobody is expected back later than that after the ETA.
LONGEST_RETURN = timedelta(days=1)
_CLOCK_SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Trip:
    """Somebody on the way; `due_set_at` is when `back_at` was settled."""

    id: int
    incident_id: str
    person_id: str
    partner_id: str | None
    back_at: datetime
    due_set_at: datetime


def decide_back_at(eta_at: datetime, back_minutes: int | None, return_after_s: int | None) -> datetime | None:
    """When somebody is expected back; None where neither the person nor the plan says so.

    `back_minutes`: how long the person means to stay there, in minutes; `return_after_s`: the plan's, in seconds.
    """
    if back_minutes is not None:
        return eta_at + min(timedelta(minutes=back_minutes), LONGEST_RETURN)
    return None if return_after_s is None else eta_at + min(timedelta(seconds=return_after_s), LONGEST_RETURN)


def decide_overdue(trip: Trip, now: datetime) -> tuple[Trip, bool]:
    """The trip from now on, and whether its person is overdue."""
    if now + _CLOCK_SLACK < trip.due_set_at:
        return replace(trip, back_at=now + (trip.back_at - trip.due_set_at), due_set_at=now), False
    return trip, now >= trip.back_at
