"""The states of an incident, as a table. Pure; docs/reference/incident-states.md is drawn from it.

1.  An incident opens as `open`: nobody has answered, and somebody is to be told.
2.  Any number of people may say that they are going. Each has an ETA of their own; the incident is answered until the
    latest of them, and a while more, has passed. Whoever answers again replaces their own answer.
3.  Where two people are wanted, or one who goes asks for a second, it is `seeking` while one goes alone: the others are
    asked for a second person, in words and at a pace of its own. To the outside that is `going`.
4.  An answer that is taken back counts no more. Without any left the incident is `open`, and pages at once. Whoever
    came back without a report has a while to write it first.
5.  Answers that are not followed by a report lapse: the incident is `open` again and pages again.
6.  Only a report (or the system, when the reason has gone by itself) resolves it, from every state, and for good:
    the same matter again is a new incident.
7.  Further events of an unresolved incident are added to it and change nothing of its state.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from hub.errors import Conflict

__all__ = ["EVENTS", "PAGING", "STATES", "TABLE", "IncidentEvent", "IncidentState", "next_state"]

IncidentState = Literal["open", "seeking", "going", "resolved"]
IncidentEvent = Literal["again", "enough_go", "one_goes", "nobody_goes", "lapsed", "resolved"]

STATES: tuple[IncidentState, ...] = get_args(IncidentState)
EVENTS: tuple[IncidentEvent, ...] = get_args(IncidentEvent)
# In these states people are told, round by round.
PAGING: frozenset[IncidentState] = frozenset({"open", "seeking"})

# A pair that is missing is refused.
TABLE: Mapping[tuple[IncidentState, IncidentEvent], IncidentState] = {
    ("open", "again"): "open",
    ("open", "enough_go"): "going",
    ("open", "one_goes"): "seeking",
    ("open", "nobody_goes"): "open",
    ("open", "resolved"): "resolved",
    #
    ("seeking", "again"): "seeking",
    ("seeking", "enough_go"): "going",
    ("seeking", "one_goes"): "seeking",
    ("seeking", "nobody_goes"): "open",
    ("seeking", "lapsed"): "open",
    ("seeking", "resolved"): "resolved",
    #
    ("going", "again"): "going",
    ("going", "enough_go"): "going",
    ("going", "one_goes"): "seeking",
    ("going", "nobody_goes"): "open",
    ("going", "lapsed"): "open",
    ("going", "resolved"): "resolved",
}


def next_state(state: IncidentState, event: IncidentEvent) -> IncidentState:
    """The state after the event. Raises Conflict when it is resolved already (or the event does not fit)."""
    after = TABLE.get((state, event))
    if after is None:
        raise Conflict("This is settled already." if state == "resolved" else None)
    return after
