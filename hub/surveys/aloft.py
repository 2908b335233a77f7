"""Who is in the air, since when, and whether anybody knows where. Pure.

1.  A start lies between its order, with the wait on the ground that goes with it, and the drone's first word of flight;
    without such a word it may come as late as the order lives.
2.  Where a drone is by its plan is known only while it flies on, is heard, hears its autopilot and is not overdue. Who
    was held, stopped or given up, took off without an order, or has a clock that cannot be right may be anywhere.
3.  Who says that it flies does, whatever became of its sortie.
4.  Who has said nothing of a landing has landed all the same when no battery can last any more, and nothing was heard
    for a while.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.wire.orders import Phase
from hub.surveys.meeting import Aloft, Way
from hub.surveys.states import AIRBORNE, SETTLED, SortieState, event_of_phase
from hub.surveys.timing import HEARD_WITHIN_S

__all__ = ["Known", "aloft_of"]

# A flight that lasts so much longer than it was planned is not where it was planned to be.
_OVERDUE_S = 60.0
# A drone in flight is heard twice a second, every five seconds by an agent that has much to say.
_SILENT_S = 30.0
# Clocks of agents are right to so much; a start that is known no better than to the last is not known.
_CLOCK_S, _KNOWN_TO_S = 5.0, 60.0
_LONGEST_S = 3_600.0
_LAST_WORD_S = 300.0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a sortie that may be in the air.

    `ordered_at` is when it was last ordered to take off, after `waits_s` on the ground; `started_at` its first word of
    flight, by the agent's clock. Its drone's last word came in `heard_at`, told this `phase`, and was `link_age_s` old
    by what the vehicle had last said. `is_astray`: ordered to hold, return or land, or heard of as doing so.
    """

    state: SortieState
    ordered_at: datetime | None
    waits_s: float
    started_at: datetime | None
    heard_at: datetime | None
    phase: Phase | None
    link_age_s: float | None
    is_astray: bool
    endurance_s: float | None


def aloft_of(known: Known, way: Way, now: datetime) -> Aloft | None:
    """Say how a sortie's drone is in the air, or about to be; None when it is not."""
    says_flying = known.phase == "unknown" or event_of_phase(known.phase) in ("airborne", "held", "going_home")
    if known.state in SETTLED and known.state != "failed" and not says_flying:
        return None
    earliest_s, latest_s = _start_s(known, now)
    if _is_down(known, latest_s, now, says_flying=says_flying):
        return None
    is_overdue = latest_s + way.sortie["flight_s"] + _OVERDUE_S < 0
    is_timed = (
        known.state in ("starting", "flying")
        and not (known.is_astray or is_overdue or known.phase == "unknown")
        and _is_likely(known, now)
        and latest_s - earliest_s <= _KNOWN_TO_S
        and not _is_silent(known, latest_s, now)
    )
    # one that has started, or may have, is not late any more
    latest_s = max(0.0, latest_s) if known.started_at is None else latest_s
    return Aloft(way, earliest_s, latest_s, is_timed, goes_home=known.state == "returning")


def _start_s(known: Known, now: datetime) -> tuple[float, float]:
    """Seconds from now to the start, at the earliest and at the latest, of which both have mostly been."""
    ordered_at, started_at = known.ordered_at, known.started_at
    due_s = None if ordered_at is None else (ordered_at - now).total_seconds() + known.waits_s
    if started_at is None:
        due_s = 0.0 if due_s is None else due_s
        return due_s, due_s + HEARD_WITHIN_S
    started_s = (started_at - now).total_seconds()
    return (started_s if due_s is None else min(due_s, started_s)), started_s


def _is_down(known: Known, latest_s: float, now: datetime, *, says_flying: bool) -> bool:
    heard_s = -math.inf
    if says_flying and known.heard_at is not None:
        heard_s = (known.heard_at - now).total_seconds()
    if heard_s + _LAST_WORD_S >= 0:
        return False
    if known.ordered_at is not None and not _is_likely(known, now):
        # by the hub's own clock: the agent's is wrong
        latest_s = (known.ordered_at - now).total_seconds() + known.waits_s + HEARD_WITHIN_S
    elif known.ordered_at is None and known.started_at is None:
        latest_s = heard_s
    return latest_s + max(_LONGEST_S, known.endurance_s or 0.0) < 0


def _is_likely(known: Known, now: datetime) -> bool:
    """Whether the start was ordered, and is told by a clock that may be right."""
    slack = timedelta(seconds=_CLOCK_S)
    if known.ordered_at is None:
        return False
    return known.started_at is None or known.ordered_at - slack <= known.started_at <= now + slack


def _is_silent(known: Known, latest_s: float, now: datetime) -> bool:
    if known.state not in AIRBORNE:
        return latest_s + _SILENT_S < 0
    if known.heard_at is None or (known.link_age_s is not None and known.link_age_s > _SILENT_S):
        return True
    return (now - known.heard_at).total_seconds() > _SILENT_S
