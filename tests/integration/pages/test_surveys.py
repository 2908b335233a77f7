"""The pages of surveys as a browser without scripts uses them: forms, faults, who sees what, acts and refusals."""

import json
import re
from datetime import timedelta

import pytest

from hub import clock
from hub.registry.secrets import new_id
from hub.surveys import store
from hub.surveys.values import Survey
from hub.web.surveying import replan
from tests.browser.town_surveys import accept_all, add_drones, add_zones, approve, draw, fly, launch, square
from tests.flyer import Flyer
from tests.unit.captures.photos import picture, saved
from tests.website import Website

TEXT = "35.376, 139.930\n35.376, 139.933\n35.378, 139.933\n35.378, 139.930"
FORM = {
    "by": "spacing", "line_spacing_m": "60", "height_m": "６０", "speed_mps": "8", "area": TEXT, "drill": "no",
    "count": "1", "drones": ["drone-1", "drone-2"], "name": "小櫃川の堤", "requester": "木更津市長",
    "reason": "堤の確認", "gsd_cm": "2", "camera": "dji-mavic-3e",
}  # fmt: skip


@pytest.fixture
def flyers(site: Website) -> dict[str, Flyer]:
    return add_drones(site)


def test_a_survey_is_typed_without_scripts_and_its_ground_is_recorded(site: Website, flyers: dict[str, Flyer]) -> None:
    ogawa = site.client("ogawa")
    answer = ogawa.post("/surveys/new", **FORM)
    assert answer.status_code == 303, answer.text
    page = ogawa.get(answer.headers["location"]).text
    assert all(word in page for word in ("小櫃川の堤", "木更津市長", "計画ができました", "そら 1号", "survey-picture"))
    assert "これは訓練です" not in page
    assert ogawa.get("/surveys").text.count("小櫃川の堤") == 1


def test_a_form_that_comes_twice_draws_one_survey(site: Website, flyers: dict[str, Flyer]) -> None:
    ogawa = site.client("ogawa")
    key = "8b0f3a52-5f1d-4d6e-9d43-0d7f1f3d2a11"
    first, again = (ogawa.post("/surveys/new", **FORM, key=key) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]


def test_an_area_comes_from_a_file_and_stays_in_the_form_on_a_fault(site: Website, flyers: dict[str, Flyer]) -> None:
    ogawa = site.client("ogawa")
    token = ogawa.get("/surveys/new").text.split('name="csrf" value="')[1].split('"')[0]
    file = {"area_file": ("area.geojson", json.dumps(square(300)).encode(), "application/geo+json")}
    data = {"csrf": token, **FORM, "area": "", "speed_mps": "900"}
    answer = ogawa.http.post("/surveys/new", data=data, files=file)
    assert answer.status_code == 422
    assert re.search(r"1\D+25", answer.text.split('class="error"')[1][:200])
    assert "Polygon" in answer.text
    assert "堤の確認" in answer.text
    data["speed_mps"] = "8"
    assert ogawa.http.post("/surveys/new", data=data, files=file).status_code == 303


BAD_FILES = (
    (b"PK\3\4\xff", "読み取れません"),
    (b"", "読み取れません"),
    (json.dumps({"type": "Point", "coordinates": [139.93, 35.37]}).encode(), "面（ポリゴン）だけ"),
    (
        json.dumps({"type": "Polygon", "coordinates": [[[35.3, 139.9], [35.4, 139.9], [35.3, 139.8]]]}).encode(),
        "経度（約 140）が先",
    ),
    (b'{"type": "Polygon", "coordinates": [[["x", 1], [1, 2], [2, 2]]]}', "経度と緯度"),
)


@pytest.mark.parametrize(("content", "words"), BAD_FILES)
def test_a_file_that_is_no_area_says_why_and_takes_nothing_of_what_was_typed(
    site: Website, flyers: dict[str, Flyer], content: bytes, words: str
) -> None:
    ogawa = site.client("ogawa")
    token = ogawa.get("/surveys/new").text.split('name="csrf" value="')[1].split('"')[0]
    file = {"area_file": ("区域.kmz", content, "application/octet-stream")}
    answer = ogawa.http.post("/surveys/new", data={"csrf": token, **FORM}, files=file)
    assert answer.status_code == 422
    [said] = re.findall(r'id="e-area">([^<]*)', answer.text)
    assert words in said
    assert "区域.kmz" in said
    assert TEXT.splitlines()[0] in answer.text


FAULTS = (
    ({"area": ""}, "区域を描くか"),
    ({"area": "here"}, "緯度"),
    ({"area": "<kml/>"}, "面（ポリゴン）だけ"),
    ({"keep_out": "35.376, 139.930"}, "3つ"),
    ({"drones": ["drone-9"]}, "計画できません"),
    ({"by": "camera", "camera": "a-phone"}, "選んでください"),
    ({"drones": [], "home": "yonder"}, "緯度, 経度を入力してください"),
    ({"drill": ""}, "選んでください"),
)


def test_each_fault_is_said_and_what_was_typed_stays(site: Website, flyers: dict[str, Flyer]) -> None:
    ogawa = site.client("ogawa")
    for change, words in FAULTS:
        answer = ogawa.post("/surveys/new", **FORM | change)
        assert answer.status_code == 422, change
        said = re.findall(r'class="error"[^>]*>([^<]*)', answer.text)
        assert any(words in one for one in said), (change, said)
        assert "堤の確認" in answer.text
    assert "小櫃川の堤" not in ogawa.get("/surveys").text


def test_whoever_drew_is_refused_to_approve_and_told_why(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    answer = site.client("ogawa").post(
        f"/surveys/{survey}/approve", page=f"/surveys/{survey}", looked="yes", version="1"
    )
    assert answer.status_code == 409
    assert "計画した人は承認できません" in answer.text
    sakuma = site.client("sakuma")
    assert sakuma.post(f"/surveys/{survey}/approve", page=f"/surveys/{survey}").status_code == 422
    assert (
        sakuma.post(f"/surveys/{survey}/approve", page=f"/surveys/{survey}", looked="yes", version="1").status_code
        == 303
    )


def test_the_address_of_a_form_leads_to_the_page_that_it_stands_on(site: Website, flyers: dict[str, Flyer]) -> None:
    """A phone that brings a tab back after a refusal asks for it."""
    ogawa = site.client("ogawa")
    survey = draw(site, "訓練", *flyers)
    for path in (f"/surveys/{survey}/approve", f"/surveys/{survey}/offers/so-1", f"/surveys/{survey}/release/withdraw"):
        answer = ogawa.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] in (f"/surveys/{survey}", f"/surveys/{survey}/release")
    assert site.client("ogawa").get("/sign-out").headers["location"] == "/"
    # A form that is sent to where none is taken is still told so.
    assert ogawa.post("/surveys", page=f"/surveys/{survey}").status_code == 405


def test_a_launch_says_all_that_stands_against_it(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "実災害", *flyers, drill=False)
    approve(site, survey)
    ogawa = site.client("ogawa")
    page = ogawa.get(f"/surveys/{survey}").text
    assert "法的な根拠" in page
    assert "まだ回答していない協力会社があります" in page
    assert f"/surveys/{survey}/launch" not in page
    answer = ogawa.post(f"/surveys/{survey}/launch", page=f"/surveys/{survey}", version="1")
    assert answer.status_code == 409


def test_a_partner_sees_and_answers_only_what_is_theirs(site: Website, flyers: dict[str, Flyer]) -> None:
    asked, other = draw(site, "訓練 一", *flyers), draw(site, "訓練 二", "drone-2")
    sora = site.client("sora")
    assert sora.get(f"/surveys/{asked}").status_code == 404
    for survey in (asked, other):
        approve(site, survey)
    page = sora.get("/drones").text
    assert "訓練 一" in page
    assert "訓練 二" not in page
    assert sora.get(f"/surveys/{other}").status_code == 404
    assert sora.get("/drones/drone-2").status_code == 404
    assert sora.get(f"/surveys/{asked}/after").status_code == 200
    assert sora.get("/surveys/new").status_code == 403
    [offer] = re.findall(r"/offers/(so-\w+)", page)
    answer = sora.post(f"/surveys/{asked}/offers/{offer}", page="/drones", answer="decline", decline_reason="強風")
    assert answer.status_code == 303
    assert "強風" in site.client("ogawa").get(f"/surveys/{asked}").text
    # What became of an older plan's flight stays theirs to read.
    replan(site.services, site.actor("ogawa"), asked, {"speed_mps": 6.0})
    assert "強風" in sora.get(f"/surveys/{asked}").text


def test_whom_responders_stop_alone_is_told_to_whose_drone_it_is(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    for drone in (None, *flyers):
        with site.database.transaction() as conn:
            site.services.flying.stop(conn, site.actor("ogawa"), survey, "hold", clock.now(), drone)

    def stops(who: str, path: str) -> list[str]:
        page = site.client(who).get(f"/surveys/{survey}{path}").text
        return re.findall(r"小川 直樹さんが\s*(.*?)\s*に指示：その場で待機", page)

    for path in ("", "/live"):
        assert stops("ogawa", path) == ["市の 1号", "そら 1号", "全機"]
        assert stops("sora", path) == ["そら 1号", "全機"]
        assert "drone-2" not in site.client("sora").get(f"/surveys/{survey}{path}").text


def test_what_flies_stands_before_any_number_of_newer_surveys(site: Website, flyers: dict[str, Flyer]) -> None:
    flying = draw(site, "訓練 古い", *flyers)
    fly(site, flyers, flying, 1)
    now = clock.now()
    names = [f"訓練 新しい{n:02}" for n in range(35)]
    with site.database.transaction() as conn:
        for n, name in enumerate(names):
            at = now + timedelta(seconds=n)
            store.add_survey(
                conn, Survey(new_id("sv"), name, "draft", True, 1, site.people["ogawa"], at, None, None, at)
            )
    ogawa = site.client("ogawa")
    first = ogawa.get("/surveys").text
    assert first.index("訓練 古い") < first.index(names[-1])
    [more] = re.findall(r'href="(/surveys\?before=[^"]+)"', first)
    second = ogawa.get(more).text
    assert "訓練 古い" not in second
    assert [(name in first) + (name in second) for name in names] == [1] * 35


def test_a_partner_says_how_a_drone_is(site: Website, flyers: dict[str, Flyer]) -> None:
    sora = site.client("sora")
    assert sora.post("/drones/drone-1/ready", page="/drones", ready="no").status_code == 303
    assert "飛べません：そら 1号" in site.client("ogawa").get("/surveys/new").text
    bad = sora.post("/drones/drone-1", ready="yes", battery_percent="120", lat="35.3", lon="")
    assert bad.status_code == 422
    assert bad.text.count('class="error"') == 2
    good = sora.post("/drones/drone-1", ready="yes", battery_percent="95", endurance_min="25", lat="35.3", lon="139.9")
    assert good.status_code == 303
    assert "25分" in sora.get("/drones").text
    assert sora.get("/staff/airspace").status_code == 403


def test_a_stop_without_scripts_is_asked_and_ordered(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    ogawa = site.client("ogawa")
    asked = f"/surveys/{survey}/stop?how=return"
    assert ogawa.post(f"/surveys/{survey}/stop", page=asked, how="return").status_code == 409
    fly(site, flyers, survey, 1)
    assert ogawa.get(f"/surveys/{survey}/stop?how=explode").status_code == 404
    assert ogawa.get(f"/surveys/{survey}/stop?how=land&drone=drone-9").status_code == 404
    assert ogawa.post(f"/surveys/{survey}/stop", page=asked, how="return").status_code == 303
    assert {order.action for flyer in flyers.values() for order in flyer.read()} == {"return"}
    sora = site.client("sora")
    assert sora.post(f"/surveys/{survey}/stop", page=asked, how="hold").status_code == 403
    one = f"{asked}&drone=drone-1"
    assert sora.post(f"/surveys/{survey}/stop", page=one, how="hold", drone="drone-1").status_code == 303


def test_what_is_live_is_told_to_programs_of_the_page_in_parts(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    ogawa = site.client("ogawa")
    whole = ogawa.get(f"/surveys/{survey}/live.json").json()
    assert len(whole["seen"]) == whole["photos"] == 31
    assert {one["number"] for one in whole["drones"]} == {1, 2}
    later = ogawa.get(f"/surveys/{survey}/live.json?after={whole['now'] + 60_000}").json()
    assert later["seen"] == {}
    assert later["tracks"] == {}
    assert later["photos"] == 31
    assert ogawa.get(f"/surveys/{survey}/live.json?after=x").status_code == 422
    seen = ogawa.get(f"/surveys/{survey}/seen.json").json()
    assert 0 < seen["percent"] < 100


def test_gaps_are_flown_with_one_tap_and_pins_are_set(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    sorties = fly(site, flyers, survey, 2)
    for name, sortie in sorties.items():
        flyers[name].tell(sortie, "landed", lat=35.376, lon=139.93, height_m=0)
    ogawa = site.client("ogawa")
    after = f"/surveys/{survey}/after"
    token = ogawa.get(after).text.split('name="csrf" value="')[1].split('"')[0]
    data = {"csrf": token, "kind": "road", "lat": "35.3765", "lon": "139.9305", "note": "倒木"}
    photo = {"photo": ("tree.jpg", saved(picture(3)), "image/jpeg")}
    assert ogawa.http.post(f"/surveys/{survey}/pins", data=data, files=photo).status_code == 303
    bad = ogawa.http.post(f"/surveys/{survey}/pins", data=data, files={"photo": ("a.jpg", b"no", "image/jpeg")})
    assert bad.status_code == 422
    assert "読み取れる写真ではありません" in bad.text
    page = ogawa.get(after).text
    assert "倒木" in page
    [image] = set(re.findall(rf"/surveys/{survey}/images/im-\w+", page))
    assert ogawa.get(image).headers["content-type"] == "image/jpeg"
    [pin] = set(re.findall(r"/pins/(pn-\w+)/remove", page))
    assert ogawa.post(f"/surveys/{survey}/pins/{pin}/remove", page=after).status_code == 303
    assert ogawa.get(f"/surveys/{survey}/plan.geojson").json()["features"]
    for name in ("plan.kml", "sorties.zip", "geo.txt"):
        assert ogawa.get(f"/surveys/{survey}/exports/{name}").status_code == 200
    assert ogawa.get(f"/surveys/{survey}/exports/nothing.txt").status_code == 404
    assert ogawa.get(f"/surveys/{survey}/notice.pdf").content.startswith(b"%PDF")
    assert "公開できる概要" in ogawa.get(f"/surveys/{survey}/report").text
    refly, version = f"/surveys/{survey}/refly", '<input type="hidden" name="version" value="1">'
    assert version in ogawa.get(after).text
    for given in ({}, {"version": "one"}):
        unsaid = ogawa.post(refly, page=after, **given)
        assert (unsaid.status_code, "どの計画を置き換えるのか" in unsaid.text) == (422, True)
    assert ogawa.post(refly, page=after, version="1").status_code == 303
    again = ogawa.post(refly, page=after, version="1")
    assert (again.status_code, "ほかの人が計画を作り直し" in again.text) == (409, True)
    assert "まだ写っていない所だけの計画" in ogawa.get(f"/surveys/{survey}").text


def test_a_plan_that_was_launched_meanwhile_is_not_changed_and_what_was_typed_stays(
    site: Website, flyers: dict[str, Flyer]
) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    form = FORM | {"drill": "yes", "speed_mps": "7.5", "version": "1"}
    answer = site.client("ogawa").post(f"/surveys/{survey}/change", **form)
    assert answer.status_code == 409
    assert all(word in answer.text for word in ("飛行中", 'value="7.5"', TEXT.splitlines()[0]))


def test_a_plan_that_somebody_made_meanwhile_is_not_replaced_unseen(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    ogawa, path = site.client("ogawa"), f"/surveys/{survey}/change"

    def version(text: str) -> str:
        return re.findall(r'name="version" value="(\d+)"', text)[0]

    seen = version(ogawa.get(path).text)
    replan(site.services, site.actor("sakuma"), survey, {"speed_mps": 6.0})
    faulty = ogawa.post(path, **FORM | {"speed_mps": "900", "version": seen})
    assert (faulty.status_code, version(faulty.text)) == (422, seen), "a fault does not hide what came meanwhile"
    refused = ogawa.post(path, **FORM | {"speed_mps": "7.5", "version": seen})
    assert refused.status_code == 409
    assert all(word in refused.text for word in ("ほかの人が計画を作り直しました", 'value="7.5"'))
    again = ogawa.post(path, **FORM | {"speed_mps": "7.5", "version": version(refused.text)})
    assert again.status_code == 303


def test_nobody_approves_or_launches_a_plan_that_was_made_behind_the_page(
    site: Website, flyers: dict[str, Flyer]
) -> None:
    survey = draw(site, "訓練", *flyers)
    ogawa, sakuma, path = site.client("ogawa"), site.client("sakuma"), f"/surveys/{survey}"
    approval = {"looked": "yes", "note": "堤を見た"}
    replan(site.services, site.actor("ogawa"), survey, {"speed_mps": 6.0})
    unseen = sakuma.post(f"{path}/approve", page=path, **approval, version="1")
    assert unseen.status_code == 409
    assert all(
        word in unseen.text for word in ("ほかの人が計画を作り直しました", "堤を見た", 'name="version" value="2"')
    )
    assert sakuma.post(f"{path}/approve", page=path, **approval).status_code == 422
    assert sakuma.post(f"{path}/approve", page=path, **approval, version="2").status_code == 303
    accept_all(site, survey)
    for given, status in (({"version": "1"}, 409), ({}, 422), ({"version": "2"}, 303)):
        assert ogawa.post(f"{path}/launch", page=path, **given).status_code == status, given


def test_nobody_vouches_for_a_plan_that_was_made_behind_the_page(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    ogawa, path = site.client("ogawa"), f"/surveys/{survey}"
    replan(site.services, site.actor("ogawa"), survey, {"speed_mps": 6.0})
    unseen = ogawa.post(f"{path}/check", page=path, vouched="yes", version="1")
    assert unseen.status_code == 409
    assert all(
        word in unseen.text for word in ("ほかの人が計画を作り直しました", 'form="checking" name="version" value="2"')
    )
    assert ogawa.post(f"{path}/check", page=path, vouched="yes").status_code == 422
    for given in ({"vouched": "yes", "version": "2"}, {"version": "2"}, {}):
        assert ogawa.post(f"{path}/check", page=path, **given).status_code == 303, given


@pytest.mark.parametrize("given", [{}, {"version": ""}, {"version": " "}])
def test_a_form_that_does_not_say_which_plan_it_replaces_replaces_none(
    site: Website, flyers: dict[str, Flyer], given: dict[str, str]
) -> None:
    survey = draw(site, "訓練", *flyers)
    ogawa, path = site.client("ogawa"), f"/surveys/{survey}/change"
    answer = ogawa.post(path, **FORM | {"speed_mps": "7.5"} | given)
    assert answer.status_code == 422
    assert all(word in answer.text for word in ("どの計画を置き換えるのか", 'value="7.5"', 'name="version" value="1"'))
    with site.database.transaction() as conn:
        assert store.fetch_plan(conn, survey).version == 1


def test_numbers_of_a_drone_too_small_for_the_database_are_none(site: Website, flyers: dict[str, Flyer]) -> None:
    office = site.client("office")
    form = {"ready": "yes", "battery_percent": f"0.{'0' * 60}1", "change_min": f"0.{'0' * 60}1"}
    assert office.post("/drones/drone-2", **form).status_code == 303
    page = office.get("/drones/drone-2").text
    assert re.search(r'name="battery_percent"[^>]*value="0(\.0)?"', page)


def test_a_tap_that_says_neither_ready_nor_not_changes_nothing(site: Website, flyers: dict[str, Flyer]) -> None:
    office = site.client("office")
    before = office.get("/drones/drone-2").text
    assert office.post("/drones/drone-2/ready", page="/drones/drone-2", ready="perhaps").status_code == 422
    kept = re.findall(r'name="ready"[^>]*', before)
    assert kept == re.findall(r'name="ready"[^>]*', office.get("/drones/drone-2").text)


def test_a_change_of_batteries_is_said_on_the_live_page(site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    approve(site, survey)
    accept_all(site, survey)
    launch(site, survey)
    ogawa = site.client("ogawa")
    refused = ogawa.post(f"/surveys/{survey}/resume", page=f"/surveys/{survey}/stop?how=hold")
    assert refused.status_code == 409
    # The live screen says why, and goes on.
    assert all(word in refused.text for word in ("data-survey-live", "待機中の機体はありません"))
    assert f'data-live-at="/surveys/{survey}/live"' in refused.text
    assert ogawa.get(f"/surveys/{survey}/live").status_code == 200


def test_zones_are_brought_in_with_their_source(site: Website, flyers: dict[str, Flyer]) -> None:
    add_zones(site)
    office = site.client("office")
    token = office.get("/staff/airspace").text.split('name="csrf" value="')[1].split('"')[0]
    data = {"csrf": token, "kind": "no_go", "title": "変電所", "source_date": "2026-04-01"}
    zone = {"type": "Feature", "geometry": square(50), "properties": {"name": "変電所"}}
    file = {"file": ("zones.geojson", json.dumps(zone).encode(), "application/geo+json")}
    assert office.http.post("/staff/airspace", data=data).status_code == 422
    bad = office.http.post("/staff/airspace", data=data, files={"file": ("z", b"{", "application/geo+json")})
    assert bad.status_code == 422
    assert office.http.post("/staff/airspace", data=data, files=file).status_code == 303
    page = office.get("/staff/airspace").text
    [import_id] = re.findall(r"/staff/airspace/(az-\w+)/end", page.split("変電所")[1])[:1]
    assert office.post(f"/staff/airspace/{import_id}/end", page="/staff/airspace").status_code == 303


def test_a_form_that_was_used_elsewhere_is_no_fault_of_the_summarys_title(
    site: Website, flyers: dict[str, Flyer]
) -> None:
    ogawa, key = site.client("ogawa"), "8b0f3a52-5f1d-4d6e-9d43-0d7f1f3d2a12"
    survey = ogawa.post("/surveys/new", **FORM, key=key).headers["location"].split("?")[0]
    release = {"title": "小櫃川の堤", "looked": "yes"}
    early = ogawa.post(f"{survey}/release", **release)
    used = ogawa.post(f"{survey}/release", **release, key=key)
    assert (early.status_code, used.status_code) == (409, 409)
    assert "飛行が終わってから公開できます" in early.text
    assert "飛行が終わってから公開できます" not in used.text
