"""What to know of a chart's time: sensors that were not well, values that came late, work on sensors. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

__all__ = ["LATE_AFTER", "LONGEST_LATE", "MOST_NOTES", "Note", "NoteKind", "late_stretches", "plan_notes"]

NoteKind = Literal["trouble", "late", "work"]
LATE_AFTER = timedelta(hours=1)
"""What came so long after it was measured is called late in a chart: nobody took it for the present."""
LONGEST_LATE = timedelta(days=32)
"""In longer windows late values are not looked for: each reading would have to be read."""
MOST_NOTES = 12
"""More numbers than these nobody finds again in a drawing."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know: over [since, until), or at the one instant `since` when both are the same.

    `lasts`: it is still so, and `until` is only how far it is known.
    `what` is a sensor's state or the kind of work, empty for late values, which are those of a whole station
    (`quantity` is empty then).
    """

    kind: NoteKind
    since: datetime
    until: datetime
    device_key: int
    quantity: str = ""
    what: str = ""
    lasts: bool = False


def late_stretches(device_key: int, hours: Iterable[datetime]) -> list[Note]:
    """Hours of late values, in their order, as stretches; one hour between two does not part them."""
    found: list[Note] = []
    for hour in hours:
        if found and hour - found[-1].until <= _HOUR:
            found[-1] = replace(found[-1], until=hour + _HOUR)
        else:
            found.append(Note("late", hour, hour + _HOUR, device_key))
    return found


def plan_notes(notes: Sequence[Note], since: datetime, until: datetime) -> list[Note]:
    """The notes of a window in the order of time, cut to it: all work, and of stretches the longest, few enough."""
    cut = [
        replace(one, since=max(one.since, since), until=min(one.until, until), lasts=one.lasts and one.until <= until)
        for one in notes
    ]
    seen = [one for one in cut if since <= one.since <= one.until <= until]
    chosen = sorted(seen, key=lambda one: (one.kind != "work", one.since - one.until))[:MOST_NOTES]
    return sorted(chosen, key=lambda one: (one.since, one.until, one.kind, one.device_key, one.quantity))
