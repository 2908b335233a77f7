import shapely
from shapely import LineString, box

from hub.surveys.plan import plan_survey
from hub.surveys.request import PlanRequest
from hub.surveys.resuming import remaining
from tests.unit.surveys.shapes import FRAME, geojson


def test_only_the_gaps_are_flown_again_and_holes_of_the_area_stay_closed() -> None:
    hole = box(180, 150, 240, 260)
    area = box(0, 0, 400, 400).difference(hole)
    request = PlanRequest(geojson(area), 30, 60, 8, 1, ["a", "b"])
    # seen: a middle band, and an island in the south-west; the gap about it is no reason to fly round it
    gaps = area.difference(box(0, 120, 400, 330)).difference(box(60, 30, 100, 70))
    again = remaining(request, geojson(gaps), ["b"])
    plan = plan_survey(again, 0)
    assert [sortie["drone"] for sortie in plan["sorties"]] == ["b"]
    lines = [FRAME.to_local(LineString([p[:2] for p in s["path"]["coordinates"]])) for s in plan["sorties"]]
    seen = shapely.union_all([line.buffer(15) for line in lines])
    assert seen.intersection(gaps).area / gaps.area >= 0.995
    assert not any(line.intersects(hole) for line in lines)
    assert plan["lower_bound_m"] < area.area / 30
    assert any(line.intersection(box(60, 30, 100, 70)).length > 1 for line in lines)
