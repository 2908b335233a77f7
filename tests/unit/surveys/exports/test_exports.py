import json

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from hub.errors import Invalid
from hub.surveys.exports import Photo, format_geo_txt, format_geojson, format_kml, format_qgc
from hub.surveys.plan import PlanDocument, plan_survey
from hub.surveys.request import PlanRequest
from tests.plan_files import read_geo_txt, read_geojson, read_kml, read_qgc
from tests.unit.surveys.shapes import FRAME, geojson, grounds

SPACING = 30.0
FEW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _plan(ground: Polygon) -> PlanDocument:
    return plan_survey(PlanRequest(geojson(ground), SPACING, 60, 8, 1, ["a", "b"], photo_every_m=15, drill=True), 0)


def _coverage(paths: list[list[list[float]]], ground: Polygon) -> float:
    lines = [FRAME.to_local(LineString([place[:2] for place in path])) for path in paths]
    return shapely.union_all([line.buffer(SPACING / 2) for line in lines]).intersection(ground).area / ground.area


@FEW
@given(grounds())
def test_a_plan_sees_as_much_after_each_round_trip(ground: Polygon) -> None:
    plan = _plan(ground)
    asked = [sortie["path"]["coordinates"] for sortie in plan["sorties"]]
    for paths in (
        read_geojson(json.loads(json.dumps(format_geojson(plan, geojson(ground))))),
        read_kml(format_kml(plan)),
        [read_qgc(json.loads(json.dumps(format_qgc(sortie, 8, 15)))) for sortie in plan["sorties"]],
    ):
        assert paths == asked
        assert _coverage(paths, ground) >= 0.995


def test_the_camera_runs_from_the_first_leg_to_the_last() -> None:
    sortie = _plan(box(0, 0, 200, 150))["sorties"][0]
    items = format_qgc(sortie, 8, 15)["mission"]["items"]
    triggers = [item["params"][0] for item in items if item["command"] == 206]
    assert triggers == [15, 0]
    assert [items[0]["command"], items[-1]["command"]] == [22, 20]
    assert [item["doJumpId"] for item in items] == list(range(1, len(items) + 1))


def test_a_drill_is_marked_in_each_file_that_can_say_so() -> None:
    plan = _plan(box(0, 0, 200, 150))
    assert "訓練" in format_kml(plan)
    assert all(feature["properties"]["drill"] for feature in format_geojson(plan)["features"])


@given(st.lists(st.builds(Photo, st.from_regex(r"[A-Z]{3}_\d{4}\.JPG", fullmatch=True), st.floats(-180, 180), st.floats(-90, 90), st.floats(-10, 4000))))  # fmt: skip # noqa: E501
def test_geo_txt_comes_back(photos: list[Photo]) -> None:
    back = read_geo_txt(format_geo_txt(photos))
    assert [(one.name, one.hacc_m) for one in back] == [(one.name, one.hacc_m) for one in photos]
    for one, other in zip(photos, back, strict=True):
        assert (other.lon, other.lat) == pytest.approx((one.lon, one.lat), abs=1e-7)


def test_a_photo_of_unknown_height_has_its_place_alone() -> None:
    text = format_geo_txt([Photo("a.jpg", 139.95, 35.37, None), Photo("b.jpg", 139.95, 35.37, 62.5)])
    assert text.splitlines()[1:] == ["a.jpg 139.95 35.37", "b.jpg 139.95 35.37 62.5 0 0 0 5 5"]
    assert [one.alt_m for one in read_geo_txt(text)] == [None, 62.5]


def test_a_name_with_a_space_would_break_its_line() -> None:
    with pytest.raises(Invalid, match="spaces"):
        format_geo_txt([Photo("a b.jpg", 1, 2, 3)])
