"""The meat clock: how long from the firing to found, killed (止め刺し), bled and delivered. Pure.

Limits are dated rules of the town, in minutes: `meat_found_minutes`, `meat_killed_minutes`, `meat_bled_minutes`,
`meat_delivered_minutes`, each from the moment before it. Where the town has none, a duration is shown and not judged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from hub.traps.rules import DatedRule, rule_on

__all__ = ["MOMENTS", "Moments", "Stretch", "StretchState", "read_clock"]

# ok; over: longer than the town's limit; odd: a moment lies before the one that must come first; open: not come yet.
StretchState = Literal["ok", "over", "odd", "open"]
MOMENTS = ("sprung", "found", "killed", "bled", "delivered")


@dataclass(frozen=True, slots=True)
class Moments:
    """What is known of one animal; None is not known (found without any alarm) or not come yet."""

    sprung: datetime | None = None
    found: datetime | None = None
    killed: datetime | None = None
    bled: datetime | None = None
    delivered: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time to one moment from the last known one before it; `lasted` None while it is open."""

    moment: str
    at: datetime | None
    lasted: timedelta | None
    limit: timedelta | None
    state: StretchState


def read_clock(moments: Moments, rules: Iterable[DatedRule], species: str, day: date) -> list[Stretch]:
    """The clock as of `day`, whose rules hold. A moment that was left out is stepped over."""
    kept = list(rules)
    before: datetime | None = moments.sprung
    found: list[Stretch] = []
    for name in MOMENTS[1:]:
        at: datetime | None = getattr(moments, name)
        rule = rule_on(kept, f"meat_{name}_minutes", day, species)
        limit = None if rule is None or rule.value is None else timedelta(minutes=rule.value)
        if at is None:
            found.append(Stretch(name, None, None, limit, "open"))
            continue
        lasted = None if before is None else at - before
        state: StretchState = "ok"
        if lasted is not None and lasted < timedelta():
            state = "odd"
        elif lasted is not None and limit is not None and lasted > limit:
            state = "over"
        found.append(Stretch(name, at, lasted, limit, state))
        before = at
    return found
