"""How often a drone's position is told. Pure.

Twice a second in flight while the hub takes it; while it does not, every five seconds, so that hours without a hub
leave a track and not a flood. On the ground every ten seconds, and nothing is kept there for later. What is an event is
told at once, and is no matter of this.
"""

from edge.core.flying.phases import FLYING, RESTING
from edge.wire.orders import Phase

__all__ = ["MOST_WAITING", "decide_telling"]

_FLYING_S = 0.5
_UNHEARD_S = 5.0
_GROUND_S = 10.0
_READY_S = 2.0
# Receipts come once a second: so many may be on their way to a hub that takes them.
_TAKEN = 16
# Four hours and more without a hub, every five seconds: about 2 MB.
MOST_WAITING = 3_000


def decide_telling(phase: Phase, told_s: float | None, waiting: int, now_s: float) -> bool:
    """Whether a position is told now. `told_s` is when that was done last, `waiting` how many have no receipt yet."""
    if phase in FLYING:
        every_s = _FLYING_S if waiting <= _TAKEN else _UNHEARD_S
        if waiting >= MOST_WAITING:
            return False
    else:
        every_s = _GROUND_S if phase in RESTING else _READY_S
        if waiting > 1:
            return False
    return told_s is None or now_s - told_s >= every_s - 1e-6
