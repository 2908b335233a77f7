"""Game for the table: the hygiene form, the hold until a result, labels; and who sees what."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from hub import clock
from hub.traps.meat.hygiene import ABNORMALITIES
from hub.traps.patrols.days import day_of
from tests.website import Visitor, Website

ANIMAL = "2026-0001"
PATH = f"/animals/{ANIMAL}"


@pytest.fixture
def boar(site: Website) -> Website:
    """A boar for gibier, found by ishii two hours ago at trap-1, which had sprung an hour before."""
    now, hunter = clock.now(), site.people["ishii"]
    incident = site.spring("trap-1", at=now - timedelta(hours=3))
    with site.database.transaction() as conn:
        conn.execute(
            "insert into report (id, incident_id, device_key, person_id, typed_by, outcome, found_at, received_at)"
            " values ('r-1', %s, %s, %s, %s, 'captured', %s, %s)",
            (incident, site.devices["trap-1"].key, hunter, hunter, now - timedelta(hours=2), now),
        )
        conn.execute(
            "insert into animal (id, report_id, branch, species, disposal, created_at)"
            " values (%s, 'r-1', 1, 'boar', 'gibier', %s)",
            (ANIMAL, now),
        )
    return site


def form(site: Website, **changes: object) -> dict[str, object]:
    zone = site.services.patrols.zone

    def local(minutes: int) -> str:
        return f"{(clock.now() - timedelta(minutes=minutes)).astimezone(zone):%Y-%m-%dT%H:%M}"

    fields = {f"abnormal-{key}": "no" for key in ABNORMALITIES} | {
        "licence_number": "千葉県 第1号", "hunter_well": "yes", "killer_name": "石井 健太", "killer_well": "yes",
        "snared_limb": "rear_left", "killed_at": local(90), "bled_at": local(85), "bled_place": "沢の脇",
        "body_temperature_c": "３９．５", "organs_out": "no", "cooling": "ice", "sex": "male", "age": "adult",
        "weight_kg": "",
    }  # fmt: skip
    return fields | changes


def write(visitor: Visitor, site: Website, **changes: object):
    return visitor.post(f"{PATH}/hygiene", page=PATH, **form(site, **changes))


def measure(site: Website, value: str, **changes: object):
    today = day_of(clock.now(), site.services.patrols.zone).isoformat()
    fields = {"measured_on": today, "bq_per_kg": value, "laboratory": "検査センター"} | changes
    return site.client("office").post(f"{PATH}/radiation", page=PATH, **fields)


def test_meat_waits_for_its_form_then_for_the_test_and_only_a_result_releases_it(boar: Website):
    hunter = boar.client("ishii")
    assert "様式が未記入" in hunter.get(PATH).text
    assert write(hunter, boar).status_code == 303
    page = hunter.get(PATH).text
    assert "放射性物質の検査結果待ち" in page
    assert "60分後" in page
    assert measure(boar, "x").status_code == 422
    assert measure(boar, "10", measured_on="2020-01-01").status_code == 422
    assert "放射性物質の検査結果待ち" in hunter.get("/animals").text
    assert measure(boar, "100").status_code == 303
    assert "食用にできます" in hunter.get(PATH).text
    assert measure(boar, "101").status_code == 303
    assert "食用にできません" in hunter.get(PATH).text


@pytest.mark.parametrize("changes", [{"abnormal-wound": "yes"}, {"body_temperature_c": "42"}, {"killer_well": "no"}])
def test_what_the_form_excludes_is_not_food_and_only_staff_take_it_back(boar: Website, changes: dict[str, str]):
    hunter = boar.client("ishii")
    measure(boar, "0")
    assert write(hunter, boar, **changes).status_code == 303
    assert "食用にできません" in hunter.get(PATH).text
    assert write(hunter, boar).status_code == 403
    assert "食用にできません" in hunter.get(PATH).text
    assert write(boar.client("office"), boar).status_code == 303
    assert "食用にできます" in hunter.get(PATH).text
    with boar.database.transaction() as conn:
        assert conn.execute("select count(*) from hygiene_form").fetchone() == (2,)
        acts = conn.execute(
            "select act from audit_entry where object = %s order by id", (f"animal/{ANIMAL}",)
        ).fetchall()
    assert acts == [("radiation",), ("hygiene",), ("hygiene",)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("abnormal-gait", ""), ("body_temperature_c", ""), ("bled_at", "2020-01-01T00:00"),
        ("killed_at", "2999-01-01T00:00"),
        ("pregnant", "yes"), ("cooling", "x"), ("licence_number", ""), ("weight_kg", "-1"),
    ],
)  # fmt: skip
def test_each_fault_is_said_and_what_was_typed_stays(boar: Website, field: str, value: str):
    answer = write(boar.client("ishii"), boar, **{field: value})
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert "沢の脇" in answer.text
    with boar.database.transaction() as conn:
        assert conn.execute("select count(*) from hygiene_form").fetchone() == (0,)


def test_the_sheets_name_the_animal_and_its_mesh_and_never_the_place_of_the_trap(boar: Website):
    write(boar.client("ishii"), boar, **{"abnormal-wound": "yes"})
    sheets = {name: boar.client("ishii").get(f"{PATH}/{name}.pdf") for name in ("hygiene", "label")}
    for name, answer in sheets.items():
        assert answer.headers["content-type"] == "application/pdf", name
        reader = PdfReader(io.BytesIO(answer.content))
        assert len(reader.pages) == 1, name
        words = reader.pages[0].extract_text()
        assert ANIMAL in words
        assert "5339-07-" in words
        assert "35.38" not in words
        assert "食用にできません" in words
        assert "今日" not in words


def test_hunters_of_other_teams_and_other_roles_meet_nothing(boar: Website):
    with boar.database.transaction() as conn:
        conn.execute("insert into team values ('t-a', 'a', now())")
        conn.execute("update device set team_id = 't-a'")
    hunter = boar.client("ishii")
    assert ANIMAL not in hunter.get("/animals").text
    for path in (PATH, f"{PATH}/hygiene.pdf", f"{PATH}/label.pdf", "/animals/nothing"):
        assert hunter.get(path).status_code == 404, path
    assert hunter.post(f"{PATH}/hygiene", page="/animals", **form(boar)).status_code == 404
    assert boar.client("takahashi").get(PATH).status_code == 403


def test_only_staff_enter_results(boar: Website):
    hunter = boar.client("ishii")
    today = day_of(clock.now(), boar.services.patrols.zone).isoformat()
    fields = {"measured_on": today, "bq_per_kg": "1", "laboratory": "x"}
    assert hunter.post(f"{PATH}/radiation", page=PATH, **fields).status_code == 403
    with boar.database.transaction() as conn:
        assert conn.execute("select count(*) from radiation_result").fetchone() == (0,)
