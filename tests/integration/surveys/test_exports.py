"""Plans and photos as other programs read them, through the API; and what is left, planned again by its gaps."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

from shapely.geometry import LineString, shape

from hub import clock
from tests.integration.surveys.conftest import SQUARE, Town, photo
from tests.plan_files import read_geo_txt, read_geojson, read_kml, read_qgc


def _paths(survey: dict) -> list[list[list[float]]]:
    return [one["path"]["coordinates"] for one in survey["plan"]["sorties"]]


def _file(town: Town, survey: dict, path: str, who: object = None) -> bytes:
    answer = (who or town.responder).get(f"/api/v1/surveys/{survey['id']}/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.content


def test_a_plan_comes_back_from_each_file(town: Town) -> None:
    town.drone("drone-1", endurance_s=400, speed_mps=6), town.drone("drone-2", endurance_s=400)
    survey = town.draw("drone-1", "drone-2")
    paths = _paths(survey)
    assert len(paths) >= 3
    assert read_geojson(json.loads(_file(town, survey, "exports/plan.geojson"))) == paths
    assert read_kml(_file(town, survey, "exports/plan.kml").decode()) == paths
    with zipfile.ZipFile(io.BytesIO(_file(town, survey, "exports/sorties.zip"))) as archive:
        files = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert len(files) == len(paths)
    assert all(name.startswith("drill-") for name in files)
    assert [[place[:2] for place in read_qgc(one)] for one in files.values()] == [
        [place[:2] for place in path] for path in paths
    ]
    own = [one["mission"]["cruiseSpeed"] for name, one in files.items() if "-drone-1-" in name]
    assert own == [6] * len(own)
    one = json.loads(_file(town, survey, f"sorties/{survey['sorties'][0]['id']}/plan"))
    assert one == next(iter(files.values()))


def test_a_partner_gets_their_drones_alone_and_others_nothing(town: Town) -> None:
    town.drone("drone-1", partner=True), town.drone("drone-2")
    survey = town.draw("drone-1", "drone-2")
    path = f"/api/v1/surveys/{survey['id']}"
    other = next(one["id"] for one in survey["sorties"] if one["drone"] == "drone-2")
    for hidden in ("exports/plan.kml", "exports/geo.txt", f"sorties/{other}/plan"):
        assert town.partner.get(f"{path}/{hidden}").status_code == 404
    town.act(survey, "approve", town.second)
    seen = json.loads(_file(town, survey, "exports/plan.geojson", town.partner))
    assert {one["properties"].get("drone") for one in seen["features"]} == {None, "drone-1"}
    assert town.partner.get(f"{path}/sorties/{other}/plan").status_code == 404
    assert town.responder.get(f"{path}/exports/nothing.txt").status_code == 422
    assert [one["id"] for one in town.get(survey, who=town.partner)["request"]["fleet"]] == ["drone-1"]


def test_photos_that_were_taken_have_the_names_of_their_files(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    sortie, taken_at = survey["sorties"][0]["id"], datetime(2026, 11, 20, 3, tzinfo=UTC)
    photos = [
        {"number": number, "lat": 35.37 + number / 1_000, "lon": 139.95, "height_m": 60.0, "altitude_m": altitude_m,
         "taken_at": taken_at + timedelta(seconds=10 * number)}
        for number, altitude_m in ((1, 65.5), (2, None))
    ]  # fmt: skip
    box.fly(sortie, "surveying", photos=photos)
    name = {"photo": ("DJI 0001.JPG", photo(taken_at + timedelta(seconds=10)), "image/jpeg")}
    assert town.responder.post(f"/api/v1/surveys/{survey['id']}/images", files=name).status_code == 201
    told = read_geo_txt(_file(town, survey, "exports/geo.txt").decode())
    assert [(one.name, one.lon, round(one.lat, 6), one.alt_m) for one in told] == [
        ("DJI_0001.JPG", 139.95, 35.371, 65.5), (f"{sortie}-00002.jpg", 139.95, 35.372, None),
    ]  # fmt: skip


def test_gaps_round_what_was_seen_are_flown_straight_over_it_and_holes_stay_closed(town: Town) -> None:
    hole = [[139.9505, 35.3705], [139.9509, 35.3705], [139.9509, 35.3709], [139.9505, 35.3709], [139.9505, 35.3705]]
    area = {"type": "Polygon", "coordinates": [*SQUARE["coordinates"], hole]}
    box = town.drone("drone-1")
    survey = town.airborne("drone-1", area=area)
    # One line of photos through the middle.
    photos = [
        {"number": number, "lat": 35.3716, "lon": 139.9506 + 0.0002 * number, "height_m": 60.0}
        for number in range(1, 11)
    ]
    box.fly(survey["sorties"][0]["id"], "surveying", photos=photos)
    box.fly(survey["sorties"][0]["id"], "landed")
    gaps = town.get(survey, "/coverage")["gaps"]
    parts = [gaps["coordinates"]] if gaps["type"] == "Polygon" else gaps["coordinates"]
    assert any(len(rings) > 1 for rings in parts)
    again = town.act(survey, "plans", gaps=True)
    assert again["request"]["cross_holes"]
    lines = [LineString([place[:2] for place in path]) for path in _paths(again)]
    closed = shape({"type": "Polygon", "coordinates": [hole]})
    assert not any(line.intersects(closed) for line in lines)
    assert again["plan"]["coverage"] >= 0.995
    # A change of the plan for the gaps keeps what it is for.
    slower = town.act(survey, "plans", speed_mps=5)
    assert slower["request"]["cross_holes"]
    assert slower["request"]["keep_out"] == again["request"]["keep_out"] != []


def test_only_what_is_new_of_a_way_is_sent(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    sortie, now = survey["sorties"][0]["id"], clock.now()
    for seconds in (10, 20, 30):
        box.fly(sortie, "surveying", now + timedelta(seconds=seconds), lat=35.37, lon=139.95, height_m=60.0)
    since = (now + timedelta(seconds=15)).isoformat().replace("+00:00", "Z")
    told = town.get(survey, f"/flights?since={since}")
    assert [point[3] for point in told["tracks"][0]["points"]] == [
        (now + timedelta(seconds=seconds)).timestamp() for seconds in (20, 30)
    ]
    assert len(told["drones"]) == 1
    later = (now + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert town.get(survey, f"/flights?since={later}")["tracks"] == []
    assert town.responder.get(f"/api/v1/surveys/{survey['id']}/flights?since=2026").status_code == 422
