"""One tour shared among drones, so that the last finishes early; each drone's cut into sorties by its battery. Pure."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from hub.surveys.tour import Matrix, Tour, mended, tour_s

__all__ = ["Hand", "finish_s", "share_legs", "sorties_of"]

_HALVINGS = 24
_MOST_MOVES = 60
_LESS_S = 0.01
_MOST_ORDERED = 3


@dataclass(frozen=True, slots=True)
class Hand:
    """What one drone needs for the legs: `straight_s` for each alone, `seconds` between their ends (its home last), the
    most seconds of a sortie and the seconds between two.
    """

    straight_s: Sequence[float]
    seconds: Matrix
    usable_s: float
    change_s: float

    def alone_s(self, entry: int) -> float:
        """Seconds of a sortie for one leg."""
        depot = self.seconds[-1]
        return depot[entry] + self.straight_s[entry // 2] + depot[entry ^ 1]


def sorties_of(tour: Tour, hand: Hand) -> list[Tour]:
    """Cut a tour into sorties that the battery allows, in the quickest way that keeps the order."""
    if math.isinf(hand.usable_s) or not tour:
        return [tour] if tour else []
    _, came = _split(tour, hand)
    cuts = [len(tour)]
    while cuts[-1] > 0:
        cuts.append(came[cuts[-1]])
    return [tour[a:b] for a, b in pairwise(reversed(cuts))]


def finish_s(tour: Tour, hand: Hand) -> float:
    """Seconds until a drone has flown a tour, batteries changed; infinite where a leg is beyond its battery."""
    if math.isinf(hand.usable_s) or not tour:
        return tour_s(tour, hand.seconds) + sum(hand.straight_s[entry // 2] for entry in tour)
    return _split(tour, hand)[0]


def _split(tour: Tour, hand: Hand) -> tuple[float, list[int]]:
    """The best cuts into trips (Prins 2004): for each length the seconds, and where its last trip starts."""
    depot, count = hand.seconds[-1], len(tour)
    best, came = [math.inf] * (count + 1), [0] * (count + 1)
    best[0] = 0.0
    for first in range(count):
        if math.isinf(best[first]):
            continue
        before = best[first] + (hand.change_s if first else 0.0)
        used = depot[tour[first]]
        for last in range(first, count):
            if last > first:
                used += hand.seconds[tour[last - 1] ^ 1][tour[last]]
            used += hand.straight_s[tour[last] // 2]
            if used > hand.usable_s:
                break
            trip = used + depot[tour[last] ^ 1]
            if trip <= hand.usable_s and before + trip < best[last + 1]:
                best[last + 1], came[last + 1] = before + trip, first
    return best[count], came


def share_legs(tour: Tour, hands: Sequence[Hand], should_stop: Callable[[], bool]) -> list[Tour]:
    """Cut a tour into one stretch a drone, the last to finish as early as can be, then pass legs on from the last.

    The list has one tour a drone, empty for those that have nothing to do.
    """
    if not tour:
        return [[] for _ in hands]
    if len(hands) == 1:
        return [tour]
    parts = _cut(tour, hands)
    parts = [mended(part, hand.seconds) for part, hand in zip(parts, hands, strict=True)]
    for _ in range(_MOST_MOVES):
        better = None if should_stop() else _passed_on(parts, hands)
        if better is None:
            break
        parts = better
    return [mended(part, hand.seconds) for part, hand in zip(parts, hands, strict=True)]


def _cut(tour: Tour, hands: Sequence[Hand]) -> list[Tour]:
    """Try orders of the drones along the tour, and the tour from its other end."""
    alike = all(hand == hands[0] for hand in hands[1:])
    numbers = range(len(hands))
    orders = list(permutations(numbers)) if len(hands) <= _MOST_ORDERED and not alike else [tuple(numbers)]
    if len(hands) > _MOST_ORDERED and not alike:
        orders.append(tuple(sorted(numbers, key=lambda number: _nearest(tour, hands[number]))))
    best, best_s = list[Tour](), math.inf
    for order in orders:
        ordered = [hands[number] for number in order]
        low, high = 0.0, 2 * sum(hands[0].straight_s) + 2 * tour_s(tour, hands[0].seconds) + 1.0
        for _ in range(40):  # doublings
            if _stretches(tour, high, ordered) is not None:
                break
            low, high = high, high * 2
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if _stretches(tour, middle, ordered) is not None else (middle, high)
        stretches = _stretches(tour, high, ordered)
        if stretches is not None and high < best_s:
            best_s = high
            best = [stretches[order.index(number)] for number in numbers]
    return best if not math.isinf(best_s) else _by_reach(tour, hands)


def _nearest(tour: Tour, hand: Hand) -> int:
    return min(range(len(tour)), key=lambda place: hand.seconds[-1][tour[place]])


def _by_reach(tour: Tour, hands: Sequence[Hand]) -> list[Tour]:
    """Give each leg to the drone that is quickest there: for fleets of which some cannot reach all."""
    parts: list[Tour] = [[] for _ in hands]
    for entry in tour:
        reach = [hand.alone_s(entry) if hand.alone_s(entry) <= hand.usable_s else math.inf for hand in hands]
        if min(reach) < math.inf:
            parts[reach.index(min(reach))].append(entry)
    return parts


def _stretches(tour: Tour, most_s: float, hands: Sequence[Hand]) -> list[Tour] | None:
    """Fill one drone after the other up to some seconds; None where legs are left over."""
    parts: list[Tour] = []
    place = 0
    for hand in hands:
        parts.append([])
        depot, done, used = hand.seconds[-1], 0.0, 0.0
        while place < len(tour):
            entry = tour[place]
            own, back = hand.straight_s[entry // 2], depot[entry ^ 1]
            on = used + hand.seconds[parts[-1][-1] ^ 1][entry] + own if parts[-1] else math.inf
            if math.isinf(on) or on + back > hand.usable_s:
                # a new sortie
                if parts[-1]:
                    done += used + depot[parts[-1][-1] ^ 1] + hand.change_s
                on = depot[entry] + own
            if on + back > hand.usable_s or done + on + back > most_s:
                break
            used = on
            parts[-1].append(entry)
            place += 1
    return parts if place == len(tour) else None


def _passed_on(parts: Sequence[Tour], hands: Sequence[Hand]) -> list[Tour] | None:
    """Give a leg of the last to finish to another where both then finish before it did; None if none fits."""
    costs = [finish_s(part, hand) for part, hand in zip(parts, hands, strict=True)]
    longest = max(range(len(parts)), key=costs.__getitem__)
    best, best_s = None, costs[longest] - _LESS_S
    for place, entry in enumerate(parts[longest]):
        rest = [*parts[longest][:place], *parts[longest][place + 1 :]]
        rest_s = finish_s(rest, hands[longest])
        if not rest or rest_s >= best_s:
            continue
        for index, (part, hand) in enumerate(zip(parts, hands, strict=True)):
            own = hand.straight_s[entry // 2]
            if index == longest or costs[index] + own >= best_s:
                continue
            more_s, at, way = min(_entering_s(part, entry, hand.seconds))
            if costs[index] + own + more_s >= best_s and math.isinf(hand.usable_s):
                continue
            longer = [*part[:at], way, *part[at:]]
            worst = max(rest_s, finish_s(longer, hand))
            if worst < best_s:
                best_s = worst
                best = [list(other) for other in parts]
                best[longest], best[index] = rest, longer
    return best


def _entering_s(tour: Tour, entry: int, seconds: Matrix) -> Iterator[tuple[float, int, int]]:
    """Seconds on the way that a leg adds at each place, entered at either end, with the place and the entry."""
    depot = len(seconds) - 1
    for at in range(len(tour) + 1):
        before = tour[at - 1] ^ 1 if at else depot
        after = tour[at] if at < len(tour) else depot
        for way in (entry, entry ^ 1):
            yield seconds[before][way] + seconds[way ^ 1][after] - seconds[before][after], at, way
