"""Drafts made better by polishing: the best few a little, the best of these as long as there is effort. Pure."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from hub.surveys.drafts import GOAL, Draft, measured
from hub.surveys.motion import straighten
from hub.surveys.polish import Bounds, Polishing, anneal
from hub.surveys.raster import Raster, dice_of
from hub.surveys.routes import Field, flown_by

__all__ = ["polished"]

_ROUNDS = 10
_FIRST_HEAT_S, _LAST_HEAT_S = 1.2, 0.03
# seconds that a square metre unseen costs, beyond what may stay so: to see it takes 0.004 to 0.01
_FIRST_WEIGHT, _LAST_WEIGHT = 0.05, 0.1
_TRIAL_SHARE = 0.15
_LONGER = 2
_LAST_ROUNDS = 3
# of what may stay unseen
_MISSED, _LESS_MISSED, _MORE_MISSED = 0.98, 0.1, 0.02


def polished(drafts: Sequence[Draft], plan: Field, changes: int, should_stop: Callable[[], bool]) -> Draft:
    """Polish some drafts a little, and those that come out best with so many changes each.

    What comes out is never worse than the best draft.
    """
    trials: list[Draft] = []
    for draft in drafts:
        if draft.flown and not should_stop():
            trials.append(_annealed(draft, plan, int(changes * _TRIAL_SHARE), should_stop))
    trials.sort(key=lambda one: one.rank)
    longer = [_annealed(trial, plan, changes, should_stop) for trial in trials[:_LONGER] if not should_stop()]
    return min((drafts[0], *trials, *longer), key=lambda one: one.rank)


def _annealed(draft: Draft, plan: Field, changes: int, should_stop: Callable[[], bool]) -> Draft:
    raster = Raster(plan.ground.target, plan.spacing_m, _main_direction(draft))
    flyers = [plan.flyers[path.flyer] for path in draft.flown]
    work = Polishing(plan, raster, [list(path.filmed) for path in draft.flown], flyers)
    dice, best = dice_of(changes), draft
    cooling = (_LAST_HEAT_S / _FIRST_HEAT_S) ** (1 / _ROUNDS)
    growing = (_LAST_WEIGHT / _FIRST_WEIGHT) ** (1 / (_ROUNDS - 1))
    now, share = _drafted(work, plan), _MISSED
    for number in range(_ROUNDS + _LAST_ROUNDS):
        if should_stop():
            break
        level = min(number, _ROUNDS - 1)
        heat = _FIRST_HEAT_S * cooling**level
        bounds = Bounds(_FIRST_WEIGHT * growing**level, _may_miss(work, now, share))
        anneal(work, changes // (_ROUNDS + _LAST_ROUNDS), (heat, heat * cooling), bounds, dice, should_stop)
        now = _drafted(work, plan)
        # where the exact coverage was not reached, less may be missed from then on
        share = min(_MISSED, share + _MORE_MISSED) if now.coverage >= GOAL else share - _LESS_MISSED
        best = min(best, now, key=lambda one: one.rank)
    return best


def _main_direction(draft: Draft) -> float:
    """The direction (radians) that most metres are flown in: of doubled angles, to and fro are the same."""
    straights = [(b[0] - a[0], b[1] - a[1]) for path in draft.flown for a, b in pairwise(path.filmed)]
    east = sum((x * x - y * y) / (math.hypot(x, y) or 1.0) for x, y in straights)
    north = sum(2 * x * y / (math.hypot(x, y) or 1.0) for x, y in straights)
    return math.atan2(north, east) / 2


def _drafted(work: Polishing, plan: Field) -> Draft:
    return measured(
        [flown_by(flyer, straighten(path)) for flyer, path in zip(work.flyers, work.paths, strict=True)], plan
    )


def _may_miss(work: Polishing, now: Draft, share: float) -> float:
    """Samples that may stay unseen, as the exact coverage tells what the samples are worth."""
    exact = (1 - now.coverage) * work.raster.samples
    return max(0.0, (1 - GOAL) * work.raster.samples * share - (exact - work.unseen))
