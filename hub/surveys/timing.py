"""When each sortie starts and how high it flies, so that no two drones come near each other. Pure.

Climb and landing are straight above each drone's own place, where nobody passes meanwhile. Heights of drones that take
off at different places say nothing to each other, unless they are known above the sea. Where two would come near,
the later one waits; where that takes too long, it flies a layer higher. A start leaves some seconds open, as it does
when it comes to it: who takes off is held against them again then (`meeting`), and a plan waits no less.
"""
# numpy's own types differ from version to version in what they leave open
# pyright: reportUnknownMemberType=false

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from hub.geo import LocalFrame
from hub.surveys.documents import Sortie
from hub.surveys.fleet import DroneSpec
from hub.surveys.following import TOLERANCE_M, lifted
from hub.surveys.motion import Motion, wind_toward
from hub.surveys.request import PlanRequest
from hub.surveys.tracks import (
    LAYER_M,
    TICK_S,
    Ticks,
    Track,
    at_any_height,
    flight_of,
    lifted_flight,
    nearest_of,
    offsets_met,
    shares_heights,
    track_of,
)

__all__ = ["HEARD_WITHIN_S", "SLACK_S", "finishes_at_s", "makespan_s", "nearest_m", "timed", "top_m"]

_HIGHEST_M = 150.0
_LAYERS = 3
HEARD_WITHIN_S = 30.0
"""An order to take off is heard or has expired by then."""
SLACK_S = 5.0
"""A start is known to so many seconds."""
_WAIT_S = 2.0
# What is tried, the best first: a start that may be so much earlier or later, or as planned; short waits, then long.
_LEFT_OPEN_S = ((SLACK_S, HEARD_WITHIN_S + SLACK_S), (0.0, 0.0))
_LONGEST_WAITS_S = (90.0, 900.0)


@dataclass(frozen=True, slots=True)
class _Placed:
    sortie: Sortie
    flight: Track


def timed(request: PlanRequest, sorties: Sequence[Sortie], frame: LocalFrame) -> list[Sortie]:
    """Number the sorties and give each its start and height. `sorties` are each drone's in their order."""
    ready: dict[str, float] = {}
    placed: list[_Placed] = []
    numbers: dict[str, int] = {}
    drones = {drone.id: drone for drone in request.fleet}
    queue = list(sorties)
    while queue:
        sortie = min(queue, key=lambda one: ready.get(one["drone"], 0.0))
        queue.remove(sortie)
        drone = drones[sortie["drone"]]
        track = track_of(sortie, _motion(request, drone), frame)
        numbers[drone.id] = numbers.get(drone.id, 0) + 1
        own: Sortie = {**sortie, "number": numbers[drone.id]}
        own = _placed(own, track, ready.get(drone.id, 0.0), placed, request)
        placed.append(_Placed(own, _raised(track, own, sortie)))
        ready[drone.id] = own["starts_at_s"] + own["flight_s"] + drone.change_s
    order = [drone.id for drone in request.fleet]
    done = [one.sortie for one in placed]
    return sorted(done, key=lambda one: (order.index(one["drone"]), one["number"]))


def _placed(sortie: Sortie, track: Track, ready_s: float, placed: Sequence[_Placed], request: PlanRequest) -> Sortie:
    """Find the first start and the lowest height at which a drone meets none of those that have theirs: before all
    where it does not by any second that its start leaves open, then by those that are planned.
    """
    drone = next(one for one in request.fleet if one.id == sortie["drone"])
    # those that have landed by then meet nobody
    others = [
        one
        for one in placed
        if one.sortie["drone"] != drone.id
        and one.sortie["starts_at_s"] + one.sortie["flight_s"] + SLACK_S + 2 * TICK_S > ready_s
    ]

    @cache
    def met_at(height_m: float) -> list[tuple[float, Ticks]]:
        flight = _raised(track, _at(sortie, height_m, drone), sortie)
        return [
            (
                ready_s - one.sortie["starts_at_s"],
                offsets_met(one.flight, flight if shares_heights(one.sortie, sortie) else at_any_height(flight)),
            )
            for one in others
        ]

    for left_open_s, longest_s, height_m in product(_LEFT_OPEN_S, _LONGEST_WAITS_S, _layers(request)):
        wait_s = _wait_s(met_at(height_m), left_open_s, longest_s)
        if wait_s is not None:
            return {**_at(sortie, height_m, drone), "starts_at_s": round(ready_s + wait_s, 1)}
    return {**sortie, "starts_at_s": round(ready_s, 1)}


def _wait_s(met: Sequence[tuple[float, Ticks]], left_open_s: tuple[float, float], longest_s: float) -> float | None:
    """Seconds to wait until a start, so much earlier or later, meets nobody; None where that takes too long.

    `met` are, for each of the others, the seconds from its start to the own one without waiting, and the ticks from
    start to start by which the two meet.
    """
    early_s, late_s = left_open_s
    for wait_s in np.arange(0.0, longest_s + 1, _WAIT_S).tolist():
        if not any(
            _is_within(ticks, (after_s + wait_s - early_s) / TICK_S - 1, (after_s + wait_s + late_s) / TICK_S + 1)
            for after_s, ticks in met
        ):
            return wait_s
    return None


def _is_within(offsets: Ticks, low: float, high: float) -> bool:
    return bool(np.searchsorted(offsets, low, "left") < np.searchsorted(offsets, high, "right"))


def _layers(request: PlanRequest) -> list[float]:
    """Heights at which drones of a survey may be, its own first."""
    off_m = TOLERANCE_M if request.follows_terrain else 0.0
    higher = [request.height_m + layer * LAYER_M for layer in range(1, _LAYERS)]
    return [float(request.height_m), *(height for height in higher if height + off_m <= _HIGHEST_M)]


def top_m(request: PlanRequest) -> float:
    """The greatest height at which one of a survey's drones may be asked to fly."""
    return max(_layers(request)) if len(request.fleet) > 1 else request.height_m


def _at(sortie: Sortie, height_m: float, drone: DroneSpec) -> Sortie:
    moved = lifted(sortie, float(height_m))
    more_s = drone.lift_s(height_m) - drone.lift_s(sortie["height_m"])
    if more_s:
        moved["flight_s"] = round(sortie["flight_s"] + more_s, 1)
        moved["battery_used"] = None if drone.full_s is None else round(moved["flight_s"] / drone.full_s, 3)
    return moved


def _raised(track: Track, moved: Sortie, sortie: Sortie) -> Track:
    """The flight of a sortie that was moved to another height, from its track."""
    return lifted_flight(track + np.array([0.0, 0.0, moved["height_m"] - sortie["height_m"]]), moved)


def _motion(request: PlanRequest, drone: DroneSpec) -> Motion:
    return drone.motion(request.speed_mps, request.accel_mps2, wind_toward(request.wind_mps, request.wind_from_deg))


def nearest_m(request: PlanRequest, sorties: Sequence[Sortie], frame: LocalFrame) -> float:
    """Metres between any two drones of a plan that fly at one height at one time, where they are nearest."""
    drones = {drone.id: drone for drone in request.fleet}
    flights = [flight_of(sortie, _motion(request, drones[sortie["drone"]]), frame) for sortie in sorties]
    found = math.inf
    for index, one in enumerate(sorties):
        for place in range(index):
            other = sorties[place]
            if one["drone"] != other["drone"]:
                starts_s = one["starts_at_s"], other["starts_at_s"]
                own = flights[index] if shares_heights(one, other) else at_any_height(flights[index])
                found = min(found, nearest_of(own, starts_s[0], flights[place], starts_s[1]))
    return found


def makespan_s(request: PlanRequest, sorties: Sequence[Sortie]) -> float:
    """Seconds of the longest sortie; where batteries are given, until the last drone has landed."""
    if all(drone.full_s is None for drone in request.fleet):
        return max(sortie["duration_s"] for sortie in sorties)
    return finishes_at_s(sorties)


def finishes_at_s(sorties: Sequence[Sortie]) -> float:
    """Seconds from the survey's start until the last drone has landed, climbs and waiting counted."""
    return round(max(sortie["starts_at_s"] + sortie["flight_s"] for sortie in sorties), 1)
