"""The states of a trap, as a table. Pure; docs/reference/trap-states.md is drawn from it.

1.  A firing always alarms. Whoever is to be told is alerts' business; here it is never swallowed, but by rule 3.
2.  `sprung` ends only with a person's record of what was found. Neither a `reset` from the device nor silence ends it.
3.  A firing that is older than a person's newer record is history: it is noted on that record's incident and alarms
    nobody. It must be older by more than what an agent's clock may be wrong, and its time must be certain.
4.  Silence resolves nothing. It is a state of its own, and `sprung_silent` is the worst of all.
5.  Silence ends only with real words from the device, spoken recently: old messages out of a backlog prove nothing.
6.  A person who has seen to a silent trap gives it time to speak; when that has passed in silence it alarms again.
7.  A disarmed trap is not expected to speak. If it fires, somebody may have set it without saying so: staff are told,
    hunters are not paged, since people carry such traps about.
8.  A sprung trap cannot be disarmed or armed: first comes the record of what was found.
9.  A wire that cannot be trusted is loud, unless the trap is sprung (people are on their way) or disarmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

__all__ = [
    "BY_PERSON", "EVENTS", "LOUDEST_FIRST", "STATES", "TABLE", "Act", "Effect", "EndIncident", "Event", "IncidentKind",
    "Line", "NoteCovered", "OpenIncident", "State",
]  # fmt: skip

State = Literal["armed", "sprung", "silent", "sprung_silent", "disarmed"]
Line = Literal["closed", "open", "tampered", "fault"]
Event = Literal[
    "sprung", "reset", "heard", "silence", "line_broken", "line_mended", "found", "seen_to", "disarm", "arm"
]
IncidentKind = Literal["trap_sprung", "trap_silent", "trap_fault", "trap_sprung_disarmed", "patrol_unvisited"]
Act = Literal["open_sprung", "open_silent", "end_silent", "open_fault", "end_fault", "open_sprung_disarmed"]

STATES: tuple[State, ...] = get_args(State)
EVENTS: tuple[Event, ...] = get_args(Event)
# What people do; the rest happens, and must be taken in every state.
BY_PERSON: frozenset[Event] = frozenset({"found", "seen_to", "disarm", "arm"})
LOUDEST_FIRST: tuple[State, ...] = ("sprung_silent", "sprung", "silent", "armed", "disarmed")


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """People must act: open an incident, or add to the one that is unresolved."""

    kind: IncidentKind
    device_key: int
    occurred_at: datetime
    uncertain: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class EndIncident:
    """The reason for the incident has gone by itself; `reason` is for its timeline."""

    kind: IncidentKind
    device_key: int
    reason: Literal["heard_again", "line_mended", "disarmed", "visited"]


@dataclass(frozen=True, slots=True)
class NoteCovered:
    """A firing that a person's newer record already covers: an entry on that record's incident."""

    kind: IncidentKind
    device_key: int
    occurred_at: datetime


Effect = OpenIncident | EndIncident | NoteCovered

# (state, event) -> (new state, acts). A pair that is missing is refused; only what a person does may be.
TABLE: Mapping[tuple[State, Event], tuple[State, tuple[Act, ...]]] = {
    ("armed", "sprung"): ("sprung", ("open_sprung",)),
    ("armed", "reset"): ("armed", ()),
    ("armed", "heard"): ("armed", ()),
    ("armed", "silence"): ("silent", ("open_silent",)),
    ("armed", "line_broken"): ("armed", ("open_fault",)),
    ("armed", "line_mended"): ("armed", ("end_fault",)),
    ("armed", "found"): ("armed", ()),
    ("armed", "seen_to"): ("armed", ()),
    ("armed", "disarm"): ("disarmed", ("end_fault",)),
    ("armed", "arm"): ("armed", ()),
    #
    ("sprung", "sprung"): ("sprung", ("open_sprung",)),
    ("sprung", "reset"): ("sprung", ()),
    ("sprung", "heard"): ("sprung", ()),
    ("sprung", "silence"): ("sprung_silent", ("open_silent",)),
    ("sprung", "line_broken"): ("sprung", ()),
    ("sprung", "line_mended"): ("sprung", ("end_fault",)),
    ("sprung", "found"): ("armed", ()),
    ("sprung", "seen_to"): ("sprung", ()),
    #
    ("silent", "sprung"): ("sprung_silent", ("open_sprung",)),
    ("silent", "reset"): ("armed", ("end_silent",)),
    ("silent", "heard"): ("armed", ("end_silent",)),
    ("silent", "silence"): ("silent", ("open_silent",)),
    ("silent", "line_broken"): ("silent", ("open_fault",)),
    ("silent", "line_mended"): ("silent", ("end_fault",)),
    ("silent", "found"): ("silent", ()),
    ("silent", "seen_to"): ("silent", ()),
    ("silent", "disarm"): ("disarmed", ("end_silent", "end_fault")),
    #
    ("sprung_silent", "sprung"): ("sprung_silent", ("open_sprung",)),
    ("sprung_silent", "reset"): ("sprung", ("end_silent",)),
    ("sprung_silent", "heard"): ("sprung", ("end_silent",)),
    ("sprung_silent", "silence"): ("sprung_silent", ("open_silent",)),
    ("sprung_silent", "line_broken"): ("sprung_silent", ()),
    ("sprung_silent", "line_mended"): ("sprung_silent", ("end_fault",)),
    ("sprung_silent", "found"): ("silent", ()),
    ("sprung_silent", "seen_to"): ("sprung_silent", ()),
    #
    ("disarmed", "sprung"): ("disarmed", ("open_sprung_disarmed",)),
    ("disarmed", "reset"): ("disarmed", ()),
    ("disarmed", "heard"): ("disarmed", ()),
    ("disarmed", "silence"): ("disarmed", ()),
    ("disarmed", "line_broken"): ("disarmed", ()),
    ("disarmed", "line_mended"): ("disarmed", ("end_fault",)),
    ("disarmed", "found"): ("disarmed", ()),
    ("disarmed", "seen_to"): ("disarmed", ()),
    ("disarmed", "disarm"): ("disarmed", ()),
    ("disarmed", "arm"): ("armed", ()),
}
