"""Plans, duty, mutes and return by the API."""

from datetime import datetime, timedelta

from hub import clock
from tests.integration.api.conftest import Api
from tests.integration.api.samples import make_samples, spring


def hunter_of(api: Api, team: str, name: str = "森 葉子") -> tuple[str, str]:
    made = api.client().post("/api/v1/people", json={"name": name, "roles": ["hunter"]}).json()
    assert api.client().put(f"/api/v1/teams/{team}/members/{made['id']}").status_code == 200
    return made["id"], made["token"]


def test_a_teams_plan_is_read_written_and_taken_back(api: Api) -> None:
    samples, staff = make_samples(api), api.client()
    plan = f"/api/v1/teams/{samples.team}/plan"
    assert staff.get(plan).json()["own"] is False
    form = {"steps": [{"after_min": 0, "to": ["duty"]}, {"after_min": 10, "to": ["team"], "channels": ["line"]}],
            "two_people": True, "night": "first_light"}  # fmt: skip
    saved = staff.put(plan, json=form)
    assert saved.status_code == 200, saved.text
    assert (saved.json()["own"], saved.json()["two_people"], len(saved.json()["steps"])) == (True, True, 2)
    assert staff.put(plan, json={"steps": [{"after_min": 0, "to": ["p-nobody"]}]}).status_code == 422
    assert staff.put(plan, json={"steps": [{"after_min": 5, "to": ["duty"]}] * 11}).status_code == 422
    _, token = hunter_of(api, samples.team)
    assert api.client(token).get(plan).json()["night"] == "first_light"
    assert api.client(token).put(plan, json=form).status_code == 403
    assert staff.delete(plan).status_code == 204
    assert staff.get(plan).json()["own"] is False
    assert staff.put("/api/v1/plan", json=form).json()["own"] is True
    assert staff.get(plan).json()["two_people"] is True, "the town's"


def test_a_roster_with_a_swap(api: Api) -> None:
    samples, staff = make_samples(api), api.client()
    person, token = hunter_of(api, samples.team)
    roster = f"/api/v1/teams/{samples.team}/roster"
    week = staff.put(roster, json={"week": [[person]] * 7}).json()
    assert [day["people"] for day in week["days"]] == [[person]] * 14
    day = week["days"][3]["day"]
    changed = staff.put(f"{roster}/{day}", json={"duty": [{"person": person, "on_duty": False}]}).json()
    assert changed["days"][3]["people"] == []
    assert staff.put(f"{roster}/{day}", json={"duty": [{"person": person, "on_duty": None}]}).json()["days"][3][
        "people"
    ] == [person]
    assert api.client(token).patch("/api/v1/me/notices", json={"away_until": day}).json()["away_until"] == day
    days = api.client(token).get(f"{roster}?days=5").json()["days"]
    assert [one["people"] for one in days] == [[], [], [], [], [person]]
    assert staff.put(roster, json={"week": [["p-nobody"]] * 7}).status_code == 422


def test_teams_of_others_are_nobodys_business(api: Api) -> None:
    samples = make_samples(api)
    other = api.client().post("/api/v1/teams", json={"name": "another"}).json()["id"]
    _, token = hunter_of(api, other)
    for path in ("plan", "roster"):
        assert api.client(token).get(f"/api/v1/teams/{samples.team}/{path}").status_code == 404
    mute = {"until": (clock.now() + timedelta(hours=1)).isoformat(), "reason": "x", "team": samples.team}
    assert api.client(token).post("/api/v1/mutes", json=mute).status_code == 404


def test_a_mute_ends_by_its_owner_and_is_seen(api: Api) -> None:
    samples, staff = make_samples(api), api.client()
    until = clock.now() + timedelta(hours=2)
    made = staff.post("/api/v1/mutes", json={"until": until.isoformat(), "reason": "点検", "device": samples.trap})
    assert made.status_code == 201, made.text
    assert datetime.fromisoformat(made.json()["until"]) == until
    assert [one["id"] for one in staff.get("/api/v1/mutes").json()["items"]] == [made.json()["id"]]
    for bad in (timedelta(days=15), timedelta(minutes=-1)):
        form = {"until": (clock.now() + bad).isoformat(), "reason": "x", "device": samples.trap}
        assert staff.post("/api/v1/mutes", json=form).status_code == 409
    _, farmer = hunter_of(api, samples.team)
    mine = {"until": until.isoformat(), "reason": "x", "agent": samples.agent}
    assert api.client(farmer).post("/api/v1/mutes", json=mine).status_code == 403
    assert staff.delete(f"/api/v1/mutes/{made.json()['id']}").status_code == 204
    assert staff.delete(f"/api/v1/mutes/{made.json()['id']}").status_code == 404
    assert staff.get("/api/v1/mutes").json()["items"] == []


def test_going_with_a_second_person_back_and_not_at_all(api: Api) -> None:
    samples, staff = make_samples(api), api.client()
    (one, token), (two, _) = hunter_of(api, samples.team), hunter_of(api, samples.team, "石井")
    incident = spring(api, samples.trap)
    hunter = api.client(token)
    path = f"/api/v1/incidents/{incident}"
    view = hunter.post(f"{path}/going", json={"eta_minutes": 40, "party": "wants_second"}).json()
    assert (view["state"], view["second_wanted"], view["going"]["party"]) == ("going", True, "wants_second")
    view = hunter.post(f"{path}/going", json={"eta_minutes": 40, "party": "with", "partner": two}).json()
    assert (view["second_wanted"], view["going"]["partner"]) == (False, two)
    assert hunter.post(f"{path}/going", json={"eta_minutes": 40, "party": "with", "partner": one}).status_code == 404
    assert hunter.post(f"{path}/going", json={"eta_minutes": 4, "party": "with", "partner": "p-x"}).status_code == 404
    assert hunter.post(f"{path}/not-going").json()["state"] == "open"
    assert hunter.post(f"{path}/not-going").status_code == 409
    assert hunter.post(f"{path}/back").status_code == 409
    hunter.post(f"{path}/going", json={"eta_minutes": 40, "back_minutes": 60})
    assert hunter.post(f"{path}/back").json()["going"] is None
    assert [entry["kind"] for entry in staff.get(path).json()["timeline"]].count("back") == 1
