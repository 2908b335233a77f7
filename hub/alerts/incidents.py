"""The states of an incident, as a table. Pure.

1.  An incident opens as `open`: nobody has answered, and somebody is to be told.
2.  Any number of people may say that they are going. Each has an ETA of their own; the incident is answered until the
    latest of them, and a while more, has passed. Whoever answers again replaces their own ETA.
3.  An answer that is not followed by a report lapses: the incident is `open` again and pages again.
4.  Only a report (or the system, when the reason has gone by itself) resolves it, from either state, and for good:
    the same matter again is a new incident.
5.  Further events of an unresolved incident are added to it and change nothing of its state.
"""

from collections.abc import Mapping
from typing import Literal

from hub.errors import Conflict

__all__ = ["TABLE", "IncidentEvent", "IncidentState", "next_state"]

IncidentState = Literal["open", "going", "resolved"]
IncidentEvent = Literal["again", "going", "lapsed", "resolved"]

TABLE: Mapping[tuple[IncidentState, IncidentEvent], IncidentState] = {
    ("open", "again"): "open",
    ("open", "going"): "going",
    ("open", "resolved"): "resolved",
    ("going", "again"): "going",
    ("going", "going"): "going",
    ("going", "lapsed"): "open",
    ("going", "resolved"): "resolved",
}


def next_state(state: IncidentState, event: IncidentEvent) -> IncidentState:
    """The state after the event. Raises Conflict when it is resolved already (or the event does not fit)."""
    after = TABLE.get((state, event))
    if after is None:
        raise Conflict("This is settled already." if state == "resolved" else None)
    return after
