"""What a change of a trap's state says about the time before it was known. Pure.

A firing is dated by the trap, and silence begins with the last word: the trap was out of work since then, not since the
hub learned of it.
"""

from dataclasses import dataclass
from datetime import datetime

from hub.traps.decisions import Trap
from hub.traps.states import State

__all__ = ["Known", "known_from"]


@dataclass(frozen=True, slots=True)
class Known:
    """At `recorded_at` the hub learned that the trap had been in `state` since `since_at` (not later). Aware UTC."""

    device_key: int
    recorded_at: datetime
    since_at: datetime
    state: State


def known_from(before: Trap | None, after: Trap) -> Known | None:
    """What is to be kept of a change; None when the state is the same. `before` is None for a new trap."""
    if before is not None and before.state == after.state:
        return None
    recorded_at = after.state_changed_at
    return Known(after.device_key, recorded_at, min(_since(before, after), recorded_at), after.state)


def _since(before: Trap | None, after: Trap) -> datetime:
    was_sprung = before is not None and before.state in ("sprung", "sprung_silent")
    if after.sprung_at is not None and not was_sprung:
        return after.sprung_at
    if after.state in ("silent", "sprung_silent") and before is not None:
        # Never behind what is known of the state before: a person has arrived there, or the trap has fired.
        return max(after.last_heard_at or before.state_changed_at, before.state_changed_at)
    return after.state_changed_at
