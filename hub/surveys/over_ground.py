"""A plan over ground whose heights the hub may know. Pure.

1.  A survey that shall follow the ground is planned only where that is known: on the ways, and round them as far as a
    drone may be blown or may fly home over. No way leads lower than a metre above its take-off place: agents refuse it.
2.  One at one height is planned anyhow. Where the ground is known the plan says how high it is above it, and heights of
    drones with different homes can be held against each other; where it is not, a check says so.
"""

from collections.abc import Callable
from dataclasses import replace

import shapely

from hub.errors import Invalid
from hub.geo import Point
from hub.surveys.documents import Check, PlanDocument
from hub.surveys.following import AROUND_M, Following, highest_near_m
from hub.surveys.plan import plan_survey
from hub.surveys.request import PlanRequest, framed
from hub.surveys.terrain import Terrain, UnknownGround

__all__ = ["highest_of", "plan_over"]

_LOWEST_M = 1.0
_FAULT = "the heights of the ground are not known everywhere here; look for hills on the ways yourself"


def plan_over(
    request: PlanRequest, terrain: Terrain | None, effort: int, should_stop: Callable[[], bool] = lambda: False
) -> PlanDocument:
    """Plan a survey over the ground that the hub knows; the rest as for `plan_survey`.

    Raises Invalid with one line, also for a survey that shall follow the ground where that cannot be.
    """
    if request.follows_ground:
        return _followed(request, terrain, effort, should_stop)
    if terrain is None:
        return plan_survey(request, effort, should_stop)
    if not _is_known_about(request, terrain):
        return _with_fault(plan_survey(request, effort, should_stop), terrain)
    try:
        document = plan_survey(replace(request, terrain=terrain), effort, should_stop)
    except UnknownGround:
        return _with_fault(plan_survey(request, effort, should_stop), terrain)
    # a way may lead beyond the area, and so may the one home
    return document if _knows_the_way_home(document) else _with_fault(document, terrain)


def _with_fault(document: PlanDocument, terrain: Terrain) -> PlanDocument:
    told: Check = {"name": "ground", "passed": False, "detail": _FAULT, "source": terrain.name}
    return {**document, "checks": [*document["checks"], told]}


def _knows_the_way_home(document: PlanDocument) -> bool:
    return all("terrain" in one and one["terrain"]["highest_near_m"] is not None for one in document["sorties"])


def highest_of(document: PlanDocument) -> tuple[float, float | None]:
    """The greatest height of a plan above the ground and above the sea, in metres; where the ground is not known, above
    the take-off place, and None.
    """
    told = [sortie["terrain"] for sortie in document["sorties"] if "terrain" in sortie]
    if told and len(told) == len(document["sorties"]):
        seas = [height for one in told for height in one["path_above_sea_m"]]
        return max(one["highest_above_ground_m"] for one in told), max(seas)
    places = [place for sortie in document["sorties"] for place in sortie["path"]["coordinates"]]
    return max((place[2] for place in places), default=0.0), None


def _followed(
    request: PlanRequest, terrain: Terrain | None, effort: int, should_stop: Callable[[], bool]
) -> PlanDocument:
    if terrain is None:
        raise Invalid("no heights of the ground are known here; plan at one height above the take-off place")
    document = plan_survey(replace(request, terrain=terrain), effort, should_stop)
    for sortie in document["sorties"]:
        if "terrain" not in sortie or sortie["terrain"]["highest_near_m"] is None:
            raise Invalid(f"the terrain ends within {AROUND_M:g} m of the way of {sortie['drone']}; take a larger grid")
        lowest_m = min(height for _, _, height in sortie["path"]["coordinates"])
        if lowest_m < _LOWEST_M:
            raise Invalid(
                f"{sortie['drone']} would have to fly {_LOWEST_M - lowest_m:.0f} m too low, below its take-off place: "
                "take off from a lower place, or fly higher"
            )
    return document


def _is_known_about(request: PlanRequest, terrain: Terrain) -> bool:
    """Whether all of the ground round an area and the homes is known, so that planning with it is worth beginning."""
    frame, area, _ = framed(request)
    homes = [frame.local_point(*drone.home) for drone in request.fleet if drone.home]
    corners: list[Point] = shapely.get_coordinates(area).tolist()
    return highest_near_m(Following(terrain, frame), [*corners, *homes]) is not None
