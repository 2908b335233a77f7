"""The patrol's pages without any script: one press a trap, one for a valley, the ledger, and putting a row right."""

import csv
import io
import re
from datetime import timedelta
from uuid import uuid4

from pypdf import PdfReader

from hub import clock
from hub.traps.patrols.days import day_of
from tests.website import Visitor, Website


def stood_for_weeks(site: Website, *device_ids: str) -> None:
    with site.database.transaction() as conn:
        for device_id in device_ids or [name for name in site.devices if name.startswith("trap")]:
            conn.execute(
                "insert into trap_service (device_key, at, in_service) values (%s, %s, true)",
                (site.devices[device_id].key, clock.now() - timedelta(days=40)),
            )


def rows(site: Website) -> list[tuple]:
    with site.database.transaction() as conn:
        return conn.execute(
            "select d.id, v.source, v.note, v.lat from visit v join device d on d.key = v.device_key order by d.id"
        ).fetchall()


def press(visitor: Visitor, **fields: object):
    return visitor.post("/patrol", **fields)


def test_one_press_writes_down_one_trap_and_one_a_whole_valley(site: Website):
    stood_for_weeks(site)
    site.spring("trap-5")
    visitor = site.client("ishii")
    page = visitor.get("/patrol").text
    assert "見回りがまだの罠：5" in page
    valley = re.findall(r'<form method="post" action="/patrol".*?</form>', page, re.DOTALL)[0]
    assert re.findall(r'name="device" value="(.*?)"', valley) == ["trap-1", "trap-2", "trap-3", "trap-4"]
    answer = press(visitor, device="trap-2", note="足跡あり", lat="35.4", lon="139.9", key=str(uuid4()))
    assert answer.headers["location"] == "/patrol?done=visited"
    press(visitor, device=["trap-1", "trap-3", "trap-4"], key=str(uuid4()))
    assert rows(site) == [
        ("trap-1", "page", None, None), ("trap-2", "page", "足跡あり", 35.4),
        ("trap-3", "page", None, None), ("trap-4", "page", None, None),
    ]  # fmt: skip
    assert "見回りがまだの罠：1" in visitor.get("/patrol").text


def test_a_form_that_waited_on_the_phone_tells_when_it_was_pressed_and_is_done_once(site: Website):
    stood_for_weeks(site)
    visitor, key = site.client("ishii"), str(uuid4())
    pressed_at = clock.now() - timedelta(days=2)
    for _ in range(2):
        answer = press(visitor, device="trap-1", key=key, written_at=pressed_at.isoformat())
        assert answer.headers["location"] == "/patrol?done=visited"
    with site.database.transaction() as conn:
        assert conn.execute("select visited_at from visit").fetchall() == [(pressed_at,)]
    day = day_of(pressed_at, site.services.patrols.zone)
    page = visitor.get(f"/patrol/ledger?device=trap-1&month={day:%Y-%m}").text
    assert re.search(r"記録は<time[^>]*>今日", page)


def test_what_cannot_be_is_said_and_nothing_is_written(site: Website):
    visitor = site.client("ishii")
    assert press(visitor).status_code == 422
    far = (clock.now() + timedelta(days=1)).isoformat()
    assert press(visitor, device="trap-1", written_at=far).status_code == 422
    assert press(visitor, device="nothing").status_code == 404
    assert press(visitor, device="trap-1", key="x").status_code == 422
    assert rows(site) == []


def test_a_row_is_put_right_and_the_old_one_stays_to_be_read(site: Website):
    stood_for_weeks(site)
    visitor = site.client("ishii")
    press(visitor, device="trap-1", note="異常なし")
    path = re.search(r"/patrol/visits/[\w-]+", visitor.get("/patrol").text)[0]
    answer = visitor.post(path, visited_at="x", note="やはり昨日")
    assert answer.status_code == 422
    assert "やはり昨日" in answer.text
    answer = visitor.post(path, visited_at="", note="", void="yes")
    assert answer.headers["location"].startswith("/patrol/ledger?device=trap-1")
    page = visitor.get(answer.headers["location"]).text
    assert "訂正済み" in page
    assert "異常なし" in page
    assert "見回りがまだの罠：5" in visitor.get("/patrol").text
    assert 'name="void"' not in visitor.get(path).text


def test_hunters_of_other_teams_meet_nothing(site: Website):
    stood_for_weeks(site)
    site.client("ishii").post("/patrol", device="trap-1")
    with site.database.transaction() as conn:
        [(visit,)] = conn.execute("select id from visit").fetchall()
        conn.execute("insert into team values ('t-a', 'a', now())")
        conn.execute("update device set team_id = 't-a'")
    visitor = site.client("ishii")
    assert "矢那の谷" not in visitor.get("/patrol").text
    assert visitor.get(f"/patrol/visits/{visit}").status_code == 404
    assert visitor.get("/patrol/visits/v-none").status_code == 404
    assert visitor.get("/patrol/ledger?device=trap-1").status_code == 404
    assert visitor.get("/patrol/ledger.csv?device=trap-1").status_code == 404
    assert "石井" not in visitor.get("/patrol/ledger").text.split("<main")[1]
    assert visitor.get("/patrol/ledger.pdf").status_code == 422
    assert site.client("takahashi").get("/patrol").status_code == 403


def test_the_ledger_as_csv_and_on_paper(site: Website):
    stood_for_weeks(site)
    visitor = site.client("ishii")
    press(visitor, device="trap-1", note="=1+1")
    answer = visitor.get("/patrol/ledger.csv?device=trap-1")
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(text)))
    today = day_of(clock.now(), site.services.patrols.zone)
    [line] = [line for line in lines if line[0] == today.isoformat()]
    assert line[1:4] == ["trap-1", "矢那の谷 檻 1", "見回り済み"]
    assert line[5:7] == ["石井 健太", "'=1+1"]
    pdf = visitor.get("/patrol/ledger.pdf?device=trap-1")
    assert pdf.headers["content-type"] == "application/pdf"
    [sheet] = PdfReader(io.BytesIO(pdf.content)).pages
    assert "見回り台帳" in sheet.extract_text()
    assert "石井 健太" in sheet.extract_text()
    assert visitor.get("/patrol/ledger?month=2026-13").status_code == 422
    assert visitor.get("/patrol/ledger?month=9999-12").status_code == 422
