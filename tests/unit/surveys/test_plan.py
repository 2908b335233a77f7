import json
import math
import re
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from hub.errors import Invalid
from hub.surveys.fleet import DroneSpec
from hub.surveys.motion import Motion
from hub.surveys.plan import PlanDocument, plan_survey
from hub.surveys.request import PlanRequest
from tests.unit.surveys.shapes import FRAME, geojson, grounds

SPACING = 30.0
SLOW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _request(area: object, **changes: Any) -> PlanRequest:
    asked: dict[str, Any] = {
        "area": area,
        "line_spacing_m": SPACING,
        "height_m": 60,
        "speed_mps": 8,
        "accel_mps2": 1,
        "drones": ["drone-1"],
    }
    return PlanRequest(**(asked | changes))


def _paths(plan: PlanDocument) -> list[LineString]:
    """The paths as printed, in metres about FRAME."""
    text = json.loads(json.dumps(plan))
    return [FRAME.to_local(LineString([p[:2] for p in s["path"]["coordinates"]])) for s in text["sorties"]]


def _seen(paths: list[LineString], ground: Any) -> float:
    """Coverage as somebody else would count it, from the paths alone."""
    return shapely.union_all([path.buffer(SPACING / 2) for path in paths]).intersection(ground).area / ground.area


def _check(plan: PlanDocument, name: str) -> bool:
    return next(check["passed"] for check in plan["checks"] if check["name"] == name)


@SLOW
@given(grounds(), st.sampled_from([0, 0, 1]), st.integers(1, 3))
def test_any_area_is_seen_and_its_holes_are_flown_round(ground: Polygon, effort: int, count: int) -> None:
    plan = plan_survey(_request(geojson(ground), drones=[f"d{n}" for n in range(count)]), effort)
    paths = _paths(plan)
    assert plan["coverage"] >= 0.995
    assert _seen(paths, ground) >= 0.995
    for path in paths:
        assert all(path.intersection(Polygon(hole)).length < 0.01 for hole in ground.interiors)
    for path, sortie in zip(paths, plan["sorties"], strict=True):
        assert sortie["length_m"] == pytest.approx(path.length, abs=1)
        assert sortie["duration_s"] == pytest.approx(Motion(8, 1).path_s([(x, y) for x, y in path.coords]), abs=2)
    assert plan["makespan_s"] == max(sortie["duration_s"] for sortie in plan["sorties"])
    assert plan["lower_bound_m"] == pytest.approx(ground.area / SPACING, rel=1e-3)


@SLOW
@given(grounds(), st.floats(-100, 100), st.floats(-100, 100), st.floats(5, 50))
# what the first way of laying legs leaves unseen beside the keep-out, another way sees
@example(Polygon([(60, 0), (0, 60), (-60, 0), (0, -60)]), 0.0, 0.0, 8.0)
@example(Polygon([(60, 0), (0, 60), (-60, 0), (0, -70)]), 0.0, 0.0, 21.0)
def test_no_metre_is_flown_in_a_keep_out(ground: Polygon, x: float, y: float, radius: float) -> None:
    keep_out = Point(x, y).buffer(radius, quad_segs=3)
    home = (33.6030, 133.0)
    plan = plan_survey(_request(geojson(ground), keep_out=[geojson(keep_out)], home=home), 0)
    (path,) = _paths(plan)
    assert not path.intersects(keep_out)
    assert _check(plan, "keep_out")
    assert _seen([path], ground.difference(keep_out)) >= 0.995
    for end in (path.coords[0], path.coords[-1]):
        assert math.dist(end, FRAME.local_point(*home)) < 0.05


def test_parts_of_an_area_are_one_flight() -> None:
    ground = MultiPolygon([box(0, 0, 100, 200), box(300, 50, 420, 160)])
    plan = plan_survey(_request(geojson(ground)), 0)
    assert len(plan["sorties"]) == 1
    assert _seen(_paths(plan), ground) >= 0.995


def test_an_island_in_a_hole_is_reached_and_the_check_says_how() -> None:
    ground = MultiPolygon([box(0, 0, 400, 400).difference(box(80, 80, 320, 320)), box(150, 150, 250, 250)])
    plan = plan_survey(_request(geojson(ground)), 0)
    assert _seen(_paths(plan), ground) >= 0.995
    assert not _check(plan, "holes")


def test_holes_may_be_flown_over_where_that_is_allowed() -> None:
    area = geojson(box(0, 0, 400, 400).difference(box(180, 150, 230, 260)))
    round_it, over_it = (plan_survey(_request(area, cross_holes=allowed), 0) for allowed in (False, True))
    assert over_it["makespan_s"] < round_it["makespan_s"]
    assert _check(over_it, "holes")


def test_ground_walled_in_by_keep_outs_is_left_and_the_check_says_so() -> None:
    wall = box(100, -50, 130, 450)
    plan = plan_survey(_request(geojson(box(0, 0, 400, 400)), keep_out=[geojson(_ring(wall))]), 0)
    assert not _check(plan, "coverage")
    assert _check(plan, "keep_out")


def _ring(wall: Polygon) -> Polygon:
    """Walls round the west of the square: nothing leads out of it, over the outside neither."""
    return box(-60, -60, 130, 460).difference(box(-30, -30, 100, 430)).union(wall)


@pytest.mark.parametrize(
    ("area", "goal"),
    [
        (box(0, 0, 400, 400), 1.45),
        (Polygon([(0, 0), (500, 0), (500, 160), (160, 160), (160, 500), (0, 500)]), 1.52),
        (LineString([(0, 0), (200, 60), (350, 220), (360, 420), (520, 560), (760, 590)]).buffer(60), 1.45),
    ],
    ids=["square", "L", "river"],
)
def test_the_shapes_with_a_goal_reach_it(area: Polygon, goal: float) -> None:
    plan = plan_survey(_request(geojson(area)), 1)
    assert _seen(_paths(plan), area) >= 0.995
    assert plan["makespan_s"] / (plan["lower_bound_m"] / 8) <= goal


def test_the_same_request_has_the_same_plan() -> None:
    request = _request(geojson(box(0, 0, 170, 230)), drones=["a", "b"])
    assert plan_survey(request, 1) == plan_survey(request, 1)


def test_whoever_waits_no_longer_gets_a_valid_plan() -> None:
    ground = Polygon([(0, 0), (500, 0), (500, 160), (160, 160), (160, 500), (0, 500)])
    plan = plan_survey(_request(geojson(ground)), 6, lambda: True)
    assert _seen(_paths(plan), ground) >= 0.995


def test_the_first_plan_has_work_for_each_drone_already() -> None:
    plan = plan_survey(_request(geojson(box(0, 0, 400, 400)), drones=["a", "b", "c"]), 4, lambda: True)
    assert [sortie["drone"] for sortie in plan["sorties"]] == ["a", "b", "c"]


def test_ways_to_a_home_beside_the_area_are_no_metres_outside() -> None:
    home = (33.6 - 0.004, 133.0)
    checks = {one["name"]: one for one in plan_survey(_request(geojson(box(0, 0, 400, 400)), home=home), 0)["checks"]}
    assert checks["outside"]["passed"]
    assert re.fullmatch(
        r"0 m outside the area while surveying; [1-9]\d+ m on the ways there and back", checks["outside"]["detail"]
    )


def test_how_far_outside_a_way_leads_is_told() -> None:
    ground = MultiPolygon([box(0, 0, 100, 200), box(300, 50, 420, 160)])
    plan = plan_survey(_request(geojson(ground)), 0)
    (path,) = _paths(plan)
    outside = path.difference(ground.buffer(0.01))
    farthest = max(ground.distance(Point(place)) for place in shapely.get_coordinates(outside.segmentize(1)))
    detail = next(check["detail"] for check in plan["checks"] if check["name"] == "outside")
    told = re.fullmatch(r"(\d+) m outside the area while surveying, up to (\d+) m from it; 0 m on .*", detail)
    assert told
    assert [float(word) for word in told.groups()] == pytest.approx([outside.length, farthest], abs=3)


def test_more_drones_finish_sooner() -> None:
    area = geojson(box(0, 0, 400, 400))
    alone = plan_survey(_request(area), 0)["makespan_s"]
    shared = plan_survey(_request(area, drones=["a", "b", "c"]), 0)
    assert shared["makespan_s"] < alone / 3 * 1.25
    assert [sortie["drone"] for sortie in shared["sorties"]] == ["a", "b", "c"]


def _fleet(**changes: Any) -> list[DroneSpec]:
    return [
        DroneSpec(f"d{n}", endurance_s=900 + 300 * n, speed_mps=8 + n, home=(33.6, 133.0 + 0.004 * n), **changes)
        for n in range(3)
    ]


def test_drones_of_many_kinds_fly_sorties_within_their_batteries_and_finish_together() -> None:
    ground = box(0, 0, 1_000, 1_000)
    plan = plan_survey(_request(geojson(ground), drones=_fleet(reserve=0.3, change_s=120)), 0)
    assert _seen(_paths(plan), ground) >= 0.995
    assert all(_check(plan, name) for name in ("battery", "separation", "coverage"))
    finishes: dict[str, float] = {}
    for sortie in plan["sorties"]:
        drone = next(one for one in _fleet() if one.id == sortie["drone"])
        assert sortie["flight_s"] <= (drone.endurance_s or 0) * 0.7 + 0.1
        assert sortie["starts_at_s"] >= (finishes[drone.id] + 120 if drone.id in finishes else 0) - 0.1
        finishes[drone.id] = sortie["starts_at_s"] + sortie["flight_s"]
    assert min(finishes.values()) > 0.75 * max(finishes.values())
    assert plan["makespan_s"] == pytest.approx(max(finishes.values()), abs=0.2)


def test_drones_of_one_home_start_one_after_the_other_and_keep_apart() -> None:
    plan = plan_survey(_request(geojson(box(0, 0, 300, 300)), drones=["a", "b", "c"], home=(33.5995, 133.0)), 0)
    assert _check(plan, "separation")
    assert len({sortie["starts_at_s"] for sortie in plan["sorties"]}) == 3


def test_in_wind_lines_lie_where_they_take_least_time_and_durations_count_it() -> None:
    area = geojson(box(0, 0, 300, 300))
    calm, windy = (plan_survey(_request(area, wind_mps=wind, wind_from_deg=90), 0) for wind in (0, 5))
    assert windy["makespan_s"] > calm["makespan_s"] * 1.05
    with pytest.raises(Invalid, match="wind"):
        _request(area, wind_mps=7)


def test_a_battery_that_does_not_last_for_the_climb_is_refused() -> None:
    with pytest.raises(Invalid, match="climb"):
        plan_survey(_request(geojson(box(0, 0, 100, 100)), drones=[DroneSpec("a", endurance_s=60)]), 0)


def test_keep_outs_may_overlap() -> None:
    zones = [box(50, 50, 150, 150), box(100, 100, 200, 200)]
    plan = plan_survey(_request(geojson(box(0, 0, 400, 400)), keep_out=[geojson(zone) for zone in zones]), 0)
    assert all(not path.intersects(zone) for path in _paths(plan) for zone in zones)
    assert _check(plan, "coverage")


def test_too_high_a_flight_is_planned_and_fails_its_check() -> None:
    area = geojson(box(0, 0, 100, 100))
    assert not _check(plan_survey(_request(area, height_m=151), 0), "height")
    assert _check(plan_survey(_request(area, height_m=150), 0), "height")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"line_spacing_m": 0}, "line spacing"),
        ({"line_spacing_m": float("nan")}, "line spacing"),
        ({"speed_mps": -1}, "speed"),
        ({"accel_mps2": float("inf")}, "acceleration"),
        ({"height_m": 0}, "height"),
        ({"drones": []}, "drones"),
        ({"home": (95.0, 133.0)}, "home"),
        ({"home": (float("nan"), 133.0)}, "home"),
        ({"home": (35.0, 133.0)}, "home is more than"),
        ({"home": (33.6003, 133.0005), "keep_out": [geojson(box(20, 20, 80, 80))]}, "home is in a keep-out"),
        ({"keep_out": [geojson(box(-10, -10, 410, 410))]}, "nothing to survey"),
        ({"area": geojson(box(0, 0, 13_000, 13_000))}, "more than 400 lines"),
        ({"area": geojson(box(0, 0, 19_000, 19_000)), "line_spacing_m": 500}, "wider than 20 km"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_one_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words) as refusal:
        plan_survey(_request(**({"area": geojson(box(0, 0, 400, 400))} | changes)), 0)
    assert "\n" not in str(refusal.value)
