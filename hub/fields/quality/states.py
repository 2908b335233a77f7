"""How a sensor is judged, as a value. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

__all__ = ["REASONS", "STATES", "State", "Verdict"]

State = Literal["ok", "silent", "late", "stuck", "out_of_range", "drifting"]
STATES: tuple[State, ...] = get_args(State)

REASONS: Mapping[str, State] = {
    # nothing comes from the device at all
    "device_silent": "silent",
    # the device speaks, but not of this quantity
    "missing": "silent",
    # its readings bear times that cannot be, so none is usable
    "clock_wrong": "silent",
    # its readings come in batches, long after they were measured
    "buffered": "late",
    # they come one by one, each as old as the one before
    "clock_behind": "late",
    "flat": "stuck",
    # flat while the neighbours moved
    "flat_alone": "stuck",
    # no rain while it rained all around
    "blocked": "stuck",
    # outside what the quantity can be
    "refused": "out_of_range",
    # there and back again within minutes
    "spikes": "out_of_range",
    "away": "drifting",
}
"""What exactly, and the state that it is a reason for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a sensor is judged. `reason` is one of REASONS, None for ok; `detail` has the figures that the words need.

    `since_at`: since when, by the time of measuring where that is known.
    """

    state: State
    reason: str | None
    since_at: datetime
    detail: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def is_ok(self) -> bool:
        """Whether what it says can be believed."""
        return self.state == "ok"
