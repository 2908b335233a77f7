"""Every act about surveys leaves its line in the audit log, and what was refused leaves none; who may do what."""

import httpx
import pytest

from hub.registry import service as registry
from hub.web.live import audience_of, may_hear
from tests.integration.surveys.conftest import ASKED, Town, photo

PREFIXES = ("/api/v1/surveys", "/api/v1/drones", "/api/v1/airspace")
GROUND = {
    "kind": "permit",
    "requester": "地方航空局長",
    "reason": "訓練",
    "covers": ["height"],
    "reference": "東空運航第1号",
}
UNSEEN = "Somebody has planned this survey anew meanwhile. Look at the plan as it is now."
ZONES = {"type": "FeatureCollection", "features": []}
IMPORT = {"kind": "did", "title": "見本", "source_date": "2026-11-01", "zones": ZONES, "sample": True}


def _lines(town: Town) -> list[tuple[str, str, str]]:
    with town.api.database.transaction() as conn:
        return conn.execute("select actor, act, object from audit_entry order by id").fetchall()


class Walk:
    """Calls each route once, by whom it is for, after somebody for whom it is not was refused."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.called: set[str] = set()
        self.hunter = town.api.client(town.api.person("hunter")[1])

    def call(self, method: str, route: str, act: str, who: httpx.Client, body: object = None, **ids: str) -> dict:
        sent = {"files": {"photo": ("a.jpg", body, "image/jpeg")}} if isinstance(body, bytes) else {"json": body}
        path = f"/api/v1{route}".format(**ids)
        before = _lines(self.town)
        refused = self.hunter.request(method, path, **sent)
        assert refused.status_code in (403, 404), (method, route, refused.text)
        assert _lines(self.town) == before, route
        done = who.request(method, path, **sent)
        assert done.status_code in (200, 201, 204), (method, route, done.text)
        new = _lines(self.town)[len(before) :]
        assert [line[1] for line in new] == [act], (route, new)
        self.called.add(f"{method} /api/v1{route}")
        return done.json() if done.content else {}


def test_each_act_leaves_one_line(town: Town) -> None:
    walk = Walk(town)
    one, two = town.drone("drone-1", partner=True), town.drone("drone-2")
    walk.call("PUT", "/drones/{drone}", "change", town.partner, {"ready": True}, drone="drone-1")
    made = walk.call("POST", "/airspace/imports", "import_zones", town.staff, IMPORT)
    walk.call("DELETE", "/airspace/imports/{import_id}", "end_zones", town.staff, import_id=made["id"])
    drawn = walk.call("POST", "/surveys", "draw", town.responder, ASKED | {"drones": ["drone-1", "drone-2"]})
    at = {"survey_id": drawn["id"]}
    walk.call("POST", "/surveys/{survey_id}/plans", "replan", town.responder, {"speed_mps": 7}, **at)
    walk.call("POST", "/surveys/{survey_id}/ground", "record_ground", town.responder, GROUND, **at)
    walk.call("POST", "/surveys/{survey_id}/check", "check_limits", town.responder, {"vouched": True}, **at)
    walk.call("POST", "/surveys/{survey_id}/approve", "approve", town.second, **at)
    walk.call("POST", "/surveys/{survey_id}/withdraw", "withdraw_approval", town.responder, {"note": "風"}, **at)
    town.act(drawn, "approve", town.second)
    offer = next(one for one in town.get(drawn, "/offers")["items"] if one["drone"] == "drone-1")
    offers = "/surveys/{survey_id}/offers/{sortie_id}"
    walk.call("POST", f"{offers}/decline", "declined_sortie", town.partner, sortie_id=offer["id"], **at)
    walk.call("POST", f"{offers}/accept", "accepted_sortie", town.partner, sortie_id=offer["id"], **at)
    walk.call("POST", "/surveys/{survey_id}/launch", "launch", town.responder, **at)
    walk.call("POST", "/surveys/{survey_id}/stop", "stop_hold", town.responder, {"drone": "drone-2"}, **at)
    assert [order.action for order in two.read()] == ["prepare", "release"]
    back = next(one for one in town.get(drawn)["sorties"] if one["drone"] == "drone-2")
    walk.call("POST", "/surveys/{survey_id}/sorties/{sortie_id}/go", "go", town.responder, sortie_id=back["id"], **at)
    order = one.read()[0]
    one.fly(order.sortie, "surveying")
    one.fly(order.sortie, "held")
    walk.call("POST", "/surveys/{survey_id}/resume", "resume", town.responder, {"drone": "drone-1"}, **at)
    with town.api.database.transaction() as conn:
        conn.execute("update survey set state = 'stopped' where id = %s", (drawn["id"],))
    _add_and_release(walk, drawn["id"])
    other = town.draw()
    walk.call("POST", "/surveys/{survey_id}/cancel", "cancel", town.responder, survey_id=other["id"])
    document = town.api.client(None).get("/api/v1/openapi.json").json()
    changing = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
        if method != "get" and path.startswith(PREFIXES)
    }
    assert {_generic(one) for one in walk.called} == {_generic(one) for one in changing}


def _add_and_release(walk: Walk, survey_id: str) -> None:
    """What people add to a survey that has flown, and what of it everybody may know."""
    town, at = walk.town, {"survey_id": survey_id}
    walk.call("POST", "/surveys/{survey_id}/images", "add_image", town.responder, photo(), **at)
    walk.call("POST", "/surveys/{survey_id}/images/match", "match_images", town.responder, **at)
    pin = {"kind": "road", "location": {"lat": 35.371, "lon": 139.951}}
    made = walk.call("POST", "/surveys/{survey_id}/pins", "add_pin", town.responder, pin, **at)
    walk.call("DELETE", "/surveys/{survey_id}/pins/{pin_id}", "remove_pin", town.responder, pin_id=made["id"], **at)
    walk.call("POST", "/surveys/{survey_id}/release", "release_summary", town.responder, {"title": "小櫃川"}, **at)
    walk.call("DELETE", "/surveys/{survey_id}/release", "withdraw_summary", town.responder, **at)


def _generic(route: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in route.split("/"))


def test_who_says_which_plan_they_saw_answers_for_no_other(town: Town) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1")
    town.act(survey, "plans", speed_mps=7)
    papers, audit, words = town.get(survey, "/papers"), _lines(town), town.words(survey)
    for act, who, body in (
        ("check", town.responder, {"vouched": True}),
        ("approve", town.second, {"note": "堤を見た"}),
        ("launch", town.responder, {"only_accepted": False}),
    ):
        path = f"/api/v1/surveys/{survey['id']}/{act}"
        for version in (1, 3):
            refused = who.post(path, json=body | {"version": version})
            assert (refused.status_code, refused.json().get("detail")) == (409, UNSEEN), (act, version)
        for version in (0, "2", 2.5):
            assert who.post(path, json=body | {"version": version}).status_code == 422, (act, version)
        assert (town.get(survey, "/papers"), _lines(town), town.words(survey)) == (papers, audit, words), act
        town.act(survey, act, who, **body, version=2)
        papers, audit, words = town.get(survey, "/papers"), _lines(town), town.words(survey)
    assert [one["version"] for one in papers["approvals"]] == [2]


@pytest.mark.parametrize("body", [None, {}, {"version": None}])
def test_who_does_not_say_which_plan_they_saw_answers_for_the_newest(town: Town, body: dict | None) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1")
    town.act(survey, "plans", speed_mps=7)
    for act, who in (("check", town.responder), ("approve", town.second), ("launch", town.responder)):
        done = who.post(f"/api/v1/surveys/{survey['id']}/{act}", json=body)
        assert (done.status_code, done.json()["version"]) == (200, 2), (act, done.text)


@pytest.mark.parametrize("role", ["hunter", "farmer", "partner"])
def test_others_see_no_survey_and_no_drone(town: Town, role: str) -> None:
    town.drone("drone-1")
    survey = town.draw("drone-1")
    somebody = town.api.client(town.api.person(role)[1])
    assert somebody.get("/api/v1/surveys").json()["items"] == []
    assert somebody.get("/api/v1/drones").json()["items"] == []
    assert somebody.get("/api/v1/drones/drone-1").status_code == 404
    for path in ("", "/offers", "/coverage", "/photos", "/timeline", "/flights"):
        hidden = somebody.get(f"/api/v1/surveys/{survey['id']}{path}")
        nothing = somebody.get(f"/api/v1/surveys/sv-nothing{path}")
        assert (hidden.status_code, hidden.json()) == (404, nothing.json()), path
    assert somebody.get(f"/api/v1/surveys/{survey['id']}/papers").status_code == 403
    assert somebody.post("/api/v1/surveys", json=ASKED).status_code == 403


def test_the_stream_tells_of_surveys_to_whom_they_concern(town: Town) -> None:
    town.drone("drone-1", partner=True)
    survey = town.draw("drone-1")
    notice, flight = ({"what": what, "id": survey["id"]} for what in ("survey", "flight"))

    def hears(person_id: str) -> list[bool]:
        with town.api.database.transaction() as conn:
            actor = registry.fetch_actor(conn, person_id)
            assert actor is not None
            audience = audience_of(conn, actor)
        return [may_hear(audience, one) for one in (notice, flight)]

    hunter = town.api.person("hunter")[0]
    assert hears(town.responder_id) == [True, True]
    assert hears(town.partner_id) == [False, False]
    town.act(survey, "approve", town.second)
    assert hears(town.partner_id) == [True, True]
    assert hears(hunter) == [False, False]


def test_the_timeline_and_the_plans_are_rewritten_by_nobody(town: Town) -> None:
    survey = town.draw()
    for table in ("survey_entry", "survey_plan", "survey_check"):
        with pytest.raises(Exception, match="append-only"), town.api.database.transaction() as conn:
            conn.execute(f"delete from {table} where survey_id = %s", (survey["id"],))


def test_a_partner_is_for_partners_and_named_by_staff(town: Town) -> None:
    town.drone("drone-1", partner=True)
    stranger = town.api.person("hunter")[0]
    form = {"ready": True, "partner": stranger}
    assert town.staff.put("/api/v1/drones/drone-1", json=form).status_code == 422
    other = town.api.person("partner")[0]
    assert town.partner.put("/api/v1/drones/drone-1", json={"ready": True, "partner": other}).status_code == 403
    said = town.partner.put("/api/v1/drones/drone-1", json={"ready": False, "battery_percent": 40}).json()
    assert (said["ready"], said["partner"]) == (False, town.partner_id)
    refused = town.responder.post("/api/v1/surveys", json=ASKED | {"drones": ["drone-1"]})
    assert refused.status_code == 409
    assert "drone-1" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"drones": ["nothing"]}, 422),
        ({"line_spacing_m": None}, 422),
        ({"camera": "dji-mavic-3e", "gsd_cm": 2}, 422),
        ({"line_spacing_m": None, "camera": "no-camera", "gsd_cm": 2}, 422),
        ({"area": {"type": "Point", "coordinates": [1, 2]}}, 422),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [0, 0]]]}}, 422),
        ({"keep_out": [ASKED["area"]]}, 422),
        ({"drones": {"count": 0}}, 422),
        ({"line_spacing_m": None, "height_m": None, "camera": "dji-mavic-3e", "gsd_cm": 2}, 201),
        ({"drones": {"count": 2, "home": {"lat": 35.3695, "lon": 139.9495}}}, 201),
    ],
)
def test_what_can_be_asked(town: Town, change: dict, status: int) -> None:
    body = {key: value for key, value in (ASKED | change).items() if value is not None}
    answer = town.responder.post("/api/v1/surveys", json=body)
    assert answer.status_code == status, answer.text


def test_a_number_too_small_to_be_kept_is_none(town: Town) -> None:
    town.drone("drone-1")
    answer = town.staff.put("/api/v1/drones/drone-1", json={"ready": True, "battery_percent": 2.8e-285})
    assert answer.status_code == 200
    assert answer.json()["battery_percent"] == 0
