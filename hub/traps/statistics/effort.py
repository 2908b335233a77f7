"""Effort, counted honestly: the hours in which a trap could have caught something. Pure.

A trap that has sprung catches nothing until somebody has been there, one that is silent may have sprung, one that is
out of service is none. A trap-night is 24 hours in which the trap was set and heard of. That is the exact form of the
usual correction for sprung traps (half a night is taken off for each, since their time is not known: Nelson and
Clark 1973, Journal of Mammalogy 54, 295–298); here the time is known.

1.  What the hub learned later counts from when it was so (`since_at`), and overrides what was thought of that time.
2.  Each moment of a period belongs to exactly one class, so that the classes' hours add up to the wall clock.
3.  Before the first record, outside of the days between which a trap stood, and in the future, a trap is away.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from hub.traps.history import Known
from hub.traps.states import State

__all__ = ["Effort", "Standing", "add_up", "count_effort", "cpue"]

NIGHT = timedelta(hours=24)
_ZERO = timedelta()
_CLASS: dict[State, str] = {
    "armed": "effective",
    "sprung": "sprung",
    "sprung_silent": "sprung",
    "silent": "silent",
    "disarmed": "disarmed",
}


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a trap, or several, were in each class; all of them together are the period (times the traps)."""

    effective: timedelta = _ZERO
    sprung: timedelta = _ZERO
    silent: timedelta = _ZERO
    disarmed: timedelta = _ZERO
    away: timedelta = _ZERO

    @property
    def trap_nights(self) -> float:
        """Effective trap-nights: effective hours by 24."""
        return self.effective / NIGHT

    @property
    def deployed(self) -> timedelta:
        """All but away and out of service."""
        return self.effective + self.sprung + self.silent

    @property
    def total(self) -> timedelta:
        """All classes together."""
        return sum((getattr(self, part.name) for part in fields(self)), _ZERO)


@dataclass(frozen=True, slots=True)
class Standing:
    """From when to when a trap stood in the field, as the office knows; None is no bound."""

    set_at: datetime | None = None
    removed_at: datetime | None = None


def count_effort(
    known: Collection[Known], since: datetime, until: datetime, now: datetime, standing: Standing | None = None
) -> Effort:
    """The classes of one trap in [since, until). `known` may come in any order: each tells what was learned, and when.

    Two records of the same moment of learning are taken in the order of their beginnings.
    """
    standing = standing or Standing()
    begin = max(since, standing.set_at or since)
    end = min(until, now, standing.removed_at or until)
    spent = {part.name: _ZERO for part in fields(Effort)}
    timeline = _timeline(known)
    for (at, state), following in zip(timeline, [*(start for start, _ in timeline[1:]), end], strict=False):
        length = min(following, end) - max(at, begin)
        if length > _ZERO:
            spent[_CLASS[state]] += length
    spent["away"] = max(until - since, _ZERO) - sum(spent.values(), _ZERO)
    return Effort(**spent)


def _timeline(known: Collection[Known]) -> list[tuple[datetime, State]]:
    """What the trap was from when on, by all that is known by now (rule 1)."""
    timeline: list[tuple[datetime, State]] = []
    for one in sorted(known, key=lambda one: (one.recorded_at, one.since_at, one.state)):
        while timeline and timeline[-1][0] >= one.since_at:
            timeline.pop()
        timeline.append((one.since_at, one.state))
    return timeline


def add_up(efforts: Sequence[Effort]) -> Effort:
    """The effort of several traps or periods together."""
    return Effort(**{part.name: sum((getattr(one, part.name) for one in efforts), _ZERO) for part in fields(Effort)})


def cpue(caught: int, effort: Effort) -> float | None:
    """Catch per unit of effort: heads ÷ effective trap-nights × 100; None under one trap-night, which says nothing."""
    return caught / effort.trap_nights * 100 if effort.effective >= NIGHT else None
