"""A survey's plan as outside programs read it: coverage, sorties with their paths, and what was checked. Pure."""

import hashlib
import json
import math
from collections.abc import Callable
from itertools import combinations
from typing import TypedDict

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from hub.errors import Invalid
from hub.geo import LocalFrame
from hub.surveys.coverage import plan_coverage
from hub.surveys.ground import Ground, polygons_of
from hub.surveys.motion import Motion, length_m
from hub.surveys.request import PlanRequest, framed
from hub.surveys.routes import Field, Flown

__all__ = ["Check", "PlanDocument", "Sortie", "plan_survey"]

_ENOUGH = 0.995
_HIGHEST_M = 150
_APART_M = 10.0
# a centimetre holds a path clear of what it may not touch, and keep documents readable
_DEGREE_DIGITS = 7
_MARGIN_M = 5.0


class LineStringDocument(TypedDict):
    """GeoJSON: positions are [lon, lat, height above the take-off place in metres]."""

    type: str
    coordinates: list[list[float]]


class Sortie(TypedDict):
    """One flight of one drone."""

    drone: str
    path: LineStringDocument
    length_m: float
    duration_s: float


class Check(TypedDict):
    """A rule, whether the plan keeps it, what was found, and where the rule is from."""

    name: str
    passed: bool
    detail: str
    source: str


class PlanDocument(TypedDict):
    """The plan of the contract."""

    id: str
    coverage: float
    lower_bound_m: float
    makespan_s: float
    sorties: list[Sortie]
    checks: list[Check]


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
    sorties = [
        _sortie(drone, path, frame, request.height_m) for drone, path in zip(request.drones, draft.flown, strict=False)
    ]
    return {
        "id": _id(request),
        "coverage": math.floor(draft.coverage * 1e5) / 1e5,
        "lower_bound_m": round(ground.target.area / request.line_spacing_m, 1),
        "makespan_s": round(draft.seconds, 1),
        "sorties": sorties,
        "checks": _checks(request, frame, (area, keep_outs), sorties, draft.coverage),
    }


def _id(request: PlanRequest) -> str:
    """Name a plan by what was asked, so that the same request has the same id."""
    words = json.dumps(
        [request.area, request.line_spacing_m, request.height_m, request.speed_mps, request.accel_mps2,
         list(request.drones), request.home, list(request.keep_out), request.cross_holes],
        sort_keys=True,
    )  # fmt: skip
    return f"plan-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


def _sortie(drone: str, path: Flown, frame: LocalFrame, height_m: float) -> Sortie:
    positions = [
        [round(lon, _DEGREE_DIGITS), round(lat, _DEGREE_DIGITS), float(height_m)]
        for lon, lat in frame.lon_lat(path.path)
    ]
    return {
        "drone": drone,
        "path": {"type": "LineString", "coordinates": positions},
        "length_m": round(length_m(path.path), 1),
        "duration_s": round(path.seconds, 1),
    }


def _checks(
    request: PlanRequest,
    frame: LocalFrame,
    zones: tuple[MultiPolygon, MultiPolygon],
    sorties: list[Sortie],
    coverage: float,
) -> list[Check]:
    """Check the paths as they are given out, not as they were planned."""
    area, keep_outs = zones
    lines = [
        frame.to_local(LineString([(lon, lat) for lon, lat, _ in sortie["path"]["coordinates"]])) for sortie in sorties
    ]
    holes = shapely.union_all([Polygon(ring) for part in polygons_of(area) for ring in part.interiors]).difference(area)
    entered, over_holes, outside = _metres(lines, keep_outs), _metres(lines, holes), _beyond(lines, area)
    checks: list[Check] = [
        {
            "name": "height",
            "passed": request.height_m <= _HIGHEST_M,
            "detail": f"{request.height_m:g} m above the take-off place; {_HIGHEST_M} m above ground is the limit",
            "source": "Civil Aeronautics Act art. 132-85 (航空法第132条の85)",
        },
        {
            "name": "coverage",
            "passed": coverage >= _ENOUGH,
            "detail": f"{math.floor(coverage * 1e4) / 100:.2f} % within half a line spacing of a path; 99.50 % wanted",
            "source": "planner",
        },
        {
            "name": "keep_out",
            "passed": entered < 0.01,  # a centimetre
            "detail": f"{entered:.0f} m in {len(keep_outs.geoms)} keep-outs",
            "source": "request",
        },
        {
            "name": "holes",
            "passed": request.cross_holes or over_holes < 0.01,  # a centimetre
            "detail": f"{over_holes:.0f} m over holes of the area; allowed: {'yes' if request.cross_holes else 'no'}",
            "source": "request",
        },
        {
            "name": "outside",
            "passed": outside < 1,
            "detail": f"{outside:.0f} m outside the area",
            "source": "request",
        },
    ]
    if len(lines) > 1:
        nearest = min(one.distance(other) for one, other in combinations(lines, 2))
        checks.append(
            {
                "name": "separation",
                "passed": nearest >= _APART_M,
                "detail": f"paths come within {nearest:.0f} m of each other at one height; {_APART_M:g} m wanted",
                "source": "planner",
            }
        )
    return checks


def _metres(lines: list[LineString], zone: BaseGeometry) -> float:
    return sum(line.intersection(zone).length for line in lines)


def _beyond(lines: list[LineString], area: BaseGeometry) -> float:
    return sum(line.difference(area.buffer(0.01)).length for line in lines)
