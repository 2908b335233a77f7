"""The stream of events for programs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from hub import clock
from hub.registry import service as registry
from tests.integration.api.conftest import STAFF_TOKEN, Api
from tests.integration.api.samples import spring


@contextmanager
def _stream(api: Api, token: str = STAFF_TOKEN) -> Iterator[Iterator[dict]]:
    """The events of an open stream, from when it listens."""
    with api.client(token).stream("GET", "/api/v1/events") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        for line in lines:
            if line == ": listening":
                break
        yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def _next(events: Iterator[dict], what: str) -> dict:
    return next(event for event in events if event["what"] == what)


def test_a_sprung_trap_is_told_at_once(api: Api) -> None:
    api.device("trap-1")
    with _stream(api, api.person("hunter")[1]) as events:
        incident = spring(api, "trap-1")
        assert _next(events, "incident")["id"] == incident


def test_what_is_not_for_somebody_is_not_told(api: Api) -> None:
    team = api.client().post("/api/v1/teams", json={"name": "a team"}).json()["id"]
    api.device("trap-hidden", team=team)
    api.device("trap-free")
    with _stream(api, api.person("hunter")[1]) as events:
        spring(api, "trap-hidden")
        seen = spring(api, "trap-free")
        heard = []
        for event in events:
            heard.append(event)
            if event.get("id") == seen:
                break
    assert "trap-hidden" not in json.dumps(heard)
    assert [event["id"] for event in heard if event["what"] == "incident"] == [seen]


def test_a_stream_ends_with_its_token(api: Api) -> None:
    person, token = api.person("hunter")
    api.device("trap-1")
    with _stream(api, token) as events:
        with api.database.transaction() as conn:
            staff = registry.actor_of_token(conn, STAFF_TOKEN, clock.now())
            assert staff
            registry.revoke_token(conn, staff, person, registry.fetch_tokens(conn, person)[0].id, clock.now())
        # A device that is new to the reader makes the stream ask again who it is.
        api.device("trap-2")
        assert [event for event in events if event.get("id") == "trap-2"] == []


def test_many_may_listen_and_requests_go_on(api: Api) -> None:
    clients = [api.client() for _ in range(60)]
    answers: list[httpx.Response] = []
    try:
        for client in clients:
            answers.append(client.send(client.build_request("GET", "/api/v1/events"), stream=True))
        assert all(answer.status_code == 200 for answer in answers)
        assert api.client().get("/api/v1/me").status_code == 200
    finally:
        for answer in answers:
            answer.close()
