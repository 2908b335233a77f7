"""Whether a drone may take off among those that are in the air. Pure.

1.  Whoever is to take off is held against all that fly, by when they really started and not by what was planned.
2.  A start is known to some seconds only; one that is ordered and not heard of may come as late as its order lives.
3.  Of a drone that was held, stopped, is on its way home or overdue nobody knows when it is where: nobody takes off
    whose way comes near a place at which it may be.
4.  Heights keep drones of one survey apart; those of another are measured from another place, so they do not count.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely
from shapely import LineString

from hub.geo import LocalFrame
from hub.surveys.documents import Sortie
from hub.surveys.motion import Motion, wind_toward
from hub.surveys.timing import APART_M, climb_s, nearest_of, track_of

__all__ = ["Aloft", "Way", "in_the_way", "motion_in"]

_SLACK_S = 5.0
_STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class Way:
    """A sortie as its plan has it, of one survey, and how its drone moves."""

    survey_id: str
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
    """Find a drone that the own one would come near if it starts so many seconds from now; None: it may.

    Those come first of which nobody knows where they are.
    """
    lon, lat, *_ = own.sortie["path"]["coordinates"][0]
    frame = LocalFrame(lat=lat, lon=lon)
    for other in sorted(aloft, key=lambda one: one.is_timed):
        if (_meet if other.is_timed else _may_meet)(own, starts_s, other, frame):
            return other
    return None


def _meet(own: Way, starts_s: float, other: Aloft, frame: LocalFrame) -> bool:
    track, others = (track_of(way.sortie, way.motion, frame) for way in (own, other.way))
    if own.survey_id != other.way.survey_id:
        track, others = track[:, :2], others[:, :2]
    begins_s = starts_s + climb_s(own.sortie)
    climbs_s = climb_s(other.way.sortie)
    starts = np.arange(other.earliest_s - _SLACK_S, other.latest_s + _SLACK_S + _STEP_S, _STEP_S).tolist()
    return any(nearest_of(track, begins_s, others, start + climbs_s) < APART_M for start in starts)


def _may_meet(own: Way, _starts_s: float, other: Aloft, frame: LocalFrame) -> bool:
    line, others = (_line(way, frame) for way in (own, other.way))
    # it may fly home straight from wherever it was, and through any height
    return bool(shapely.distance(line, others.convex_hull) < APART_M)


def _line(way: Way, frame: LocalFrame) -> LineString:
    return frame.to_local(LineString([place[:2] for place in way.sortie["path"]["coordinates"]]))
