"""The states of a claim, as a table, and who may take which step. Pure.

1.  A claim is filed with its report. Staff approve it, refuse it, or ask its writer.
2.  Where a programme wants four eyes, the first approval only seconds; the second must be another person's.
3.  Nobody decides about an animal that is his or her own.
4.  To refuse and to ask needs words.
5.  A correction of the report takes a second's approval back: it was about something else.
6.  What is approved stays: money is corrected by a reversal in its ledger, not by a change of the claim.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hub.errors import Conflict, Forbidden, Invalid

__all__ = ["TABLE", "WAITING", "Act", "ClaimState", "Entry", "Standing", "decide_claim"]

ClaimState = Literal["filed", "asked", "approved", "refused", "withdrawn"]
Act = Literal["approve", "refuse", "ask", "answer", "correct", "withdraw"]
Entry = Literal["filed", "asked", "answered", "seconded", "approved", "refused", "withdrawn", "corrected"]
WAITING: frozenset[ClaimState] = frozenset({"filed", "asked"})

# (state, act) -> (new state, what the log says). A pair that is missing is refused.
TABLE: Mapping[tuple[ClaimState, Act], tuple[ClaimState, Entry]] = {
    ("filed", "approve"): ("approved", "approved"),
    ("filed", "refuse"): ("refused", "refused"),
    ("filed", "ask"): ("asked", "asked"),
    ("filed", "correct"): ("filed", "corrected"),
    ("filed", "withdraw"): ("withdrawn", "withdrawn"),
    ("asked", "approve"): ("approved", "approved"),
    ("asked", "refuse"): ("refused", "refused"),
    ("asked", "ask"): ("asked", "asked"),
    ("asked", "answer"): ("filed", "answered"),
    ("asked", "correct"): ("filed", "corrected"),
    ("asked", "withdraw"): ("withdrawn", "withdrawn"),
    ("approved", "correct"): ("approved", "corrected"),
    ("refused", "correct"): ("filed", "corrected"),
}
_BY_STAFF: frozenset[Act] = frozenset({"approve", "refuse", "ask"})
_WITH_WORDS: frozenset[Act] = frozenset({"refuse", "ask", "answer"})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands, whose animal it is, and who has seconded it."""

    state: ClaimState
    owner_id: str
    typed_by: str
    seconded_by: str | None = None


def decide_claim(
    standing: Standing, act: Act, actor_id: str, words: str | None, *, four_eyes: bool
) -> tuple[Standing, Entry]:
    """The claim after a step. Raises Conflict, Forbidden (rules 2 and 3), Invalid (rule 4)."""
    if (standing.state, act) not in TABLE:
        raise Conflict("This claim is settled already." if standing.state not in WAITING else None)
    if act in _BY_STAFF and actor_id == standing.owner_id:
        raise Forbidden("Nobody decides about an animal of his or her own.")
    if act in _WITH_WORDS and not (words or "").strip():
        raise Invalid("Say why.")
    state, entry = TABLE[standing.state, act]
    if act == "approve" and four_eyes:
        if standing.seconded_by is None:
            return replace(standing, seconded_by=actor_id), "seconded"
        if standing.seconded_by == actor_id:
            raise Forbidden("A second person must approve this.")
    if act in ("correct", "ask", "answer"):
        return replace(standing, state=state, seconded_by=None), entry
    return replace(standing, state=state), entry
