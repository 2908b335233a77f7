"""What is checked of a plan: the paths as they are given out, not as they were planned. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from hub.geo import LocalFrame
from hub.surveys.documents import Check, Sortie
from hub.surveys.following import LEAST_ABOVE_M
from hub.surveys.ground import polygons_of
from hub.surveys.request import PlanRequest
from hub.surveys.timing import nearest_m
from hub.surveys.tracks import APART_M
from hub.texts.words import numbered

__all__ = ["Zones", "checks_of"]

_ENOUGH = 0.995
_HIGHEST_M = 150
# so much of a path counts as none: positions are given to a centimetre
_NONE_M = 0.01
_LOOKED_EVERY_M = 5.0


@dataclass(frozen=True, slots=True)
class Zones:
    """The area and the keep-outs in metres about the frame's centre."""

    frame: LocalFrame
    area: MultiPolygon
    keep_outs: MultiPolygon


def checks_of(request: PlanRequest, zones: Zones, sorties: Sequence[Sortie], coverage: float) -> list[Check]:
    """Check a plan's paths."""
    lines = [_line(sortie, zones.frame) for sortie in sorties]
    return [
        _height(request, sorties),
        _coverage(coverage),
        _keep_outs(lines, zones.keep_outs),
        _holes(lines, zones.area, allowed=request.cross_holes),
        _outside(sorties, zones),
        *_separation(request, sorties, zones.frame),
        *_battery(sorties, request),
        *_terrain(request, sorties),
    ]


def _line(sortie: Sortie, frame: LocalFrame) -> LineString:
    return frame.to_local(LineString([position[:2] for position in sortie["path"]["coordinates"]]))


def _height(request: PlanRequest, sorties: Sequence[Sortie]) -> Check:
    told = [sortie["terrain"] for sortie in sorties if "terrain" in sortie]
    highest = max((one["highest_above_ground_m"] for one in told), default=request.height_m)
    place = "ground below" if told else "take-off place"
    return {
        "name": "height",
        "passed": highest <= _HIGHEST_M,
        "detail": f"{highest:g} m above the {place}; {_HIGHEST_M} m above ground is the limit",
        "source": "Civil Aeronautics Act art. 132-85 (航空法第132条の85)",
    }


def _coverage(coverage: float) -> Check:
    return {
        "name": "coverage",
        "passed": coverage >= _ENOUGH,
        "detail": f"{math.floor(coverage * 1e4) / 100:.2f} % within half a line spacing of a path; 99.50 % wanted",
        "source": "planner",
    }


def _keep_outs(lines: Sequence[LineString], keep_outs: MultiPolygon) -> Check:
    entered = _metres(lines, keep_outs)
    return {
        "name": "keep_out",
        "passed": entered < _NONE_M,
        "detail": f"{entered:.0f} m in {numbered(len(keep_outs.geoms), 'keep-out')}",
        "source": "request",
    }


def _holes(lines: Sequence[LineString], area: MultiPolygon, *, allowed: bool) -> Check:
    holes = shapely.union_all([Polygon(ring) for part in polygons_of(area) for ring in part.interiors]).difference(area)
    over = _metres(lines, holes)
    return {
        "name": "holes",
        "passed": allowed or over < _NONE_M,
        "detail": f"{over:.0f} m over holes of the area; allowed: {'yes' if allowed else 'no'}",
        "source": "request",
    }


def _outside(sorties: Sequence[Sortie], zones: Zones) -> Check:
    """Metres outside while surveying; the ways from and to a home beside the area are told apart from them."""
    within = zones.area.buffer(_NONE_M)
    surveyed = ferried = farthest = 0.0
    for sortie in sorties:
        first, last = sortie["filmed"]
        whole = _line(sortie, zones.frame).difference(within).length
        out = _stretch(sortie, first, last, zones.frame).difference(within)
        surveyed, ferried = surveyed + out.length, ferried + max(0.0, whole - out.length)
        farthest = max(farthest, _farthest_m(out, zones.area))
    return {
        "name": "outside",
        "passed": surveyed < 1,
        "detail": f"{surveyed:.0f} m outside the area while surveying{_up_to(farthest)}; "
        f"{ferried:.0f} m on the ways there and back",
        "source": "request",
    }


def _farthest_m(out: BaseGeometry, area: MultiPolygon) -> float:
    """How far from the area a way comes."""
    if out.is_empty:
        return 0.0
    return max(area.distance(Point(place)) for place in shapely.get_coordinates(out.segmentize(_LOOKED_EVERY_M)))


def _up_to(metres: float) -> str:
    return f", up to {metres:.0f} m from it" if metres >= 1 else ""


def _stretch(sortie: Sortie, first: int, last: int, frame: LocalFrame) -> BaseGeometry:
    places = [position[:2] for position in sortie["path"]["coordinates"][first : last + 1]]
    return frame.to_local(LineString(places)) if len(places) > 1 else LineString()


def _separation(request: PlanRequest, sorties: Sequence[Sortie], frame: LocalFrame) -> list[Check]:
    if len({sortie["drone"] for sortie in sorties}) < 2:  # nobody to meet
        return []
    nearest = nearest_m(request, sorties, frame)
    words = "are never up together" if math.isinf(nearest) else f"come within {nearest:.0f} m of each other"
    return [
        {
            "name": "separation",
            "passed": nearest >= APART_M,
            "detail": f"drones that no height keeps apart {words}, by their starts and speeds; {APART_M:g} m wanted",
            "source": "planner",
        }
    ]


def _battery(sorties: Sequence[Sortie], request: PlanRequest) -> list[Check]:
    used = {drone.id: drone for drone in request.fleet if drone.full_s is not None}
    over = [
        sortie for sortie in sorties
        if sortie["drone"] in used and sortie["flight_s"] > used[sortie["drone"]].usable_s + 0.1
    ]  # fmt: skip
    if not used:
        return []
    reserve = numbered(len(over), "sortie goes", "sorties go")
    most = max((sortie["battery_used"] or 0.0 for sortie in sorties), default=0.0)
    return [
        {
            "name": "battery",
            "passed": not over,
            "detail": f"at most {most:.0%} of a battery is planned with; {reserve} into the reserve",
            "source": "request",
        }
    ]


def _terrain(request: PlanRequest, sorties: Sequence[Sortie]) -> list[Check]:
    told = [sortie["terrain"] for sortie in sorties if "terrain" in sortie]
    if request.terrain is None or not told:
        return []
    lowest = min(one["lowest_above_ground_m"] for one in told)
    return [
        {
            "name": "terrain",
            "passed": lowest >= LEAST_ABOVE_M,
            "detail": f"never under {lowest:g} m above the ground below, ways there and back too; "
            f"{LEAST_ABOVE_M:g} m wanted",
            "source": request.terrain.name,
        }
    ]


def _metres(lines: Sequence[LineString], zone: BaseGeometry) -> float:
    return sum(line.intersection(zone).length for line in lines)
