"""Permits at the office: written down, warned of, reported (a catch of zero too), and printed as tags."""

import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader

from hub import clock
from hub.traps.patrols.days import day_of
from tests.website import Website

CENTIMETRE_PT = 72 / 2.54


def form(site: Website, **changes: object) -> dict[str, object]:
    today = day_of(clock.now(), site.services.patrols.zone)
    fields = {
        "kind": "pest_control", "number": "木鳥許可第128号", "authority": "木更津市長", "holder": "石井 健太",
        "holder_address": "木更津市矢那1234番地", "species": "イノシシ・ニホンジカ", "area": "矢那",
        "valid_from": (today - timedelta(days=100)).isoformat(),
        "valid_until": (today + timedelta(days=100)).isoformat(),
        "most_traps": "３０", "report_within_days": "30", "hunters": [site.people["ishii"]],
        "traps": ["trap-1", "trap-2", "trap-3", "trap-4", "trap-5"],
    }  # fmt: skip
    return fields | changes


def create(site: Website, **changes: object) -> str:
    answer = site.client("office").post("/staff/permits/new", **form(site, **changes))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("?")[0]


def test_a_permit_is_written_down_and_its_number_is_given_once(site: Website):
    office = site.client("office")
    assert "有効な許可のない罠" in office.get("/staff/permits").text
    path = create(site)
    page = office.get("/staff/permits").text
    assert "期限の来ているものはありません" in page
    assert "木鳥許可第128号" in page
    again = office.post("/staff/permits/new", **form(site, holder="別の人"))
    assert again.status_code == 409
    assert "別の人" in again.text
    answer = office.post(path, **form(site, most_traps="2"))
    assert answer.status_code == 422
    assert "2基まで" in answer.text
    assert office.post(path, **form(site, sensor_replaces="yes")).status_code == 303
    with site.database.transaction() as conn:
        assert conn.execute("select sensor_replaces, most_traps from permit").fetchall() == [(True, 30)]
        acts = conn.execute("select act from audit_entry where object like 'permit/%' order by id").fetchall()
    assert acts == [("create",), ("change",)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("valid_until", "2020-01-01"),
        ("number", ""),
        ("kind", "x"),
        ("most_traps", "31"),
        ("traps", "nothing"),
        ("valid_from", "x"),
    ],
)
def test_each_fault_is_said_and_nothing_is_lost(site: Website, field: str, value: str):
    answer = site.client("office").post("/staff/permits/new", **form(site, **{field: value}))
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert "木更津市矢那1234番地" in answer.text
    with site.database.transaction() as conn:
        assert conn.execute("select count(*) from permit").fetchone() == (0,)


def test_a_catch_of_zero_is_reported_as_any_other_and_then_nothing_is_due(site: Website):
    today = day_of(clock.now(), site.services.patrols.zone)
    ended = {"valid_from": "2026-01-01", "valid_until": (today - timedelta(days=40)).isoformat()}
    path, office = create(site, traps=[], **ended), site.client("office")
    assert "報告の期限が過ぎています" in office.get("/staff/permits").text
    page = office.get(path).text
    assert "記録では捕獲0頭です" in page
    answer = office.post(
        f"{path}/report", page=path, handed_in_on="2999-01-01", **{"heads-boar": "0", "heads-deer": "0"}
    )
    assert answer.status_code == 422
    for _ in range(2):
        fields = {
            "heads-boar": "0",
            "heads-deer": "0",
            "handed_in_on": today.isoformat(),
            "key": "5f0c1a2e-8a4b-4f6e-9b1d-2c3d4e5f6a7b",
        }
        assert office.post(f"{path}/report", page=path, **fields).status_code == 303
    assert "捕獲数：0頭" in office.get(path).text
    assert "報告の期限が過ぎています" not in office.get("/staff/permits").text
    with site.database.transaction() as conn:
        assert conn.execute("select heads, handed_in_on from permit_report").fetchall() == [({}, today)]


def test_the_report_is_drafted_from_what_hunters_recorded(site: Website):
    path, now = create(site), clock.now()
    with site.database.transaction() as conn:
        for number, (outcome, species, days) in enumerate(
            [
                ("captured", "boar", 3),
                ("captured", "boar", 2),
                ("wrong_species", "raccoon_dog", 1),
                ("captured", "deer", 200),
            ]
        ):
            conn.execute(
                "insert into report (id, device_key, person_id, typed_by, outcome, found_at, received_at)"
                " values (%s, %s, %s, %s, %s, %s, %s)",
                (f"r-{number}", site.devices["trap-1"].key, site.people["ishii"], site.people["ishii"], outcome,
                 now - timedelta(days=days), now),
            )  # fmt: skip
            conn.execute(
                "insert into animal (id, report_id, branch, species, created_at) values (%s, %s, 1, %s, %s)",
                (f"a-{number}", f"r-{number}", species, now),
            )
    page = site.client("office").get(path).text
    assert re.search(r'name="heads-boar"[^>]*value="2"', page)
    assert re.search(r'name="heads-deer"[^>]*value="0"', page)
    assert re.search(r"錯誤捕獲（放獣）：\s*タヌキ 1", page)


def sizes(pdf: bytes) -> dict[str, float]:
    """Each run of text on the sheets with the size of its letters in points."""
    found: dict[str, float] = {}

    def visit(text: str, _cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if text.strip():
            found[text.strip()] = abs(size * tm[3])

    for sheet in PdfReader(io.BytesIO(pdf)).pages:
        sheet.extract_text(visitor_text=visit)
    return found


def test_the_tags_say_all_that_the_rule_asks_in_letters_of_a_centimetre(site: Website):
    path = create(site, traps=["trap-1", "trap-2", "trap-3"], valid_from="2026-04-01", valid_until="2027-03-31")
    answer = site.client("office").get(f"{path}/tags.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    assert len(reader.pages) == 2
    found = sizes(answer.content)
    for words in (
        "石井 健太", "木更津市矢那1234番地", "木更津市長", "木鳥許可第128号", "2026/4/1〜2027/3/31",
        "イノシシ・ニホンジカ",
    ):  # fmt: skip
        size = max((size for text, size in found.items() if words in text), default=0)
        # The smallest of them, a digit, is some three quarters of its letter's body.
        assert size * 0.72 >= CENTIMETRE_PT, words


def test_permits_are_the_offices(site: Website):
    path, hunter = create(site), site.client("ishii")
    for page in ("/staff/permits", "/staff/permits/new", path, f"{path}/tags.pdf"):
        assert hunter.get(page).status_code == 403
    assert site.client("office").get("/staff/permits/pm-nothing").status_code == 404
