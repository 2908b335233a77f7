"""The planner: from ground to the routes of one or more drones, a valid plan at once and a better one with more effort.
Pure.

Several ways of laying strips are drafted (each part of the ground in its quickest directions, and cut into cells), each
with shares of a strip that a leg may leave out at its ends; the quickest draft that sees enough wins. What is still
unseen then gets legs of its own.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import shapely
from shapely import Polygon

from hub.surveys.cells import Cell, Method, cut_at_bends, cut_ground, rank_cells
from hub.surveys.ground import clear_pieces, polygons_of
from hub.surveys.routes import Field, Flown, Route, fly, seen_share, unseen
from hub.surveys.sharing import share_legs
from hub.surveys.strips import Leg, legs_of
from hub.surveys.tour import Matrix, Tour, best_tour, shaken

__all__ = ["GOAL", "Draft", "plan_coverage"]

GOAL = 0.9955
"""The share of the ground that a plan sees: 99.5 % and a little for another's rounding."""

_FIRST_SHARE = 0.5
_OTHER_SHARES = (0.75, 0.625, 0.375, 0.25, 0.125)
_DIRECTIONS_DRAFTED = 12
_DRAFTS_REFINED = 3
_STARTS = 4
_HALVINGS = 6
_REPAIRS = 8
_HOPELESS = 0.93


@dataclass(frozen=True, slots=True)
class Draft:
    """Routes, their paths, the longest flight in seconds and the share of the ground seen."""

    routes: tuple[Route, ...]
    flown: tuple[Flown, ...]
    seconds: float
    coverage: float

    @property
    def rank(self) -> tuple[bool, float, float]:
        """Order drafts: those that see enough first, then the quickest, then the least flying in all."""
        short = max(0.0, GOAL - self.coverage)
        return short > 0, short * 1e6 + self.seconds, sum(path.seconds for path in self.flown)


def plan_coverage(plan: Field, drones: int, effort: int, should_stop: Callable[[], bool]) -> Draft:
    """Plan the routes of some drones. `effort` is a number of rounds (0: the first valid plan), never a time; whoever
    waits may end it early by `should_stop`, which leaves the best plan so far.
    """
    best = Draft((), (), 0.0, 0.0)
    kept: list[tuple[Draft, Sequence[Cell]]] = []
    for cells in _layouts(plan, effort, should_stop):
        if kept and should_stop():
            break
        draft = _draft(cells, _FIRST_SHARE, plan, drones, effort, should_stop)
        kept.append((draft, cells))
        best = min(best, draft, key=lambda one: one.rank)
    kept.sort(key=lambda pair: pair[0].rank)
    for _, cells in kept[: _DRAFTS_REFINED if effort else 1]:
        for share in _OTHER_SHARES:
            if should_stop():
                return best
            draft = _draft(cells, share, plan, drones, effort, should_stop)
            best = min(best, draft, key=lambda one: one.rank)
    return best


def _layouts(plan: Field, effort: int, should_stop: Callable[[], bool]) -> Iterator[list[Cell]]:
    method = Method(plan.spacing_m, plan.motion, should_stop)
    pieces = [shapely.normalize(piece) for piece in polygons_of(plan.ground.target)]
    ranked = [rank_cells(piece, plan.ground.no_fly, method) for piece in pieces]
    yield [cells[0] for cells in ranked]
    if not effort:
        return
    for place in range(1, min(_DIRECTIONS_DRAFTED, 2 * effort)):
        yield [cells[min(place, len(cells) - 1)] for cells in ranked]
    for way in (cut_ground, cut_at_bends):
        cut = [cell for piece in pieces for cell in way(piece, plan.ground.no_fly, method)]
        if len(cut) > len(pieces):
            yield cut


def _draft(
    cells: Sequence[Cell], share: float, plan: Field, drones: int, effort: int, should_stop: Callable[[], bool]
) -> Draft:
    legs = [leg for cell in cells for leg in legs_of(cell.strips, share, plan.ground.no_fly)]
    draft = _routed(legs, plan, drones, effort, should_stop)
    for _ in range(_REPAIRS):
        if draft.coverage >= GOAL:
            break
        more = _missing_legs(draft, plan)
        if not more or should_stop():
            break
        legs = [*legs, *more]
        # rough tours do while legs are still coming
        draft = _routed(legs, plan, drones, 0, should_stop)
        if draft.coverage >= GOAL and effort:
            draft = min(draft, _routed(legs, plan, drones, effort, should_stop), key=lambda one: one.rank)
    return draft


def _routed(legs: Sequence[Leg], plan: Field, drones: int, effort: int, should_stop: Callable[[], bool]) -> Draft:
    seconds = plan.matrix(legs)
    numbers = _reachable(len(legs), seconds)
    tour = best_tour(numbers, seconds, _STARTS if effort else 1, should_stop)
    dice = Random(len(legs))  # noqa: S311  # a seed makes the same plan again
    for _ in range(2 * effort):
        if should_stop():
            break
        tour = shaken(tour, seconds, dice)
    straight = [plan.motion.straight_s(math.dist(*leg)) for leg in legs]
    tours = share_legs(tour, drones, straight, seconds)
    return _fitted([_route(part, legs) for part in tours], plan)


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


def _fitted(routes: Sequence[Route], plan: Field) -> Draft:
    """Draw the turns in as far as enough is still seen."""
    best = _flown(routes, 0.0, plan)
    if best.coverage < GOAL:
        return best
    low, high = 0.0, plan.spacing_m / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        draft = _flown(routes, middle, plan)
        if draft.coverage >= GOAL:
            low, best = middle, min(best, draft, key=lambda one: one.rank)
        else:
            high = middle
    return best


def _flown(routes: Sequence[Route], inset_m: float, plan: Field) -> Draft:
    flown = tuple(fly(route, inset_m, plan) for route in routes)
    coverage = seen_share(flown, plan)
    return Draft(tuple(routes), flown, max((path.seconds for path in flown), default=0.0), coverage)


def _missing_legs(draft: Draft, plan: Field) -> list[Leg]:
    """Lay legs along the largest pieces that are unseen, until what is left may stay so."""
    if draft.coverage < _HOPELESS and draft.flown and not any(path.path for path in draft.flown):
        return []
    lack = (GOAL - draft.coverage) * plan.ground.target.area
    found: list[Leg] = []
    for piece in sorted(polygons_of(unseen(draft.flown, plan)), key=lambda part: -part.area):
        if lack <= 0:
            break
        leg = _leg_along(piece, plan)
        if leg is not None:
            found.append(leg)
            lack -= piece.area
    return found


def _leg_along(piece: Polygon, plan: Field) -> Leg | None:
    """Lay the longest free stretch of a piece's long axis, drawn in where its ends are seen anyway."""
    corners = [(x, y) for x, y, *_ in shapely.get_coordinates(shapely.oriented_envelope(piece)).tolist()]
    if len(corners) < 4:  # a rectangle
        return None
    a, b, c, d = corners[:4]
    if math.dist(a, b) < math.dist(b, c):
        a, b, c, d = b, c, d, a
    start, end = ((a[0] + d[0]) / 2, (a[1] + d[1]) / 2), ((b[0] + c[0]) / 2, (b[1] + c[1]) / 2)
    size = max(math.dist(start, end), 1e-6)
    # so short a leg would be no leg
    stretch = max(0.0, (2.0 - size) / 2)
    ux, uy = (end[0] - start[0]) / size * stretch, (end[1] - start[1]) / size * stretch
    line = ((start[0] - ux, start[1] - uy), (end[0] + ux, end[1] + uy))
    pieces = clear_pieces(line, plan.ground.no_fly)
    return max(pieces, key=lambda stretch: math.dist(*stretch), default=None)
