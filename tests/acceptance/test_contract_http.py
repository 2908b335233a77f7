"""The HTTP contract as an outside program uses it, against the whole service."""

import base64
import re
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.acceptance.service import Service
from tests.acceptance.wire import WireAgent, enrolled_agent, registered_device
from tests.servers import wait_until

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(scope="module")
def agent(service: Service) -> Iterator[WireAgent]:
    made = enrolled_agent(service, "contract over HTTP")
    yield made
    made.close()


def _person(service: Service, *roles: str) -> tuple[str, httpx.Client]:
    body = {"name": "契約 太郎", "roles": list(roles), "email": f"{uuid.uuid4().hex}@example.jp", "language": "ja"}
    made = service.api.post("/api/v1/people", json=body).raise_for_status().json()
    return made["id"], service.client(made["token"])


def _items(client: httpx.Client, path: str, **query: str) -> list[dict]:
    """All items of a list, page by page."""
    found: list[dict] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(path, params=query | ({"cursor": cursor} if cursor else {})).raise_for_status().json()
        assert set(page) == {"items", "next"}
        assert page["next"] is None or re.fullmatch("[A-Za-z0-9_-]+", page["next"])
        found += page["items"]
        cursor = page["next"]
    return found


def _open_incident(client: httpx.Client, device: str) -> dict:
    """The device's unsettled incident, as soon as there is one."""
    found: list[dict] = []

    def look() -> bool:
        found[:] = [one for one in _items(client, "/api/v1/incidents", state="open") if one["device"] == device]
        return bool(found)

    wait_until(look, f"no open incident of {device}", 300, 0.1)
    (incident,) = found
    return incident


def test_what_needs_no_token(service: Service) -> None:
    with service.client() as nobody:
        document = nobody.get("/api/v1/openapi.json").raise_for_status().json()
        assert document["openapi"].startswith("3.")
        assert nobody.get("/healthz").json()["status"] == "ok"
        assert "wanamori_town" in nobody.get("/metrics").text
        first = nobody.get("/")
        assert first.status_code == 200
        assert re.search(r'<html[^>]+lang="ja"', first.text)
        assert re.search(r'rel="?manifest', first.text)
        assert nobody.get("/api/v1/devices").status_code == 401
        assert nobody.get("/api/v1/devices").headers["content-type"] == "application/problem+json"


def test_enrolment_gives_credentials_that_work_and_a_key(service: Service) -> None:
    made = service.api.post("/api/v1/agents", json={"name": "once"}).json()
    with service.client() as nobody:
        answer = nobody.post("/api/v1/enrol", json={"code": made["enrolment_code"]}).raise_for_status().json()
        assert nobody.post("/api/v1/enrol", json={"code": made["enrolment_code"]}).status_code in range(400, 500)
    assert len(base64.b64decode(answer["command_key"])) == 32
    assert (answer["mqtt"]["host"], answer["mqtt"]["port"]) == service.mqtt
    enrolled = WireAgent(answer["agent"], answer["mqtt"]).connect()
    enrolled.close()


def test_agents_that_enrol_all_at_once(service: Service) -> None:
    codes = [service.api.post("/api/v1/agents", json={"name": "crowd"}).json()["enrolment_code"] for _ in range(8)]
    answers: list[dict] = []

    def enrol(code: str) -> None:
        with service.client() as nobody:
            answers.append(nobody.post("/api/v1/enrol", json={"code": code}).json())

    threads = [threading.Thread(target=enrol, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        WireAgent(answer["agent"], answer["mqtt"]).connect().close()


def test_a_new_code_ends_the_old_password_when_it_is_used(service: Service) -> None:
    first = enrolled_agent(service, "new card")
    first.close()
    code = service.api.post(f"/api/v1/agents/{first.agent}/enrolment-code").raise_for_status().json()["enrolment_code"]
    with service.client() as nobody:
        answer = nobody.post("/api/v1/enrol", json={"code": code}).raise_for_status().json()
    WireAgent(answer["agent"], answer["mqtt"]).connect().close()
    with pytest.raises(AssertionError, match="no subscription"):
        WireAgent(first.agent, first.credentials).connect(seconds=3)


def test_a_trap_from_armed_to_sprung_to_its_report(service: Service, agent: WireAgent) -> None:
    trap = registered_device(service, agent, "trap")
    person, hunter = _person(service, "hunter")
    with hunter:
        assert hunter.get(f"/api/v1/devices/{trap}").json()["state"] == "armed"
        agent.send(trap, "sprung", agent.event(trap, "sprung", {"count": 2}))
        incident = _open_incident(hunter, trap)
        assert (incident["kind"], incident["state"]) == ("trap_sprung", "open")
        assert RFC3339.fullmatch(incident["opened_at"])
        assert hunter.get(f"/api/v1/devices/{trap}").json()["state"] == "sprung"
        path = f"/api/v1/incidents/{incident['id']}"
        assert hunter.post(f"{path}/going", json={"eta_minutes": 40}).raise_for_status().json()["state"] == "going"
        assert _open_incident(hunter, trap)["going"]["person"] == person
        hunter.post(f"{path}/resolve", json={"outcome": "captured"}).raise_for_status()
        assert hunter.get(f"/api/v1/devices/{trap}").json()["state"] == "armed"
        assert [one for one in _items(hunter, "/api/v1/incidents", state="open") if one["device"] == trap] == []
        assert hunter.get(path).json()["resolved"]["outcome"] == "captured"


def test_a_station_with_its_latest_values_and_series(service: Service, agent: WireAgent) -> None:
    station = registered_device(service, agent, "station")
    start = (datetime.now(UTC) - timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    times = [start + timedelta(minutes=10 * number) for number in range(12)]
    values = {"soil_moisture": [float(number) for number in range(12)], "air_temperature": [8.5] * 11 + [None]}
    event = agent.event(station, "readings", {"times": [time.isoformat() for time in times], "values": values})
    agent.send(station, "readings", event)
    agent.wait_receipt(int(event["sequence"]))
    path = f"/api/v1/devices/{station}/readings"
    raw = service.api.get(path, params={"quantity": "soil_moisture"}).json()["items"]
    assert [(datetime.fromisoformat(one["time"]), one["value"]) for one in raw] == [
        (time, float(number)) for number, time in enumerate(times)
    ]
    assert len(service.api.get(path, params={"quantity": "air_temperature"}).json()["items"]) == 11
    hours = service.api.get(path, params={"quantity": "soil_moisture", "bucket": "1h"}).json()["items"]
    assert [{key: one[key] for key in ("min", "mean", "max", "count")} for one in hours] == [
        {"min": 0.0, "mean": 2.5, "max": 5.0, "count": 6},
        {"min": 6.0, "mean": 8.5, "max": 11.0, "count": 6},
    ]
    span = {"from": times[3].isoformat(), "to": times[8].isoformat(), "bucket": "1h", "quantity": "soil_moisture"}
    assert [one["count"] for one in service.api.get(path, params=span).json()["items"]] == [3, 2]

    def shown() -> bool:
        latest = service.api.get(f"/api/v1/devices/{station}").json()["latest"]
        return "soil_moisture" in latest and latest["soil_moisture"]["value"] == 11.0

    wait_until(shown, "the latest value", 200, 0.1)
    assert service.api.get("/api/v1/devices/nothing/readings?bucket=2h").status_code == 404
    assert service.api.get(f"{path}?quantity=soil_moisture&bucket=2h").status_code == 422


def test_the_stream_says_that_a_trap_has_sprung(service: Service, agent: WireAgent) -> None:
    trap = registered_device(service, agent, "trap")
    _, hunter = _person(service, "hunter")
    with hunter, hunter.stream("GET", "/api/v1/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith(":")) == ": listening"
        agent.send(trap, "sprung", agent.event(trap, "sprung", {}))
        assert next(line for line in lines if trap in line)


def test_staff_may_ask_often(service: Service) -> None:
    statuses = {service.api.get("/api/v1/me").status_code for _ in range(300)}
    assert statuses == {200}


def test_rubbish_gets_a_problem(service: Service) -> None:
    for method, path, content in (
        ("POST", "/api/v1/agents", b"{"),
        ("POST", "/api/v1/agents", b'{"name": "a\\u0000b"}'),
        ("POST", "/api/v1/devices", b'{"id": "A B"}'),
        ("POST", "/api/v1/people", b"\xff"),
        ("GET", "/api/v1/devices/%00", b""),
        ("GET", "/api/v1/nothing", b""),
        ("DELETE", "/api/v1/agents", b""),
        ("GET", "/api/v1/devices?cursor=0", b""),
    ):
        headers = {"content-type": "application/json"} if content else {}
        answer = service.api.request(method, path, content=content, headers=headers)
        assert 400 <= answer.status_code < 500, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_the_password_of_the_ready_file_opens_the_pages(service: Service) -> None:
    staff = service.ready["staff"]
    with service.client() as browser:
        form = {"username": staff["username"], "password": staff["password"]}
        assert browser.post("/sign-in", data=form).status_code == 303
        assert browser.get("/staff/devices").status_code == 200
    with service.client() as stranger:
        assert stranger.post("/sign-in", data=form | {"password": "wrong"}).status_code == 401
        assert stranger.get("/staff/devices").status_code == 303
