"""Whatever changes something leaves a line that says who did it; what was refused leaves none."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image

from hub import clock
from hub.traps.points.ledger import Bounty
from tests.integration.api.conftest import Api, running_api
from tests.integration.api.samples import Samples, make_samples
from tests.servers import DatabaseServer

# What another member of staff has prepared: ids by what they are.
PREPARED: dict[str, object] = {}
AWARD = {"programme": "alone", "activity_date": "2026-01-05", "reason": "x", "evidence": "v-1"}


def _photo() -> dict[str, tuple[str, bytes, str]]:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(out, "JPEG")
    return {"photo": ("a.jpg", out.getvalue(), "image/jpeg")}


def _programme(code: str, *, four_eyes: bool) -> dict[str, object]:
    return {"code": code, "name": "x", "points": 10, "four_eyes": four_eyes, "valid_from": "2020-04-01"}


# Every route that changes something -> how to call it so that it does, and the act that is written.
CALLS: dict[str, tuple[Callable[[Samples], tuple[str, object]], str | tuple[str, ...]]] = {
    "POST /api/v1/agents": (lambda made: ("agents", {"name": "x"}), "create"),
    "POST /api/v1/agents/{agent_id}/enrolment-code": (
        lambda made: (f"agents/{made.agent}/enrolment-code", None),
        "new_enrolment_code",
    ),
    "POST /api/v1/people": (lambda made: ("people", {"name": "x", "roles": ["hunter"]}), "create"),
    "PATCH /api/v1/people/{person_id}": (lambda made: (f"people/{made.hunter}", {"username": "audited"}), "change"),
    "PUT /api/v1/people/{person_id}/password": (
        lambda made: (f"people/{made.hunter}/password", {"password": "a long password"}),
        "set_password",
    ),
    "POST /api/v1/people/{person_id}/tokens": (lambda made: (f"people/{made.farmer}/tokens", {"label": "x"}), "create"),
    "DELETE /api/v1/people/{person_id}/tokens/{token_id}": (
        lambda made: (f"people/{made.farmer}/tokens/{{token}}", None),
        "revoke",
    ),
    "POST /api/v1/teams": (lambda made: ("teams", {"name": "x"}), "create"),
    "PUT /api/v1/teams/{team_id}/members/{person_id}": (
        lambda made: (f"teams/{made.team}/members/{made.farmer}", None),
        "add_member",
    ),
    "DELETE /api/v1/teams/{team_id}/members/{person_id}": (
        lambda made: (f"teams/{made.team}/members/{made.hunter}", None),
        "remove_member",
    ),
    "PUT /api/v1/plan": (lambda made: ("plan", {"steps": [{"after_min": 0, "to": ["duty"]}]}), "save_plan"),
    "PUT /api/v1/teams/{team_id}/plan": (
        lambda made: (f"teams/{made.team}/plan", {"steps": [{"after_min": 0, "to": ["team"]}]}),
        "save_plan",
    ),
    "DELETE /api/v1/teams/{team_id}/plan": (lambda made: (f"teams/{made.team}/plan", None), "save_plan"),
    "PUT /api/v1/teams/{team_id}/roster": (
        lambda made: (f"teams/{made.team}/roster", {"week": [[made.farmer], *[[]] * 6]}),
        "save_week",
    ),
    "PUT /api/v1/teams/{team_id}/roster/{day}": (
        lambda made: (
            f"teams/{made.team}/roster/2026-12-31",
            {"duty": [{"person": made.farmer, "on_duty": True}]},
        ),
        "save_day",
    ),
    "POST /api/v1/mutes": (
        lambda made: (
            "mutes",
            {"device": made.trap, "reason": "x", "until": (clock.now() + timedelta(hours=1)).isoformat()},
        ),
        "mute",
    ),
    "DELETE /api/v1/mutes/{mute_id}": (lambda made: ("mutes/1", None), "unmute"),
    "PATCH /api/v1/me/notices": (lambda made: ("me/notices", {"night": "wake"}), "save_night"),
    "POST /api/v1/devices": (
        lambda made: (
            "devices",
            {"agent": made.agent, "id": "new-1", "kind": "trap", "name": "x", "location": {"lat": 35, "lon": 140}},
        ),
        "create",
    ),
    "PATCH /api/v1/devices/{device_id}": (lambda made: ("devices/trap-3", {"name": "y"}), "change"),
    "POST /api/v1/devices/{device_id}/disarm": (lambda made: ("devices/new-1/disarm", None), "disarm"),
    "POST /api/v1/devices/{device_id}/arm": (lambda made: ("devices/new-1/arm", None), "arm"),
    "POST /api/v1/incidents/{incident_id}/going": (
        lambda made: (f"incidents/{made.incidents[0]}/going", {"eta_minutes": 5}),
        "going",
    ),
    "POST /api/v1/incidents/{incident_id}/back": (lambda made: (f"incidents/{made.incidents[0]}/back", None), "back"),
    "POST /api/v1/incidents/{incident_id}/not-going": (
        lambda made: (f"incidents/{made.incidents[1]}/not-going", None),
        "not_going",
    ),
    "POST /api/v1/incidents/{incident_id}/resolve": (
        lambda made: (f"incidents/{made.incidents[0]}/resolve", {"outcome": "empty"}),
        "resolve",
    ),
    "POST /api/v1/patrols": (lambda made: ("patrols", {"device": "trap-3"}), "visit"),
    "POST /api/v1/patrols/{visit_id}/correct": (
        lambda made: (f"patrols/{made.visit}/correct", {"void": True}),
        "visit.correct",
    ),
    "POST /api/v1/plots": (lambda made: ("plots", {"name": "x", "owner": made.farmer}), "create"),
    "PUT /api/v1/plots/{plot_id}": (lambda made: (f"plots/{made.plot}", {"name": "y"}), "change"),
    "PUT /api/v1/plots/{plot_id}/consent": (
        lambda made: (f"plots/{made.plot}/consent", {"groups": [made.group]}),
        "give_consent",
    ),
    "DELETE /api/v1/plots/{plot_id}": (
        lambda made: (f"plots/{made.gone_plot[0]}?confirm={made.gone_plot[1]}", None),
        "delete",
    ),
    "DELETE /api/v1/plots": (lambda made: (f"plots?confirm={made.own_seal}", None), "delete_farm_data"),
    "PUT /api/v1/crops/{crop_id}": (
        lambda made: ("crops/kabocha", {"name": "かぼちゃ", "base_temperature_c": 10, "source": "x"}),
        "save",
    ),
    "DELETE /api/v1/crops/{crop_id}": (lambda made: ("crops/lettuce", None), "delete"),
    "POST /api/v1/farmer-groups": (lambda made: ("farmer-groups", {"name": "新しい部会"}), "create"),
    "PATCH /api/v1/farmer-groups/{group_id}": (
        lambda made: (f"farmer-groups/{made.group}", {"name": "部会"}),
        "change",
    ),
    "PUT /api/v1/farmer-groups/{group_id}/members/{person_id}": (
        lambda made: (f"farmer-groups/{made.group}/members/{made.farmer}", None),
        "add_member",
    ),
    "DELETE /api/v1/farmer-groups/{group_id}/members/{person_id}": (
        lambda made: (f"farmer-groups/{made.group}/members/{made.farmer}", None),
        "remove_member",
    ),
    "DELETE /api/v1/farmer-groups/{group_id}": (lambda made: (f"farmer-groups/{made.group}", None), "delete"),
    "POST /api/v1/captures": (
        lambda made: ("captures", {"device": "trap-2", "outcome": "empty"}),
        ("report", "resolve"),
    ),
    "POST /api/v1/captures/{capture_id}/photos": (lambda made: (f"captures/{made.capture}/photos", None), "add_photo"),
    "POST /api/v1/points/programmes": (
        lambda made: ("points/programmes", _programme("alone", four_eyes=False)),
        "add points programme",
    ),
    "PUT /api/v1/points/accounts/{person_id}": (
        lambda made: (f"points/accounts/{made.hunter}", {"ref": "K-02"}),
        "set points reference",
    ),
    "POST /api/v1/points": (
        lambda made: ("points", AWARD | {"person": made.hunter, "key": "k-1"}),
        "award points",
    ),
    "POST /api/v1/points/proposals/{proposal_id}/approve": (
        lambda made: (f"points/proposals/{PREPARED['first']}/approve", None),
        "award points",
    ),
    "POST /api/v1/points/proposals/{proposal_id}/refuse": (
        lambda made: (f"points/proposals/{PREPARED['second']}/refuse", None),
        "refuse points",
    ),
    "POST /api/v1/points/{entry_id}/reverse": (lambda made: ("points/1/reverse", {"reason": "x"}), "reverse points"),
    "POST /api/v1/points/batches": (lambda made: ("points/batches", {"month": "2026-01"}), "close points"),
    "POST /api/v1/points/bounty/{entry_id}/reverse": (
        lambda made: (f"points/bounty/{PREPARED['bounty']}/reverse", {"reason": "x"}),
        "reverse bounty",
    ),
    "POST /api/v1/points/bounty/batches": (
        lambda made: ("points/bounty/batches", {"month": "2026-01"}),
        "close bounty",
    ),
    "POST /api/v1/quarantine/{number}/replay": (lambda made: ("quarantine/1/replay", None), "quarantine.replay"),
    "POST /api/v1/quarantine/{number}/discard": (lambda made: ("quarantine/1/discard", None), "quarantine.discard"),
}
# An agent with its code, no person: test_contract.py and tests/integration/registry look at its line.
BY_AGENTS = {"POST /api/v1/enrol"}
# A plot's warnings are their farmer's: test_warnings.py looks at their lines. A rehearsal keeps nothing.
_WARNINGS = "/api/v1/plots/{plot_id}"
BY_FARMERS = {
    f"POST {_WARNINGS}/warnings",
    f"POST {_WARNINGS}/warnings/rehearse",
    f"PUT {_WARNINGS}/warnings/{{warning_id}}",
    f"DELETE {_WARNINGS}/warnings/{{warning_id}}",
    f"POST {_WARNINGS}/warnings/{{warning_id}}/pause",
    f"PUT {_WARNINGS}/told",
    f"PUT {_WARNINGS}/frost",
    f"DELETE {_WARNINGS}/frost",
}


@pytest.fixture(scope="module")
def town(database_server: DatabaseServer):
    url = database_server.migrated()
    with running_api(url) as api:
        made = make_samples(api)
        now = clock.now()
        with api.database.transaction() as conn:
            conn.execute(
                "insert into quarantine (digest, topic, payload, size_bytes, reason, detail, received_at,"
                " last_received_at) values ('x', 'x', 'x', 1, 'malformed', 'not JSON', %s, %s)",
                (now, now),
            )
        answer = api.client().post(f"/api/v1/incidents/{made.incidents[1]}/going", json={"eta_minutes": 5})
        assert answer.status_code == 200, answer.text
        _prepare(api, made)
        yield api, made
    database_server.drop(url)


def _prepare(api: Api, made: Samples) -> None:
    """What one member of staff may not do alone, begun by another."""
    person_id, token = api.person("staff")
    second = api.client(token)
    assert second.post("/api/v1/points/programmes", json=_programme("both", four_eyes=True)).status_code == 201
    second.put(f"/api/v1/points/accounts/{made.hunter}", json={"ref": "K-01"})
    for name in ("first", "second"):
        form = AWARD | {"programme": "both", "person": made.hunter, "key": name}
        PREPARED[name] = second.post("/api/v1/points", json=form).json()["proposal"]["id"]
    now = clock.now()
    bounty = Bounty("cl-1", "pest_control", made.hunter, now.date(), 8000, "2026-0001", None, person_id)
    with api.database.transaction() as conn:
        PREPARED["bounty"] = api.services.points.pay_bounty(conn, bounty, now)


def _lines(api: Api) -> list[tuple[str, str]]:
    with api.database.transaction() as conn:
        return conn.execute("select actor, act from audit_entry order by id").fetchall()


def test_every_route_that_changes_something_is_looked_at(town: tuple[Api, Samples]) -> None:
    paths = town[0].client(None).get("/api/v1/openapi.json").json()["paths"]
    changing = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method != "get"}
    assert {route for route in changing if not _is_of_surveys(route)} == set(CALLS) | BY_AGENTS | BY_FARMERS


def _is_of_surveys(route: str) -> bool:
    """A survey needs people and drones of its own: tests/integration/surveys/test_acts.py looks at its lines."""
    return route.split()[1].startswith(("/api/v1/surveys", "/api/v1/drones", "/api/v1/airspace"))


def test_an_act_leaves_its_line_and_a_refused_one_none(town: tuple[Api, Samples]) -> None:
    api, made = town
    staff = api.client()
    me = staff.get("/api/v1/me").json()["id"]
    for route, (call, act) in CALLS.items():
        path, body = call(made)
        if "{token}" in path:
            path = path.format(token=staff.get(f"/api/v1/people/{made.farmer}/tokens").json()["items"][0]["id"])
        method = route.split()[0]
        sent = {"files": _photo()} if path.endswith("/photos") else {"json": body}
        before = _lines(api)
        refused = api.client(api.person("partner")[1]).request(method, f"/api/v1/{path}", **sent)
        assert refused.status_code in (403, 404), route
        made_by_the_refused = [("system", "create")] * 2
        assert _lines(api) == before + made_by_the_refused, route
        before = _lines(api)
        done = staff.request(method, f"/api/v1/{path}", **sent)
        assert done.status_code in (200, 201, 204), (route, done.text)
        written = _lines(api)[len(before) :]
        # A person comes with a token, which has a line of its own.
        acts = (act,) if isinstance(act, str) else act
        assert written in ([(me, one) for one in acts], [(me, act)] * 2), route
