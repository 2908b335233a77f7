"""Points and statistics on the pages: what the office does, and what each may see."""

import csv
import io

import pytest

from tests.browser.town_points import fill_catches
from tests.website import Website

PROGRAMME = {"code": "patrol", "name": "見回りの協力", "points": "１００", "valid_from": "2026-04-01"}


@pytest.fixture
def office(site: Website):
    visitor = site.client("office")
    answer = visitor.post("/staff/points/programmes", **PROGRAMME, name_en="", most_per_month="100", most_per_year="",
                          valid_until="", source="要綱")  # fmt: skip
    assert answer.headers["location"] == "/staff/points/programmes?done=saved"
    answer = visitor.post("/staff/points/people", person=site.people["ishii"], ref="K-0017")
    assert answer.status_code == 303
    return visitor


def award(site: Website, office, **changes: str):
    fields = {"programme": "patrol", "person": site.people["ishii"], "activity_date": "2026-10-05", "reason": "見回り",
              "evidence": "v-1"}  # fmt: skip
    return office.post("/staff/points", **(fields | changes))


def test_the_office_awards_reverses_and_closes_a_month(site: Website, office) -> None:
    assert award(site, office).headers["location"] == "/staff/points?done=entered"
    assert "100 ポイント" in site.client("ishii").get("/points").text
    assert office.post("/staff/points/months", ledger="points", month="2026-10").status_code == 422
    assert office.post("/staff/points/months", ledger="points", month="2026-10", sure="yes").status_code == 303
    file = office.get("/staff/points/months/points/2026-10.csv")
    assert file.headers["content-disposition"] == 'attachment; filename="points-2026-10.csv"'
    [row] = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
    assert (row["points"], row["recipient_ref"]) == ("100", "K-0017")
    answer = office.post(f"/staff/points/entries/points/{row['entry_id']}", reason="誤り")
    assert answer.headers["location"] == "/staff/points?done=entered"
    assert office.get("/staff/points/months/points/2026-10.csv").content == file.content
    assert "0 ポイント" in site.client("ishii").get("/points").text


def test_what_the_ledger_refuses_is_said_beside_its_field_and_what_was_typed_stays(site: Website, office) -> None:
    award(site, office)
    for changes, words in (
        ({}, "一人の月の上限を超えます。"),
        ({"activity_date": "2099-01-01"}, "活動日がまだ来ていません。"),
        ({"activity_date": "2020-01-01"}, "その日に有効な事業がありません。"),
        ({"reason": ""}, "入力してください"),
    ):
        answer = award(site, office, **changes)
        assert answer.status_code in (409, 422), changes
        assert words in answer.text
        assert 'value="v-1"' in answer.text
    answer = office.post("/staff/points/months", ledger="points", month="2199-01", sure="yes")
    assert "この月はまだ始まっていません。" in answer.text
    assert office.post("/staff/points/months", ledger="points", month="x").status_code == 422


@pytest.mark.parametrize("path", [
    "/staff/points", "/staff/points/people", "/staff/points/months", "/staff/points/bounty", "/staff/statistics",
    "/staff/statistics/mesh.csv", "/staff/points/programmes",
])  # fmt: skip
def test_the_offices_pages_are_the_offices(still_site: Website, path: str) -> None:
    for who in ("ishii", "takahashi"):
        assert still_site.client(who).get(path).status_code == 403
    assert still_site.client("office").get(path).status_code == 200


def test_a_farmer_has_no_points_and_everybody_has_open_data(still_site: Website) -> None:
    assert still_site.client("takahashi").get("/points").status_code == 403
    stranger = still_site.client()
    assert stranger.get("/opendata").status_code == 200
    assert stranger.get("/opendata/captures.csv").content == b"\xef\xbb\xbfmonth,mesh,species,count\r\n"


def test_statistics_count_what_was_filed_and_each_table_is_a_file(site: Website) -> None:
    fill_catches(site)
    office = site.client("office")
    page = office.get("/staff/statistics").text
    assert "5339-07-3" in page
    for table in ("months", "mesh", "kinds", "outcomes", "effort", "traps"):
        file = office.get(f"/staff/statistics/{table}.csv").content
        assert file.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
    assert office.get("/staff/statistics/nothing.csv").status_code == 404
    assert office.get("/staff/statistics?first=x").status_code == 422
    turned = office.get("/staff/statistics?first=2026-05-01&last=2026-04-01")
    assert 'value="2026-04-01"' in turned.text
    answer = office.post("/staff/statistics/traps/trap-1", set_on="2026-05-01", removed_on="2026-04-01")
    assert answer.status_code == 422
    answer = office.post("/staff/statistics/traps/trap-1", set_on="2026-05-01", removed_on="2026-06-01")
    assert answer.status_code == 303


def test_open_data_of_a_town_hide_small_numbers_and_the_newest_months(site: Website) -> None:
    fill_catches(site)
    text = site.client().get("/opendata/captures.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows
    assert all(row["count"] == "x" or int(row["count"]) >= 3 for row in rows)
    assert "trap" not in text
    answer = site.client().get("/api/v1/opendata/captures").json()
    assert len(answer["items"]) == len(rows)
    assert max(row["month"] for row in rows) <= answer["last_month"]
