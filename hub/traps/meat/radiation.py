"""Whether meat is held for its radiation test, and what becomes of it. Pure.

1.  Where the town tests every head of a species, meat waits until somebody has entered a result.
2.  A result within the limit of its day releases, one above it refuses. The latest result holds.
3.  No time that passes changes anything: nothing is released by silence, and without a limit nothing is released.
4.  Meat that its hygiene form excludes is refused, whatever the laboratory says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hub.traps.meat.hygiene import Verdict
from hub.traps.rules import DatedRule, rule_on

__all__ = ["TABLE", "Measured", "MeatState", "RadiationState", "decide_meat", "decide_radiation"]

RadiationState = Literal["not_asked", "waiting", "released", "refused"]
Event = Literal["within", "above", "unjudged"]
MeatState = Literal["unwritten", "waiting", "released", "refused"]

# (state, what the result says) -> state.
TABLE: Mapping[tuple[RadiationState, Event], RadiationState] = {
    ("not_asked", "within"): "released",
    ("not_asked", "above"): "refused",
    ("not_asked", "unjudged"): "waiting",
    ("waiting", "within"): "released",
    ("waiting", "above"): "refused",
    ("waiting", "unjudged"): "waiting",
    ("released", "within"): "released",
    ("released", "above"): "refused",
    ("released", "unjudged"): "waiting",
    ("refused", "within"): "released",
    ("refused", "above"): "refused",
    ("refused", "unjudged"): "refused",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One result, Bq/kg of radioactive caesium; where nothing was found, the limit of detection."""

    measured_on: date
    bq_per_kg: float


def decide_radiation(
    results: Sequence[Measured], rules: Iterable[DatedRule], species: str, caught_on: date
) -> RadiationState:
    """How it stands after these results, in the order in which they were entered."""
    kept = list(rules)
    asked = rule_on(kept, "radiation_every_head", caught_on, species)
    state: RadiationState = "waiting" if asked is not None and asked.value else "not_asked"
    for result in results:
        limit = rule_on(kept, "radiation_limit_bq_kg", result.measured_on, species)
        event: Event = "unjudged"
        if limit is not None and limit.value is not None:
            event = "within" if result.bq_per_kg <= limit.value else "above"
        state = TABLE[state, event]
    return state


def decide_meat(verdict: Verdict, radiation: RadiationState) -> MeatState:
    """What may be done with the meat: it is released only when both its form and the test allow it."""
    if verdict == "not_food" or radiation == "refused":
        return "refused"
    if verdict == "unwritten":
        return "unwritten"
    return "waiting" if radiation == "waiting" else "released"
