"""The order of the legs and the end that each begins at: nearest first, then 2-opt and moves, then shaken. Pure.

A tour is a list of entries. Leg i has the ends 2i and 2i+1, so that whoever enters at e leaves at e ^ 1. The last row
of the matrix is the depot: the home, or a place that is no distance from anywhere.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random

__all__ = ["Matrix", "Tour", "best_tour", "mended", "shaken", "tour_s"]

Matrix = Sequence[Sequence[float]]
Tour = list[int]

_LONGEST_MOVE = 3
_MOST_PASSES = 40
_LESS_S = 1e-6
# shaking takes four stretches
_LEAST_TO_SHAKE = 5


def tour_s(tour: Sequence[int], seconds: Matrix) -> float:
    """Seconds of the ways between the legs of a tour, with those from and to the depot."""
    if not tour:
        return 0.0
    depot = len(seconds) - 1
    between = sum(seconds[a ^ 1][b] for a, b in pairwise(tour))
    return seconds[depot][tour[0]] + between + seconds[tour[-1] ^ 1][depot]


def best_tour(legs: Sequence[int], seconds: Matrix, starts: int, should_stop: Callable[[], bool]) -> Tour:
    """Order those legs (by number): nearest-neighbour tours from some starts, each mended until nothing helps."""
    ends = [end for leg in legs for end in (2 * leg, 2 * leg + 1)]
    step = max(1, len(ends) // max(1, starts))
    best: Tour = []
    for start in ends[::step][:starts]:
        tour = mended(_nearest(start, ends, seconds), seconds)
        if not best or tour_s(tour, seconds) < tour_s(best, seconds):
            best = tour
        if should_stop():
            break
    return best


def shaken(tour: Tour, seconds: Matrix, dice: Random) -> Tour:
    """Exchange two stretches of a tour, mend it, and give the better of both."""
    if len(tour) < _LEAST_TO_SHAKE:
        return tour
    a, b, c = sorted(dice.sample(range(1, len(tour)), 3))
    other = mended([*tour[:a], *tour[b:c], *tour[a:b], *tour[c:]], seconds)
    return other if tour_s(other, seconds) < tour_s(tour, seconds) - _LESS_S else tour


def _nearest(start: int, ends: Sequence[int], seconds: Matrix) -> Tour:
    left = dict.fromkeys(ends)
    tour: Tour = []
    here: int | None = start
    while here is not None:
        tour.append(here)
        del left[here], left[here ^ 1]
        row = seconds[here ^ 1]
        here = min(left, key=row.__getitem__, default=None)
    return tour


def mended(tour: Tour, seconds: Matrix) -> Tour:
    """Turn stretches round and move short ones until neither saves time."""
    for _ in range(_MOST_PASSES):
        turned = _turn_round(tour, seconds)
        moved = _move(tour, seconds)
        if not turned and not moved:
            break
    return tour


def _turn_round(tour: Tour, seconds: Matrix) -> bool:
    depot, count, changed = len(seconds) - 1, len(tour), False
    for i in range(count):
        before = seconds[tour[i - 1] ^ 1] if i else seconds[depot]
        for j in range(i, count):
            after = tour[j + 1] if j + 1 < count else depot
            first, last = tour[i], tour[j] ^ 1
            gain = before[first] + seconds[last][after] - before[last] - seconds[first][after]
            if gain > _LESS_S:
                tour[i : j + 1] = [entry ^ 1 for entry in reversed(tour[i : j + 1])]
                changed = True
    return changed


def _move(tour: Tour, seconds: Matrix) -> bool:
    changed = False
    for size in range(1, min(_LONGEST_MOVE, len(tour) - 1) + 1):
        for i in range(len(tour) - size + 1):
            changed = _move_one(tour, i, size, seconds) or changed
    return changed


def _move_one(tour: Tour, i: int, size: int, seconds: Matrix) -> bool:
    depot = len(seconds) - 1
    stretch = tour[i : i + size]
    before = tour[i - 1] ^ 1 if i else depot
    after = tour[i + size] if i + size < len(tour) else depot
    first, last = stretch[0], stretch[-1] ^ 1
    saved = seconds[before][first] + seconds[last][after] - seconds[before][after]
    if saved <= _LESS_S:
        return False
    rest = [*tour[:i], *tour[i + size :]]
    best, where, turned = saved - _LESS_S, -1, False
    for k in range(len(rest) + 1):
        a = seconds[rest[k - 1] ^ 1] if k else seconds[depot]
        b = rest[k] if k < len(rest) else depot
        straight = a[first] + seconds[last][b] - a[b]
        round_ = a[last] + seconds[first][b] - a[b]
        if min(straight, round_) < best:
            best, where, turned = min(straight, round_), k, round_ < straight
    if where < 0:
        return False
    put = [entry ^ 1 for entry in reversed(stretch)] if turned else stretch
    tour[:] = [*rest[:where], *put, *rest[where:]]
    return True
