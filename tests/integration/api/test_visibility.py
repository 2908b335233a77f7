"""What somebody may not see does not exist for them, by whatever route they ask."""

from dataclasses import dataclass

import pytest

from hub.registry import service as registry
from hub.web.live import audience_of, may_hear
from tests.integration.api.conftest import Api
from tests.integration.api.samples import measure, spring

STAFF_ONLY = [
    ("POST", "/api/v1/agents", {"name": "an agent"}),
    ("GET", "/api/v1/agents", None),
    ("GET", "/api/v1/agents/{agent}", None),
    ("POST", "/api/v1/agents/{agent}/enrolment-code", None),
    ("POST", "/api/v1/people", {"name": "Someone", "roles": ["staff"]}),
    ("GET", "/api/v1/people", None),
    ("GET", "/api/v1/people/{person}", None),
    ("PATCH", "/api/v1/people/{person}", {"roles": ["staff"]}),
    ("PUT", "/api/v1/people/{person}/password", {"password": "a long password"}),
    ("POST", "/api/v1/people/{person}/tokens", {"label": "mine"}),
    ("GET", "/api/v1/people/{person}/tokens", None),
    ("DELETE", "/api/v1/people/{person}/tokens/1", None),
    ("POST", "/api/v1/teams", {"name": "a team"}),
    ("GET", "/api/v1/teams", None),
    ("GET", "/api/v1/teams/{team}", None),
    ("PUT", "/api/v1/teams/{team}/members/{person}", None),
    ("DELETE", "/api/v1/teams/{team}/members/{person}", None),
    ("POST", "/api/v1/devices",
     {"agent": "ag-x", "id": "trap-9", "kind": "trap", "name": "x", "location": {"lat": 0, "lon": 0}}),
    ("PATCH", "/api/v1/devices/{own}", {"team": None}),
    ("GET", "/api/v1/quarantine", None),
    ("POST", "/api/v1/quarantine/1/replay", None),
    ("POST", "/api/v1/quarantine/1/discard", None),
]  # fmt: skip
# Every route that names a device or an incident, with a body that would do.
OF_A_DEVICE = [
    ("GET", "/api/v1/devices/{device}", None),
    ("GET", "/api/v1/devices/{device}/readings?quantity=soil_moisture", None),
    ("POST", "/api/v1/devices/{device}/arm", None),
    ("POST", "/api/v1/devices/{device}/disarm", None),
    ("GET", "/api/v1/incidents/{incident}", None),
    ("POST", "/api/v1/incidents/{incident}/going", {"eta_minutes": 5}),
    ("POST", "/api/v1/incidents/{incident}/resolve", {"outcome": "visited"}),
]
ROLES = ("hunter", "farmer", "responder", "partner")


@dataclass
class Town:
    """Two teams with a trap each that has sprung, a free trap, a farmer's station and nobody's."""

    api: Api
    agent: str
    team: str
    incidents: dict[str, str]
    tokens: dict[str, str]
    ids: dict[str, str]


@pytest.fixture
def town(api: Api) -> Town:
    staff, agent = api.client(), api.agent()
    people = {role: api.person(role) for role in ROLES} | {"other hunter": api.person("hunter")}
    teams = {}
    for name, member in (("a", "hunter"), ("b", "other hunter")):
        teams[name] = staff.post("/api/v1/teams", json={"name": name}).json()["id"]
        staff.put(f"/api/v1/teams/{teams[name]}/members/{people[member][0]}")
        api.device(f"trap-{name}", agent=agent, team=teams[name])
    api.device("trap-free", agent=agent)
    incidents = {name: spring(api, name) for name in ("trap-a", "trap-b", "trap-free")}
    for name in ("station-own", "station-nobodys"):
        api.device(name, "station", agent=agent)
        measure(api, name, 2)
    plot = {"name": "a plot", "owner": people["farmer"][0], "stations": ["station-own"]}
    assert staff.post("/api/v1/plots", json=plot).status_code == 201
    return Town(
        api, agent, teams["b"], incidents,
        {name: token for name, (_, token) in people.items()}, {name: one for name, (one, _) in people.items()},
    )  # fmt: skip


SEEN = {
    "hunter": {"trap-a", "trap-free"},
    "other hunter": {"trap-b", "trap-free"},
    "farmer": {"station-own"},
    "responder": set(),
    "partner": set(),
}
EVERYTHING = {"trap-a", "trap-b", "trap-free", "station-own", "station-nobodys"}


@pytest.mark.parametrize("who", SEEN)
def test_lists_hold_what_one_may_see(town: Town, who: str) -> None:
    client = town.api.client(town.tokens[who])
    assert {one["id"] for one in client.get("/api/v1/devices").json()["items"]} == SEEN[who]
    incidents = client.get("/api/v1/incidents").json()["items"]
    assert {one["device"] for one in incidents} == {name for name in SEEN[who] if name.startswith("trap")}
    plots = client.get("/api/v1/plots").json()["items"]
    assert len(plots) == (1 if who == "farmer" else 0)


@pytest.mark.parametrize("who", SEEN)
def test_what_one_may_not_see_is_404_by_every_route_and_stays_as_it_was(town: Town, who: str) -> None:
    client, staff = town.api.client(town.tokens[who]), town.api.client()
    before = [staff.get("/api/v1/devices").json(), staff.get("/api/v1/incidents").json()]
    for hidden in EVERYTHING - SEEN[who]:
        for method, path, body in OF_A_DEVICE:
            if "{incident}" in path and hidden not in town.incidents:
                continue
            url = path.format(device=hidden, incident=town.incidents.get(hidden))
            answer = client.request(method, url, json=body)
            # A role that never arms traps learns that before any look at the trap.
            expected = {403, 404} if path.endswith("arm") and "hunter" not in who else {404}
            assert answer.status_code in expected, (who, method, url)
            nothing = client.request(method, path.format(device="nothing", incident="i-nothing"), json=body)
            assert answer.json() == nothing.json()
    assert [staff.get("/api/v1/devices").json(), staff.get("/api/v1/incidents").json()] == before


@pytest.mark.parametrize("who", ROLES)
def test_what_is_for_staff_is_403_for_others(town: Town, who: str) -> None:
    client = town.api.client(town.tokens[who])
    own = next(iter(SEEN[who]), "trap-a")
    for method, path, body in STAFF_ONLY:
        url = path.format(agent=town.agent, person=town.ids[who], team=town.team, own=own)
        assert client.request(method, url, json=body).status_code == 403, (method, url)


@pytest.mark.parametrize("token", [None, "wm_nothing", "a b", "ｗｍ"])
def test_without_a_token_there_is_nothing(town: Town, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
    client = town.api.client(None)
    open_to_all = {"/healthz", "/metrics", "/api/v1/enrol", "/api/v1/opendata/captures", "/api/v1/opendata/surveys"}
    document = client.get("/api/v1/openapi.json").json()
    asked = 0
    for path, operations in document["paths"].items():
        for method in operations:
            if path in open_to_all:
                continue
            url = path.replace("{", "").replace("}", "")
            answer = client.request(method.upper(), url, headers=headers)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
            asked += 1
    assert asked > 30


def test_a_trap_that_changes_its_team_changes_who_sees_it(town: Town) -> None:
    town.api.client().patch("/api/v1/devices/trap-a", json={"team": town.team})
    hunter, other = (town.api.client(town.tokens[who]) for who in ("hunter", "other hunter"))
    assert hunter.get("/api/v1/devices/trap-a").status_code == 404
    assert hunter.get(f"/api/v1/incidents/{town.incidents['trap-a']}").status_code == 404
    assert other.get(f"/api/v1/incidents/{town.incidents['trap-a']}").status_code == 200


def test_notices_of_deliveries_are_for_staff(town: Town) -> None:
    path = f"/api/v1/incidents/{town.incidents['trap-a']}"
    assert town.api.client(town.tokens["hunter"]).get(path).json()["deliveries"] == []


def test_the_stream_tells_only_what_one_may_see(town: Town) -> None:
    with town.api.database.transaction() as conn:
        actor = registry.fetch_actor(conn, town.ids["hunter"])
        assert actor
        audience = audience_of(conn, actor)
    assert may_hear(audience, {"what": "incident", "id": "i-1", "device": "trap-a"})
    assert not may_hear(audience, {"what": "incident", "id": "i-2", "device": "trap-b"})
    assert not may_hear(audience, {"what": "incident", "id": "i-3"})
    assert not may_hear(audience, {"what": "agent", "id": town.agent})
