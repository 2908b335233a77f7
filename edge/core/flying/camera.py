"""The camera's trigger, asked for until the autopilot has said that it heard: one that fires on the way home costs the
photos their meaning, and one that stays off after a hold costs the survey. Pure.
"""

from dataclasses import dataclass, replace

__all__ = ["Trigger", "decide_trigger"]

_AGAIN_S = 1.0
_MOST = 30


@dataclass(frozen=True, slots=True)
class Trigger:
    """What is asked for: a photo each `every_m` (0: none; None: nothing is asked). `asked_s` is when that was last."""

    every_m: float | None = None
    asked_s: float | None = None
    times: int = 0

    def heard(self) -> "Trigger":
        """The autopilot has taken it."""
        return Trigger()


def decide_trigger(trigger: Trigger, now_s: float, *, hears: bool) -> tuple[Trigger, float | None]:
    """The distance to ask for now; None: nothing. Given up after half a minute of asking an autopilot that has none."""
    if trigger.every_m is None or not hears or (trigger.asked_s is not None and now_s - trigger.asked_s < _AGAIN_S):
        return trigger, None
    if trigger.times >= _MOST:
        return Trigger(), None
    return replace(trigger, asked_s=now_s, times=trigger.times + 1), trigger.every_m
