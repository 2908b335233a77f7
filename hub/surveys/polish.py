"""Paths made quicker corner by corner: simulated annealing over small changes, with the ground seen held. Pure.

A change replaces a stretch of corners of one path by others: a corner is moved or left out, a leg or a turn is shifted,
a bend put in, a stretch turned round. It is judged by seconds, and by the samples unseen beyond what may stay unseen.
The count of samples is corrected by the exact coverage after every round, and only plans that see enough are kept.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import shapely
from shapely import Polygon

from hub.geo import Point
from hub.surveys.flyers import Flyer
from hub.surveys.ground import polygons_of
from hub.surveys.raster import Raster, Seen, Straight
from hub.surveys.routes import Field

__all__ = ["Bounds", "Change", "Polishing", "anneal"]

_STEPS_M = (1.0, 3.0, 8.0, 20.0)
_POWER = 8
_LONGEST_TURNED = 12
_REACHING = 0.06
# a path's end sees nothing beyond it: no corner, which sees a disc, may stand in its place
_LEAST_END_M = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """Corners `low` up to `high` (without it) of a path become `corners`."""

    path: int
    low: int
    high: int
    corners: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds that a square metre unseen costs, beyond `may_miss` samples, which may stay so."""

    weight_s: float
    may_miss: float


@dataclass
class Polishing:
    """Paths in work, one a sortie (what is filmed of it) with the drone that flies it: what each straight sees, its
    seconds from home to home, and how many samples nobody sees.
    """

    plan: Field
    raster: Raster
    paths: list[list[Point]]
    flyers: Sequence[Flyer]
    seen: list[list[Seen]] = field(init=False)
    seconds: list[float] = field(init=False)
    unseen: float = field(init=False)

    def __post_init__(self) -> None:
        """Count the paths in."""
        self.seen = [
            [self.raster.seen(straight) for straight in _straights(path, first=True, last=True)] for path in self.paths
        ]
        self.unseen = self.raster.samples - sum(self.raster.add(one) for path in self.seen for one in path)
        self.seconds = [
            flyer.out_s(path[0]) + flyer.motion.path_s(path) + flyer.back_s(path[-1])
            for path, flyer in zip(self.paths, self.flyers, strict=True)
        ]
        outline = shapely.union_all([Polygon(part.exterior) for part in polygons_of(self.plan.ground.target)])
        self._outline = outline.buffer(0.05)
        shapely.prepare(self._outline)

    def goal_s(self, number: int | None = None, seconds: float = 0.0) -> float:
        """What is made smaller, with other seconds for one path: the last drone's finish, and a little of all."""
        if len(self.seconds) == 1:
            return self.seconds[0] if number is None else seconds
        finishes: dict[int, float] = {}
        for index, (flyer, own) in enumerate(zip(self.flyers, self.seconds, strict=True)):
            spent = seconds if index == number else own
            if flyer.index in finishes:
                spent += flyer.change_s
            finishes[flyer.index] = finishes.get(flyer.index, 0.0) + spent
        most = max(finishes.values())
        if len(finishes) == 1 or most <= 0:
            return most
        return most * sum((value / most) ** _POWER for value in finishes.values()) ** (1 / _POWER)

    def seconds_after(self, change: Change, before: Sequence[Point], after: Sequence[Point]) -> float:
        """Seconds of a path once changed."""
        path, flyer = self.paths[change.path], self.flyers[change.path]
        seconds = self.seconds[change.path] + flyer.motion.path_s(after) - flyer.motion.path_s(before)
        if change.low == 0 and after[0] != path[0]:
            seconds += flyer.out_s(after[0]) - flyer.out_s(path[0])
        if change.high == len(path) and after[-1] != path[-1]:
            seconds += flyer.back_s(after[-1]) - flyer.back_s(path[-1])
        return seconds

    def stretch(self, change: Change) -> tuple[list[Point], list[Point]]:
        """Give the corners before and after a change, with the neighbours that stay."""
        path = self.paths[change.path]
        left, right = path[max(0, change.low - 1) : change.low], path[change.high : change.high + 1]
        return path[max(0, change.low - 1) : change.high + 1], [*left, *change.corners, *right]

    def may_fly(self, number: int, before: Sequence[Point], after: Sequence[Point]) -> bool:
        """Say whether new corners lie in the area's outline, and new straights enter no zone."""
        old = set(before)
        fresh = [corner for corner in after if corner not in old]
        if not all(shapely.intersects_xy(self._outline, *corner) for corner in fresh):
            return False
        known = set(pairwise(before))
        return all(
            pair in known or pair[::-1] in known or self.flyers[number].ways.is_clear(*pair) for pair in pairwise(after)
        )


def _straights(corners: Sequence[Point], *, first: bool, last: bool) -> list[Straight]:
    end = len(corners) - 2
    return [(a, b, first and at == 0, last and at == end) for at, (a, b) in enumerate(pairwise(corners))]


def anneal(
    work: Polishing,
    changes: int,
    heat: tuple[float, float],
    bounds: Bounds,
    dice: Random,
    should_stop: Callable[[], bool],
) -> None:
    """Try some changes, the heat (seconds that a change for the worse may cost) falling from one to the other."""
    for number in range(changes):
        if number % 64 == 0 and should_stop():
            return
        warm = heat[0] * (heat[1] / heat[0]) ** (number / changes)
        change = _proposed(work, dice)
        if change is not None:
            _try(work, change, -warm * math.log(1.0 - dice.random()), bounds)


def _try(work: Polishing, change: Change, most_s: float, bounds: Bounds) -> None:
    """Make a change if it costs no more than some seconds."""
    before, after = work.stretch(change)
    number = change.path
    if (change.low <= 1 and math.dist(*after[:2]) < _LEAST_END_M) or (
        change.high >= len(work.paths[number]) - 1 and math.dist(*after[-2:]) < _LEAST_END_M
    ):
        return
    seconds = work.seconds_after(change, before, after)
    slower = work.goal_s(number, seconds) - work.goal_s()
    weight = bounds.weight_s * work.raster.sample_m2
    short = max(0.0, work.unseen - bounds.may_miss)
    if slower - weight * short > most_s or seconds > max(work.flyers[number].usable_s, work.seconds[number]):
        return
    if not work.may_fly(change.path, before, after):
        return
    low = max(0, change.low - 1)
    first, last = change.low <= 1, change.high >= len(work.paths[number]) - 1
    olds = _straights(before, first=first, last=last)
    left = list(zip(olds, work.seen[number][low : low + len(olds)], strict=True))
    news: list[Seen] = []
    come: list[Seen] = []
    for straight in _straights(after, first=first, last=last):
        a, b, flat_a, flat_b = straight
        same = next((one for one in left if one[0] in (straight, (b, a, flat_b, flat_a))), None)
        if same:
            left.remove(same)
            news.append(same[1])
        else:
            news.append(work.raster.seen(straight))
            come.append(news[-1])
    gone = [seen for _, seen in left]
    unseen = work.unseen + sum(map(work.raster.remove, gone)) - sum(map(work.raster.add, come))
    if slower + weight * (max(0.0, unseen - bounds.may_miss) - short) > most_s:
        for seen in come:
            work.raster.remove(seen)
        for seen in gone:
            work.raster.add(seen)
        return
    work.unseen, work.seconds[number] = unseen, seconds
    work.seen[number][low : low + len(olds)] = news
    work.paths[number][change.low : change.high] = change.corners


def _proposed(work: Polishing, dice: Random) -> Change | None:
    if dice.random() < _REACHING and work.unseen:
        return _reaching(work, dice)
    number = dice.randrange(len(work.paths))
    path = work.paths[number]
    if len(path) < 4:  # nothing to gain
        return None
    kind = dice.random()
    if kind < 0.5:
        return _corner_moved(number, path, dice)
    if kind < 0.6:
        at = dice.randrange(1, len(path) - 1)
        return Change(number, at, min(at + dice.choice((1, 1, 2)), len(path) - 1), ())
    if kind < 0.8:
        return _straight_shifted(number, path, dice)
    return _bent(number, path, dice) if kind < 0.87 else _turned(number, path, dice)


def _bent(number: int, path: Sequence[Point], dice: Random) -> Change:
    at = dice.randrange(len(path) - 1)
    a, b, share = path[at], path[at + 1], dice.random()
    bend = (a[0] + share * (b[0] - a[0]) + dice.gauss(0, 6), a[1] + share * (b[1] - a[1]) + dice.gauss(0, 6))
    return Change(number, at + 1, at + 1, (bend,))


def _turned(number: int, path: Sequence[Point], dice: Random) -> Change:
    low = dice.randrange(len(path) - 1)
    high = dice.randrange(low + 2, min(len(path), low + _LONGEST_TURNED) + 1)
    return Change(number, low, high, tuple(reversed(path[low:high])))


def _reaching(work: Polishing, dice: Random) -> Change | None:
    """Bend the nearest straight toward ground that is not seen."""
    place = work.raster.some_unseen(dice)
    if place is None:
        return None
    x, y = place[0] + dice.gauss(0, 5), place[1] + dice.gauss(0, 5)
    _, number, at = min(
        (math.dist(a, (x, y)) + math.dist((x, y), b) - math.dist(a, b), number, at)
        for number, path in enumerate(work.paths)
        for at, (a, b) in enumerate(pairwise(path))
    )
    if dice.random() < 0.3:
        at += dice.randrange(2)
        return Change(number, at, at + 1, ((x, y),))
    return Change(number, at + 1, at + 1, ((x, y),))


def _corner_moved(number: int, path: Sequence[Point], dice: Random) -> Change:
    at, step = dice.randrange(len(path)), dice.gauss(0, dice.choice(_STEPS_M))
    here = path[at]
    if dice.random() < 0.6:
        toward = path[at + 1] if at == 0 or (at + 1 < len(path) and dice.random() < 0.5) else path[at - 1]
        size = math.dist(here, toward) or 1.0
        there = (here[0] + (toward[0] - here[0]) / size * step, here[1] + (toward[1] - here[1]) / size * step)
    else:
        turn = dice.random() * math.tau
        there = (here[0] + step * math.cos(turn), here[1] + step * math.sin(turn))
    return Change(number, at, at + 1, (there,))


def _straight_shifted(number: int, path: Sequence[Point], dice: Random) -> Change:
    at, step = dice.randrange(len(path) - 1), dice.gauss(0, dice.choice(_STEPS_M))
    a, b = path[at], path[at + 1]
    if dice.random() < 0.5:
        size = math.dist(a, b) or 1.0
        vx, vy = -(b[1] - a[1]) / size * step, (b[0] - a[0]) / size * step
    else:
        turn = dice.random() * math.tau
        vx, vy = step * math.cos(turn), step * math.sin(turn)
    return Change(number, at, at + 2, ((a[0] + vx, a[1] + vy), (b[0] + vx, b[1] + vy)))
