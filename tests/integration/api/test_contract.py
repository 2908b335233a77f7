"""Each route of the contract, as an outside program uses it."""

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest

from hub import clock
from hub.registry import service as registry
from tests.integration.api.conftest import Api
from tests.integration.api.samples import device_key, make_samples, measure, spring

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def test_an_agent_enrols_with_its_code_once(api: Api) -> None:
    made = api.client().post("/api/v1/agents", json={"name": "矢那の谷 1"})
    assert made.status_code == 201
    assert set(made.json()) == {"id", "enrolment_code"}
    answer = api.client(None).post("/api/v1/enrol", json={"code": made.json()["enrolment_code"]})
    assert answer.status_code == 200
    enrolled = answer.json()
    assert set(enrolled) == {"agent", "mqtt", "command_key"}
    assert enrolled["agent"] == enrolled["mqtt"]["username"] == made.json()["id"]
    assert set(enrolled["mqtt"]) == {"host", "port", "tls", "username", "password", "ca"}
    assert (enrolled["mqtt"]["tls"], enrolled["mqtt"]["ca"]) == (False, None)
    assert len(base64.b64decode(enrolled["command_key"])) == 32
    # It answered only after the broker had let these very credentials in.
    assert api.asked[-1] == (enrolled["agent"], enrolled["mqtt"]["password"])
    again = api.client(None).post("/api/v1/enrol", json={"code": made.json()["enrolment_code"]})
    assert again.status_code == 404
    assert "password" not in again.text
    (listed,) = api.client().get("/api/v1/agents").json()["items"]
    assert RFC3339.fullmatch(listed["enrolled_at"])


def test_a_broker_that_does_not_take_the_account_leaves_the_code_alive(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.web.api.enrolment._PATIENCE_S", 0.2)
    api.admitted = set()
    code = api.client().post("/api/v1/agents", json={"name": "an agent"}).json()["enrolment_code"]
    refused = api.client(None).post("/api/v1/enrol", json={"code": code})
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert "same code" in refused.json()["detail"]
    api.admitted = None
    assert api.client(None).post("/api/v1/enrol", json={"code": code}).status_code == 200


def test_wrong_codes_are_throttled_and_then_even_the_right_one(api: Api) -> None:
    code = api.client().post("/api/v1/agents", json={"name": "an agent"}).json()["enrolment_code"]
    nobody = api.client(None)
    statuses = [nobody.post("/api/v1/enrol", json={"code": f"AAAA-AAAA-{n:04}"}).status_code for n in range(25)]
    assert statuses[:20] == [404] * 20
    assert set(statuses[20:]) == {429}
    refused = nobody.post("/api/v1/enrol", json={"code": code})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_another_code_for_an_agent(api: Api) -> None:
    agent = api.agent()
    answer = api.client().post(f"/api/v1/agents/{agent}/enrolment-code")
    assert answer.status_code == 201
    assert answer.json()["id"] == agent
    enrolled = api.client(None).post("/api/v1/enrol", json={"code": answer.json()["enrolment_code"]})
    assert enrolled.json()["agent"] == agent


def test_people_have_an_id_and_a_token_that_works(api: Api) -> None:
    body = {"name": "佐藤 一郎", "roles": ["hunter", "farmer"], "email": "sato@example.jp", "language": "ja_Hira"}
    answer = api.client().post("/api/v1/people", json=body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "token"}
    me = api.client(answer.json()["token"]).get("/api/v1/me").json()
    assert me == {"id": answer.json()["id"], "name": "佐藤 一郎", "roles": ["farmer", "hunter"], "teams": [],
                  "language": "ja_Hira"}  # fmt: skip
    plain = api.client().post("/api/v1/people", json={"name": "鈴木", "roles": ["hunter"]}).json()
    listed = {one["id"]: one for one in api.client().get("/api/v1/people").json()["items"]}
    assert listed[plain["id"]]["language"] == "ja"
    assert listed[answer.json()["id"]]["email"] == "sato@example.jp"


def test_a_person_is_changed_put_out_and_taken_in_again(api: Api) -> None:
    person, token = api.person("hunter")
    staff, hers = api.client(), api.client(token)
    changed = staff.patch(f"/api/v1/people/{person}", json={"username": "sato", "roles": ["hunter", "farmer"]})
    assert (changed.json()["username"], changed.json()["roles"]) == ("sato", ["farmer", "hunter"])
    assert staff.put(f"/api/v1/people/{person}/password", json={"password": "a long password"}).status_code == 204
    assert hers.get("/api/v1/me").status_code == 200
    staff.patch(f"/api/v1/people/{person}", json={"active": False})
    assert hers.get("/api/v1/me").status_code == 401
    staff.patch(f"/api/v1/people/{person}", json={"active": True})
    another = staff.post(f"/api/v1/people/{person}/tokens", json={"label": "the new phone"}).json()["token"]
    assert api.client(another).get("/api/v1/me").json()["id"] == person
    newest = staff.get(f"/api/v1/people/{person}/tokens").json()["items"][0]
    assert staff.delete(f"/api/v1/people/{person}/tokens/{newest['id']}").status_code == 204
    assert api.client(another).get("/api/v1/me").status_code == 401


def test_devices_say_what_is_known_of_them(api: Api) -> None:
    agent = api.agent()
    trap = api.device("trap-1", agent=agent, name="檻 1", location={"lat": 35.3764, "lon": 139.9536})
    assert trap["state"] == "armed"
    assert trap["location"] == {"lat": 35.3764, "lon": 139.9536}
    api.device("station-1", "station", agent=agent)
    measure(api, "station-1", 3)
    spring(api, "trap-1")
    items = api.client().get("/api/v1/devices").json()["items"]
    assert [(one["id"], one["state"]) for one in items] == [("station-1", None), ("trap-1", "sprung")]
    latest = items[0]["latest"]["soil_moisture"]
    assert (latest["value"], latest["unit"], latest["late"]) == (2.0, "%", False)
    assert RFC3339.fullmatch(latest["time"])
    assert api.client().get("/api/v1/devices/trap-1").json() == items[1]
    assert [one["id"] for one in api.client().get("/api/v1/devices?kind=trap").json()["items"]] == ["trap-1"]


def test_a_taken_id_and_an_unknown_agent(api: Api) -> None:
    agent = api.agent()
    api.device("trap-1", agent=agent)
    body = {"agent": agent, "id": "trap-1", "kind": "trap", "name": "again", "location": {"lat": 0, "lon": 0}}
    assert api.client().post("/api/v1/devices", json=body).status_code == 409
    assert api.client().post("/api/v1/devices", json=body | {"agent": "ag-nobody"}).status_code == 404


def test_a_device_is_changed_in_part(api: Api) -> None:
    api.device("trap-1")
    staff = api.client()
    team = staff.post("/api/v1/teams", json={"name": "富来田班"}).json()["id"]
    assert staff.post("/api/v1/teams", json={"name": "富来田班"}).status_code == 409
    changed = staff.patch("/api/v1/devices/trap-1", json={"team": team}).json()
    assert (changed["team"], changed["name"]) == (team, "trap-1")
    moved = staff.patch("/api/v1/devices/trap-1", json={"location": {"lat": 35.0, "lon": 140.1}, "name": "new"}).json()
    assert (moved["team"], moved["name"], moved["location"]) == (team, "new", {"lat": 35.0, "lon": 140.1})
    assert staff.patch("/api/v1/devices/trap-1", json={"team": None}).json()["team"] is None
    assert staff.patch("/api/v1/devices/trap-1", json={"team": "t-nobody"}).status_code == 404


def test_a_trap_is_taken_out_of_service_but_not_while_it_is_sprung(api: Api) -> None:
    api.device("trap-1")
    hunter = api.client(api.person("hunter")[1])
    assert hunter.post("/api/v1/devices/trap-1/disarm").json()["state"] == "disarmed"
    assert hunter.post("/api/v1/devices/trap-1/arm").json()["state"] == "armed"
    spring(api, "trap-1")
    assert hunter.post("/api/v1/devices/trap-1/disarm").status_code == 409
    api.device("station-1", "station")
    assert api.client().post("/api/v1/devices/station-1/arm").status_code == 409


def _series(api: Api, **query: str) -> list[dict]:
    answer = api.client().get("/api/v1/devices/station-1/readings", params={"quantity": "soil_moisture"} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.fixture
def three_days(api: Api) -> datetime:
    """A reading each half hour over three of the town's days, from midnight in Japan; the start."""
    start = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    api.device("station-1", "station")
    with api.database.transaction() as conn:
        key = device_key(conn, "station-1")
        for number in range(144):
            conn.execute(
                "insert into reading (device_id, measured_at, received_at, soil_moisture) values (%s, %s, %s, %s)",
                (key, start + number * timedelta(minutes=30), start, float(number % 48)),
            )
    return start


def test_readings_as_they_were_measured(api: Api, three_days: datetime) -> None:
    items = _series(api)
    assert len(items) == 144
    assert items[0] == {"time": "2026-11-19T15:00:00Z", "value": 0.0}
    some = _series(api, **{"from": "2026-11-20T00:00:00+09:00", "to": "2026-11-20T01:00:00+09:00"})
    assert some == [{"time": "2026-11-19T15:00:00Z", "value": 0.0}, {"time": "2026-11-19T15:30:00Z", "value": 1.0}]
    assert _series(api, quantity="soil_ph") == []


def test_readings_by_hour_and_by_the_towns_day(api: Api, three_days: datetime) -> None:
    hours = _series(api, bucket="1h")
    assert len(hours) == 72
    assert hours[1] == {"time": "2026-11-19T16:00:00Z", "min": 2.0, "mean": 2.5, "max": 3.0, "count": 2}
    days = _series(api, bucket="1d")
    assert [(day["time"], day["count"]) for day in days] == [
        ("2026-11-19T15:00:00Z", 48), ("2026-11-20T15:00:00Z", 48), ("2026-11-21T15:00:00Z", 48)
    ]  # fmt: skip
    assert (days[0]["min"], days[0]["mean"], days[0]["max"]) == (0.0, 23.5, 47.0)


def test_a_bucket_counts_only_what_lies_in_the_span(api: Api, three_days: datetime) -> None:
    span = {"from": "2026-11-19T15:30:00Z", "to": "2026-11-19T16:30:00Z"}
    assert [(one["time"], one["count"]) for one in _series(api, bucket="1h", **span)] == [
        ("2026-11-19T15:00:00Z", 1), ("2026-11-19T16:00:00Z", 1)
    ]  # fmt: skip


@pytest.mark.parametrize("query", [{}, {"bucket": "1h"}, {"from": "2026-11-20T00:00:00Z", "bucket": "5m"}])
def test_pages_of_readings_hold_everything_once(api: Api, three_days: datetime, query: dict[str, str]) -> None:
    whole = _series(api, **query)
    seen: list[dict] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.client().get(
            "/api/v1/devices/station-1/readings",
            params={"quantity": "soil_moisture", "limit": "7"} | query | cursor,
        ).json()  # fmt: skip
        seen += page["items"]
        if page["next"] is None:
            break
        assert len(page["items"]) == 7
        assert re.fullmatch("[A-Za-z0-9_-]+", page["next"])
        cursor = {"cursor": page["next"]}
    assert seen == whole


@pytest.mark.parametrize(
    "query",
    ["", "quantity=love", "quantity=soil_moisture&bucket=2h", "quantity=soil_moisture&from=yesterday",
     "quantity=soil_moisture&to=2026-11-23", "quantity=soil_moisture&limit=0", "quantity=soil_moisture&limit=10001",
     "quantity=soil_moisture&cursor=0", "quantity=soil_moisture&cursor=%00", "quantity=%00", "quantity=device_id"],
)  # fmt: skip
def test_a_bad_question_is_422_but_an_unknown_device_is_404_whatever_is_asked(api: Api, query: str) -> None:
    api.device("station-1", "station")
    assert api.client().get(f"/api/v1/devices/station-1/readings?{query}").status_code == 422
    assert api.client().get(f"/api/v1/devices/nothing/readings?{query}").status_code == 404


def test_an_incident_from_open_to_settled(api: Api) -> None:
    api.device("trap-1")
    incident = spring(api, "trap-1")
    person, token = api.person("hunter", name="佐藤 一郎")
    hunter = api.client(token)
    (listed,) = hunter.get("/api/v1/incidents?state=open").json()["items"]
    assert (listed["id"], listed["device"], listed["kind"], listed["state"]) == (
        incident, "trap-1", "trap_sprung", "open"
    )  # fmt: skip
    assert RFC3339.fullmatch(listed["opened_at"])
    assert (listed["going"], listed["resolved"]) == (None, None)

    before = clock.now()
    going = hunter.post(f"/api/v1/incidents/{incident}/going", json={"eta_minutes": 40})
    assert going.status_code == 200
    assert going.json()["state"] == "going"
    assert going.json()["going"]["person"] == person
    eta_at = datetime.fromisoformat(going.json()["going"]["eta_at"])
    assert before + timedelta(minutes=40) <= eta_at <= clock.now() + timedelta(minutes=40)
    assert [one["id"] for one in hunter.get("/api/v1/incidents?state=open").json()["items"]] == [incident]

    report = hunter.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "captured", "note": "雄 60 kg"})
    assert report.status_code == 200
    resolved = report.json()["resolved"]
    assert (report.json()["state"], resolved["outcome"], resolved["note"]) == ("resolved", "captured", "雄 60 kg")
    assert hunter.get("/api/v1/incidents?state=open").json()["items"] == []
    assert [one["id"] for one in hunter.get("/api/v1/incidents?state=resolved").json()["items"]] == [incident]
    assert hunter.get("/api/v1/devices/trap-1").json()["state"] == "armed"
    assert hunter.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "empty"}).status_code == 409
    assert hunter.post(f"/api/v1/incidents/{incident}/going", json={"eta_minutes": 1}).status_code == 409

    timeline = hunter.get(f"/api/v1/incidents/{incident}").json()["timeline"]
    assert [(entry["kind"], entry["actor"]) for entry in timeline] == [
        ("opened", "system"), ("going", person), ("resolved", person)
    ]  # fmt: skip


@pytest.mark.parametrize("outcome", ["captured", "empty", "wrong_species", "visited"])
def test_every_outcome_of_the_contract_settles(api: Api, outcome: str) -> None:
    api.device("trap-1")
    answer = api.client().post(f"/api/v1/incidents/{spring(api, 'trap-1')}/resolve", json={"outcome": outcome})
    assert answer.json()["resolved"]["outcome"] == outcome


def test_lists_are_continued_by_their_cursor(api: Api) -> None:
    made = make_samples(api)
    for path, count in (("devices", 6), ("incidents", 4), ("people", 3), ("agents", 1), ("teams", 1), ("plots", 2)):
        seen: list[str] = []
        query = "limit=2"
        while query:
            page = api.client().get(f"/api/v1/{path}?{query}").json()
            assert set(page) == {"items", "next"}
            seen += [one["id"] for one in page["items"]]
            query = page["next"] and f"limit=2&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == count, path
    assert api.client().get(f"/api/v1/agents/{made.agent}").json()["id"] == made.agent


def test_a_cursor_is_good_for_its_own_list_only(api: Api) -> None:
    make_samples(api)
    cursor = api.client().get("/api/v1/devices?limit=1").json()["next"]
    for path in ("agents", "people", "teams", "incidents", "plots", "quarantine"):
        assert api.client().get(f"/api/v1/{path}?cursor={cursor}").status_code == 422
    for path in ("agents", "people", "teams", "incidents", "plots", "quarantine", "devices"):
        for limit in ("0", "501", "-1", "x", "9" * 50):
            assert api.client().get(f"/api/v1/{path}?limit={limit}").status_code == 422


def test_a_farmer_has_plots(api: Api) -> None:
    made = make_samples(api)
    staff = api.client()
    answer = staff.get(f"/api/v1/plots/{made.plot}").json()
    assert (answer["owner"], answer["stations"]) == (made.farmer, ["station-1"])
    body = {"name": "下の畑", "crop": "梨", "planted_on": "2026-04-01", "stations": [], "shared_with": []}
    changed = staff.put(f"/api/v1/plots/{made.plot}", json=body).json()
    assert (changed["owner"], changed["crop"], changed["planted_on"]) == (made.farmer, "梨", "2026-04-01")
    assert staff.post("/api/v1/plots", json={"name": "a plot", "owner": made.hunter}).status_code == 409


def test_the_quarantine_is_listed_and_set_aside(api: Api) -> None:
    now = clock.now()
    with api.database.transaction() as conn:
        for number in range(3):
            conn.execute(
                "insert into quarantine (digest, topic, payload, size_bytes, reason, detail, received_at,"
                " last_received_at)"
                " values (%s, 'wanamori/v1/up/ag-x/-/status', %s, 3, 'malformed', 'not JSON', %s, %s)",
                (bytes([number]), b"{\xff\x00", now, now),
            )
    staff = api.client()
    page = staff.get("/api/v1/quarantine?limit=2").json()
    assert [one["excerpt"] for one in page["items"]] == ["{\ufffd\x00"] * 2
    (last,) = staff.get(f"/api/v1/quarantine?cursor={page['next']}").json()["items"]
    assert staff.post(f"/api/v1/quarantine/{last['id']}/discard").status_code == 204
    assert staff.post(f"/api/v1/quarantine/{last['id']}/discard").status_code == 409
    replayed = staff.post(f"/api/v1/quarantine/{page['items'][0]['id']}/replay").json()
    assert (replayed["settled"], replayed["reason"]) == (False, "malformed")
    assert len(staff.get("/api/v1/quarantine").json()["items"]) == 2
    assert len(staff.get("/api/v1/quarantine?state=all").json()["items"]) == 3
    assert staff.post("/api/v1/quarantine/999999/replay").status_code == 404


def test_figures_for_prometheus(api: Api) -> None:
    make_samples(api)  # four sprung traps, one of them looked after
    api.client().get("/api/v1/devices/trap-0")
    text = api.client(None).get("/metrics").text
    for what, number in (("devices", 6), ("incidents_open", 3), ("incidents_going", 0), ("quarantine_waiting", 0)):
        assert f'wanamori_town{{what="{what}"}} {number}.0' in text
    assert 'route="/api/v1/devices/{device_id}",status="200"' in text
    assert "trap-0" not in text


def test_staff_see_how_somebody_is_reached_and_no_address(api: Api) -> None:
    person = api.client().post("/api/v1/people", json={"name": "石井", "roles": ["hunter"]}).json()
    with api.database.transaction() as conn:
        registry.add_way(conn, person["id"], "push", "https://push.example/secret", clock.now(), label="Firefox, Linux")
    answer = api.client().get(f"/api/v1/people/{person['id']}/channels")
    [way] = answer.json()["items"]
    assert (way["channel"], way["label"]) == ("push", "Firefox, Linux")
    assert "secret" not in answer.text
    assert api.client(person["token"]).get(f"/api/v1/people/{person['id']}/channels").status_code == 403
    assert api.client().get("/api/v1/people/p-nobody/channels").status_code == 404
