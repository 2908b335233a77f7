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
from hub.surveys.fleet import DroneSpec
from hub.surveys.ground import Ground
from hub.surveys.motion import Motion, length_m
from hub.surveys.request import PlanRequest, framed
from hub.surveys.routes import Field, Flown

__all__ = ["Check", "PlanDocument", "Sortie", "plan_survey"]

# a centimetre holds a path clear of what it may not touch, and keep documents readable
_DEGREE_DIGITS = 7
_MARGIN_M = 5.0


def plan_survey(request: PlanRequest, effort: int, should_stop: Callable[[], bool] = lambda: False) -> PlanDocument:
    """Plan a survey. The same request and effort give the same plan; `effort` and `should_stop` as in coverage.

    Raises Invalid with one line for an area, keep-outs or a home that cannot be planned with.
    """
    frame, area, keep_outs = framed(request)
    ground = Ground.of(area, keep_outs, min(_MARGIN_M, request.line_spacing_m / 4), cross_holes=request.cross_holes)
    home = frame.local_point(*request.home) if request.home else None
    if home and ground.keep_out.intersects(Point(home)):
        raise Invalid(f"the home is in a keep-out or within {_MARGIN_M:g} m of one; move it")
    field = Field(ground, request.line_spacing_m, Motion(request.speed_mps, request.accel_mps2), home)
    draft = plan_coverage(field, len(request.drones), effort, should_stop)
    if not draft.flown:
        raise Invalid("no drone can reach the area without entering a keep-out")
    sorties = [_sortie(drone, path, frame, request) for drone, path in zip(request.fleet, draft.flown, strict=False)]
    return {
        "id": _id(request),
        "coverage": math.floor(draft.coverage * 1e5) / 1e5,
        "lower_bound_m": round(ground.target.area / request.line_spacing_m, 1),
        "makespan_s": round(draft.seconds, 1),
        "sorties": sorties,
        "checks": checks_of(request, Zones(frame, area, keep_outs), sorties, draft.coverage),
        "drill": request.drill,
    }


def _id(request: PlanRequest) -> str:
    """Name a plan by what was asked, so that the same request has the same id."""
    words = json.dumps(
        [request.area, request.line_spacing_m, request.height_m, request.speed_mps, request.accel_mps2,
         [asdict(drone) for drone in request.fleet], list(request.keep_out), request.cross_holes,
         request.wind_mps, request.wind_from_deg],
        sort_keys=True,
    )  # fmt: skip
    return f"plan-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


def _sortie(drone: DroneSpec, path: Flown, frame: LocalFrame, request: PlanRequest) -> Sortie:
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
