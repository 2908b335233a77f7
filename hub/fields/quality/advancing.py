"""How an hour changes what is remembered of a sensor: flat or not, spikes, its place among its neighbours. Pure.

`advance(memory, hours, near)` counts whole hours in, oldest first. The same hours give the same memory in however many
calls, and hours that are counted in already change nothing: so a service may go back to an older memory and count again
when late readings have come.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from hub.fields.quality.hours import HOUR_S, Hour
from hub.fields.quality.memory import SensorMemory
from hub.fields.quality.neighbours import FEWEST
from hub.fields.quality.rules import Rule, Zone

__all__ = ["BASE_DAYS", "DRIFT_DAYS", "SPIKE_HOLD_S", "advance", "count_in", "flat_limit_h", "near_value"]

# Three flat hours are enough where the neighbours have moved meanwhile.
_NEAR_FLAT_H = 3
# Fog lies longer in one hollow than in the next: where a sensor may rest, the neighbours must have moved for longer.
_NEAR_REST_H = 18
# Two nights with the day between them missing are no flat line.
_LONGEST_HOLE_H = 4
_DAILY_H = 24
# Steps that are so many times coarser than a usual sensor's are not taken for one step any more.
_WIDEST = 10.0
# A coarse sensor may be flat as many times longer as it is coarser, up to this.
_COARSEST = 4.0
_KEPT_HOURS = 12
# So many hours of a day must have been compared for the day to count.
_DAY_HOURS = 10
_DARK_SUM = 600.0
"""Of a day's sum of hourly means (W/m² or µmol/m²/s) below which a day is too dark to compare."""
DRIFT_DAYS = 5
BASE_DAYS = 14
SPIKE_HOLD_S = 6 * HOUR_S
"""So long after a reading that could not be, a sensor is not believed."""
# A sensor that scatters by itself must go so many times its scatter.
_SCATTER = 5.0
_STILL_DRIFTING = 0.7
# Of the limit, what a drift must show of in the cool hours alone and in the warm ones.
_LEAST_HALF = 0.5
_WET_MM = 1.0
_WET_DAYS = 4
_EPS = 1e-4


def near_value(values: Iterable[float]) -> float | None:
    """What the neighbours say of one hour: the middle of at least three of them; None where there are fewer.

    Each value is the neighbour's own plus its usual distance from here, so one that is missing moves nothing.
    """
    known = sorted(values)
    count = len(known)
    if count < FEWEST:
        return None
    half = count // 2
    return known[half] if count % 2 else (known[half - 1] + known[half]) / 2


def advance(
    memory: SensorMemory, hours: Iterable[Hour], rule: Rule, near: Mapping[int, float | None] | None = None
) -> SensorMemory:
    """The memory after these hours, in order; `near` is `near_value` by the hour's number, where it is known."""
    new = memory.copy()
    for hour in hours:
        if hour.number > new.hour:
            count_in(new, hour, rule, near.get(hour.number) if near else None)
    return new


def count_in(new: SensorMemory, hour: Hour, rule: Rule, near: float | None) -> None:
    """Count one more hour into a memory of the caller's own, in place; `advance` does it on a copy."""
    hole_h = hour.number - new.hour
    if rule.flat_h is not None and rule.flat_h <= _DAILY_H and hole_h > _LONGEST_HOLE_H and not new.stuck:
        new.flat_hours = 0
    new.hour, new.last_s = hour.number, hour.last_s
    new.hours.append(hour.number)
    new.readings.append(hour.readings)
    if len(new.hours) > _KEPT_HOURS:
        del new.hours[0], new.readings[0]
    step = hour.step
    if step is not None and (new.resolution is None or step < new.resolution):
        new.resolution = step
    if rule.flat_h is not None or rule.blocked_mm is not None:
        _count_flat(new, hour, rule, near)
    if hour.spikes:
        new.spikes = hour.spikes + (new.spikes if hour.spike_s - new.spike_s < SPIKE_HOLD_S else 0)
        new.spike_s, new.spike = hour.spike_s, hour.spike
    if rule.drift is not None:
        _compare(new, hour, rule, near)


def _count_flat(new: SensorMemory, hour: Hour, rule: Rule, near: float | None) -> None:
    tolerance = _tolerance(new, rule)
    low, high = min(new.flat_low, hour.low), max(new.flat_high, hour.high)
    if new.flat_hours and high - low <= tolerance:
        new.flat_low, new.flat_high = low, high
        new.flat_hours += 1
    else:
        if new.stuck:
            new.day_spoiled = True
            _forget_days(new, new.flat_since_s)
        if hour.high - hour.low <= tolerance:
            new.flat_low, new.flat_high, new.flat_since_s, new.flat_hours = hour.low, hour.high, hour.first_s, 1
        else:
            new.flat_low, new.flat_high, new.flat_since_s, new.flat_hours = hour.last, hour.last, hour.last_s, 0
        new.near_low = new.near_high = None
        new.near_total, new.near_days, new.near_wet = 0.0, 0, 0.0
    if near is not None:
        _watch_near(new, hour, rule, near)
    new.stuck = _is_stuck(new, rule)


def _tolerance(new: SensorMemory, rule: Rule) -> float:
    """Within one step of the sensor's resolution it is flat: the last digit of a stuck sensor may flicker.

    An unknown or a very coarse step is taken for that of a usual sensor.
    """
    step = None if rule.exact else new.resolution
    return (min(step, _WIDEST * rule.resolution) if step is not None else 0.0) + _EPS


def _watch_near(new: SensorMemory, hour: Hour, rule: Rule, near: float) -> None:
    """What the neighbours did since the sensor is flat."""
    if not new.flat_hours:
        return
    new.near_low = near if new.near_low is None else min(new.near_low, near)
    new.near_high = near if new.near_high is None else max(new.near_high, near)
    if rule.blocked_mm is not None:
        new.near_total += near
        before = new.near_wet
        new.near_wet += near
        if before < _WET_MM <= new.near_wet:
            new.near_days += 1
        if hour.number % 24 == 0:
            new.near_wet = 0.0


def flat_limit_h(memory: SensorMemory, rule: Rule) -> float | None:
    """After how many flat hours at its present level a sensor is stuck; None where it may be flat for ever."""
    zone = _zone_of(memory, rule)
    if zone is not None:
        return zone.flat_h
    if rule.flat_h is None:
        return None
    return rule.flat_h * min(_COARSEST, max(1.0, (memory.resolution or 0.0) / rule.resolution))


def _zone_of(memory: SensorMemory, rule: Rule) -> Zone | None:
    return next((one for one in rule.zones if one.low <= memory.flat_low and memory.flat_high <= one.high), None)


def _is_stuck(new: SensorMemory, rule: Rule) -> bool:
    if not new.flat_hours:
        return False
    limit_h = flat_limit_h(new, rule)
    if limit_h is not None and new.flat_hours >= limit_h:
        return True
    if rule.blocked_mm is not None:
        return new.near_total >= rule.blocked_mm and new.near_days >= _WET_DAYS
    if rule.moved is None or new.near_low is None or new.near_high is None:
        return False
    if new.flat_hours < (_NEAR_FLAT_H if _zone_of(new, rule) is None else _NEAR_REST_H):
        return False
    coarseness = min(_COARSEST, max(1.0, (new.resolution or 0.0) / rule.resolution))
    return new.near_high - new.near_low >= rule.moved * coarseness


def _forget_days(new: SensorMemory, since_s: int) -> None:
    """Days in which the sensor was stuck say nothing about where it stands."""
    kept = [place for place, day in enumerate(new.days) if day < since_s // (24 * HOUR_S)]
    before = len(new.days)
    new.days = [new.days[place] for place in kept]
    new.day_diffs = [new.day_diffs[place] for place in kept]
    # An older version kept no halves: those that there are belong to the last days.
    first = before - len(new.halves)
    new.halves = [new.halves[place - first] for place in kept if place >= first]


def _compare(new: SensorMemory, hour: Hour, rule: Rule, near: float | None) -> None:
    day = hour.number // 24
    if day != new.day:
        if new.diffs or new.near_sum:
            _end_day(new, rule)
        new.day, new.day_spoiled, new.diffs, new.nears = day, new.stuck, [], []
        new.own_sum = new.near_sum = 0.0
    if near is None:
        return
    if new.stuck or hour.spikes:
        new.day_spoiled = new.day_spoiled or new.stuck
        return
    own = hour.total / hour.readings
    new.diffs.append(own - near)
    new.nears.append(near)
    new.own_sum += own
    new.near_sum += near


def _end_day(new: SensorMemory, rule: Rule) -> None:
    if new.day_spoiled or len(new.diffs) < _DAY_HOURS:
        return
    if rule.as_ratio:
        if new.near_sum < _DARK_SUM or len(new.diffs) < 2 * _DAY_HOURS:
            return
        diff = new.own_sum / new.near_sum - 1
    else:
        diff = median(new.diffs)
    halves = _halves(new.diffs, new.nears) if rule.all_day and len(new.nears) == len(new.diffs) else []
    if new.base_is is None:
        new.base.append(round(diff, _ROUND))
        new.base_halves += [halves] if halves else []
        if len(new.base) >= BASE_DAYS:
            _settle_base(new)
        return
    new.days.append(new.day)
    new.day_diffs.append(round(diff, _ROUND))
    new.halves = [*new.halves, halves] if halves else []
    if len(new.days) > DRIFT_DAYS:
        del new.days[0], new.day_diffs[0]
    del new.halves[: -len(new.days)]
    _decide_drift(new, rule)


def _halves(diffs: Sequence[float], nears: Sequence[float]) -> list[float]:
    """A day's median difference in its cool hours and in its warm ones (by the neighbours' lower and higher values)."""
    order = sorted(range(len(nears)), key=nears.__getitem__)
    half = len(order) // 2
    return [round(median(diffs[at] for at in part), _ROUND) for part in (order[:half], order[half:])]


_ROUND = 5


def _settle_base(new: SensorMemory) -> None:
    new.base_is = median(new.base)
    new.base_spread = 1.4826 * median(abs(diff - new.base_is) for diff in new.base)
    if new.base_halves and len(new.base_halves) == len(new.base):
        new.base_cool, new.base_warm = (median(one[place] for one in new.base_halves) for place in (0, 1))
    new.base, new.base_halves = [], []


def _decide_drift(new: SensorMemory, rule: Rule) -> None:
    if rule.drift is None or new.base_is is None or len(new.days) < DRIFT_DAYS:
        return
    limit = max(rule.drift, _SCATTER * new.base_spread)
    away = abs(median(new.day_diffs) - new.base_is)
    if away > limit and not new.drifting and (not rule.all_day or _is_away_all_day(new, limit)):
        new.drifting, new.drift_since_day = True, new.days[0]
    elif away < _STILL_DRIFTING * limit:
        new.drifting = False


def _is_away_all_day(new: SensorMemory, limit: float) -> bool:
    """Whether it is away to one side both in the cool and in the warm hours.

    A sensor that drifts does so at all hours. A hollow into which cold air flows leaves its neighbours in clear nights
    and comes back to them in the morning, when the air is stirred.
    """
    if new.base_cool is None or new.base_warm is None or len(new.halves) < len(new.days):
        return True
    cool = median(one[0] for one in new.halves) - new.base_cool
    warm = median(one[1] for one in new.halves) - new.base_warm
    return cool * warm > 0 and min(abs(cool), abs(warm)) > _LEAST_HALF * limit
