"""Who is not to be told just now, until when, and why. Pure.

1.  A mute holds what it mutes until it ends; it ends by itself, and at once when the clock has gone back behind the
    instant at which it was set: a wrong clock must never keep an alarm for longer than a person wanted.
2.  Who chose first light is not told between sunset and first light at the place. By day, and where no sunrise comes,
    nobody waits.
3.  Whoever waits for several things waits for the last of them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hub.alerts.plans import Plan
from hub.geo.sun import first_light_after

__all__ = ["LONGEST_MUTE", "Mute", "Quiet", "Why", "quiet_people"]

Why = Literal["first_light", "muted"]
LONGEST_MUTE = timedelta(days=14)
_CLOCK_SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute as it bears on one incident: of its trap or agent (`person_id` None), or of one person's notices."""

    person_id: str | None
    set_at: datetime
    until_at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.set_at - _CLOCK_SLACK <= now < self.until_at


@dataclass(frozen=True, slots=True)
class Quiet:
    """A person is not told before `until_at`."""

    until_at: datetime
    why: Why


def quiet_people(plan: Plan, mutes: Iterable[Mute], now: datetime) -> dict[str, Quiet]:
    """Who of a plan is not to be told now, by the person's id."""
    in_force = [mute for mute in mutes if mute.holds(now)]
    light = _first_light(plan, now)
    quiet: dict[str, Quiet] = {}
    for target in plan.people:
        reasons = _muted(in_force, target.person_id)
        if light is not None and target.night == "first_light":
            reasons.append(Quiet(light, "first_light"))
        if reasons:
            quiet[target.person_id] = max(reasons, key=lambda reason: reason.until_at)
    return quiet


def _muted(mutes: Collection[Mute], person_id: str) -> list[Quiet]:
    return [Quiet(mute.until_at, "muted") for mute in mutes if mute.person_id in (None, person_id)]


def _first_light(plan: Plan, now: datetime) -> datetime | None:
    if plan.place is None:
        return None
    lat, lon = plan.place
    return first_light_after(lat, lon, now, plan.first_light_min)
