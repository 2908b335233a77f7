"""What is asked of the plan behind another: what stays, what is asked anew, and by which plan a survey is measured."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from shapely import box

from hub.surveys.asking import Asked, asked_anew, asked_of, base_plan
from hub.surveys.values import Plan
from hub.web.pages.survey_area import format_area, read_area
from tests.unit.surveys.shapes import geojson

AREA, OTHER = geojson(box(0, 0, 400, 400)), geojson(box(0, 0, 300, 400))
ASKED = Asked(AREA, drill=True, line_spacing_m=60, height_m=60, home=(35.37, 139.95), wind_mps=4, wind_from_deg=270)


def plan(asked: Asked, gaps: dict | None = None, version: int = 1) -> Plan:
    return Plan("sv-1", version, asked.as_json(), {}, gaps, "p-1", datetime(2026, 11, 23, tzinfo=UTC))


def test_a_survey_is_measured_by_its_newest_plan_that_is_not_of_gaps() -> None:
    first, gaps = plan(ASKED), plan(ASKED, OTHER, 2)
    changed, more = plan(replace(ASKED, area=OTHER), None, 3), plan(ASKED, OTHER, 4)
    assert [base_plan([first, gaps, changed, more][:n]).version for n in (1, 2, 3, 4)] == [1, 1, 3, 3]


def test_what_was_asked_comes_back_and_photos_follow_the_spacing() -> None:
    assert asked_of(ASKED.as_json()) == ASKED
    nearer, _ = asked_anew(plan(ASKED), {"line_spacing_m": 20})
    assert nearer.as_json()["photo_every_m"] == replace(ASKED, line_spacing_m=20).as_json()["photo_every_m"]
    given, _ = asked_anew(plan(replace(ASKED, photo_every_m=5)), {"line_spacing_m": 20})
    assert (given.photo_every_m, given.as_json()["photo_every_m"]) == (5, 5)


@pytest.mark.parametrize(("every_m", "kept_m"), [(None, None), (5.0, 5.0)])
def test_of_plans_from_before_the_computed_way_between_photos_is_not_taken_as_asked(
    every_m: float | None, kept_m: float | None
) -> None:
    old = replace(ASKED, photo_every_m=every_m).as_json()
    del old["photo_every_asked_m"]
    assert asked_of(old).photo_every_m == kept_m


def test_a_changed_plan_of_gaps_stays_one_while_its_area_does() -> None:
    gaps = plan(replace(ASKED, cross_holes=True), AREA)
    # as it comes back from a form, with fewer digits
    typed = read_area(format_area(AREA))
    same, kept = asked_anew(gaps, {"area": typed, "speed_mps": 6})
    assert (kept, same.cross_holes, same.speed_mps, same.wind_mps, same.wind_from_deg) == (AREA, True, 6, 4, 270)
    other, none = asked_anew(gaps, {"area": OTHER})
    assert (none, other.cross_holes, other.wind_mps) == (None, False, 4)
    assert asked_anew(gaps, {"area": OTHER, "cross_holes": True})[0].cross_holes
