"""Drones that would meet fly a layer higher, and the climb to it is counted."""

import pytest
from shapely import box

from hub.surveys.documents import Sortie
from hub.surveys.fleet import DroneSpec
from hub.surveys.request import PlanRequest
from hub.surveys.timing import finishes_at_s, nearest_m, timed, top_m
from tests.unit.surveys.shapes import FRAME, geojson

LONG_M = 1_500.0


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


@pytest.mark.parametrize(("height_m", "count", "top"), [(60, 2, 80), (60, 1, 60), (135, 2, 145), (145, 3, 145)])
def test_no_layer_is_above_the_limit(height_m: float, count: int, top: float) -> None:
    assert top_m(_request(height_m, count)) == top
