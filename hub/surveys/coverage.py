"""The planner: from ground to the sorties of some drones, a valid plan at once and a better one with effort. Pure.

Several ways of laying legs are drafted (strips in the ground's quickest directions, cells, rings). What a draft leaves
unseen gets legs of its own. The best drafts are then polished corner by corner.
"""

import math
from collections.abc import Callable, Sequence

import shapely
from shapely import Polygon

from hub.surveys.drafts import GOAL, Draft
from hub.surveys.ground import clear_pieces, polygons_of
from hub.surveys.improving import polished
from hub.surveys.layouts import layouts
from hub.surveys.routes import Field, unseen
from hub.surveys.routing import routed
from hub.surveys.strips import Leg

__all__ = ["plan_coverage"]

_REPAIRS = 8
_DRAFTS_REFINED = 6
_CHANGES = 1_800
_LEAST_WORK = 10_000


def plan_coverage(plan: Field, effort: int, should_stop: Callable[[], bool]) -> Draft:
    """Plan the sorties of all drones. `effort` is a number of rounds (0: the first valid plan), never a time; whoever
    waits may end it early by `should_stop`, which leaves the best plan so far.
    """
    drafts: list[Draft] = []
    work = 0
    for legs in layouts(plan, effort, should_stop):
        # the seconds that a draft takes grow with the square of its legs
        work += len(legs) ** 2
        # a first plan that leaves something unseen is not a valid one yet
        found = any(draft.coverage >= GOAL for draft in drafts)
        if drafts and (should_stop() or work > _LEAST_WORK * (effort if found else effort + 1)):
            break
        drafts.append(_draft(legs, plan, effort, should_stop))
    if not drafts:
        return Draft((), 0.0, 0.0)
    drafts.sort(key=lambda one: one.rank)
    if not effort or not drafts[0].flown or should_stop():
        return drafts[0]
    return polished(drafts[:_DRAFTS_REFINED], plan, effort * _CHANGES, should_stop)


def _draft(legs: Sequence[Leg], plan: Field, effort: int, should_stop: Callable[[], bool]) -> Draft:
    draft = routed(legs, plan, effort, should_stop)
    for _ in range(_REPAIRS):
        if draft.coverage >= GOAL:
            break
        more = _missing_legs(draft, plan)
        if not more or should_stop():
            break
        legs = [*legs, *more]
        # rough tours do while legs are still coming
        draft = routed(legs, plan, 0, should_stop)
        if draft.coverage >= GOAL and effort:
            draft = min(draft, routed(legs, plan, effort, should_stop), key=lambda one: one.rank)
    return draft


def _missing_legs(draft: Draft, plan: Field) -> list[Leg]:
    """Lay legs along the largest pieces that are unseen, until what is left may stay so."""
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
