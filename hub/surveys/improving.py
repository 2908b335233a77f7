"""Drafts made better by polishing: the best few a little, the best of these as long as there is effort. Pure."""

from collections.abc import Callable, Sequence

from hub.surveys.drafts import GOAL, Draft, measured
from hub.surveys.motion import straighten
from hub.surveys.polish import Bounds, Polishing, anneal
from hub.surveys.raster import Raster, dice_of
from hub.surveys.routes import Field, flown_by

__all__ = ["polished"]

_ROUNDS = 10
_FIRST_HEAT_S, _LAST_HEAT_S = 2.0, 0.1
# seconds that a square metre unseen costs, beyond what may stay so: to see it takes 0.004 to 0.01
_FIRST_WEIGHT, _LAST_WEIGHT = 0.05, 0.1
_TRIAL_SHARE = 0.12
_LAST_ROUNDS = 4


def polished(drafts: Sequence[Draft], plan: Field, changes: int, should_stop: Callable[[], bool]) -> Draft:
    """Polish the best of some drafts with so many changes. What comes out is never worse than the best draft."""
    best, trials = drafts[0], list[tuple[Draft, Draft]]()
    raster = Raster(plan.ground.target, plan.spacing_m)
    for draft in drafts:
        if draft.flown and not should_stop():
            trial = _annealed(draft, plan, raster, int(changes * _TRIAL_SHARE), should_stop)
            trials.append((trial, draft))
    if not trials:
        return best
    ahead, _ = min(trials, key=lambda pair: pair[0].rank)
    longer = _annealed(ahead, plan, raster, changes, should_stop)
    return min((best, ahead, longer), key=lambda one: one.rank)


def _annealed(draft: Draft, plan: Field, raster: Raster, changes: int, should_stop: Callable[[], bool]) -> Draft:
    flyers = [plan.flyers[path.flyer] for path in draft.flown]
    work = Polishing(plan, raster, [list(path.filmed) for path in draft.flown], flyers)
    dice, best = dice_of(changes), draft
    cooling = (_LAST_HEAT_S / _FIRST_HEAT_S) ** (1 / _ROUNDS)
    growing = (_LAST_WEIGHT / _FIRST_WEIGHT) ** (1 / (_ROUNDS - 1))
    for number in range(_ROUNDS + _LAST_ROUNDS):
        if should_stop():
            break
        level = min(number, _ROUNDS - 1)
        heat = _FIRST_HEAT_S * cooling**level
        # in the end a little less may be missed, round for round, until the exact coverage is reached
        hard = max(0, number - _ROUNDS + 2) / (_LAST_ROUNDS + 1)
        bounds = Bounds(_FIRST_WEIGHT * growing**level, _may_miss(work, plan, 0.97 * (1 - hard)))
        anneal(work, changes // _ROUNDS, (heat, heat * cooling), bounds, dice, should_stop)
        best = min(best, _drafted(work, plan), key=lambda one: one.rank)
    work.clear()
    return best


def _drafted(work: Polishing, plan: Field) -> Draft:
    return measured(
        [flown_by(flyer, straighten(path)) for flyer, path in zip(work.flyers, work.paths, strict=True)], plan
    )


def _may_miss(work: Polishing, plan: Field, share: float) -> float:
    """Samples that may stay unseen, as the exact coverage tells what the samples are worth."""
    exact = (1 - _drafted(work, plan).coverage) * work.raster.samples
    return max(0.0, (1 - GOAL) * work.raster.samples * share - (exact - work.unseen))
