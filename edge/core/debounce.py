"""Telling a change of a line from its bouncing. Pure.

A spring, a magnet or wet contacts make a line chatter. A level counts once it has stood still for the settling time;
what chattered on the way there is folded into one change, dated at its first departure. A line that will not come to
rest counts as high (the level that means something happened): a trap with a loose contact alarms rather than keeping
silent.
"""

from dataclasses import dataclass, replace

__all__ = ["RESTLESS", "Debounce", "Settled", "decide_level", "settles_at_s"]

# Chatter that lasts this many settling times is no bounce of a contact any more.
RESTLESS = 20.0


@dataclass(frozen=True, slots=True)
class Debounce:
    """A line being watched. `settled` is the level that counts (None: not known yet), `raw` the one last seen.

    `raw_since_s` is when `raw` began; `left_at_s` and `changes` are when, and how often, the line has changed since it
    left `settled` (None: it is at rest). Times are uptimes in seconds.
    """

    settled: bool | None = None
    raw: bool | None = None
    raw_since_s: float = 0.0
    left_at_s: float | None = None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The line has a new level that counts: since `at_s` (its first departure), after `changes` raw changes."""

    level: bool
    at_s: float
    changes: int


def decide_level(state: Debounce, raw: bool, now_s: float, settle_s: float) -> tuple[Debounce, Settled | None]:
    """Take note that the line reads `raw` at `now_s`; to be called on every change and when `settles_at_s` has come."""
    # What stood long enough until now has settled, even if this very look finds the next change.
    state, settled = _settle(state, now_s, settle_s)
    if raw != state.raw:
        left_at_s = now_s if state.left_at_s is None else state.left_at_s
        state = replace(state, raw=raw, raw_since_s=now_s, left_at_s=left_at_s, changes=state.changes + 1)
    return state, settled


def settles_at_s(state: Debounce, settle_s: float) -> float | None:
    """When the line will settle at the latest if it changes no more (uptime); None when it is at rest."""
    if state.left_at_s is None:
        return None
    return min(state.raw_since_s + settle_s, state.left_at_s + RESTLESS * settle_s)


def _settle(state: Debounce, now_s: float, settle_s: float) -> tuple[Debounce, Settled | None]:
    if state.left_at_s is None or state.raw is None:
        return state, None
    left_at_s, changes = state.left_at_s, state.changes
    if now_s >= state.raw_since_s + settle_s:
        level, at_rest = state.raw, replace(state, settled=state.raw, left_at_s=None, changes=0)
    elif now_s >= left_at_s + RESTLESS * settle_s:
        # Still moving: if it reads low just now it is already on its way away from the level it is given.
        level = True
        at_rest = replace(state, settled=True, left_at_s=None if state.raw else now_s, changes=0)
    else:
        return state, None
    return at_rest, None if level == state.settled else Settled(level, left_at_s, changes)
