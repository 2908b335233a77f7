"""What a command line asks of a plan, put together from words and files."""

import json
from pathlib import Path
from typing import Any

import pytest
from shapely import box

from hub.errors import Invalid
from hub.surveys.asked import Words, read_request
from hub.surveys.plan import plan_survey
from tests.unit.surveys.shapes import geojson


@pytest.fixture
def words(tmp_path: Path) -> Words:
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps(geojson(box(0, 0, 200, 200))))
    return Words(area, height=60, line_spacing=30)


def _with(words: Words, **changes: Any) -> Words:
    return Words(**({name: getattr(words, name) for name in Words.__slots__} | changes))


def test_wind_and_battery_are_of_all_drones(words: Words) -> None:
    request = read_request(_with(words, wind="5,270", battery=20, count=2))
    assert (request.wind_mps, request.wind_from_deg) == (5, 270)
    assert [drone.endurance_s for drone in request.fleet] == [1200, 1200]


def test_what_a_drone_says_of_itself_goes_before_what_is_said_for_all(words: Words) -> None:
    drones = [{"id": "a", "battery_wh": 100, "power_w": 200, "reserve": 0.1}, {"id": "b"}, {"id": "c", "ready": False}]
    words.area.with_name("drones.json").write_text(json.dumps({"items": drones, "next": None}))
    file = words.area.with_name("drones.json")
    first, second = read_request(_with(words, drones=file, battery=20, home="33.6,133.0", speed=7)).fleet
    assert (first.full_s, first.reserve, second.full_s, second.reserve) == (1800, 0.1, 1200, 0.25)
    assert first.home == second.home == (33.6, 133.0)
    assert first.speed_mps == second.speed_mps == 7


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"wind": "5"}, "--wind must be SPEED,FROM"),
        ({"wind": "5,361"}, "--wind must be SPEED,FROM"),
        ({"wind": "-1,0"}, "--wind must be SPEED,FROM"),
        ({"wind": "nan,0"}, "--wind must be SPEED,FROM"),
        ({"wind": "inf,0"}, "the wind must be a speed"),
        ({"battery": float("nan")}, "--battery must be between 1 and 1440 minutes"),
        ({"battery": 1441}, "--battery must be between 1 and 1440 minutes"),
        ({"battery": 1}, "the battery does not last for the climb"),
        ({"drones": Path("nowhere.json")}, "cannot read nowhere.json"),
        ({"drones": Path("nowhere.json"), "count": 2}, "give either --count or --drones"),
        ({"photo_every": 0.1}, "the way between two photos"),
    ],
)
def test_words_that_cannot_be_meant_are_refused_in_one_line(words: Words, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        plan_survey(read_request(_with(words, **changes)), 0)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("drone", "says"),
    [
        ({"endurance_s": 900}, "drones.json: drone 1 needs an id"),
        ({"id": "a", "enduranse_s": 900}, "drone 1: nothing is called 'enduranse_s'"),
        ({"id": "a", "endurance_s": "long"}, "drone 1: endurance_s must be a number"),
        ({"id": "a", "endurance_s": 5}, "a: the endurance in seconds must be between"),
        ({"id": "a", "home": [33.6, 133.0]}, 'drone 1: home must be {"lat": degrees, "lon": degrees}'),
        ({"id": "a", "home": {"lat": 34.6, "lon": 133.0}}, "the home is more than 20 km from the area"),
        ({"id": "a", "battery_wh": 50}, "a battery in Wh needs the power"),
        ({"id": "a", "ready": False}, "no drone is ready"),
        (["a"], "drone 1 must be an object"),
    ],
)
def test_a_drone_that_cannot_be_meant_is_refused_in_one_line(words: Words, drone: object, says: str) -> None:
    file = words.area.with_name("drones.json")
    file.write_text(json.dumps([drone]))
    with pytest.raises(Invalid) as refusal:
        plan_survey(read_request(_with(words, drones=file)), 0)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
