"""A survey's plan as outside programs read it: coverage, sorties with their paths, and what was checked. Pure."""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from shapely import Point

from hub.errors import Invalid
from hub.geo import LocalFrame
from hub.surveys.checks import Zones, checks_of
from hub.surveys.coverage import plan_coverage
from hub.surveys.documents import Check, PlanDocument, Sortie
from hub.surveys.drafts import Draft
from hub.surveys.flyers import Flyer
from hub.surveys.following import Following, followed, measured, seconds_of
from hub.surveys.ground import Ground
from hub.surveys.motion import length_m, wind_toward
from hub.surveys.request import PlanRequest, framed
from hub.surveys.routes import Field, Flown
from hub.surveys.timing import finishes_at_s, makespan_s, timed, top_m

__all__ = ["Check", "PlanDocument", "Sortie", "plan_on", "plan_survey"]

# a centimetre holds a path clear of what it may not touch, and keep documents readable
_DEGREE_DIGITS = 7
_MARGIN_M = 5.0
_MORE_TRIES = 3
_LESS, _ROUNDED_S = 0.99, 0.1


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
    draft, flat = _drafted(request, zones.frame, field, effort, should_stop)
    sorties = timed(request, flat, zones.frame)
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


def _drafted(
    request: PlanRequest, frame: LocalFrame, field: Field, effort: int, should_stop: Callable[[], bool]
) -> tuple[Draft, list[Sortie]]:
    """Draft on the flat. Where climbs then take more than a battery has, draft again with less of it; where that helps
    not at last, the check of batteries says so.
    """
    limits_s = [flyer.usable_s for flyer in field.flyers]
    draft, sorties = _draft(request, frame, field, effort, should_stop)
    for _ in range(_MORE_TRIES):
        usable_s = _left_for_climbs(draft, sorties, limits_s)
        if all(less >= flyer.usable_s for less, flyer in zip(usable_s, field.flyers, strict=True)):
            break
        flyers = [
            replace(flyer, usable_s=min(less, flyer.usable_s))
            for less, flyer in zip(usable_s, field.flyers, strict=True)
        ]
        field = replace(field, flyers=tuple(flyers))
        draft, sorties = _draft(request, frame, field, effort, should_stop)
    return draft, sorties


def _draft(
    request: PlanRequest, frame: LocalFrame, field: Field, effort: int, should_stop: Callable[[], bool]
) -> tuple[Draft, list[Sortie]]:
    draft = plan_coverage(field, effort, should_stop)
    if not draft.flown:
        raise Invalid("no drone can reach the area without entering a keep-out, or on its battery")
    return draft, [_sortie(path, frame, request) for path in draft.flown]


def _left_for_climbs(draft: Draft, sorties: Sequence[Sortie], limits_s: Sequence[float]) -> list[float]:
    """Seconds on the flat for each drone with which its sorties would have been within their limits."""
    usable_s = list(limits_s)
    for path, sortie in zip(draft.flown, sorties, strict=True):
        limit_s = limits_s[path.flyer]
        if path.seconds <= limit_s < sortie["duration_s"] - _ROUNDED_S:
            usable_s[path.flyer] = min(usable_s[path.flyer], limit_s * path.seconds / sortie["duration_s"] * _LESS)
    return usable_s


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
        # where it can, it is kept able to fly out of another's way, higher
        higher_s = drone.usable_s - drone.lift_s(top_m(request))
        usable_s = higher_s if higher_s > 0 else usable_s
        motion = drone.motion(request.speed_mps, request.accel_mps2, wind)
        flyers.append(Flyer(ground, motion, home, usable_s, lift_s + drone.change_s, index))
    return tuple(flyers)


def _id(request: PlanRequest) -> str:
    """Name a plan by what was asked, so that the same request has the same id."""
    asked: list[object] = [
        request.area, request.line_spacing_m, request.height_m, request.speed_mps, request.accel_mps2,
        [asdict(drone) for drone in request.fleet], list(request.keep_out), request.cross_holes,
        request.wind_mps, request.wind_from_deg,
    ]  # fmt: skip
    if request.terrain is not None:
        asked += [request.terrain.digest, *([] if request.follows_ground else ["level"])]
    return f"plan-{hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]}"


def _sortie(path: Flown, frame: LocalFrame, request: PlanRequest) -> Sortie:
    drone = request.fleet[path.flyer]
    positions = [
        [round(lon, _DEGREE_DIGITS), round(lat, _DEGREE_DIGITS), float(request.height_m)]
        for lon, lat in frame.lon_lat(path.path)
    ]
    first = path.path.index(path.filmed[0])
    every_m = request.photo_every_m
    flat: Sortie = {
        "drone": drone.id,
        "path": {"type": "LineString", "coordinates": positions},
        "length_m": round(length_m(path.path), 1),
        "duration_s": 0.0,
        "number": 1,
        "starts_at_s": 0.0,
        "flight_s": 0.0,
        "height_m": float(request.height_m),
        "photos": None if every_m is None else math.ceil(length_m(path.filmed) / every_m) + 1,
        "battery_used": None,
        "filmed": [first, first + len(path.filmed) - 1],
    }
    return _timed(_above_ground(flat, path, frame, request), path, frame, request)


def _above_ground(flat: Sortie, path: Flown, frame: LocalFrame, request: PlanRequest) -> Sortie:
    if request.terrain is None:
        return flat
    home = request.fleet[path.flyer].home
    takeoff = frame.local_point(*home) if home else None
    above = followed if request.follows_ground else measured
    return above(flat, path.path, Following(request.terrain, frame), takeoff)


def _timed(sortie: Sortie, path: Flown, frame: LocalFrame, request: PlanRequest) -> Sortie:
    """Fill in the seconds that a sortie takes, and of its battery."""
    drone = request.fleet[path.flyer]
    wind = wind_toward(request.wind_mps, request.wind_from_deg)
    motion = drone.motion(request.speed_mps, request.accel_mps2, wind)
    # at one height they are known already
    seconds = seconds_of(sortie, motion, frame) if request.follows_terrain else path.seconds
    flight_s = seconds + drone.lift_s(request.height_m)
    return {
        **sortie,
        "duration_s": round(seconds, 1),
        "flight_s": round(flight_s, 1),
        "battery_used": None if drone.full_s is None else round(flight_s / drone.full_s, 3),
    }
