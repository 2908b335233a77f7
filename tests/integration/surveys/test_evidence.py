"""What people add to a survey, and what it says on paper and to everybody."""

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from hub import clock
from hub.errors import Invalid
from hub.texts.sheets import print_sheet
from hub.web.pages import survey_paper
from hub.wiring.zones import bring_in
from tests.integration.api.conftest import STAFF
from tests.integration.surveys.conftest import SQUARE, Town, photo


def test_photos_of_the_card_find_their_release(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    sortie = survey["sorties"][0]["id"]
    begun = clock.now().replace(microsecond=0)
    place = {"lon": 139.95, "height_m": 60.0}
    photos = [
        place | {"number": n, "lat": 35.37 + n / 10_000, "taken_at": begun + timedelta(seconds=3 * n)}
        for n in (1, 2, 3)
    ]
    box.fly(sortie, "surveying", photos=photos)
    path = f"/api/v1/surveys/{survey['id']}/images"
    content = photo(begun + timedelta(seconds=6))
    sent = town.responder.post(path, files={"photo": ("DJI_0002.JPG", content, "image/jpeg")})
    assert sent.status_code == 201, sent.text
    assert (sent.json()["sortie"], sent.json()["number"]) == (sortie, 2)
    again = town.responder.post(path, files={"photo": ("copy.JPG", content, "image/jpeg")})
    assert again.json()["id"] == sent.json()["id"]
    # Its release is taken: another photo of that moment belongs to none.
    other = town.responder.post(
        path, files={"photo": ("x.JPG", photo(begun + timedelta(seconds=6), "red"), "image/jpeg")}
    )
    assert other.json()["sortie"] is None
    small = town.responder.get(f"{path}/{sent.json()['id']}/file")
    assert (small.headers["content-type"], small.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert len(town.get(survey, "/images")["items"]) == 2
    refused = town.responder.post(path, files={"photo": ("x.JPG", b"no photo", "image/jpeg")})
    assert refused.status_code == 422
    assert town.partner.post(path, files={"photo": ("x.JPG", content, "image/jpeg")}).status_code == 404


def test_a_partners_photos_belong_to_the_partners_drones_and_are_the_partners(town: Town) -> None:
    own, towns = town.drone("drone-1", partner=True), town.drone("drone-2")
    survey = town.draw("drone-1", "drone-2")
    town.act(survey, "approve", town.second)
    first, second = town.get(survey)["sorties"]
    town.act(survey, f"offers/{first['id']}/accept", town.partner)
    town.act(survey, "launch")
    begun = clock.now().replace(microsecond=0)
    for box, sortie, after_s in ((own, first, 3), (towns, second, 30)):
        box.reply(box.read()[0])
        taken = {"number": 1, "lat": 35.37, "lon": 139.95, "height_m": 60.0}
        box.fly(sortie["id"], "surveying", photos=[taken | {"taken_at": begun + timedelta(seconds=after_s)}])
    path = f"/api/v1/surveys/{survey['id']}/images"

    def send(who: httpx.Client, after_s: int) -> dict:
        content = photo(begun + timedelta(seconds=after_s))
        return who.post(path, files={"photo": ("DJI_0001.JPG", content, "image/jpeg")}).json()

    assert send(town.partner, 3)["sortie"] == first["id"]
    others = send(town.partner, 30)
    assert others["sortie"] is None, "another's drone took it"
    mine = send(town.responder, 31)
    assert mine["sortie"] == second["id"]
    assert {one["id"] for one in town.get(survey, "/images", town.partner)["items"]} & {mine["id"]} == set()
    assert town.partner.get(f"{path}/{mine['id']}/file").status_code == 404
    assert town.partner.get(f"{path}/{others['id']}/file").status_code == 200


def test_photos_that_came_before_their_releases_are_matched_again(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    sortie, begun = survey["sorties"][0]["id"], clock.now().replace(microsecond=0)
    path = f"/api/v1/surveys/{survey['id']}/images"
    for colour, after_s in (("red", 3), ("blue", 3), ("green", 60)):
        content = photo(begun + timedelta(seconds=after_s), colour)
        assert town.responder.post(path, files={"photo": ("a.JPG", content, "image/jpeg")}).json()["sortie"] is None
    release = {"number": 7, "lat": 35.37, "lon": 139.95, "height_m": 60.0, "taken_at": begun + timedelta(seconds=3)}
    box.fly(sortie, "surveying", photos=[release])
    assert town.responder.post(f"{path}/match").json() == {"found": 1}
    assert town.responder.post(f"{path}/match").json() == {"found": 0}
    assert [one["number"] for one in town.get(survey, "/images")["items"] if one["sortie"]] == [7]
    assert town.partner.post(f"{path}/match").status_code == 404


def test_pins_are_set_and_taken_away_by_responders(town: Town) -> None:
    survey = town.draw()
    path = f"/api/v1/surveys/{survey['id']}/pins"
    form = {"kind": "landslide", "location": {"lat": 35.371, "lon": 139.951}, "note": "道をふさぐ"}
    pin = town.responder.post(path, json=form).json()
    assert town.responder.post(path, json=form | {"image": "im-nothing"}).status_code == 422
    assert town.get(survey, "/pins")["items"] == [pin]
    assert town.partner.get(path).status_code == 403
    assert town.responder.delete(f"{path}/{pin['id']}").status_code == 204
    assert town.responder.delete(f"{path}/{pin['id']}").status_code == 404
    assert town.get(survey, "/pins")["items"] == []
    assert town.words(survey)[-2:] == ["pin_added", "pin_removed"]


def test_the_summary_tells_no_person_no_home_and_no_words(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    box.fly(survey["sorties"][0]["id"], "landed")
    pin = {"kind": "building", "location": {"lat": 35.371, "lon": 139.951}, "note": "佐藤さんの家"}
    town.responder.post(f"/api/v1/surveys/{survey['id']}/pins", json=pin)
    text = town.responder.get(f"/api/v1/surveys/{survey['id']}/summary").text
    summary = town.get(survey, "/summary")
    assert (summary["drill"], summary["drones"], summary["pins"]) == (True, 1, {"building": 1})
    for hidden in ("佐藤", town.responder_id, town.partner_id, "drone-1", "35.3695", "35.371"):
        assert hidden not in text
    ring = summary["area"]["coordinates"][0][0]
    assert {round(value, 3) for place in ring for value in place} == {value for place in ring for value in place}


def test_a_survey_is_measured_by_its_newest_plan_of_an_area(town: Town) -> None:
    survey = town.draw(photo_every_m=50)
    small = town.get(survey, "/summary")["area_m2"]
    corner = SQUARE["coordinates"][0]
    wide = {"type": "Polygon", "coordinates": [[[lon + 0.0033 * (lon > 139.951), lat] for lon, lat in corner]]}
    again = town.act(survey, "plans", area=wide, line_spacing_m=30)
    assert town.get(survey, "/summary")["area_m2"] == pytest.approx(2 * small, rel=0.01)
    # All of it is a gap now, which stays one when only the speed is another.
    town.act(survey, "plans", gaps=True)
    town.act(survey, "plans", speed_mps=6)
    assert town.get(survey, "/coverage")["planned"] == pytest.approx(again["plan"]["coverage"])
    assert town.get(survey, "/summary")["area_m2"] == pytest.approx(2 * small, rel=0.01)
    request = town.get(survey)["request"]
    assert (request["photo_every_m"], request["photo_every_asked_m"], request["speed_mps"]) == (50, 50, 6)


def test_the_notice_says_what_is_known_and_leaves_the_rest_blank(town: Town) -> None:
    town.drone("drone-1", camera="dji-mavic-3e")
    survey = town.draw("drone-1", drill=False)
    blank = town.get(survey, "/notice")
    assert (blank["requester"], blank["article"], blank["drill"]) == (None, None, False)
    ground = {"kind": "art_132_92", "requester": "木更津市長", "reason": "土砂崩れの捜索", "contact": "0438-00-0000"}
    town.act(survey, "ground", **ground)
    notice = town.get(survey, "/notice")
    assert (notice["requester"], notice["purpose"], notice["highest_ground_m"]) == (
        "木更津市長",
        "土砂崩れの捜索",
        60.0,
    )
    assert notice["aircraft"] == ["drone-1 (dji-mavic-3e)"]
    assert 150 < notice["radius_m"] < 400
    assert abs(notice["lat"] - 35.3713) < 0.002
    pdf = town.responder.get(f"/api/v1/surveys/{survey['id']}/notice.pdf")
    assert pdf.content[:5] == b"%PDF-"


def test_the_report_on_paper_holds_all_of_it(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    path = f"/api/v1/surveys/{survey['id']}"
    box.fly(survey["sorties"][0]["id"], "landed")
    bare = town.responder.get(f"{path}/report.pdf").content
    image = town.responder.post(f"{path}/images", files={"photo": ("g.JPG", photo(), "image/jpeg")}).json()
    pin = {"kind": "road", "location": {"lat": 35.371, "lon": 139.951}, "note": "倒木", "image": image["id"]}
    assert town.responder.post(f"{path}/pins", json=pin).status_code == 201
    paper = town.responder.get(f"{path}/report.pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert paper.content.count(b"/Subtype /Image") == bare.count(b"/Subtype /Image") + 1, "the pin's photo is in it"
    assert town.partner.get(f"{path}/report.pdf").status_code == 403


def test_the_report_draws_the_way_that_was_flown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    for second in range(40):
        lat = 35.3702 + second * 0.00006
        box.fly(
            survey["sorties"][0]["id"], "surveying", clock.now() + timedelta(seconds=2 * second), lat=lat,
            lon=139.9508 + 0.00004 * (second % 3), height_m=60,
        )  # fmt: skip
    drawn: list[dict] = []

    def look(*given: object, **words: object) -> bytes:
        drawn.append(words)
        return print_sheet(*given, **words)

    monkeypatch.setattr(survey_paper, "print_sheet", look)
    assert town.responder.get(f"/api/v1/surveys/{survey['id']}/report.pdf").content[:5] == b"%PDF-"
    [(number, way)] = drawn[0]["picture"].tracks
    assert (number, way.count("L") >= 40) == (1, True)


class Opened:
    """A survey that has flown, and what everybody may know of it."""

    def __init__(self, town: Town) -> None:
        box = town.drone("drone-1", partner=True)
        self.town, self.survey = town, town.draw("drone-1", name="佐藤さんの裏山")
        self.path, self.anybody = f"/api/v1/surveys/{self.survey['id']}", town.api.client(None)
        town.act(self.survey, "approve", town.second)
        town.act(self.survey, f"offers/{town.get(self.survey)['sorties'][0]['id']}/accept", town.partner)
        assert self.release().status_code == 409, "it has not flown"
        town.act(self.survey, "launch")
        prepare = box.read()[0]
        box.reply(prepare)
        box.reply(box.read()[0])
        box.fly(prepare.sortie, "surveying", lat=35.3701, lon=139.95, height_m=60)
        assert self.release().status_code == 409, "it flies"
        box.fly(prepare.sortie, "landed")

    def release(self, **form: str) -> httpx.Response:
        return self.town.responder.post(f"{self.path}/release", json=form or None)

    def pin(self) -> None:
        pin = {"kind": "building", "location": {"lat": 35.3719, "lon": 139.9527}, "note": "佐藤さんの家"}
        assert self.town.responder.post(f"{self.path}/pins", json=pin).status_code == 201

    def shown(self) -> list[dict]:
        found = self.anybody.get("/api/v1/opendata/surveys").json()["items"]
        return [one for one in found if one["survey_id"] == self.survey["id"]]

    def page(self) -> httpx.Response:
        return self.anybody.get(f"/opendata/surveys/{self.survey['id']}")


@pytest.fixture
def opened(town: Town) -> Opened:
    return Opened(town)


def test_a_released_summary_hides_people_houses_and_homes(town: Town, opened: Opened) -> None:
    opened.pin()
    assert town.partner.post(f"{opened.path}/release").status_code == 403
    assert (opened.shown(), opened.page().status_code) == ([], 404)
    released = opened.release(title="小櫃川の堤")
    assert released.status_code == 200, released.text
    told = released.json()
    assert opened.shown() == [told]
    assert (told["name"], told["pins"], told["drones"]) == ("小櫃川の堤", {"building": 1}, 1)
    page = opened.page()
    assert page.status_code == 200
    with town.api.database.transaction() as conn:
        names = [name for (name,) in conn.execute("select name from person").fetchall()]
    for hidden in ("佐藤", "35.3719", "139.9527", "35.3695", "drone-1", town.responder_id, town.partner_id, *names):
        assert hidden not in page.text, hidden
        assert hidden not in released.text, hidden


def test_a_summary_is_shown_as_it_was_released_and_only_until_it_is_taken_back(town: Town, opened: Opened) -> None:
    opened.pin()
    opened.release(title="小櫃川の堤")
    # What comes later is shown when it is released again.
    opened.pin()
    assert opened.shown()[0]["pins"] == {"building": 1}
    opened.release()
    assert (opened.shown()[0]["pins"], opened.shown()[0]["name"]) == ({"building": 2}, "佐藤さんの裏山")
    assert town.responder.delete(f"{opened.path}/release").status_code == 204
    assert (opened.shown(), opened.page().status_code) == ([], 404)
    assert town.responder.delete(f"{opened.path}/release").status_code == 409
    assert town.words(opened.survey)[-4:] == ["released", "pin_added", "released", "release_withdrawn"]


def test_limits_hold_up_what_they_must(town: Town) -> None:
    zone = {
        "type": "Feature",
        "properties": {"name": "中心市街地"},
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[139.951, 35.36], [139.952, 35.36], [139.952, 35.38], [139.951, 35.38], [139.951, 35.36]]],
        },
    }
    form = {
        "kind": "did", "title": "見本の人口集中地区", "source_date": "2026-11-01", "sample": True,
        "zones": {"type": "FeatureCollection", "features": [zone]},
    }  # fmt: skip
    town.drone("drone-1")
    drill, real = town.draw("drone-1"), town.draw("drone-1", drill=False)
    assert town.staff.post("/api/v1/airspace/imports", json=form).status_code == 201
    assert town.responder.post("/api/v1/airspace/imports", json=form).status_code == 403
    assert len(town.responder.get("/api/v1/airspace/zones").json()["items"]) == 1
    checked = {one["name"]: one for one in town.act(drill, "check")["plan"]["checks"]}
    assert (checked["did"]["outcome"], checked["did"]["zones"]) == ("failed", ["中心市街地"])
    assert "sample" in checked["did"]["source"]
    path = f"/api/v1/surveys/{drill['id']}"
    assert town.second.post(f"{path}/approve").status_code == 409
    rescue = {"kind": "art_132_92", "requester": "木更津市長", "reason": "捜索"}
    assert town.responder.post(f"{path}/ground", json=rescue).status_code == 409
    permit = {"kind": "permit", "requester": "地方航空局長", "reason": "訓練", "reference": "第1号", "covers": ["did"]}
    town.act(drill, "ground", **permit)
    assert town.act(drill, "approve", town.second)["state"] == "approved"
    # A real flight is exempt once somebody has asked for it.
    assert town.second.post(f"/api/v1/surveys/{real['id']}/approve").status_code == 409
    town.act(real, "ground", **rescue)
    town.act(real, "approve", town.second)
    outcomes = {one["name"]: one.get("outcome") for one in town.act(real, "launch")["plan"]["checks"]}
    assert (outcomes["did"], outcomes["emergency"]) == ("exempt", "unknown")
    papers = town.get(real, "/papers")
    assert [one["occasion"] for one in papers["checks"]] == ["planned", "asked", "approved", "launch"]
    assert papers["grounds"][0]["requester"] == "木更津市長"


def test_a_real_flight_without_a_ground_is_not_launched(town: Town) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1", drill=False)
    town.act(survey, "approve", town.second)
    refused = town.responder.post(f"/api/v1/surveys/{survey['id']}/launch")
    assert refused.status_code == 409
    assert "ground in law" in refused.json()["detail"]


def test_an_owners_zone_stays_out_of_the_plan(town: Town) -> None:
    hole = [[139.9515, 35.371], [139.952, 35.371], [139.952, 35.3715], [139.9515, 35.3715], [139.9515, 35.371]]
    feature = {
        "type": "Feature",
        "properties": {"name": "養鶏場"},
        "geometry": {"type": "Polygon", "coordinates": [hole]},
    }
    form = {"kind": "no_go", "title": "所有者の申し出", "source_date": "2026-11-01", "sample": True,
            "zones": {"type": "FeatureCollection", "features": [feature]}}  # fmt: skip
    assert town.staff.post("/api/v1/airspace/imports", json=form).status_code == 201
    survey = town.draw(line_spacing_m=40)
    assert survey["request"]["no_go"] == ["養鶏場"]
    keep_out = next(one for one in survey["plan"]["checks"] if one["name"] == "keep_out")
    assert keep_out["passed"], keep_out
    # What nobody may fly over is no gap; its shape is the owner's own.
    whole = town.draw(line_spacing_m=40, keep_out=[])["request"]
    assert "no_go_shapes" not in whole
    area_m2 = town.get(survey, "/coverage")["area_m2"]
    with town.api.database.transaction() as conn:
        conn.execute("update airspace_import set ended_at = now() where ended_at is null")
    free = town.get(town.draw(line_spacing_m=40), "/coverage")["area_m2"]
    assert 2_000 < free - area_m2 < 3_000


def test_a_word_on_what_is_unknown_goes_stale(town: Town) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1")
    town.act(survey, "approve", town.second)
    with town.api.database.transaction() as conn:
        conn.execute("alter table survey_check disable trigger append_only")
        conn.execute("update survey_check set checked_at = checked_at - interval '2 hours'")
        conn.execute("alter table survey_check enable trigger append_only")
    path = f"/api/v1/surveys/{survey['id']}"
    refused = town.responder.post(f"{path}/launch")
    assert refused.status_code == 409
    assert "look again" in refused.json()["detail"]
    town.act(survey, "check", vouched=True)
    assert town.act(survey, "launch")["state"] == "launching"


def test_zones_come_from_a_file_by_the_command_line(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "did.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
    settings = town.api.services.settings
    source = ("did", "国土数値情報 人口集中地区", "https://nlftp.mlit.go.jp/", "2022-11-01")
    assert bring_in(settings, file, source, STAFF[0], replaces=True) == 0
    kept = town.staff.get("/api/v1/airspace/imports").json()["items"]
    assert [(one["kind"], one["zones"], one["source_date"]) for one in kept] == [("did", 0, "2022-11-01")]
    # None in town, as somebody says who answers for it: that is known now.
    checks = {one["name"]: one.get("outcome") for one in town.draw()["plan"]["checks"]}
    assert (checks["did"], checks["airport"]) == ("passed", "unknown")
    for wrong in (("moon", *source[1:]), (*source[:3], "yesterday"), (source[0], " ", *source[2:])):
        with pytest.raises(Invalid):
            bring_in(settings, file, wrong, STAFF[0], replaces=True)
    with pytest.raises(Invalid, match="--by"):
        bring_in(settings, file, source, "nobody", replaces=True)
    file.write_text("{", encoding="utf-8")
    with pytest.raises(Invalid, match="not JSON"):
        bring_in(settings, file, source, STAFF[0], replaces=True)
    assert len(town.staff.get("/api/v1/airspace/imports").json()["items"]) == 1
