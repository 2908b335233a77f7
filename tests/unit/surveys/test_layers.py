"""Drones that would meet wait or fly a layer higher; climbs and landings are counted."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from hub.surveys.documents import Sortie
from hub.surveys.fleet import DroneSpec
from hub.surveys.meeting import Aloft, Way, in_the_way, motion_in
from hub.surveys.motion import Motion
from hub.surveys.request import PlanRequest
from hub.surveys.timing import finishes_at_s, nearest_m, timed, top_m
from hub.surveys.tracks import flight_of, nearest_of, offsets_met
from tests.unit.surveys.shapes import FRAME, geojson

LONG_M = 1_500.0
MOTION = Motion(8, 1)


def _request(height_m: float = 60, count: int = 2) -> PlanRequest:
    drones = [DroneSpec(f"d{number}", endurance_s=1_000) for number in range(count)]
    return PlanRequest(geojson(box(0, 0, 100, 100)), 30, height_m, 8, 1, drones)


def _sortie(drone: str, *xs: float, height_m: float = 60) -> Sortie:
    places = FRAME.lon_lat([(x, 0.0) for x in xs])
    seconds = LONG_M / 8 + 8
    return {
        "drone": drone, "path": {"type": "LineString", "coordinates": [[*place, height_m] for place in places]},
        "length_m": LONG_M, "duration_s": seconds, "number": 1, "starts_at_s": 0.0, "flight_s": seconds + 64,
        "height_m": height_m, "photos": None, "battery_used": (seconds + 64) / 1_000, "filmed": [0, 1],
    }  # fmt: skip


def test_who_flies_a_layer_higher_climbs_and_lands_longer() -> None:
    request = _request()
    first, second = timed(request, [_sortie("d0", 0, LONG_M), _sortie("d1", LONG_M, 0)], FRAME)
    assert (first["height_m"], second["height_m"]) == (60, 70)
    assert {place[2] for place in second["path"]["coordinates"]} == {70}
    assert second["flight_s"] - first["flight_s"] == pytest.approx(10 / 2.5 + 10 / 1.5, abs=0.1)
    assert second["battery_used"] == pytest.approx(second["flight_s"] / 1_000, abs=1e-3)
    assert finishes_at_s([first, second]) == second["starts_at_s"] + second["flight_s"]
    assert nearest_m(request, [first, second], FRAME) > 10


def _from_homes(one_m: float, other_m: float, ground_m: float | None = None) -> list[Sortie]:
    """Two that meet head-on, each from a home so far along the line, over ground so high at the second one."""
    drones = [
        DroneSpec(f"d{number}", home=FRAME.lon_lat([(x, 0.0)])[0][::-1]) for number, x in enumerate((one_m, other_m))
    ]
    sorties = [_sortie("d0", one_m, 0, LONG_M, one_m), _sortie("d1", other_m, LONG_M, 0, other_m)]
    for sortie, takeoff_m in zip(sorties, (0.0, ground_m or 0.0), strict=True):
        sortie["filmed"] = [1, 2]
        if ground_m is not None:
            sortie["terrain"] = {
                "follows_ground": False, "takeoff_ground_above_sea_m": takeoff_m, "ground_above_sea_m": [0.0] * 4,
                "path_above_sea_m": [takeoff_m + 60] * 4, "lowest_above_ground_m": 60.0,
                "highest_above_ground_m": 60.0 + takeoff_m, "climbs_m": 0.0, "highest_near_m": takeoff_m,
            }  # fmt: skip
    request = PlanRequest(geojson(box(0, 0, 100, 100)), 30, 60, 8, 1, drones)
    planned = timed(request, sorties, FRAME)
    assert nearest_m(request, planned, FRAME) > 10
    return planned


def test_heights_above_places_that_may_lie_anywhere_keep_nobody_apart() -> None:
    one, other = _from_homes(-300, -340)
    assert (one["height_m"], other["height_m"]) == (60, 70), "of one place"
    one, other = _from_homes(-300, LONG_M + 300)
    assert (one["height_m"], other["height_m"]) == (60, 60)
    assert other["starts_at_s"] >= one["starts_at_s"] + one["duration_s"], (
        "the second one waits until the first is down"
    )


def test_heights_above_the_sea_keep_drones_of_any_homes_apart() -> None:
    one, other = _from_homes(-300, LONG_M + 300, ground_m=0.0)
    assert (one["height_m"], other["height_m"]) == (60, 70)
    # from ten metres higher, the same height is another layer
    one, other = _from_homes(-300, LONG_M + 300, ground_m=10.0)
    assert (one["height_m"], other["height_m"], other["starts_at_s"]) == (60, 60, 0)


@pytest.mark.parametrize(("height_m", "count", "top"), [(60, 2, 80), (60, 1, 60), (135, 2, 145), (145, 3, 145)])
def test_no_layer_is_above_the_limit(height_m: float, count: int, top: float) -> None:
    assert top_m(_request(height_m, count)) == top


def _one_home(count: int) -> tuple[PlanRequest, list[Sortie]]:
    drones = [DroneSpec(f"d{number}", home=FRAME.lon_lat([(0.0, 0.0)])[0][::-1]) for number in range(count)]
    request = PlanRequest(geojson(box(0, 0, 100, 100)), 30, 60, 8, 1, drones)
    return request, timed(request, [_sortie(drone.id, 0, LONG_M) for drone in drones], FRAME)


def test_who_starts_from_one_home_waits_until_the_other_has_climbed_and_gone() -> None:
    request, sorties = _one_home(3)
    starts_s = [sortie["starts_at_s"] for sortie in sorties]
    climbed_s = (sorties[0]["flight_s"] - sorties[0]["duration_s"]) / 2
    assert starts_s[0] == 0
    assert all(later - sooner > climbed_s for sooner, later in pairwise(starts_s))
    assert {sortie["height_m"] for sortie in sorties} == {60}
    assert nearest_m(request, sorties, FRAME) > 10


def test_who_starts_as_planned_is_not_held_up_when_it_comes_to_it() -> None:
    request, (first, second) = _one_home(2)
    motion = motion_in({"speed_mps": request.speed_mps, "accel_mps2": request.accel_mps2}, "d0")
    ways = [Way("sv-1", 1, sortie["drone"], sortie, motion) for sortie in (first, second)]
    assert in_the_way(ways[1], second["starts_at_s"], [Aloft(ways[0], 0, 0)]) is None
    assert in_the_way(ways[1], second["starts_at_s"] - 10, [Aloft(ways[0], 0, 0)]) is not None


def test_who_would_climb_under_another_waits_long_rather_than_meet_it() -> None:
    """Five from one home: no layer keeps those apart that climb there, and each waits for all before it."""
    request, sorties = _one_home(5)
    assert nearest_m(request, sorties, FRAME) > 10
    assert max(sortie["starts_at_s"] for sortie in sorties) > 90


@given(st.lists(st.tuples(*[st.floats(-300, 300)] * 4), min_size=2, max_size=2), st.integers(0, 200))
def test_ticks_at_which_two_meet_are_those_at_which_they_are_near(
    ends: list[tuple[float, float, float, float]], later: int
) -> None:
    one, other = (
        flight_of(_sortie("d", 0, LONG_M) | {"path": _line(*end), "duration_s": 60.0, "flight_s": 80.0}, MOTION, FRAME)
        for end in ends
    )
    is_met = later in offsets_met(one, other)
    assert is_met == (nearest_of(one, 0.0, other, later * 0.5) < 10)


def _line(ax: float, ay: float, bx: float, by: float) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [[*at, 60.0] for at in FRAME.lon_lat([(ax, ay), (bx + 1, by)])]}
