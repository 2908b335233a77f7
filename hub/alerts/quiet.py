"""Who is not to be told just now, until when, and why. Pure.

1.  A mute holds what it mutes until it ends; it ends by itself, and at once when the clock has gone back behind the
    instant at which it was set: a wrong clock must never keep an alarm for longer than a person wanted.
2.  Who chose first light is not told between sunset and first light at the place. By day, and where no sunrise comes,
    nobody waits.
3.  In a plan's quiet hours, on the town's clock, nobody of that plan is told.
4.  Whoever waits for several things waits for the last of them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from hub.alerts.plans import Plan, QuietHours
from hub.geo.sun import first_light_after

__all__ = ["LONGEST_MUTE", "Mute", "Quiet", "Why", "quiet_people", "quiet_until"]

Why = Literal["first_light", "muted", "quiet_hours"]
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
    hours_end = None if plan.quiet_hours is None else quiet_until(plan.quiet_hours, now)
    quiet: dict[str, Quiet] = {}
    for target in plan.people:
        reasons = _muted(in_force, target.person_id)
        if light is not None and target.night == "first_light":
            reasons.append(Quiet(light, "first_light"))
        if hours_end is not None:
            reasons.append(Quiet(hours_end, "quiet_hours"))
        if reasons:
            quiet[target.person_id] = max(reasons, key=lambda reason: reason.until_at)
    return quiet


def quiet_until(hours: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours that hold at `now` are over; None when none do."""
    local = now.astimezone(ZoneInfo(hours.zone))
    minute = local.hour * 60 + local.minute
    over_midnight = hours.from_min > hours.until_min
    if over_midnight:
        holds = minute >= hours.from_min or minute < hours.until_min
    else:
        holds = hours.from_min <= minute < hours.until_min
    if not holds:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and minute >= hours.from_min else 0)
    hour, rest = divmod(hours.until_min, 60)
    return datetime(day.year, day.month, day.day, hour, rest, tzinfo=local.tzinfo).astimezone(now.tzinfo)


def _muted(mutes: Collection[Mute], person_id: str) -> list[Quiet]:
    return [Quiet(mute.until_at, "muted") for mute in mutes if mute.person_id in (None, person_id)]


def _first_light(plan: Plan, now: datetime) -> datetime | None:
    if plan.place is None:
        return None
    lat, lon = plan.place
    return first_light_after(lat, lon, now, plan.first_light_min)
