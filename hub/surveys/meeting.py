"""Whether a drone may take off among those that are in the air. Pure.

1.  Whoever is to take off is held against all that fly, by when they really started and not by what was planned.
2.  A start is known to some seconds only; one that is ordered and not heard of may come as late as its order lives,
    and so may the own one.
3.  Of a drone that was held, stopped, is on its way home or overdue nobody knows when it is where: nobody takes off
    whose way comes near a place at which it may be.
4.  Heights keep drones of one plan apart that are measured from one place, or above the sea; all others do not count.
5.  Who climbs or lands straight above its own place is at no height that anybody could pass it by.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from hub.geo import LocalFrame
from hub.surveys.documents import Sortie
from hub.surveys.motion import Motion, wind_toward
from hub.surveys.timing import HEARD_WITHIN_S, SLACK_S
from hub.surveys.tracks import APART_M, at_any_height, flight_of, nearest_of, shares_heights

__all__ = ["Aloft", "Way", "anywhere_of", "frame_of", "heights_count", "in_the_way", "motion_in"]

_STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class Way:
    """A sortie as its plan has it, one version of one survey's, and how its drone moves."""

    survey_id: str
    version: int
    drone: str
    sortie: Sortie
    motion: Motion


@dataclass(frozen=True, slots=True)
class Aloft:
    """A drone in the air or about to be: its start, in seconds from now, at the earliest and at the latest.

    Without `is_timed` nobody knows when it is where, but that it is between its home and the places of its way; one
    that `goes_home` will have landed soon.
    """

    way: Way
    earliest_s: float
    latest_s: float
    is_timed: bool = True
    goes_home: bool = False


def motion_in(request: Mapping[str, object], drone: str) -> Motion:
    """How a drone moves by the request that is kept with its plan."""
    fleet = cast("Sequence[Mapping[str, Any]]", request.get("fleet") or ())
    own = next((one["speed_mps"] for one in fleet if one["id"] == drone), None)
    speed, accel, wind, toward = (
        cast("float", request.get(name) or 0.0) for name in ("speed_mps", "accel_mps2", "wind_mps", "wind_from_deg")
    )
    return Motion(own or speed, accel, wind_toward(wind, toward))


def in_the_way(own: Way, starts_s: float, aloft: Sequence[Aloft]) -> Aloft | None:
    """Find a drone that the own one would come near if it is ordered now to start so many seconds later; None: it may.

    Those come first of which nobody knows where they are.
    """
    frame = frame_of(own)
    for other in sorted(aloft, key=lambda one: one.is_timed):
        near = _meet(own, starts_s, other, frame) if other.is_timed else _may_meet(own, other, frame)
        if near:
            return other
    return None


def frame_of(way: Way) -> LocalFrame:
    """The plane about a way's beginning."""
    lon, lat, *_ = way.sortie["path"]["coordinates"][0]
    return LocalFrame(lat=lat, lon=lon)


def _meet(own: Way, starts_s: float, other: Aloft, frame: LocalFrame) -> bool:
    """Whether the two come near each other by any start that either may have."""
    track, others = (flight_of(way.sortie, way.motion, frame) for way in (own, other.way))
    if not heights_count(own, other.way):
        track = at_any_height(track)
    first_s = other.earliest_s - starts_s - HEARD_WITHIN_S - SLACK_S
    last_s = other.latest_s - starts_s + SLACK_S
    ahead = np.arange(first_s, last_s + _STEP_S, _STEP_S).tolist()
    return any(nearest_of(track, 0.0, others, seconds) < APART_M for seconds in ahead)


def heights_count(own: Way, other: Way) -> bool:
    """Whether heights keep two ways apart."""
    return (own.survey_id, own.version) == (other.survey_id, other.version) and shares_heights(own.sortie, other.sortie)


def anywhere_of(way: Way, frame: LocalFrame) -> BaseGeometry:
    """Where a drone may be of which nobody knows when it is where, at any height."""
    # it may fly home straight from wherever it was
    return _line(way, frame).convex_hull


def _may_meet(own: Way, other: Aloft, frame: LocalFrame) -> bool:
    return bool(shapely.distance(_line(own, frame), anywhere_of(other.way, frame)) < APART_M)


def _line(way: Way, frame: LocalFrame) -> LineString:
    return frame.to_local(LineString([place[:2] for place in way.sortie["path"]["coordinates"]]))
