"""The watch over the link to an autopilot. Pure.

1. A heartbeat comes each second; `LOST_AFTER_S` without one, and the link is lost, and told so.
2. A dead connection, or `ANEW_AFTER_S` without a heartbeat, is closed and made anew, at first soon, then less often.
3. After a gap in the heartbeats, and when positions have stopped while heartbeats come, the streams are asked for
   again: an autopilot that has started anew sends none by itself.
"""

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["ANEW_AFTER_S", "LOST_AFTER_S", "Watch", "WatchEffect", "decide_watch"]

LOST_AFTER_S = 3.0
ANEW_AFTER_S = 10.0
_STREAMS_AFTER_S = 3.0
_ANEW_FIRST_S = 1.0
_ANEW_MOST_S = 15.0

WatchEffect = Literal["connect", "ask_streams", "lost", "back"]


@dataclass(frozen=True, slots=True)
class Watch:
    """`due_s` is the uptime from which a connection may be tried; `connecting` while one is tried."""

    is_lost: bool = True
    connecting: bool = False
    attempts: int = 0
    due_s: float = 0.0
    asked_s: float = 0.0

    def tried(self, now_s: float, *, connected: bool) -> "Watch":
        """A try to connect has ended."""
        attempts = 0 if connected else self.attempts + 1
        wait_s = min(_ANEW_FIRST_S * 2.0 ** max(0, attempts - 1), _ANEW_MOST_S)
        return replace(self, connecting=False, attempts=attempts, due_s=now_s + (ANEW_AFTER_S if connected else wait_s))


def decide_watch(
    watch: Watch, heartbeat_s: float | None, position_s: float | None, now_s: float, *, alive: bool
) -> tuple[Watch, tuple[WatchEffect, ...]]:
    """What to do about the link. `heartbeat_s` and `position_s`: when they were heard last on this connection (None:
    never); `alive`: whether its threads still run.
    """
    if watch.connecting:
        return watch, ()
    effects: list[WatchEffect] = []
    fresh = alive and heartbeat_s is not None and now_s - heartbeat_s <= LOST_AFTER_S
    if fresh and watch.is_lost:
        watch = replace(watch, is_lost=False, asked_s=now_s)
        effects.extend(("back", "ask_streams"))
    elif fresh and (position_s is None or now_s - position_s > _STREAMS_AFTER_S):
        if now_s - watch.asked_s > _STREAMS_AFTER_S:
            watch = replace(watch, asked_s=now_s)
            effects.append("ask_streams")
    elif not fresh and not watch.is_lost:
        watch = replace(watch, is_lost=True)
        effects.append("lost")
    dead = not alive or (heartbeat_s is not None and now_s - heartbeat_s > ANEW_AFTER_S)
    if (dead and now_s >= watch.due_s) or (not alive and watch.attempts == 0):
        watch = replace(watch, connecting=True)
        effects.append("connect")
    return watch, tuple(effects)
