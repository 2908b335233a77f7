"""The states of a survey and of its sorties, as tables. Pure; docs/reference/survey-states.md is drawn from them.

1.  A plan is frozen. Planning again makes another version, and takes back what was approved.
2.  A plan is approved by a second person: whoever asked for it, or made it, does not approve it.
3.  Nothing is launched without an approval of this very plan, checks that are fresh, and a legal ground.
4.  What holds, returns or lands a drone is never refused while it may be in the air.
5.  A survey that was stopped is over when its last drone is on the ground.
6.  A survey that is over can be planned again, for what has not been seen.
7.  Each sortie is its drone's partner's to accept or decline; what was declined does not fly.
8.  A sortie that has landed, failed or was cancelled stays so, whatever arrives late.
9.  After a change of batteries a person says that the next sortie may go; no drone takes off by itself.
10. A drone takes off only where its way comes near none that flies; it waits for ten minutes, then a person says again.
11. A drone that was held goes on only where what is left of its way comes near none that flies.
"""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

from edge.wire.orders import STOPS, Action, Phase
from hub.errors import Conflict

__all__ = [
    "ACTIVE", "AIRBORNE", "BY_PERSON", "MAY_FLY", "NOT_FLYING", "NO_ANSWER", "ORDERED", "OVER", "SETTLED",
    "SORTIE_BY_PERSON", "SORTIE_EVENTS", "SORTIE_STATES", "SORTIE_TABLE", "SURVEY_EVENTS", "SURVEY_STATES",
    "SURVEY_TABLE", "SortieEvent", "SortieState", "SurveyEvent", "SurveyState", "event_of_phase", "failure_of",
    "next_sortie", "next_survey", "stop_action", "survey_event_of",
]  # fmt: skip

SurveyState = Literal[
    "draft", "planned", "approved", "launching", "flying", "held", "stopping", "stopped", "done", "cancelled"
]
SurveyEvent = Literal["plan", "approve", "withdraw", "launch", "airborne", "hold", "resume", "stop", "ended", "cancel"]
SortieState = Literal[
    "planned", "offered", "accepted", "declined", "preparing", "ready", "starting", "flying", "held", "returning",
    "landed", "failed", "cancelled",
]  # fmt: skip
SortieEvent = Literal[
    "offer", "accept", "decline", "prepare", "prepared", "fly", "airborne", "held", "going_home", "landed", "fail",
    "release", "cancel",
]  # fmt: skip

SURVEY_STATES: tuple[SurveyState, ...] = get_args(SurveyState)
SURVEY_EVENTS: tuple[SurveyEvent, ...] = get_args(SurveyEvent)
SORTIE_STATES: tuple[SortieState, ...] = get_args(SortieState)
SORTIE_EVENTS: tuple[SortieEvent, ...] = get_args(SortieEvent)
# What people do; the rest happens.
BY_PERSON: frozenset[SurveyEvent] = frozenset(
    {"plan", "approve", "withdraw", "launch", "hold", "resume", "stop", "cancel"}
)
SORTIE_BY_PERSON: frozenset[SortieEvent] = frozenset({"offer", "accept", "decline", "prepare", "release", "cancel"})
OVER: frozenset[SurveyState] = frozenset({"stopped", "done", "cancelled"})
ACTIVE: frozenset[SurveyState] = frozenset({"launching", "flying", "held", "stopping"})
# A sortie that nothing more comes of.
SETTLED: frozenset[SortieState] = frozenset({"declined", "landed", "failed", "cancelled"})
AIRBORNE: frozenset[SortieState] = frozenset({"flying", "held", "returning"})
# Of a sortie that failed: its drone has said nothing to an order, or that it does not fly when it was to be stopped.
NO_ANSWER, NOT_FLYING = "no_answer", "not_flying"
# Such a drone may have taken off all the same: nobody heard it, or its agent did not hear the autopilot.
MAY_FLY = frozenset({NO_ANSWER, "link"})
# Sorties whose drone is ordered about.
ORDERED: frozenset[SortieState] = frozenset({*AIRBORNE, "preparing", "ready", "starting"})

# A pair that is missing is refused.
SURVEY_TABLE: Mapping[tuple[SurveyState, SurveyEvent], SurveyState] = {
    ("draft", "plan"): "planned",
    ("draft", "cancel"): "cancelled",
    #
    ("planned", "plan"): "planned",
    ("planned", "approve"): "approved",
    ("planned", "cancel"): "cancelled",
    #
    ("approved", "plan"): "planned",
    ("approved", "withdraw"): "planned",
    ("approved", "launch"): "launching",
    ("approved", "cancel"): "cancelled",
    #
    ("launching", "airborne"): "flying",
    ("launching", "hold"): "held",
    ("launching", "stop"): "stopping",
    ("launching", "ended"): "stopped",
    #
    ("flying", "airborne"): "flying",
    ("flying", "hold"): "held",
    ("flying", "stop"): "stopping",
    ("flying", "ended"): "done",
    #
    ("held", "airborne"): "held",
    ("held", "hold"): "held",
    ("held", "resume"): "flying",
    ("held", "stop"): "stopping",
    ("held", "ended"): "stopped",
    #
    ("stopping", "airborne"): "stopping",
    ("stopping", "hold"): "held",
    ("stopping", "stop"): "stopping",
    ("stopping", "ended"): "stopped",
    #
    ("stopped", "plan"): "planned",
    ("stopped", "stop"): "stopped",
    ("stopped", "hold"): "stopped",
    # A drone that was given up and flies after all.
    ("stopped", "airborne"): "flying",
    ("done", "plan"): "planned",
    ("done", "airborne"): "flying",
}

SORTIE_TABLE: Mapping[tuple[SortieState, SortieEvent], SortieState] = {
    ("planned", "offer"): "offered",
    ("planned", "cancel"): "cancelled",
    #
    ("offered", "accept"): "accepted",
    ("offered", "decline"): "declined",
    ("offered", "cancel"): "cancelled",
    #
    ("accepted", "decline"): "declined",
    ("accepted", "prepare"): "preparing",
    ("accepted", "cancel"): "cancelled",
    #
    ("declined", "accept"): "accepted",
    ("declined", "cancel"): "cancelled",
    #
    ("preparing", "prepared"): "ready",
    ("preparing", "airborne"): "flying",
    ("preparing", "fail"): "failed",
    ("preparing", "release"): "accepted",
    ("preparing", "cancel"): "cancelled",
    #
    ("ready", "fly"): "starting",
    ("ready", "airborne"): "flying",
    ("ready", "fail"): "failed",
    ("ready", "release"): "accepted",
    ("ready", "cancel"): "cancelled",
    #
    ("starting", "airborne"): "flying",
    ("starting", "held"): "held",
    ("starting", "going_home"): "returning",
    ("starting", "landed"): "landed",
    ("starting", "fail"): "failed",
    #
    ("flying", "airborne"): "flying",
    ("flying", "held"): "held",
    ("flying", "going_home"): "returning",
    ("flying", "landed"): "landed",
    #
    ("held", "airborne"): "flying",
    ("held", "held"): "held",
    ("held", "going_home"): "returning",
    ("held", "landed"): "landed",
    #
    ("returning", "airborne"): "flying",
    ("returning", "held"): "held",
    ("returning", "going_home"): "returning",
    ("returning", "landed"): "landed",
    # A drone that was given up and speaks after all is in the air.
    ("failed", "airborne"): "flying",
    ("failed", "held"): "held",
    ("failed", "going_home"): "returning",
    ("failed", "landed"): "landed",
}

_PHASES: Mapping[Phase, SortieEvent] = {
    "ready": "prepared",
    "climbing": "airborne",
    "surveying": "airborne",
    "held": "held",
    "returning": "going_home",
    "landing": "going_home",
    "landed": "landed",
}
_WHY: Mapping[SurveyState, str] = {
    "draft": "This survey has no plan yet.",
    "planned": "This plan waits for the approval of a second person.",
    "approved": "This plan is approved and has not been launched.",
    "launching": "This survey is being launched.",
    "flying": "This survey is in the air.",
    "held": "This survey's drones hold their places.",
    "stopping": "This survey's drones are coming down.",
    "stopped": "This survey was stopped; plan again what is left.",
    "done": "This survey is done; plan again what is left.",
    "cancelled": "This survey was cancelled.",
}


def next_survey(state: SurveyState, event: SurveyEvent) -> SurveyState:
    """The state after the event. Raises Conflict, which says how the survey stands, when it does not fit."""
    after = SURVEY_TABLE.get((state, event))
    if after is None:
        raise Conflict(_WHY[state])
    return after


def next_sortie(state: SortieState, event: SortieEvent) -> SortieState | None:
    """The state after the event; None when it does not fit, so that nothing changes."""
    return SORTIE_TABLE.get((state, event))


def event_of_phase(phase: Phase | None) -> SortieEvent | None:
    """What a drone's phase says of its sortie; None when it says nothing (`idle`, `unknown`, `preparing`)."""
    return None if phase is None else _PHASES.get(phase)


def survey_event_of(sorties: Collection[SortieState]) -> SurveyEvent | None:
    """What the sorties of the plan that flies say of the survey: `ended` when nothing more is to come of any."""
    if any(state in AIRBORNE for state in sorties):
        return "airborne"
    return "ended" if all(state in SETTLED for state in sorties) else None


def stop_action(how: Literal["hold", "return", "land"], state: SortieState, reason: str | None) -> Action | None:
    """The order that stops a sortie: to the drone where it may be in the air or about to be, none otherwise."""
    # Whoever did not answer may be in the air all the same; whoever did not fly may hear a late order to.
    if state in AIRBORNE or state == "starting" or (state == "failed" and reason in (*MAY_FLY, NOT_FLYING)):
        return how
    return "release" if state in ("preparing", "ready") else None


def failure_of(action: Action, outcome: str | None, reason: str | None, state: SortieState) -> str | None:
    """Why a sortie has failed by the answer to an order of it, or by none (`outcome` None); None when it has not.

    A sortie that was to take off and is stopped before its drone has heard of it does not fly.
    """
    if outcome is None:
        ends = action in ("prepare", "fly") or (action in STOPS and state == "starting")
        return NO_ANSWER if ends else None
    if outcome not in _GOOD:
        return reason or outcome if action in ("prepare", "fly") else None
    return NOT_FLYING if action in STOPS and reason == NOT_FLYING and state == "starting" else None


_GOOD = frozenset({"accepted", "done"})
