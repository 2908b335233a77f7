"""Where a flight stands, as a table. Pure.

1. On the ground the agent's own doing counts: preparing, ready. In the air the vehicle's word counts, whoever made it
   so: an autopilot that turns home by itself is `returning`, one that a pilot at the sticks flies is `unknown`.
2. Nothing but the vehicle's word (disarmed) ends a flight.
3. A vehicle found flying at the start of the agent is `unknown` until it has said what it does.
"""

from collections.abc import Mapping
from typing import Literal

from edge.core.flying.seen import Motion
from edge.wire.orders import Phase

__all__ = ["FLYING", "RESTING", "TRANSITIONS", "Happening", "next_phase"]

Doing = Literal["prepare", "prepared", "not_prepared", "release"]
Happening = Doing | Motion

FLYING: frozenset[Phase] = frozenset({"climbing", "surveying", "held", "returning", "landing", "unknown"})
RESTING: frozenset[Phase] = frozenset({"idle", "landed"})

_IN_THE_AIR: Mapping[Happening, Phase] = {
    "climbs": "climbing", "surveys": "surveying", "holds": "held", "returns": "returning", "lands": "landing",
    "other": "unknown", "is_down": "landed",
}  # fmt: skip

TRANSITIONS: Mapping[tuple[Phase, Happening], Phase] = {
    ("idle", "prepare"): "preparing",
    ("ready", "prepare"): "preparing",
    ("landed", "prepare"): "preparing",
    ("preparing", "prepared"): "ready",
    ("preparing", "not_prepared"): "idle",
    ("ready", "release"): "idle",
    ("landed", "release"): "idle",
    # Taking off: ours, or a pilot's own flight.
    ("ready", "climbs"): "climbing",
    ("ready", "surveys"): "surveying",
    **{
        (phase, motion): _IN_THE_AIR[motion]
        for phase in ("idle", "preparing", "ready", "landed")
        for motion in ("holds", "returns", "lands", "other")
    },
    **{
        (phase, motion): after
        for phase in FLYING
        for motion, after in _IN_THE_AIR.items()
        # On the ground an autopilot begins its mission anew, some say so before they say that they are disarmed.
        if (phase, motion) not in {("returning", "climbs"), ("landing", "climbs")}
    },
}


def next_phase(phase: Phase, happening: Happening) -> Phase:
    """The phase after something happened; the same where the table knows nothing of it."""
    return TRANSITIONS.get((phase, happening), phase)
