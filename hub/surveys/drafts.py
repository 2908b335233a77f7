"""A draft of a plan: sorties as flown, how long they take and how much they see. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.surveys.routes import Field, Flown, seen_share

__all__ = ["GOAL", "Draft", "measured"]

GOAL = 0.9955
"""The share of the ground that a plan sees: 99.5 % and a little for another's rounding."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Sorties as flown, the seconds until the last drone has finished, the share of the ground seen, and the seconds
    that sorties fly beyond their batteries.
    """

    flown: tuple[Flown, ...]
    seconds: float
    coverage: float
    over_s: float = 0.0

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Order drafts: those that see enough first, then the quickest, then the least flying in all."""
        short = max(0.0, GOAL - self.coverage)
        lack = short * 1e6 + self.over_s * 1e3
        return lack > 0, lack + self.seconds, sum(path.seconds for path in self.flown)


def measured(flown: Sequence[Flown], plan: Field, *, rough: bool = False) -> Draft:
    """Measure sorties, each drone's in the order that it flies them; `rough` as in `seen_share`."""
    finishes: dict[int, float] = {}
    over_s = 0.0
    for path in flown:
        flyer = plan.flyers[path.flyer]
        over_s += max(0.0, path.seconds - flyer.usable_s)
        before = finishes[path.flyer] + flyer.change_s if path.flyer in finishes else 0.0
        finishes[path.flyer] = before + path.seconds
    return Draft(tuple(flown), max(finishes.values(), default=0.0), seen_share(flown, plan, rough=rough), over_s)
