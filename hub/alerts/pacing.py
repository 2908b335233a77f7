"""How fast one person may be told on one channel. Pure: (standing, pace, now) -> whether now, and how it stands then.

The rules, which property tests hold over random histories:

1.  In any stretch of `t` seconds at most `burst + t / every_s` messages begin (a bucket of `burst` places, of which one
    is refilled every `every_s` seconds), and two never within `gather_s`: what comes meanwhile is gathered into one.
2.  The first message after a quiet time goes at once.
3.  Nobody waits longer than `every_s` or `gather_s`, whichever is longer, whatever the clock did: a standing that a
    wrong clock has put further off is put right.
4.  A message whose matters have all been settled counts no more: whoever works through the alarms is not held up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["CLOCK_SLACK", "Pace", "Paced", "Standing", "decide_pace"]

# Clocks of two machines may differ by so much without anything being wrong.
CLOCK_SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Pace:
    """What a town sets: `burst` messages at once, then one `every_s` seconds; never two within `gather_s` seconds."""

    burst: int
    every_s: float
    gather_s: float

    @property
    def longest_wait(self) -> timedelta:
        """The longest that anybody waits for the next message."""
        return timedelta(seconds=max(self.every_s, self.gather_s))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands on a channel.

    `full_at`: when the bucket will be full. `last_at`: when the last message began. `returned`: messages that have been
    settled since.
    """

    full_at: datetime
    last_at: datetime | None
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Paced:
    """Whether a message may begin now, how it stands afterwards, and from when on the next may."""

    allowed: bool
    standing: Standing
    free_at: datetime


def decide_pace(standing: Standing, pace: Pace, now: datetime, *, takes: bool = True) -> Paced:
    """Whether a message may begin at `now`; `takes` is False for one that replaces another that never arrived."""
    every, gather = timedelta(seconds=pace.every_s), timedelta(seconds=pace.gather_s)
    full_at, last_at = standing.full_at - standing.returned * every, standing.last_at
    if full_at > now + pace.burst * every + CLOCK_SLACK:
        full_at = now + (pace.burst - 1) * every
    if standing.returned or (last_at is not None and last_at > now + CLOCK_SLACK):
        last_at = None
    known = Standing(full_at, last_at)
    free_at = _free_at(known, pace.burst, every, gather)
    if now < free_at:
        return Paced(False, known, free_at)
    after = Standing(max(full_at, now) + every if takes else full_at, now)
    return Paced(True, after, _free_at(after, pace.burst, every, gather))


def _free_at(standing: Standing, burst: int, every: timedelta, gather: timedelta) -> datetime:
    has_place_at = standing.full_at - (burst - 1) * every
    return has_place_at if standing.last_at is None else max(has_place_at, standing.last_at + gather)
