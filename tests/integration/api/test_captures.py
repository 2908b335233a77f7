"""Captures by the API: filed, listed, with photos; what one may not see does not exist."""

import pytest

from tests.integration.api.conftest import Api
from tests.integration.api.samples import spring
from tests.unit.captures.photos import picture, saved

CAPTURE = {
    "device": "trap-a",
    "outcome": "captured",
    "hunt_kind": "pest_control",
    "animals": [
        {"species": "boar", "sex": "female", "age_national": "adult", "weight_kg": 63.5, "disposal": "burnt"},
        {"species": "deer", "disposal": "buried"},
    ],
}


@pytest.fixture
def hunters(api: Api):
    staff = api.client()
    people = [api.person("hunter"), api.person("hunter")]
    agent = api.agent()
    for name, (person, _) in zip(("a", "b"), people, strict=True):
        team = staff.post("/api/v1/teams", json={"name": name}).json()["id"]
        staff.put(f"/api/v1/teams/{team}/members/{person}")
        api.device(f"trap-{name}", agent=agent, team=team)
    return [api.client(token) for _, token in people]


def test_a_capture_settles_the_incident_and_is_listed(api: Api, hunters) -> None:
    hunter, _ = hunters
    incident = spring(api, "trap-a")
    made = hunter.post("/api/v1/captures", json=CAPTURE)
    assert made.status_code == 201, made.text
    capture = made.json()
    assert capture["incident"] == incident
    assert [animal["branch"] for animal in capture["animals"]] == [1, 2]
    assert {claim["state"] for claim in capture["claims"]} == {"filed"}
    assert hunter.get(f"/api/v1/incidents/{incident}").json()["resolved"]["outcome"] == "captured"
    assert hunter.get("/api/v1/captures").json()["items"][0]["id"] == capture["id"]
    assert hunter.get("/api/v1/captures?outcome=empty").json()["items"] == []
    assert hunter.get("/api/v1/captures?device=trap-a&from=2020-01-01T00:00:00Z").json()["items"] != []


def test_resolving_an_incident_makes_a_report(api: Api, hunters) -> None:
    hunter, _ = hunters
    incident = spring(api, "trap-a")
    assert (
        hunter.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "empty", "note": "風"}).status_code == 200
    )
    (capture,) = hunter.get("/api/v1/captures").json()["items"]
    assert (capture["incident"], capture["outcome"], capture["note"], capture["animals"]) == (
        incident,
        "empty",
        "風",
        [],
    )


def test_lists_continue_by_their_cursor(hunters) -> None:
    hunter, _ = hunters
    ids = [
        hunter.post("/api/v1/captures", json={"device": "trap-a", "outcome": "visited"}).json()["id"] for _ in range(3)
    ]
    first = hunter.get("/api/v1/captures?limit=2").json()
    rest = hunter.get(f"/api/v1/captures?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None


def test_photos_go_up_and_down(hunters) -> None:
    hunter, other = hunters
    path = f"/api/v1/captures/{hunter.post('/api/v1/captures', json=CAPTURE).json()['id']}"
    content = saved(picture(1), taken="2026:11:23 14:05:10", place=(35.3814, 139.9248))
    made = hunter.post(f"{path}/photos?item=whole_right", files={"photo": ("a.jpg", content, "image/jpeg")})
    assert made.status_code == 201, made.text
    assert made.json()["taken_at"] == "2026-11-23T05:05:10Z"
    photo = f"{path}/photos/{made.json()['id']}"
    answer = hunter.get(photo)
    assert answer.content == content
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert hunter.get(f"{photo}?size=small").headers["content-type"] == "image/jpeg"
    for hidden in (path, photo):
        assert other.get(hidden).status_code == 404
    assert other.post(f"{path}/photos", files={"photo": ("a.jpg", content, "image/jpeg")}).status_code == 404
    assert other.get("/api/v1/captures").json()["items"] == []
    assert other.get("/api/v1/captures?device=trap-a").status_code == 404
    assert other.post("/api/v1/captures", json=CAPTURE).status_code == 404


@pytest.mark.parametrize("content", [b"", b"a text", b"\0\0\0\x18ftypheic" + b"\0" * 50])
def test_what_is_no_photo_is_422(hunters, content: bytes) -> None:
    hunter, _ = hunters
    path = f"/api/v1/captures/{hunter.post('/api/v1/captures', json=CAPTURE).json()['id']}/photos"
    answer = hunter.post(path, files={"photo": ("a.jpg", content, "image/jpeg")})
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "empty"},
        {"animals": [{"species": "dragon"}]},
        {"animals": [{"species": "boar", "weight_kg": "63"}]},
        {"animals": [{"species": "boar", "sex": "male", "pregnant": True}]},
        {"found_at": "2099-01-01T00:00:00Z"},
        {"location": {"lat": 91, "lon": 0}},
    ],
)
def test_contradictions_are_422_and_nothing_is_kept(api: Api, hunters, change) -> None:
    hunter, _ = hunters
    incident = spring(api, "trap-a")
    assert hunter.post("/api/v1/captures", json=CAPTURE | change).status_code == 422
    assert hunter.get("/api/v1/captures").json()["items"] == []
    assert hunter.get(f"/api/v1/incidents/{incident}").json()["state"] == "open"


def test_only_hunters_and_staff_report(api: Api, hunters) -> None:
    farmer = api.client(api.person("farmer")[1])
    assert farmer.post("/api/v1/captures", json=CAPTURE).status_code == 403
    assert api.client().post("/api/v1/captures", json=CAPTURE).status_code == 201
