"""Placing moments in time when the clock may not be set. Pure.

A Raspberry Pi has no battery-backed clock: until the network has told it the time, its wall clock is wrong by months.
Such a moment counts from 1970-01-01T00:00:00Z plus the uptime, is marked `unset`, and the hub places it by the boot and
the uptime at sending.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

__all__ = ["EPOCH", "Clock", "Moment", "earlier", "is_sane", "place"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No agent ran before this program was written, and none runs on a wall clock that says so.
_SANE = range(2026, 2100)


class Clock(Protocol):
    """What a clock can be asked. The agent's own is edge.agent.SystemClock; simulators may bring another."""

    @property
    def boot(self) -> str:
        """An id that changes with each boot, since uptime starts again with it."""
        ...

    def wall(self) -> datetime:
        """The wall clock, aware; possibly wrong."""
        ...

    def uptime_s(self) -> float:
        """Seconds since boot; never goes back, never jumps, whatever happens to the wall clock."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant as the agent knows it. `time` is aware; durations and deadlines are measured with `uptime_s`."""

    time: datetime
    clock: Literal["set", "unset"]
    boot: str
    uptime_s: float

    @property
    def position_s(self) -> float:
        """Seconds on the scale that schedules are aligned to: the wall clock's when it is set, the uptime otherwise."""
        return (self.time - EPOCH).total_seconds()


def is_sane(wall: datetime) -> bool:
    """Whether a wall clock can be right at all."""
    return wall.year in _SANE


def place(wall: datetime, uptime_s: float, boot: str, *, is_set: bool) -> Moment:
    """The present moment, given what the clocks say and whether the wall clock may be believed."""
    if is_set and is_sane(wall):
        return Moment(wall.astimezone(UTC), "set", boot, uptime_s)
    return Moment(EPOCH + timedelta(seconds=uptime_s), "unset", boot, uptime_s)


def earlier(moment: Moment, uptime_s: float) -> Moment:
    """The moment of the same boot at which the uptime was `uptime_s`, seen from a later one."""
    return Moment(moment.time - timedelta(seconds=moment.uptime_s - uptime_s), moment.clock, moment.boot, uptime_s)
