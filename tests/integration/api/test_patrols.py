"""The patrol ledger by its API: written once, corrected by another row, seen by the trap's own people only."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from hub import clock
from hub.traps.patrols.days import bounds_of, day_of
from tests.integration.api.conftest import Api
from tests.integration.api.samples import device_key, spring


@pytest.fixture
def hunter(api: Api):
    """A client of a hunter, with a trap of the own team, one of another team, and their ids."""
    staff, agent = api.client(), api.agent()
    person, token = api.person("hunter", name="石井 健太")
    other, _ = api.person("hunter")
    for name, member in (("own", person), ("other", other)):
        team = staff.post("/api/v1/teams", json={"name": name}).json()["id"]
        staff.put(f"/api/v1/teams/{team}/members/{member}")
        api.device(f"trap-{name}", agent=agent, team=team)
    client = api.client(token)
    client.person = person
    return client


def since_days(api: Api, device_id: str, days: int) -> None:
    """The trap has stood for so many days."""
    with api.database.transaction() as conn:
        conn.execute(
            "insert into trap_service (device_key, at, in_service) values (%s, %s, true)",
            (device_key(conn, device_id), clock.now() - timedelta(days=days)),
        )


def test_a_visit_is_written_once_however_often_it_is_sent(hunter) -> None:
    at = (clock.now() - timedelta(hours=30)).isoformat()
    form = {
        "device": "trap-own",
        "at": at,
        "key": str(uuid4()),
        "note": "異常なし",
        "location": {"lat": 35.3, "lon": 140},
    }
    first = hunter.post("/api/v1/patrols", json=form)
    assert first.status_code == 201, first.text
    assert hunter.post("/api/v1/patrols", json=form).json() == first.json()
    [row] = hunter.get("/api/v1/patrols").json()["items"]
    assert row == first.json()
    assert (row["person"], row["source"], row["counts"]) == (hunter.person, "api", True)


def test_a_correction_is_a_row_of_its_own_and_the_old_one_stays(api: Api, hunter) -> None:
    first = hunter.post("/api/v1/patrols", json={"device": "trap-own", "note": "異常なし"}).json()
    at = clock.now() - timedelta(days=1)
    path = f"/api/v1/patrols/{first['id']}/correct"
    second = hunter.post(path, json={"at": at.isoformat(), "note": "きのうでした"})
    assert second.status_code == 201
    assert hunter.post(path, json={"void": True}).status_code == 409
    voided = hunter.post(f"/api/v1/patrols/{second.json()['id']}/correct", json={"void": True}).json()
    rows = {row["id"]: row for row in hunter.get("/api/v1/patrols").json()["items"]}
    assert len(rows) == 3
    assert rows[first["id"]]["corrected_by"] == second.json()["id"]
    assert (voided["corrects"], voided["void"]) == (second.json()["id"], True)
    assert not any(row["counts"] for row in rows.values())
    with api.database.transaction() as conn, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        conn.execute("delete from visit")


def test_nobody_corrects_what_another_hunter_wrote(api: Api, hunter) -> None:
    api.device("trap-free")
    row = hunter.post("/api/v1/patrols", json={"device": "trap-free"}).json()
    another = api.client(api.person("hunter")[1])
    assert another.post(f"/api/v1/patrols/{row['id']}/correct", json={"void": True}).status_code == 403
    assert api.client().post(f"/api/v1/patrols/{row['id']}/correct", json={"void": True}).status_code == 201


def test_what_a_hunter_may_not_see_does_not_exist(api: Api, hunter) -> None:
    staff = api.client()
    hidden = staff.post("/api/v1/patrols", json={"device": "trap-other"}).json()
    since_days(api, "trap-other", 9)
    since_days(api, "trap-own", 9)
    assert hunter.get("/api/v1/patrols").json()["items"] == []
    assert hunter.post("/api/v1/patrols", json={"device": "trap-other"}).status_code == 404
    assert hunter.get("/api/v1/patrols?device=trap-other").json() == hunter.get("/api/v1/patrols?device=nix").json()
    answer = hunter.post(f"/api/v1/patrols/{hidden['id']}/correct", json={"void": True})
    assert (answer.status_code, answer.json()) == (404, hunter.post("/api/v1/patrols/v-x/correct", json={}).json())
    assert [row["device"] for row in hunter.get("/api/v1/patrols/unvisited").json()["items"]] == ["trap-own"]
    farmer = api.client(api.person("farmer")[1])
    assert farmer.get("/api/v1/patrols").status_code == 403
    assert farmer.get("/api/v1/patrols/unvisited").status_code == 403


def test_a_visit_takes_the_trap_off_the_list_of_its_day_only(api: Api, hunter) -> None:
    since_days(api, "trap-own", 9)
    now = clock.now()
    zone = api.services.patrols.zone
    today, yesterday = day_of(now, zone), day_of(now, zone) - timedelta(days=1)
    at = bounds_of(yesterday, zone)[1] - timedelta(seconds=1)
    hunter.post("/api/v1/patrols", json={"device": "trap-own", "at": at.isoformat()})
    assert hunter.get(f"/api/v1/patrols/unvisited?day={yesterday}").json()["items"] == []
    [row] = hunter.get("/api/v1/patrols/unvisited").json()["items"]
    assert (row["device"], row["day"]) == ("trap-own", today.isoformat())
    [row] = hunter.get(f"/api/v1/patrols?day={yesterday}").json()["items"]
    assert row["device"] == "trap-own"
    assert hunter.get(f"/api/v1/patrols?day={today}").json()["items"] == []


def test_the_list_goes_on_behind_its_cursor(hunter) -> None:
    for hours in range(5):
        at = (clock.now() - timedelta(hours=hours)).isoformat()
        assert hunter.post("/api/v1/patrols", json={"device": "trap-own", "at": at}).status_code == 201
    seen, cursor = [], None
    for _ in range(3):
        page = hunter.get("/api/v1/patrols", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [row["at"] for row in page["items"]]
        cursor = page["next"]
    assert cursor is None
    assert len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(("shift", "status"), [(-31, 201), (-32, 422), (1, 422)])
def test_a_visit_is_neither_of_old_nor_to_come(hunter, shift: int, status: int) -> None:
    at = clock.now() + timedelta(days=shift, minutes=1)
    assert hunter.post("/api/v1/patrols", json={"device": "trap-own", "at": at.isoformat()}).status_code == status


def test_staff_write_down_what_a_hunter_told_them_and_others_cannot(api: Api, hunter) -> None:
    staff = api.client()
    row = staff.post("/api/v1/patrols", json={"device": "trap-own", "person": hunter.person}).json()
    assert row["person"] == hunter.person
    assert staff.post("/api/v1/patrols", json={"device": "trap-own", "person": "p-nobody"}).status_code == 404
    other, _ = api.person("hunter")
    assert (
        hunter.post("/api/v1/patrols", json={"device": "trap-own", "person": other}).json()["person"] == hunter.person
    )


def test_what_is_no_trap_is_not_visited(api: Api) -> None:
    api.device("station-9", "station")
    assert api.client().post("/api/v1/patrols", json={"device": "station-9"}).status_code == 409


def test_a_record_of_what_was_found_is_a_visit(api: Api, hunter) -> None:
    incident = spring(api, "trap-own")
    hunter.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "empty"})
    [row] = hunter.get("/api/v1/patrols").json()["items"]
    assert (row["source"], row["incident"], row["person"]) == ("report", incident, hunter.person)
