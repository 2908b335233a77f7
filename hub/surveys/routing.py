"""Legs put in order, shared among drones and cut to their batteries. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from hub.geo import Point
from hub.surveys.drafts import GOAL, Draft, measured
from hub.surveys.flyers import Flyer
from hub.surveys.motion import Motion
from hub.surveys.raster import dice_of
from hub.surveys.routes import Field, Route, fly
from hub.surveys.sharing import Hand, share_legs, sorties_of
from hub.surveys.strips import Leg
from hub.surveys.tour import Matrix, Tour, best_tour, shaken

__all__ = ["routed"]

_STARTS = 4
_HALVINGS = 6
_MOST_CUTS = 60
_LEGS_A_SORTIE = 5
# of the battery; winds and corners may make a sortie longer than the tour's count
_BATTERY_SHARES = (1.0, 0.96, 0.9, 0.8)


def routed(legs: Sequence[Leg], plan: Field, effort: int, should_stop: Callable[[], bool]) -> Draft:
    """Order legs, share them among the drones, and cut what each gets into sorties."""
    legs = _cut_to_batteries(legs, plan)
    hands = _hands(legs, plan)
    seconds = hands[0].seconds
    if len({flyer.home for flyer in plan.flyers}) > 1:
        seconds = [[*row[: 2 * len(legs)], 0.0] for row in seconds[: 2 * len(legs)]] + [[0.0] * (2 * len(legs) + 1)]
    tour = best_tour(_reachable(len(legs), seconds), seconds, _STARTS if effort else 1, should_stop)
    dice = dice_of(len(legs))
    for _ in range(2 * effort):
        if should_stop():
            break
        tour = shaken(tour, seconds, dice)
    draft = Draft((), 0.0, 0.0)
    for share in _BATTERY_SHARES:
        tight = [replace(hand, usable_s=hand.usable_s * share) for hand in hands]
        tours = share_legs(tour, tight, should_stop)
        routes = [
            (flyer, _route(part, legs))
            for flyer, hand, own in zip(plan.flyers, tight, tours, strict=True)
            for part in sorties_of(own, hand)
        ]
        draft = _fitted(routes, plan)
        if not draft.over_s or should_stop():
            break
    return draft


def _hands(legs: Sequence[Leg], plan: Field) -> list[Hand]:
    known: dict[tuple[Motion, Point | None], tuple[list[float], Matrix]] = {}
    hands: list[Hand] = []
    for flyer in plan.flyers:
        key = (flyer.motion, flyer.home)
        if key not in known:
            known[key] = [flyer.motion.mean_s(*leg) for leg in legs], flyer.matrix(legs)
        hands.append(Hand(*known[key], flyer.usable_s, flyer.change_s))
    return hands


def _cut_to_batteries(legs: Sequence[Leg], plan: Field) -> list[Leg]:
    """Cut legs so that a sortie holds several, and batteries come home nearly used up."""
    least = min(flyer.usable_s for flyer in plan.flyers)
    if math.isinf(least):
        return list(legs)
    found: list[Leg] = []
    for a, b in legs:
        parts = min(_MOST_CUTS, math.ceil(plan.motion.mean_s(a, b) / (least / _LEGS_A_SORTIE)))
        at = [(a[0] + (b[0] - a[0]) * n / parts, a[1] + (b[1] - a[1]) * n / parts) for n in range(parts + 1)]
        found.extend(pairwise(at))
    return found


def _reachable(count: int, seconds: Matrix) -> list[int]:
    """Take the largest set of legs among which a drone can go (from the home, if there is one)."""
    left, best = set(range(count)), list[int]()
    home = seconds[-1] if any(seconds[-1]) else None
    while left:
        first = min(left)
        group = [leg for leg in sorted(left) if not math.isinf(seconds[2 * first][2 * leg])]
        left -= set(group)
        if home is not None and math.isinf(home[2 * first]):
            continue
        best = group if len(group) > len(best) else best
    return best


def _route(tour: Tour, legs: Sequence[Leg]) -> Route:
    return tuple((legs[e // 2][e % 2], legs[e // 2][1 - e % 2]) for e in tour)


def _fitted(routes: Sequence[tuple[Flyer, Route]], plan: Field) -> Draft:
    """Draw the turns in as far as enough is still seen."""

    def flown(inset_m: float, *, rough: bool = False) -> Draft:
        return measured([fly(route, inset_m, plan, flyer) for flyer, route in routes], plan, rough=rough)

    best = flown(0.0)
    if best.coverage < GOAL:
        return best
    low, high = 0.0, plan.spacing_m / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if flown(middle, rough=True).coverage >= GOAL:
            low = middle
        else:
            high = middle
    return min(best, flown(low), key=lambda one: one.rank)
