"""Plans of the hub over the ground that it knows: how high they are above it, and where drones go home."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point, Polygon, box

from hub.errors import Invalid
from hub.surveys import over_ground
from hub.surveys.commands.orders import mission_of
from hub.surveys.fleet import DroneSpec
from hub.surveys.following import AROUND_M
from hub.surveys.over_ground import highest_of, plan_over
from hub.surveys.plan import PlanDocument
from hub.surveys.request import PlanRequest
from hub.surveys.terrain import Terrain, parse_terrain
from tests.unit.surveys.grids import CELL, grid_text
from tests.unit.surveys.shapes import FRAME, geojson

AREA = box(-150, -150, 150, 150)
HOME = (FRAME.lat - 0.002, FRAME.lon)


def hill(x: float, y: float) -> float:
    """100 m above the plain, beside the area's middle."""
    return 20 + 100 * math.exp(-((x - 60) ** 2 + y**2) / (2 * 80**2))


def ground(height: Any = hill, reach_m: float = 600) -> Terrain:
    return parse_terrain(grid_text(height, reach_m), "/maps/town.asc")


def plan(terrain: Terrain | None, *, follows: bool = False, **changes: Any) -> PlanDocument:
    asked: dict[str, Any] = {
        "area": geojson(AREA), "line_spacing_m": 30, "height_m": 60, "speed_mps": 8, "accel_mps2": 1,
        "drones": ["drone-1"], "home": HOME, "follows_ground": follows,
    }  # fmt: skip
    return plan_over(PlanRequest(**(asked | changes)), terrain, 0)


def check(document: PlanDocument, name: str) -> dict[str, Any] | None:
    return next((dict(one) for one in document["checks"] if one["name"] == name), None)


def above_ground(sortie: Any, takeoff_m: float) -> list[float]:
    """Metres above the hill itself, each metre of a path, from a take-off place so high above the sea."""
    corners = [(*FRAME.local_point(lat, lon), z) for lon, lat, z in sortie["path"]["coordinates"]]
    found = []
    for a, b in pairwise(corners):
        for share in np.linspace(0, 1, math.ceil(math.dist(a, b)) + 2):
            x, y, z = (start + (end - start) * share for start, end in zip(a, b, strict=True))
            found.append(takeoff_m + z - hill(x, y))
    return found


def test_a_level_plan_says_how_high_it_is_above_the_ground_and_that_a_hill_is_in_its_way() -> None:
    document = plan(ground(), height_m=110)
    (sortie,) = document["sorties"]
    assert {z for _, _, z in sortie["path"]["coordinates"]} == {110}
    above = above_ground(sortie, hill(*FRAME.local_point(*HOME)))
    told = sortie["terrain"]
    assert not told["follows_ground"]
    assert (told["lowest_above_ground_m"], told["highest_above_ground_m"]) == pytest.approx(
        (min(above), max(above)), abs=0.6
    )
    found = check(document, "terrain")
    assert found is not None
    assert (found["passed"], found["source"]) == (False, "town.asc")
    higher = check(plan(ground(), height_m=120), "terrain")
    assert higher is not None
    assert higher["passed"]


def test_a_level_plan_from_a_hill_is_higher_above_the_plain_than_above_its_take_off_place() -> None:
    document = plan(ground(), height_m=100, home=(FRAME.lat, FRAME.lon + 60 / 92_900))
    found = check(document, "height")
    assert found is not None
    assert not found["passed"]
    assert "m above the ground below" in found["detail"]
    highest_m, highest_sea_m = highest_of(document)
    assert highest_m > 150
    assert highest_sea_m == pytest.approx(220, abs=1)


def test_a_plan_without_a_terrain_is_as_it_was() -> None:
    document = plan(None)
    assert "terrain" not in document["sorties"][0]
    assert check(document, "ground") is None
    assert highest_of(document) == (60.0, None)


def test_where_the_ground_is_not_known_everywhere_a_level_plan_says_so_and_one_that_follows_it_is_refused() -> None:
    short = ground(reach_m=240)
    document = plan(short)
    assert "terrain" not in document["sorties"][0]
    found = check(document, "ground")
    assert found is not None
    assert (found["passed"], found["source"]) == (False, "town.asc")
    with pytest.raises(Invalid, match=r"ends within 100 m of the way of drone-1|ends before"):
        plan(short, follows=True)
    with pytest.raises(Invalid, match="no heights of the ground are known here"):
        plan(None, follows=True)
    with pytest.raises(Invalid, match="must be 20 m or more"):
        plan(ground(), follows=True, height_m=15)


def test_a_level_plan_whose_way_home_leads_over_unknown_ground_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a way leads beyond the area, up to the end of what is known."""
    monkeypatch.setattr(over_ground, "_is_known_about", lambda _request, _terrain: True)
    document = plan(ground(reach_m=240))
    assert document["sorties"][0]["terrain"]["highest_near_m"] is None
    found = check(document, "ground")
    assert found is not None
    assert not found["passed"]


def test_water_without_a_height_is_ground_that_nobody_knows() -> None:

    def told(shore_m: float) -> dict[str, Any] | None:
        coast = grid_text(lambda x, y: -9999 if y > shore_m else hill(x, y), 600)
        return check(plan(parse_terrain(coast, "coast.asc")), "ground")

    assert told(290) is None
    near = told(230)
    assert near is not None
    assert not near["passed"]


def test_no_way_leads_below_its_take_off_place() -> None:
    slope = ground(lambda _x, y: 300 - 0.5 * (y + 300))
    with pytest.raises(Invalid, match=r"drone-1 would have to fly \d+ m too low, below its take-off place"):
        plan(slope, follows=True)
    uphill = plan(slope, follows=True, home=(FRAME.lat + 0.0014, FRAME.lon))
    assert min(z for one in uphill["sorties"] for _, _, z in one["path"]["coordinates"]) >= 1


def test_drones_of_homes_at_different_heights_are_kept_apart_above_the_sea() -> None:
    """From a home ten metres higher the same height is another layer, and another height the same one."""
    homes = [(FRAME.lat - 0.0022, FRAME.lon - 0.001), (FRAME.lat - 0.0022, FRAME.lon + 0.001)]
    fleet = [DroneSpec(name, home=home) for name, home in zip(("a", "b"), homes, strict=True)]
    document = plan(ground(lambda x, _y: 30.0 if x > 50 else 20.0), drones=fleet)
    seas = {one["drone"]: one["terrain"]["path_above_sea_m"][0] for one in document["sorties"]}
    heights = {one["drone"]: one["height_m"] for one in document["sorties"]}
    assert seas["b"] - seas["a"] == pytest.approx(heights["b"] - heights["a"] + 10, abs=0.5)


@pytest.mark.parametrize("follows", [False, True])
def test_a_drone_goes_home_above_all_ground_that_it_may_come_over(follows: bool) -> None:
    document = plan(ground(), follows=follows, height_m=60 if follows else 130)
    (sortie,) = document["sorties"]
    mission = mission_of(sortie, HOME, 8.0, None, first=True)
    takeoff_m = sortie["terrain"]["takeoff_ground_above_sea_m"]
    # the hill's top is within the fence
    assert takeoff_m + mission.return_height_m >= 120 + 29.5
    assert mission.takeoff == (HOME[1], HOME[0])
    assert mission_of(plan(None)["sorties"][0], HOME, 8.0, None, first=True).takeoff is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.floats(-20, 180), min_size=400, max_size=400),
    st.lists(st.tuples(st.floats(-250, 250), st.floats(-250, 250)), min_size=3, max_size=8),
)
def test_no_ground_within_a_fence_is_higher_than_what_is_told(heights: list[float], places: list) -> None:
    rows = "\n".join(" ".join(f"{one:.2f}" for one in heights[row : row + 20]) for row in range(0, 400, 20))
    corner = f"xllcenter {FRAME.lon - 0.0095}\nyllcenter {FRAME.lat - 0.0095}\ncellsize 0.001"
    terrain = parse_terrain(f"ncols 20\nnrows 20\n{corner}\n{rows}", "t")
    around = MultiPoint(places).convex_hull.buffer(AROUND_M)
    told = terrain.highest_m(Polygon(FRAME.lon_lat(list(around.exterior.coords))))
    inside = [
        (x, y) for x in np.linspace(-360, 360, 25) for y in np.linspace(-360, 360, 25) if around.contains(Point(x, y))
    ]
    degrees = np.array(FRAME.lon_lat(inside))
    assert told is not None
    assert terrain.ground_m(degrees[:, 0], degrees[:, 1]).max() <= told + 1e-6
    # nothing from far away
    assert told <= max(float(f"{one:.2f}") for one in heights), "as the grid has them"


def test_ground_beyond_the_grid_or_without_a_height_is_not_known() -> None:
    terrain = ground(reach_m=300)
    half = 250 / 111_000
    assert terrain.highest_m(box(FRAME.lon - half, FRAME.lat - half, FRAME.lon + half, FRAME.lat + half)) is not None
    assert terrain.highest_m(box(FRAME.lon - half, FRAME.lat - half, FRAME.lon + 9 * half, FRAME.lat + half)) is None
    lone = box(FRAME.lon, FRAME.lat, FRAME.lon + CELL / 4, FRAME.lat + CELL / 4)
    assert terrain.highest_m(lone) == pytest.approx(hill(0, 0), abs=20)


def test_a_fence_reaches_no_farther_than_the_ground_that_was_looked_at() -> None:
    (sortie,) = plan(ground())["sorties"]
    mission = mission_of(sortie, HOME, 8.0, None, first=True)
    places = [FRAME.local_point(lat, lon) for lon, lat, _ in sortie["path"]["coordinates"]]
    around = MultiPoint([*places, FRAME.local_point(*HOME)]).convex_hull.buffer(AROUND_M)
    assert around.contains(Polygon([FRAME.local_point(lat, lon) for lon, lat in mission.fence]))
