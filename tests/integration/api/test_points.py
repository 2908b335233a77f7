"""Points by the API: who sees what, two approvers, months."""

import csv
import io
from dataclasses import dataclass

import httpx
import pytest

from hub import clock
from hub.traps.points.ledger import Bounty
from tests.integration.api.conftest import Api

PROGRAMME = {"code": "patrol", "name": "見回りの協力", "points": 100, "four_eyes": False, "valid_from": "2020-04-01"}


@dataclass
class Office:
    api: Api
    staff: httpx.Client
    second: httpx.Client
    hunter: httpx.Client
    hunter_id: str
    other: httpx.Client
    farmer: httpx.Client

    def award(self, key: str = "k-1", **changes: object) -> httpx.Response:
        form = {
            "programme": "patrol", "person": self.hunter_id, "activity_date": "2026-01-05", "reason": "見回り",
            "evidence": "v-1", "key": key,
        }  # fmt: skip
        return self.staff.post("/api/v1/points", json=form | changes)


@pytest.fixture
def office(api: Api) -> Office:
    people = {name: api.person(role) for name, role in (
        ("second", "staff"), ("hunter", "hunter"), ("other", "hunter"), ("farmer", "farmer"),
    )}  # fmt: skip
    clients = {name: api.client(token) for name, (_, token) in people.items()}
    made = Office(api, api.client(), clients["second"], clients["hunter"], people["hunter"][0], clients["other"],
                  clients["farmer"])  # fmt: skip
    assert made.staff.post("/api/v1/points/programmes", json=PROGRAMME).status_code == 201
    assert made.staff.put(f"/api/v1/points/accounts/{made.hunter_id}", json={"ref": "K-01"}).status_code == 200
    return made


def test_a_hunter_sees_the_own_points_and_nobody_elses(office: Office) -> None:
    entry = office.award().json()["entry"]
    assert (entry["amount"], entry["recipient_ref"], entry["batch"]) == (100, "K-01", None)
    assert office.award().json()["entry"] == entry
    assert office.hunter.get("/api/v1/points").json()["items"] == [entry]
    assert office.hunter.get("/api/v1/points/balance").json() == {"person": office.hunter_id, "points": 100}
    for query in ("", f"?person={office.hunter_id}"):
        assert office.other.get(f"/api/v1/points{query}").json()["items"] == []
        assert office.other.get(f"/api/v1/points/balance{query}").json()["points"] == 0
        assert office.farmer.get(f"/api/v1/points{query}").status_code == 403
    assert office.staff.get(f"/api/v1/points?person={office.hunter_id}").json()["items"] == [entry]


def test_what_the_office_does_is_the_offices(office: Office) -> None:
    entry = office.award().json()["entry"]["id"]
    for client in (office.hunter, office.farmer):
        for method, path, body in (
            ("POST", "/api/v1/points",
             {"programme": "patrol", "person": office.hunter_id, "activity_date": "2026-01-05", "reason": "x",
              "evidence": "v", "key": "k-9"}),
            ("POST", f"/api/v1/points/{entry}/reverse", {"reason": "x"}),
            ("GET", "/api/v1/points/proposals", None),
            ("POST", "/api/v1/points/programmes", PROGRAMME),
            ("GET", "/api/v1/points/accounts", None),
            ("PUT", f"/api/v1/points/accounts/{office.hunter_id}", {"ref": "K-02"}),
            ("GET", "/api/v1/points/batches", None),
            ("POST", "/api/v1/points/batches", {"month": "2026-01"}),
            ("GET", "/api/v1/points/batches/2026-01", None),
            ("POST", f"/api/v1/points/bounty/{entry}/reverse", {"reason": "x"}),
            ("GET", "/api/v1/points/bounty/batches", None),
            ("POST", "/api/v1/points/bounty/batches", {"month": "2026-01"}),
            ("GET", "/api/v1/points/bounty/batches/2026-01", None),
        ):  # fmt: skip
            assert client.request(method, path, json=body).status_code == 403, (method, path)
    assert len(office.staff.get("/api/v1/points").json()["items"]) == 1


def test_two_agree_where_the_programme_says_so(office: Office) -> None:
    office.staff.post("/api/v1/points/programmes", json=PROGRAMME | {"four_eyes": True, "points": 300})
    proposal = office.award().json()["proposal"]
    path = f"/api/v1/points/proposals/{proposal['id']}/approve"
    assert office.staff.post(path).status_code == 403
    entry = office.second.post(path).json()
    assert (entry["amount"], entry["proposed_by"]) == (300, proposal["proposed_by"])
    assert office.second.post(path).status_code == 409
    back = office.second.post(f"/api/v1/points/{entry['id']}/reverse", json={"reason": "誤り"}).json()["proposal"]
    assert office.staff.get("/api/v1/points/proposals").json()["items"] == [back]
    assert office.second.post(f"/api/v1/points/proposals/{back['id']}/refuse").status_code == 204
    assert office.hunter.get("/api/v1/points/balance").json()["points"] == 300


def test_a_month_is_the_same_file_for_ever(office: Office) -> None:
    entry = office.award().json()["entry"]["id"]
    assert office.staff.get("/api/v1/points/batches/2026-01").status_code == 404
    month = office.staff.post("/api/v1/points/batches", json={"month": "2026-01"}).json()
    assert (month["id"], month["entries"], month["total"]) == ("points-2026-01", 1, 100)
    first = office.staff.get("/api/v1/points/batches/2026-01")
    office.award("k-2")
    assert office.staff.post(f"/api/v1/points/{entry}/reverse", json={"reason": "=誤り"}).status_code == 201
    assert office.staff.post("/api/v1/points/batches", json={"month": "2026-01"}).json() == month
    assert office.staff.get("/api/v1/points/batches/2026-01").content == first.content
    office.staff.post("/api/v1/points/batches", json={"month": "2026-02"})
    text = office.staff.get("/api/v1/points/batches/2026-02").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["points"], row["reason"], row["reversal_of"]) for row in rows] == [
        ("100", "見回り", ""), ("-100", "'=誤り", str(entry)),
    ]  # fmt: skip
    assert office.staff.post("/api/v1/points/batches", json={"month": "2025-12"}).status_code == 409
    assert office.staff.post("/api/v1/points/batches", json={"month": "2199-01"}).status_code == 409
    assert office.staff.post("/api/v1/points/batches", json={"month": "x"}).status_code == 422


def test_bounty_has_a_ledger_of_its_own(office: Office) -> None:
    staff_id = office.staff.get("/api/v1/points/batches").json() and office.second
    points = office.api.services.points
    now = clock.now()
    approver = office.award().json()["entry"]["approver"]
    bounty = Bounty("cl-1", "pest_control", office.hunter_id, now.date(), 8000, "2026-0001", None, approver)
    with office.api.database.transaction() as conn:
        first, again = points.pay_bounty(conn, bounty, now), points.pay_bounty(conn, bounty, now)
    assert first is not None
    assert again is None
    assert [one["amount"] for one in office.hunter.get("/api/v1/points/bounty").json()["items"]] == [8000]
    assert office.other.get("/api/v1/points/bounty").json()["items"] == []
    assert office.hunter.get("/api/v1/points/balance").json()["points"] == 100
    path = f"/api/v1/points/bounty/{first}/reverse"
    assert office.staff.post(path, json={"reason": "誤り"}).status_code == 403
    assert staff_id.post(path, json={"reason": "誤り"}).json()["amount"] == -8000
    assert staff_id.post(path, json={"reason": "誤り"}).status_code == 409
    month = f"{now:%Y-%m}"
    assert office.staff.post("/api/v1/points/bounty/batches", json={"month": month}).json()["total"] == 0
    assert ",yen," in office.staff.get(f"/api/v1/points/bounty/batches/{month}").text


def test_what_cannot_be_is_one_clear_problem(office: Office) -> None:
    for changes, status in (
        ({"programme": "nothing"}, 409),
        ({"person": "p-nobody"}, 404),
        ({"activity_date": "2199-01-01"}, 409),
        ({"activity_date": "2019-01-01"}, 409),
        ({"evidence": ""}, 422),
    ):
        assert office.award("k-9", **changes).status_code == status, changes
    other = office.staff.get("/api/v1/people").json()["items"]
    farmer = next(one["id"] for one in other if one["roles"] == ["farmer"])
    assert office.award("k-9", person=farmer).status_code == 409
    assert office.staff.put(f"/api/v1/points/accounts/{farmer}", json={"ref": "K-01"}).status_code == 409
