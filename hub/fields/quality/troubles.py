"""When a sensor's state is a trouble that people are told of: once, and not for what mends itself. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.fields.quality.states import State, Verdict

__all__ = ["TOLD_AFTER", "Troubles", "decide_troubles"]

TOLD_AFTER: Mapping[State, timedelta] = {
    "silent": timedelta(hours=3),
    "late": timedelta(hours=24),
    "stuck": timedelta(),
    "out_of_range": timedelta(hours=6),
    "drifting": timedelta(),
}
"""How long a state must last before people are told. A radio that is away for an hour comes back by itself."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """The sensors that people know of from now on, and whether the device's trouble begins or ends with that."""

    told: tuple[str, ...]
    begins: bool
    ends: bool


def decide_troubles(
    told: Collection[str], verdicts: Mapping[str, Verdict], agent_heard_at: datetime | None, now: datetime
) -> Troubles:
    """What follows from how a device's sensors are judged, where `told` is what people know of already.

    Where nothing comes from the agent itself, that is the trouble, and another one than the sensors'.
    """
    agent_speaks = agent_heard_at is not None and now - agent_heard_at <= timedelta(hours=1)
    known: list[str] = []
    for quantity, verdict in sorted(verdicts.items()):
        if verdict.is_ok:
            continue
        waits = TOLD_AFTER[verdict.state]
        is_agents = verdict.reason == "device_silent" and not agent_speaks
        if quantity in told or (now - verdict.since_at >= waits and not is_agents):
            known.append(quantity)
    return Troubles(tuple(known), begins=bool(known) and not told, ends=bool(told) and not known)
