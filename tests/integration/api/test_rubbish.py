"""Whatever is sent, the answer is a problem that says what to do, and never a defect of ours."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from limits import RateLimitItemPerMinute

from hub.web import throttle
from tests.integration.api.conftest import STAFF_TOKEN, Api
from tests.integration.api.samples import Samples, make_samples, spring

JSON = {"content-type": "application/json"}
DEVICE = {"agent": "ag-x", "id": "trap-9", "kind": "trap", "name": "x", "location": {"lat": 35, "lon": 140}}


@pytest.fixture(scope="module")
def sprung(shared_api: Api) -> tuple[Api, str]:
    """A trap that has sprung: the application and the incident's id."""
    shared_api.device("sprung-1")
    return shared_api, spring(shared_api, "sprung-1")


@pytest.fixture(scope="module")
def samples(shared_api: Api) -> Samples:
    return make_samples(shared_api)


def _is_problem(answer: Any, *statuses: int) -> dict:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["type"] == "about:blank"
    assert document["title"]
    return document


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"text"', b"1e999", b"NaN", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"\x00",
        b'{"name": "\xff"}', b'{"name": "a\\u0000b"}', b'{"name": "\\ud800"}', b'{"\\ud800": 1, "name": 1}',
        b'{"name": ' + b"9" * 5000 + b"}", b'{"name": null}', b'{"name": {}}', b'{"name": ["a"]}', b'{"name": ""}',
        b"\xef\xbb\xbf" + b'{"nam": "a"}', b'{"name": "' + b"a" * 101 + b'"}',
    ],
)  # fmt: skip
def test_a_body_that_is_none(shared_api: Api, body: bytes) -> None:
    _is_problem(shared_api.client().post("/api/v1/agents", content=body, headers=JSON), 400, 422)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", "a/b/c",
             "application/json; charset=utf-99", "\xff"],
)  # fmt: skip
def test_a_body_of_another_kind(shared_api: Api, kind: str) -> None:
    headers = {"content-type": kind.encode("latin-1")}
    answer = shared_api.client().post("/api/v1/agents", content=b'{"name": "a"}', headers=headers)
    if answer.status_code != 201:
        _is_problem(answer, 400, 415, 422)


@pytest.mark.parametrize(
    "change",
    [
        {"location": {"lat": 91, "lon": 0}}, {"location": {"lat": 0, "lon": -180.1}}, {"location": {"lat": "35",
        "lon": 0}},
        {"location": {"lat": True, "lon": 0}}, {"location": {"lat": None, "lon": 0}}, {"location": {"lat": 0}},
        {"location": [35, 140]}, {"location": None}, {"location": {"lat": 10**400, "lon": 0}}, {"kind": "boar"},
        {"id": "Trap"}, {"id": "a/b"}, {"id": "-"}, {"id": ""}, {"id": "a" * 64}, {"id": "a\n"}, {"id": "a+#"},
        {"name": " "},
        {"agent": "a b"}, {"agent": 1}, {"team": ""},
    ],
)  # fmt: skip
def test_a_device_that_cannot_be(shared_api: Api, change: dict[str, object]) -> None:
    document = _is_problem(shared_api.client().post("/api/v1/devices", json=DEVICE | change), 422)
    assert document["errors"][0]["field"].startswith("body." + next(iter(change)))


@pytest.mark.parametrize(
    "change",
    [{"roles": []}, {"roles": ["king"]}, {"roles": "hunter"}, {"email": "a@b\r\nBcc: c@d"}, {"email": ""}, {"email": 1},
     {"language": "fr"}, {"language": None}, {"name": "a\nb"}, {"sign_in": {"username": "sato"}},
     {"sign_in": {"username": "sato", "password": "short"}}, {"sign_in": {"username": "S",
     "password": "a long password"}}],
)  # fmt: skip
def test_a_person_that_cannot_be(shared_api: Api, change: dict[str, object]) -> None:
    body = {"name": "Someone", "roles": ["hunter"]} | change
    _is_problem(shared_api.client().post("/api/v1/people", json=body), 422)


@pytest.mark.parametrize("eta", [0, -1, 1441, 10**30, 1.5, "40", None, True, []])
def test_an_eta_that_cannot_be(sprung: tuple[Api, str], eta: object) -> None:
    api, incident = sprung
    _is_problem(api.client().post(f"/api/v1/incidents/{incident}/going", json={"eta_minutes": eta}), 422)
    assert api.client().get(f"/api/v1/incidents/{incident}").json()["state"] == "open"


@pytest.mark.parametrize("report", [{}, {"outcome": "eaten"}, {"outcome": None}, {"outcome": "empty", "note": "a\x00b"},
                                    {"outcome": "empty", "note": "a" * 2001}, {"outcome": "empty",
                                    "note": 5}])  # fmt: skip
def test_a_report_that_cannot_be(sprung: tuple[Api, str], report: dict[str, object]) -> None:
    api, incident = sprung
    _is_problem(api.client().post(f"/api/v1/incidents/{incident}/resolve", json=report), 422)
    assert api.client().get(f"/api/v1/incidents/{incident}").json()["state"] == "open"


ODD = ["%00", "a%00b", "%ff", "..%2f..%2f", "%F0%9F%90%97", "a" * 5000, "-", "'", "A", "%0a", "%ed%a0%80", "*", "1;--"]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_id_names_nothing(shared_api: Api, samples: Samples, odd: str) -> None:
    made = samples
    staff = shared_api.client()
    for path in ("agents", "people", "teams", "devices", "incidents", "plots"):
        _is_problem(staff.get(f"/api/v1/{path}/{odd}"), 404)
    _is_problem(staff.get(f"/api/v1/devices/{odd}/readings"), 404)
    _is_problem(staff.put(f"/api/v1/teams/{made.team}/members/{odd}"), 404)
    _is_problem(staff.delete(f"/api/v1/teams/{made.team}/members/{odd}"), 404)
    for path in (f"quarantine/{odd}/replay", f"quarantine/{odd}/discard"):
        _is_problem(staff.post(f"/api/v1/{path}"), 404, 422)


@pytest.mark.parametrize("number", ["0", "-1", "9223372036854775807", "9223372036854775808", "9" * 400, "1e3", "１"])
def test_a_number_that_names_nothing(shared_api: Api, number: str) -> None:
    person, _ = shared_api.person("hunter")
    _is_problem(shared_api.client().delete(f"/api/v1/people/{person}/tokens/{number}"), 404, 422)
    _is_problem(shared_api.client().post(f"/api/v1/quarantine/{number}/replay"), 404, 422)


def test_no_such_route(shared_api: Api) -> None:
    for path in ("/api/v1/", "/api/v1/nothing", "/api/v2/devices", "/api/", "/api/v1/nests", "/api/v1/devices/"):
        assert shared_api.client().get(path).status_code in (307, 404), path
    _is_problem(shared_api.client().get("/api/v1/nothing"), 404)


def test_another_method_is_told_which_there_are(shared_api: Api) -> None:
    answer = shared_api.client().delete("/api/v1/devices/trap-1")
    _is_problem(answer, 405)
    assert answer.headers["allow"] == "GET, PATCH"
    assert shared_api.client().put("/api/v1/agents", json={}).headers["allow"] == "GET, POST"
    _is_problem(shared_api.client().request("TRACE", "/api/v1/devices"), 405)


def test_too_much_is_413_said_beforehand_or_as_it_comes(shared_api: Api) -> None:
    much = b'{"name": "' + b"a" * 2_000_000 + b'"}'
    _is_problem(shared_api.client().post("/api/v1/agents", content=much, headers=JSON), 413)

    def in_pieces():
        for start in range(0, len(much), 50_000):
            yield much[start : start + 50_000]

    _is_problem(shared_api.client().post("/api/v1/agents", content=in_pieces(), headers=JSON), 413)


@pytest.mark.parametrize(
    "head",
    [
        "GET /api/v1/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        "GET /api/v1/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Basic d206\r\n\r\n",
        "GET /api/v1/devices HTTP/1.1\r\nHost: x\r\nAuthorization:\r\n\r\n",
        "GET /api/v1/devices?cursor=\xff HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n",
        "GET /api/v1/devices?limit=%E3%81%82 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n",
        "POST /api/v1/agents HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}",
        "GET http://other.example/api/v1/devices HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_a_head_that_no_client_would_send(shared_api: Api, head: str) -> None:
    place = urlsplit(shared_api.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as wire:
        wire.sendall(head.replace("{token}", STAFF_TOKEN).encode("latin-1"))
        status = int(wire.recv(4096).split(b" ")[1])
    assert 400 <= status < 500


def test_a_defect_is_500_and_tells_nobody_anything(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret is out")

    monkeypatch.setattr("hub.registry.service.fetch_agents", broken)
    answer = api.client().get("/api/v1/agents")
    _is_problem(answer, 500)
    assert "secret" not in answer.text


def test_a_database_that_is_gone_is_503(api: Api) -> None:
    api.database.close()
    answer = api.client().get("/api/v1/devices")
    _is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


def test_every_answer_has_its_security_headers(api: Api) -> None:
    api.device("trap-1")
    staff = api.client()
    for answer in (staff.get("/api/v1/devices"), staff.get("/api/v1/nothing"), staff.post("/api/v1/agents"),
                   api.client(None).get("/healthz"), api.client(None).get("/api/v1/devices")):  # fmt: skip
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers


def test_a_token_that_asks_too_often_is_429(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_API_TOKEN", RateLimitItemPerMinute(3, namespace="api"))
    statuses = [api.client().get("/api/v1/me").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    answer = api.client().get("/api/v1/me")
    _is_problem(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    # Another person's requests are another matter.
    assert api.client(api.person("hunter")[1]).get("/api/v1/me").status_code == 200
