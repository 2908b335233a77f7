"""Readings gathered by the hour: what the judging of a sensor needs to know of them. Pure.

An hour depends on its own readings alone (and for spikes on those beside), never on the order in which they came, so a
late batch changes the hours it belongs to and nothing else. Instants are whole seconds since 1970 here and an hour is
such a number divided by 3600: a year of a town is millions of them.
"""

from collections.abc import Sequence
from operator import sub
from typing import NamedTuple

from hub.fields.quality.rules import Rule

__all__ = ["HOUR_S", "Flow", "Hour", "gather_flows", "gather_hours"]

HOUR_S = 3600
# Readings further apart than this say nothing about how fast something changed.
_LONGEST_STEP_S = 1800
# A spike is over after so many readings; what stays is a change.
_SPIKE_READINGS = 2
# Values come as 4-byte floats: 12.3 is 12.300000190734863.
_DIGITS = 4


class Hour(NamedTuple):
    """One sensor's readings within one hour. `step` is the smallest difference between two of them (None: all equal).

    `spike_s` and `spike` are the newest reading that went there and back again, if any, and `spikes` how many.
    """

    number: int
    readings: int
    low: float
    high: float
    total: float
    first_s: int
    last_s: int
    last: float
    step: float | None = None
    spikes: int = 0
    spike_s: int = 0
    spike: float = 0.0

    @property
    def mean(self) -> float:
        """The mean of the readings."""
        return self.total / self.readings


class Flow(NamedTuple):
    """How one device's rows of one hour came: the longest way in seconds, and the newest: when it came, and its way."""

    number: int
    readings: int
    slowest_s: int
    received_s: int
    way_s: int


def gather_hours(times_s: Sequence[int], values: Sequence[float], rule: Rule) -> list[Hour]:
    """The hours of one sensor's readings, which are in the order of their times, each time once."""
    hours: list[Hour] = []
    begin, total = 0, len(times_s)
    while begin < total:
        number = times_s[begin] // HOUR_S
        end = _end_of(times_s, begin, (number + 1) * HOUR_S)
        part = values[begin:end]
        low, high = min(part), max(part)
        if low == high:
            spikes = _flat_spikes(times_s, values, begin, end, rule)
            step = None
        else:
            spikes = _spikes(times_s, values, begin, end, rule)
            step = _smallest_step(part)
        count, spike_s, spike = spikes
        hours.append(
            Hour(
                number,
                end - begin,
                low,
                high,
                sum(part),
                times_s[begin],
                times_s[end - 1],
                part[-1],
                step,
                count,
                spike_s,
                spike,
            )
        )
        begin = end
    return hours


def _end_of(times_s: Sequence[int], begin: int, until_s: int) -> int:
    """Where the readings before `until_s` end. Most hours hold as many readings as the one before: no search."""
    end = begin + 1
    total = len(times_s)
    while end < total and times_s[end] < until_s:
        end += 1
    return end


def _smallest_step(part: Sequence[float]) -> float | None:
    known = sorted(set(part))
    smallest = round(min(map(sub, known[1:], known)), _DIGITS)
    return smallest or None


_NONE = (0, 0, 0.0)


def _flat_spikes(
    times_s: Sequence[int], values: Sequence[float], begin: int, end: int, rule: Rule
) -> tuple[int, int, float]:
    """A flat hour has a spike only where it holds one or two readings in all."""
    return _NONE if end - begin > _SPIKE_READINGS else _spikes(times_s, values, begin, end, rule)


def _spikes(
    times_s: Sequence[int], values: Sequence[float], begin: int, end: int, rule: Rule
) -> tuple[int, int, float]:
    """How many readings of [begin, end) went further than the rule allows and came back, and the newest of them."""
    limit = rule.spike
    if limit is None:
        return _NONE
    first, last = max(begin - _SPIKE_READINGS, 0), min(end + _SPIKE_READINGS, len(values))
    around = values[first:last]
    if max(around) - min(around) <= limit:
        return _NONE
    count, spike_s, spike = _NONE
    for at in range(begin, end):
        if _is_spike(times_s, values, at, limit):
            count, spike_s, spike = count + 1, times_s[at], values[at]
    return count, spike_s, spike


def _is_spike(times_s: Sequence[int], values: Sequence[float], at: int, limit: float) -> bool:
    """Whether a reading stands out from one shortly before and one shortly after, on the same side.

    Those two agree among themselves better than with it: a front that passes does not return.
    """
    for back in range(1, _SPIKE_READINGS + 1):
        for ahead in range(1, _SPIKE_READINGS + 2 - back):
            before, after = at - back, at + ahead
            if before < 0 or after >= len(values) or times_s[after] - times_s[before] > 2 * _LONGEST_STEP_S:
                continue
            rise, fall = values[at] - values[before], values[at] - values[after]
            if rise * fall > 0 and min(abs(rise), abs(fall)) > limit and abs(rise - fall) < limit / 2:
                return True
    return False


def gather_flows(times_s: Sequence[int], received_s: Sequence[int]) -> list[Flow]:
    """How a device's rows came, by the hour in which they were measured; in the order of their times."""
    flows: list[Flow] = []
    begin, total = 0, len(times_s)
    while begin < total:
        number = times_s[begin] // HOUR_S
        end = _end_of(times_s, begin, (number + 1) * HOUR_S)
        part = range(begin, end)
        newest = max(part, key=received_s.__getitem__)
        slowest_s = max(received_s[at] - times_s[at] for at in part)
        flows.append(Flow(number, end - begin, slowest_s, received_s[newest], received_s[newest] - times_s[newest]))
        begin = end
    return flows
