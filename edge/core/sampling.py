"""When to measure and when to send what was measured. Pure.

Both are aligned to the wall clock when it is set (12:00, 12:05, …: stations can be compared, and charts need no
interpolation) and to the uptime otherwise.
"""

from dataclasses import dataclass, replace

from edge.core.clock import Moment

__all__ = ["Schedule", "decide_tick"]

# Waits end a little early or late; a tick this close before its grid point is that grid point's.
_EARLY_S = 0.02


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something done every `every_s`. `last` is the grid point it was last done at, on the scale of `clock`; None:
    never.
    """

    every_s: float
    clock: str | None = None
    last: int | None = None


def decide_tick(schedule: Schedule, now: Moment) -> tuple[Schedule, bool, float]:
    """Whether it is due, and how many seconds later to look again.

    The first look is due, so that a new station shows at once that it works. A clock that was set, or set back, makes
    it due too.
    """
    every_s = schedule.every_s
    index = int((now.position_s + min(_EARLY_S, every_s / 4)) // every_s)
    wait_s = max(0.001, (index + 1) * every_s - now.position_s)
    same_scale = schedule.clock == now.clock
    if same_scale and schedule.last == index:
        return schedule, False, wait_s
    return replace(schedule, clock=now.clock, last=index), True, wait_s
