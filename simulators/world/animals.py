"""What walks past the traps at night, and what the wind does to them. Pure.

A sounder of boars (and now and then a raccoon dog) leaves the woods after dusk and passes some of the traps one after
the other; muntjacs come by day as well. Far more springs here than in real nights, where a hundred trap-nights bring a
boar or two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from simulators.world.noise import dice, unit
from simulators.world.sun import Place
from simulators.world.weather import weather

__all__ = ["Cause", "Visit", "outcome_of", "visits_of"]

Cause = Literal["boar", "raccoon_dog", "muntjac", "wind"]
# How likely a walk begins in each hour from 17:00 on: after dusk, and again before dawn.
_WALKS_BEGIN = (2, 4, 5, 5, 4, 3, 2, 2, 2, 3, 4, 3)
_STORM_GUST_M_S = 11.0


@dataclass(frozen=True, slots=True)
class Visit:
    """Something passes a trap at `at`; `springs` says whether it steps into it."""

    at: datetime
    trap: str
    cause: Cause
    springs: bool


def visits_of(seed: int, place: Place, evening: date, traps: Sequence[str]) -> list[Visit]:
    """All that happens to the traps in the 24 hours from that day's noon, in order of time.

    `traps` stand in the order in which a path leads past them.
    """
    if not traps:
        return []
    roll = dice(seed, "night", evening.isoformat())
    visits: list[Visit] = []
    for walk in range(roll.randint(2, 3)):
        cause: Cause = "boar" if walk == 0 or roll.random() < 0.7 else "raccoon_dog"
        hour = 17 + roll.choices(range(len(_WALKS_BEGIN)), _WALKS_BEGIN)[0] + roll.random()
        if walk == 0:  # one sounder is a creature of habit: so any 24 hours have a firing
            hour = 19 + 3 * unit(seed, "habit")
        begin, length = roll.randrange(len(traps)), roll.randint(1, max(1, len(traps) // 2))
        for step in range(length):
            springs = step == 0 or roll.random() < (0.4 if cause == "boar" else 0.2)
            visits.append(Visit(place.at(evening, hour), traps[(begin + step) % len(traps)], cause, springs))
            hour += roll.uniform(0.15, 0.6)
    for part in (1, 2):  # muntjacs (キョン) feed by day too
        hour = 12 + (7 + 3 * unit(seed, "habit") + 8 * part) % 24
        visits.append(Visit(place.at(evening, hour), roll.choice(traps), "muntjac", springs=True))
    return sorted(visits + _wind_of(seed, place, evening, traps), key=lambda visit: (visit.at, visit.trap))


def _wind_of(seed: int, place: Place, evening: date, traps: Sequence[str]) -> list[Visit]:
    """A storm's branches and a bent trigger: from gusts of 11 m/s on, a trap springs with nobody there (空はじき)."""
    found: list[Visit] = []
    roll = dice(seed, "wind", evening.isoformat())
    for quarter in (quarter for quarter in range(4 * 24) if roll.random() < 0.05):
        at = place.at(evening, 12 + quarter / 4)
        if weather(seed, place, at).wind_gust_m_s >= _STORM_GUST_M_S:
            found.append(Visit(at + timedelta(minutes=roll.uniform(0, 15)), roll.choice(traps), "wind", springs=True))
    return found


def outcome_of(seed: int, visit: Visit) -> str:
    """What a hunter finds: `captured`, `empty` (空はじき) or `wrong_species` (錯誤捕獲)."""
    if visit.cause == "wind":
        return "empty"
    escaped = dice(seed, "outcome", visit.trap, visit.at.isoformat()).random() < 0.3
    if escaped:
        return "empty"
    return "wrong_species" if visit.cause == "raccoon_dog" else "captured"
