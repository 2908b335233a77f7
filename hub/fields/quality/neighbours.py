"""Which stations nearby say something about a sensor: those that went with it in the last week. Pure."""

import math
from collections.abc import Mapping, Sequence
from operator import mul, sub
from statistics import median

from hub.fields.quality.rules import Rule

__all__ = ["FEWEST", "MOST", "NEARBY_M", "WEEK_H", "choose_neighbours"]

NEARBY_M = 20_000.0
"""How far away a neighbour may be."""
WEEK_H = 168
FEWEST = 3
MOST = 7
_LEAST_CORRELATION = 0.85
# Of a week's hours, so many must be known of both.
_COMMON_H = 96


def choose_neighbours(
    own: Mapping[int, float], others: Mapping[int, Mapping[int, float]], rule: Rule
) -> dict[int, float]:
    """The devices that went most like this one, at most MOST, each with its usual distance from it; none at all when
    fewer than FEWEST did.

    `own` and each of `others` (nearest first): the value of an hour by its number, over the last week. Rain falls too
    differently within an hour to be held against it so: for a quantity that is summed the nearest are taken.
    """
    if rule.by_total:
        return dict.fromkeys([key for key, other in others.items() if len(other) >= _COMMON_H][:MOST], 0.0)
    alike: list[tuple[float, int, float]] = []
    for key, other in others.items():
        common = own.keys() & other.keys()
        if len(common) >= _COMMON_H:
            mine, theirs = [own[hour] for hour in common], [other[hour] for hour in common]
            offset = 0.0 if rule.as_ratio else median(map(sub, mine, theirs))
            alike.append((_correlation(mine, theirs), key, round(offset, 3)))
    close = [(key, offset) for likeness, key, offset in sorted(alike, reverse=True) if likeness >= _LEAST_CORRELATION]
    return dict(close[:MOST]) if len(close) >= FEWEST else {}


def _correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Pearson's; 0 where one of them does not move."""
    count = len(left)
    mean_left, mean_right = sum(left) / count, sum(right) / count
    from_left = [value - mean_left for value in left]
    from_right = [value - mean_right for value in right]
    scale = math.sqrt(sum(map(mul, from_left, from_left)) * sum(map(mul, from_right, from_right)))
    return sum(map(mul, from_left, from_right)) / scale if scale else 0.0
