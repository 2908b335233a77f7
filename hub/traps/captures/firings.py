"""How often a trap fires for nothing, and whether its agent's settling time could mend that. Pure.

What is known of a firing: what a person found, how many raw changes the agent folded into it (`count`), and when the
agent said next that the wire is closed. A level counts once it has stood still for the settling time (`settle_s` of an
agent, see edge/core/debounce.py): a longer one swallows a wire that opens and closes again by itself sooner than that.
A wire that stays open after an empty firing is a matter of the trigger's mechanics, and no settling time helps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["ENOUGH", "Advice", "Firing", "advise"]

# Fewer reported firings than that say nothing about a trap.
ENOUGH = 5
# `settle_s` of an agent goes up to 5 s.
_LONGEST_MS = 5000
_STEP_MS = 50
# A captured animal's wire must stay open this many times longer than what is to be swallowed.
_MARGIN = 2.0
_HEADROOM = 1.25


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing that a person reported on. `closed_after_s`: when the wire was closed again (None: it stayed open)."""

    outcome: str
    changes: int = 1
    closed_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """`rate` is None below ENOUGH cases.

    `why`: `too_few` cases; `rare` empties; `stays_open`: the wire of empties stayed open, look at the mechanics;
    `captures_close`: captures close as quickly, a longer time would lose them; `settle`: set `settle_ms`, which would
    have swallowed `swallowed` of the empties.
    """

    reported: int
    empties: int
    captures: int
    rate: float | None
    why: Literal["too_few", "rare", "stays_open", "captures_close", "settle"]
    settle_ms: int | None = None
    swallowed: int = 0


def advise(firings: Sequence[Firing]) -> Advice:
    """The rate of empty firings, and a settling time that would have swallowed them and no capture."""
    empties = [firing for firing in firings if firing.outcome == "empty"]
    caught = [firing for firing in firings if firing.outcome in ("captured", "wrong_species")]
    # "Only visited" says nothing about why it fired.
    reported = len(empties) + len(caught)
    if reported < ENOUGH:
        return Advice(reported, len(empties), len(caught), None, "too_few")
    rate = len(empties) / reported
    if len(empties) < 2:
        return Advice(reported, len(empties), len(caught), rate, "rare")
    short = sorted(
        1000 * firing.closed_after_s
        for firing in empties
        if firing.closed_after_s is not None and 1000 * firing.closed_after_s * _HEADROOM <= _LONGEST_MS
    )
    if len(short) < 2:
        return Advice(reported, len(empties), len(caught), rate, "stays_open")
    bound = min((1000 * one.closed_after_s for one in caught if one.closed_after_s is not None), default=float("inf"))
    safe = [closed_ms for closed_ms in short if _rounded(closed_ms) * _MARGIN <= bound]
    if len(safe) < 2:
        return Advice(reported, len(empties), len(caught), rate, "captures_close")
    return Advice(reported, len(empties), len(caught), rate, "settle", _rounded(safe[-1]), len(safe))


def _rounded(closed_ms: float) -> int:
    steps = -(-closed_ms * _HEADROOM // _STEP_MS)
    return min(_LONGEST_MS, int(max(steps, 1)) * _STEP_MS)
