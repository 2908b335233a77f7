"""A survey's plan as outside programs read it: coverage, sorties with their paths, and what was checked. Pure."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict

from shapely import Point

from hub.errors import Invalid
from hub.geo import LocalFrame
from hub.surveys.checks import Zones, checks_of
from hub.surveys.coverage import plan_coverage
from hub.surveys.documents import Check, PlanDocument, Sortie
from hub.surveys.flyers import Flyer
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion, length_m, wind_toward
from hub.surveys.request import PlanRequest, framed
from hub.surveys.routes import Field, Flown
from hub.surveys.timing import finishes_at_s, makespan_s, timed

__all__ = ["Check", "PlanDocument", "Sortie", "plan_on", "plan_survey"]

# a centimetre holds a path clear of what it may not touch, and keep documents readable
_DEGREE_DIGITS = 7
_MARGIN_M = 5.0


def plan_survey(request: PlanRequest, effort: int, should_stop: Callable[[], bool] = lambda: False) -> PlanDocument:
    """Plan a survey. The same request and effort give the same plan; `effort` and `should_stop` as in coverage.

    Raises Invalid with one line for an area, keep-outs or a home that cannot be planned with.
    """
    frame, area, keep_outs = framed(request)
    ground = Ground.of(area, keep_outs, min(_MARGIN_M, request.line_spacing_m / 4), cross_holes=request.cross_holes)
    field = Field(ground, request.line_spacing_m, _flyers(request, ground, frame))
    return plan_on(request, Zones(frame, area, keep_outs), field, effort, should_stop)


def plan_on(
    request: PlanRequest, zones: Zones, field: Field, effort: int, should_stop: Callable[[], bool]
) -> PlanDocument:
    """Plan on a ground that is known already. Raises Invalid as `plan_survey` does."""
    draft = plan_coverage(field, effort, should_stop)
    if not draft.flown:
        raise Invalid("no drone can reach the area without entering a keep-out, or on its battery")
    sorties = timed(request, [_sortie(path, zones.frame, request) for path in draft.flown], zones.frame)
    return {
        "id": _id(request),
        "coverage": math.floor(draft.coverage * 1e5) / 1e5,
        "lower_bound_m": round(field.ground.target.area / request.line_spacing_m, 1),
        "makespan_s": makespan_s(request, sorties),
        "finishes_at_s": finishes_at_s(sorties),
        "sorties": sorties,
        "checks": checks_of(request, zones, sorties, draft.coverage),
        "drill": request.drill,
    }


def _flyers(request: PlanRequest, ground: Ground, frame: LocalFrame) -> tuple[Flyer, ...]:
    wind = wind_toward(request.wind_mps, request.wind_from_deg)
    flyers: list[Flyer] = []
    for index, drone in enumerate(request.fleet):
        home = frame.local_point(*drone.home) if drone.home else None
        if home and ground.keep_out.intersects(Point(home)):
            raise Invalid(f"the home is in a keep-out or within {_MARGIN_M:g} m of one; move it")
        lift_s = drone.lift_s(request.height_m)
        usable_s = drone.usable_s - lift_s
        if usable_s <= 0:
            raise Invalid(f"{drone.id[:40]}: the battery does not last for the climb and the landing")
        motion = Motion(drone.speed_mps or request.speed_mps, request.accel_mps2, wind)
        flyers.append(Flyer(ground, motion, home, usable_s, lift_s + drone.change_s, index))
    return tuple(flyers)


def _id(request: PlanRequest) -> str:
    """Name a plan by what was asked, so that the same request has the same id."""
    words = json.dumps(
        [request.area, request.line_spacing_m, request.height_m, request.speed_mps, request.accel_mps2,
         [asdict(drone) for drone in request.fleet], list(request.keep_out), request.cross_holes,
         request.wind_mps, request.wind_from_deg],
        sort_keys=True,
    )  # fmt: skip
    return f"plan-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


def _sortie(path: Flown, frame: LocalFrame, request: PlanRequest) -> Sortie:
    drone = request.fleet[path.flyer]
    positions = [
        [round(lon, _DEGREE_DIGITS), round(lat, _DEGREE_DIGITS), float(request.height_m)]
        for lon, lat in frame.lon_lat(path.path)
    ]
    flight_s = path.seconds + drone.lift_s(request.height_m)
    first = path.path.index(path.filmed[0])
    every_m = request.photo_every_m
    return {
        "drone": drone.id,
        "path": {"type": "LineString", "coordinates": positions},
        "length_m": round(length_m(path.path), 1),
        "duration_s": round(path.seconds, 1),
        "number": 1,
        "starts_at_s": 0.0,
        "flight_s": round(flight_s, 1),
        "height_m": float(request.height_m),
        "photos": None if every_m is None else math.ceil(length_m(path.filmed) / every_m) + 1,
        "battery_used": None if drone.full_s is None else round(flight_s / drone.full_s, 3),
        "filmed": [first, first + len(path.filmed) - 1],
    }
