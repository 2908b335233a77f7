"""Plans that follow the ground, measured by the ground itself and not by the planner's own figures."""

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from hub.errors import Invalid
from hub.surveys.exports import format_geojson, format_kml, format_qgc
from hub.surveys.fleet import DroneSpec
from hub.surveys.plan import PlanDocument, plan_survey
from hub.surveys.request import PlanRequest
from hub.surveys.terrain import parse_terrain
from tests.plan_files import read_geojson, read_kml, read_qgc
from tests.unit.surveys.grids import grid_text
from tests.unit.surveys.shapes import FRAME, geojson

AREA = box(-150, -150, 150, 150)
HOME = (FRAME.lat - 0.002, FRAME.lon)


def _hill(x: float, y: float) -> float:
    """100 m above the plain, steepest at some 40 %."""
    return 20 + 100 * math.exp(-(x**2 + y**2) / (2 * 150**2))


def _plan(height: Any = _hill, effort: int = 0, **changes: Any) -> PlanDocument:
    terrain = None if height is None else parse_terrain(grid_text(height), "t")
    asked: dict[str, Any] = {
        "area": geojson(AREA), "line_spacing_m": 30, "height_m": 60, "speed_mps": 8, "accel_mps2": 1,
        "drones": ["drone-1"], "home": HOME, "terrain": terrain,
    }  # fmt: skip
    return plan_survey(PlanRequest(**(asked | changes)), effort)


def _check(plan: PlanDocument, name: str) -> dict[str, Any]:
    return next(dict(check) for check in plan["checks"] if check["name"] == name)


def _along(sortie: Any) -> list[tuple[float, float, float]]:
    """Metres east and north, and above the take-off place, each metre of a path."""
    corners = [(*FRAME.local_point(lat, lon), z) for lon, lat, z in sortie["path"]["coordinates"]]
    return [
        (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)
        for a, b in pairwise(corners)
        for share in [step / max(1, math.ceil(math.dist(a, b))) for step in range(math.ceil(math.dist(a, b)) + 1)]
    ]


@pytest.mark.parametrize("home", [HOME, None])
def test_every_metre_of_a_path_is_at_its_height_above_the_ground(home: Any) -> None:
    (sortie,) = _plan(home=home)["sorties"]
    along = _along(sortie)
    takeoff_m = _hill(*along[0][:2])
    above = [z + takeoff_m - _hill(x, y) for x, y, z in along]
    # the grid is a little off the hill itself
    assert 54.7 <= min(above) <= max(above) <= 65.3
    assert max(z for *_, z in along) - min(z for *_, z in along) > 50
    assert sortie["path"]["coordinates"][0][2] == pytest.approx(60, abs=0.01)
    told = sortie["terrain"]
    assert (told["lowest_above_ground_m"], told["highest_above_ground_m"]) == pytest.approx(
        (min(above), max(above)), abs=0.5
    )


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(-20, 180), min_size=100, max_size=100), st.sampled_from([20, 60, 130]))
def test_over_any_ground_no_metre_is_more_than_five_off(heights: list[float], height_m: float) -> None:
    rows = "\n".join(" ".join(f"{one:.2f}" for one in heights[row : row + 10]) for row in range(0, 100, 10))
    corner = f"xllcenter {FRAME.lon - 0.0045}\nyllcenter {FRAME.lat - 0.0045}\ncellsize 0.001"
    terrain = parse_terrain(f"ncols 10\nnrows 10\n{corner}\n{rows}", "t")
    plan = _plan(None, terrain=terrain, height_m=height_m, line_spacing_m=60, drones=["a", "b"])
    for sortie in plan["sorties"]:
        along = np.array(_along(sortie))
        places = np.array(FRAME.lon_lat([(x, y) for x, y, _ in along]))
        above = along[:, 2] + sortie["terrain"]["takeoff_ground_above_sea_m"] - terrain.ground_m(*places.T)
        assert np.abs(above - sortie["height_m"]).max() <= 5.05
        assert above.min() >= 14.95
    assert all(_check(plan, name)["passed"] for name in ("height", "terrain", "coverage"))


def test_heights_are_told_above_the_take_off_place_and_above_the_sea() -> None:
    (sortie,) = _plan()["sorties"]
    told = sortie["terrain"]
    assert told["takeoff_ground_above_sea_m"] == pytest.approx(_hill(*FRAME.local_point(*HOME)), abs=0.2)
    for (lon, lat, z), ground, sea in zip(
        sortie["path"]["coordinates"], told["ground_above_sea_m"], told["path_above_sea_m"], strict=True
    ):
        assert ground == pytest.approx(_hill(*FRAME.local_point(lat, lon)), abs=0.2)
        assert sea == pytest.approx(ground + 60, abs=0.01)
        assert z == pytest.approx(sea - told["takeoff_ground_above_sea_m"], abs=0.011)


def test_a_plain_above_the_sea_is_flown_as_without_its_heights() -> None:
    flat, plain = (_plan(ground, drones=["a", "b"]) for ground in (None, lambda _x, _y: 321.0))
    assert [check for check in plain["checks"] if check["name"] not in ("height", "terrain")] == flat["checks"][1:]
    for one, other in zip(flat["sorties"], plain["sorties"], strict=True):
        assert {**other, "terrain": None} == {**one, "terrain": None}
        assert other["terrain"]["climbs_m"] == 0


def test_climbs_take_their_time_and_what_is_filmed_stays_the_same() -> None:
    (flat,), (hilly,) = (_plan(ground)["sorties"] for ground in (None, _hill))
    told = hilly["terrain"]
    assert hilly["duration_s"] > flat["duration_s"]
    assert hilly["duration_s"] >= told["climbs_m"] / 2.5
    assert hilly["flight_s"] - hilly["duration_s"] == pytest.approx(60 / 2.5 + 60 / 1.5, abs=0.2)
    assert (hilly["length_m"], hilly["photos"]) == (flat["length_m"], flat["photos"])
    for end in (0, 1):
        assert (
            hilly["path"]["coordinates"][hilly["filmed"][end]][:2]
            == flat["path"]["coordinates"][flat["filmed"][end]][:2]
        )


def test_a_wall_is_climbed_no_faster_than_the_drone_can() -> None:
    wall = _plan(lambda x, _y: 80.0 if x > 20 else 0.0)
    (sortie,) = wall["sorties"]
    assert sortie["duration_s"] >= sortie["terrain"]["climbs_m"] * (1 / 2.5 + 1 / 1.5)
    assert sortie["terrain"]["climbs_m"] >= 80
    assert _check(wall, "terrain")["passed"]


def test_batteries_have_what_the_climbs_take(monkeypatch: pytest.MonkeyPatch) -> None:
    for endurance_s in (500, 600, 700, 800):
        hilly = _plan(drones=[DroneSpec("a", endurance_s=endurance_s, change_s=60)])
        assert _check(hilly, "battery")["passed"]
        assert _check(hilly, "coverage")["passed"]
        assert all(sortie["flight_s"] <= endurance_s * 0.75 + 0.1 for sortie in hilly["sorties"])
    monkeypatch.setattr("hub.surveys.plan._MORE_TRIES", 0)
    careless = [_plan(drones=[DroneSpec("a", endurance_s=seconds, change_s=60)]) for seconds in (500, 600, 700, 800)]
    assert not all(_check(plan, "battery")["passed"] for plan in careless)


def test_drones_over_a_slope_never_meet_by_their_heights_above_the_sea() -> None:
    plan = _plan(drones=["a", "b", "c"], line_spacing_m=20)
    assert _check(plan, "separation")["passed"]
    assert _check(plan, "coverage")["passed"]
    for sortie in plan["sorties"]:
        above = [z + _hill(*FRAME.local_point(*HOME)) - _hill(x, y) for x, y, z in _along(sortie)]
        assert sortie["height_m"] - 5.3 <= min(above) <= max(above) <= sortie["height_m"] + 5.3


def test_the_limit_is_above_the_ground_below_and_not_above_the_take_off_place() -> None:
    hill = _plan(height_m=140)
    assert max(z for _, _, z in hill["sorties"][0]["path"]["coordinates"]) > 200
    assert _check(hill, "height")["passed"]
    assert "above the ground below" in _check(hill, "height")["detail"]
    gorge = _check(_plan(lambda x, _y: abs(x), height_m=149), "height")
    assert not gorge["passed"]
    assert gorge["detail"].startswith("15")


def test_ground_below_the_take_off_place_is_followed_down() -> None:
    (sortie,) = _plan(lambda _x, y: 0.0 if y > -170 else 150.0)["sorties"]
    assert min(z for _, _, z in sortie["path"]["coordinates"]) == pytest.approx(-90, abs=0.1)


def test_files_have_the_heights_that_their_programs_read() -> None:
    plan = _plan(effort=0)
    (sortie,) = plan["sorties"]
    path = sortie["path"]["coordinates"]
    document = json.loads(json.dumps(format_geojson(plan)))
    assert read_geojson(document) == [path]
    assert document["features"][0]["properties"]["terrain"] == sortie["terrain"]
    mission = json.loads(json.dumps(format_qgc(sortie, 8)))
    assert read_qgc(mission) == path
    assert mission["mission"]["plannedHomePosition"][2] == sortie["terrain"]["takeoff_ground_above_sea_m"]
    kml = format_kml(plan)
    assert "absolute" in kml
    assert [place[2] for place in read_kml(kml)[0]] == sortie["terrain"]["path_above_sea_m"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"height_m": 19}, "the height above the terrain must be 20 m or more"),
        ({"home": (FRAME.lat - 0.01, FRAME.lon)}, "the terrain ends before"),
        ({"area": geojson(Polygon([(0, 0), (700, 0), (0, 100)]))}, "the terrain ends before"),
    ],
)
def test_what_cannot_be_followed_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        _plan(**changes)


def test_a_gap_in_the_grid_on_a_way_is_refused_with_its_place() -> None:
    with pytest.raises(Invalid, match=r"the terrain has no height at 33\.6\d+, 133\.0\d+"):
        _plan(lambda x, y: -9999 if 50 < x < 100 and 50 < y < 100 else 5)


def test_another_ground_is_another_plan() -> None:
    ids = {_plan(ground)["id"] for ground in (None, _hill, lambda x, y: _hill(x, y) + 1)}
    assert len(ids) == 3
