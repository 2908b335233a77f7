"""The simulators' only clock, and the world's faster one.

The hub and the agents live in real time. The world around them has an hour of its own: `WorldClock` maps real instants
to the world's instants, fast while a day is played, in step with the real clock's hour before and after.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

__all__ = ["WorldClock", "monotonic", "now", "wait"]


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never go back, the same for all processes of this machine."""
    return time.monotonic()


def wait(stop: Event, seconds: float) -> bool:
    """Wait so long unless `stop` comes first; says whether it came."""
    return stop.wait(max(0.0, seconds))


@dataclass(frozen=True, slots=True)
class WorldClock:
    """Maps real instants to the world's.

    From `began_at` on, `played` of the world's time pass `speed` times as fast as real time does: for ever when
    `repeat` is set; otherwise the world then goes on at the real pace: for whole days, at the real hour and days ahead.
    """

    began_at: datetime
    speed: float
    played: timedelta = timedelta(days=1)
    repeat: bool = False

    def world_at(self, real: datetime) -> datetime:
        """The world's instant at a real instant; never goes back while the real one does not."""
        if real <= self.began_at:
            return real
        lasts = self.played / self.speed
        elapsed = real - self.began_at
        if self.repeat or elapsed < lasts:
            return self.began_at + elapsed * self.speed
        return self.began_at + self.played + (elapsed - lasts)

    def real_at(self, world: datetime) -> datetime:
        """When the world reaches that instant: the inverse of `world_at`."""
        if world <= self.began_at:
            return world
        passed = world - self.began_at
        if self.repeat or passed < self.played:
            return self.began_at + passed / self.speed
        return self.began_at + self.played / self.speed + (passed - self.played)
