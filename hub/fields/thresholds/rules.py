"""A warning as its farmer set it: which value, which side of which limit, for how long, and when it matters. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from hub.errors import Invalid
from hub.fields.thresholds.measures import MEASURES, Measure

__all__ = [
    "HOWS", "LONGEST_HOLD_MIN", "LONGEST_WINDOW_H", "SIDES", "How", "Rule", "Season", "Side", "bounds_of", "check_rule",
    "gap_for", "is_active", "read_month_day",
]  # fmt: skip

# The value itself; over the last `window_h` hours its mean, its change (end minus beginning) or its sum.
How = Literal["value", "mean", "change", "sum"]
Side = Literal["below", "above"]
HOWS: tuple[How, ...] = get_args(How)
SIDES: tuple[Side, ...] = get_args(Side)

LONGEST_HOLD_MIN = 2880
LONGEST_WINDOW_H = 72
_SHORTEST_GAP_MIN, _LONGEST_GAP_MIN = 30, 240
_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class Season:
    """The days of each year on which it matters, both included, as (month, day); it may go over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds_on(self, day: date) -> bool:
        """Whether a day of the town is among them."""
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True, slots=True)
class Rule:
    """One warning.

    `limit` and `hysteresis` (0 or more) are in the measure's unit: over again is what has gone back behind the limit by
    the hysteresis. `hold_min`: minutes for which it must have held. `gap_min`: minutes without a reading after which
    nobody knows what was in between. `window_h`: hours, where `how` looks back. `quiet_min`: minutes after midnight
    from and until which nobody is told. `repeat_h`: hours after which it is told again, None for once.
    """

    measure: str
    side: Side
    limit: float
    how: How = "value"
    window_h: int = 0
    hysteresis: float = 0.0
    hold_min: int = 0
    gap_min: int = 45
    season: Season | None = None
    quiet_min: tuple[int, int] | None = None
    repeat_h: int | None = None

    @property
    def hold(self) -> timedelta:
        """For how long it must have held."""
        return timedelta(minutes=self.hold_min)

    @property
    def gap(self) -> timedelta:
        """The longest pause between two readings over which anything is known."""
        return timedelta(minutes=self.gap_min)

    @property
    def window(self) -> timedelta:
        """How far it looks back for one value."""
        return timedelta(hours=self.window_h)

    def holds(self, value: float) -> bool:
        """Whether a value is beyond the limit."""
        return value < self.limit if self.side == "below" else value > self.limit

    def is_over(self, value: float) -> bool:
        """Whether a value has gone back behind the limit by the hysteresis."""
        if self.side == "below":
            return value >= self.limit + self.hysteresis
        return value <= self.limit - self.hysteresis


def is_active(rule: Rule, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the rule matters on the town's day of an instant."""
    return rule.season is None or rule.season.holds_on(at.astimezone(zone).date())


def gap_for(interval: timedelta | None) -> int:
    """The pause in minutes that a station may make that measures each `interval`: three of them, within bounds."""
    if interval is None:
        return 45
    return round(min(max(3 * interval / timedelta(minutes=1), _SHORTEST_GAP_MIN), _LONGEST_GAP_MIN))


def read_month_day(month: int, day: int) -> tuple[int, int]:
    """A day of every year. Raises Invalid for one that no year has; 29 February is one that some have."""
    try:
        return (date(_LEAP_YEAR, month, day).month, day)
    except ValueError:
        raise Invalid("season: there is no such day.") from None


def check_rule(rule: Rule) -> Rule:
    """The rule as it is kept. Raises Invalid, naming the field, for one that cannot be."""
    measure = MEASURES.get(rule.measure)
    if measure is None:
        raise Invalid("measure: there is no such measure.")
    if rule.how not in measure.hows:
        raise Invalid("how: this cannot be asked of this measure.")
    low, high = bounds_of(measure, rule.how)
    if not low <= rule.limit <= high:
        raise Invalid(f"limit: from {low:g} to {high:g}.")
    if not 0 <= rule.hysteresis <= (high - low) / 2:
        raise Invalid(f"hysteresis: from 0 to {(high - low) / 2:g}.")
    if not 0 <= rule.hold_min <= LONGEST_HOLD_MIN:
        raise Invalid(f"hold_minutes: from 0 to {LONGEST_HOLD_MIN}.")
    if rule.how != "value" and not 1 <= rule.window_h <= LONGEST_WINDOW_H:
        raise Invalid(f"window_hours: from 1 to {LONGEST_WINDOW_H}.")
    return replace(rule, window_h=0) if rule.how == "value" else rule


def bounds_of(measure: Measure, how: How) -> tuple[float, float]:
    """From where to where a limit may lie, in the measure's unit."""
    span = measure.high - measure.low
    if how == "change":
        return -span, span
    if how == "sum":
        return 0.0, measure.high * 24
    return measure.low, measure.high
