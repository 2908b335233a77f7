"""A farmer's pages without scripts: plots with newest values, a station over days, its file, a plot's form."""

import csv
import io
import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest

from hub import clock


def chart_of(page: str) -> dict:
    return json.loads(re.search(r'id="chart-data"[^>]*>(.*?)</script>', page)[1])


def test_plots_show_newest_values_with_unit_age_and_trend(site):
    now = clock.now()
    site.measured("field-1", now - timedelta(hours=1, minutes=4), air_temperature=5.0, soil_moisture=31.0)
    site.measured("field-1", now - timedelta(minutes=4), air_temperature=8.1, soil_moisture=31.1)
    page = site.client("takahashi").get("/plots").text
    assert "上の畑" in page
    assert re.search(r"気温.*?8\.1<span class=\"unit\">°C</span>.*?上昇.*?4分前", page, re.DOTALL)
    assert re.search(r"土壌水分.*?31\.1.*?横ばい", page, re.DOTALL)


def test_an_old_value_is_called_old_and_has_no_trend(site):
    site.measured("field-1", clock.now() - timedelta(hours=6), air_temperature=-1.5)
    page = site.client("takahashi").get("/plots").text
    assert "−1.5" in page
    assert "古い値：" in page
    assert "横ばい" not in page


def test_a_farmer_sees_no_plot_or_station_of_others(site):
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    stranger = site.client("suzuki")
    assert "ブルーベリー" not in stranger.get("/plots").text
    for path in ("/stations/field-1", "/stations/field-1/readings.csv"):
        assert stranger.get(path).status_code == 404
    assert site.client("takahashi").get("/stations/field-1").status_code == 200
    assert site.client("office").get("/stations/field-1").status_code == 200


def test_a_station_shows_a_window_with_holes_as_holes_and_a_table_without_scripts(site):
    now = clock.now()
    for minutes in (*range(0, 60, 5), *range(300, 360, 5)):
        site.measured("field-1", now - timedelta(minutes=minutes), air_temperature=5.0 + minutes / 100)
    page = site.client("takahashi").get("/stations/field-1").text
    chart = chart_of(page)
    assert len(chart["series"][0]["holes"]) == 1
    assert chart["since"] < chart["times"][0] < sum(chart["times"]) < chart["until"]
    assert page.count('<th scope="row">') >= 2
    week = chart_of(site.client("takahashi").get("/stations/field-1?span=week").text)
    assert week["until"] - week["since"] == 7 * 86400
    assert "この期間の測定値はありません" in site.client("takahashi").get("/stations/field-1?to=1700000000").text


def test_the_file_is_ready_for_a_japanese_excel(site):
    now = clock.now()
    site.measured("field-1", now - timedelta(minutes=10), air_temperature=8.1, soil_moisture=31.0)
    site.measured("field-1", now, air_temperature=8.4)
    answer = site.client("takahashi").get("/stations/field-1/readings.csv?first=2020-01-01&last=2020-01-02")
    assert len(answer.content.decode("utf-8-sig").splitlines()) == 1
    first, last = (now - timedelta(days=1)).date(), (now + timedelta(days=1)).date()
    answer = site.client("takahashi").get(f"/stations/field-1/readings.csv?first={first}&last={last}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="field-1_')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, older, newer = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:4] == ["測定日時", "協定世界時との差", "気温 (°C)", "土壌水分 (%)"]
    assert older[1:4] == ["+09:00", "8.1", "31.0"]
    assert newer[2:4] == ["8.4", ""]


@pytest.mark.parametrize(
    ("days", "field"),
    [("first=2026-11-23&last=2026-11-22", "last"), ("first=2010-01-01&last=2026-01-01", "last"), ("first=x", "first"),
     ("first=0001-01-01&last=0001-01-02", "first"), ("first=9999-12-30&last=9999-12-31", "last")],
)  # fmt: skip
def test_days_that_cannot_be_are_said_beside_their_field_and_stay_as_typed(site, days, field):
    visitor = site.client("takahashi")
    plot = re.search(r"/plots/pl-\w+", visitor.get("/plots").text)[0]
    for home in ("/stations/field-1", plot):
        answer = visitor.get(f"{home}/readings.csv?{days}")
        assert answer.status_code == 422
        assert f'id="e-{field}"' in answer.text
        assert f'value="{days.split("&")[0].removeprefix("first=")}"' in answer.text


def test_a_plot_that_is_sent_twice_is_one_plot(site):
    visitor, key = site.client("takahashi"), str(uuid4())
    for _ in range(2):
        assert visitor.post("/plots/new", name="二度の田", key=key).status_code == 303
    assert len(re.findall(r'">二度の田</a>', visitor.get("/plots").text)) == 1


def test_a_year_that_was_mistyped_and_degrees_for_a_station_elsewhere_are_said_beside_their_field(site):
    fields = {"name": "下の田", "planted_on": "0026-05-10", "offset-field-1": "-2", "stations": ["field-2"]}
    answer = site.client("takahashi").post("/plots/new", **fields)
    assert answer.status_code == 422
    assert 'id="e-planted_on"' in answer.text
    assert 'id="e-offset-field-1"' in answer.text


def test_a_refused_form_does_not_also_say_that_it_is_saved(site):
    visitor = site.client("takahashi")
    plot = re.search(r"/plots/pl-\w+", visitor.get("/plots").text)[0]
    answer = visitor.post(f"{plot}/sharing?done=saved", username="nobody")
    assert "まだ保存されていません" in answer.text
    assert "今から有効です" not in answer.text


def test_a_farmer_makes_and_changes_a_plot(site):
    visitor = site.client("takahashi")
    answer = visitor.post("/plots/new", name="下の田", crop="米", planted_on="2026-05-10", stations=["field-2"])
    assert answer.headers["location"] == "/plots?done=saved"
    page = visitor.get(answer.headers["location"]).text
    assert "ほ場を保存しました" in page
    assert "下の田" in page
    plot_id = re.search(r'href="/plots/(pl-\w+)">下の田', page)[1]
    assert visitor.get(f"/plots/{plot_id}/change").status_code == 200
    visitor.post(f"/plots/{plot_id}/change", name="東の田", crop="", planted_on="", stations=[])
    page = visitor.get("/plots").text
    assert "東の田" in page
    assert "下の田" not in page


def test_a_plot_form_says_what_is_wrong(site):
    answer = site.client("takahashi").post("/plots/new", name=" ", planted_on="春", stations=["trap-1"])
    assert answer.status_code == 422
    assert answer.text.count('class="error"') == 3
    assert "まだ保存されていません" in answer.text


def test_staff_make_a_plot_for_a_farmer_and_share_it(site):
    friend = site.add_person("suzuki", "farmer", "鈴木 次郎")
    answer = site.client("office").post(
        "/plots/new", name="実証ほ", owner=site.people["takahashi"], stations=["field-1"], shared_with=[friend]
    )
    assert answer.status_code == 303, answer.text
    page = site.client("suzuki").get("/plots").text
    assert "実証ほ" in page
    assert "高橋 一郎さんのほ場" in page
    plot_id = re.search(r'href="/plots/(pl-\w+)">実証ほ', page)[1]
    assert "共有されているほ場です" in site.client("suzuki").get(f"/plots/{plot_id}/change").text
    assert "/change" not in site.client("suzuki").get(f"/plots/{plot_id}").text
    refused = site.client("suzuki").post(f"/plots/{plot_id}/change", page="/plots", name="とった")
    assert refused.status_code in (403, 422)


def test_a_farmer_reads_no_other_farmers_names(site):
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    assert "鈴木 次郎" not in site.client("takahashi").get("/plots/new").text
    assert "鈴木 次郎" in site.client("office").get("/plots/new").text


def test_a_charts_data_is_sent_once_and_only_to_those_who_may_read(site):
    now = clock.now()
    for minutes in range(0, 300, 10):
        site.measured("field-1", now - timedelta(minutes=minutes), air_temperature=5.0 + minutes / 100)
    visitor = site.client("takahashi")
    source = chart_of(visitor.get("/stations/field-1").text)["source"]
    path = f"{source}&from={int(now.timestamp()) - 7200}&to={int(now.timestamp())}"
    answer = visitor.get(path)
    data = answer.json()
    assert data["until"] - data["since"] == 7200
    assert data["width"] == 60
    assert len(data["times"]) == len(data["series"][0]["mean"]) == 12
    assert visitor.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    site.measured("field-1", now - timedelta(minutes=5), air_temperature=9.0)
    assert visitor.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 200
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    assert site.client("suzuki").get(path).status_code == 404


def test_rubbish_in_a_charts_address_shows_the_usual_chart_or_one_clear_error(site):
    visitor = site.client("takahashi")
    for rubbish in ("quantity=%00&station=%00", "from=9&to=8", "from=99999999999999&to=x", "span=%FF&years=7"):
        assert visitor.get(f"/stations/field-1?{rubbish}").status_code == 200, rubbish
    assert visitor.get("/charts.json?quantity=air_temperature").status_code == 422
    assert visitor.get("/charts.json?station=field-1&quantity=joy").status_code == 422
    assert visitor.get("/charts.json?station=%00&quantity=air_temperature").status_code == 404


def test_staff_without_consent_are_offered_no_file_of_a_plot(site):
    farmer, office = site.client("takahashi"), site.client("office")
    plot = re.search(r"/plots/pl-\w+", farmer.get("/plots").text)[0]
    assert f"{plot}/save" in office.get(plot).text
    farmer.post(f"{plot}/sharing/staff", f"{plot}/sharing", may_look="no")
    shown = office.get(plot).text
    assert "市役所には見せていません" in shown
    assert f"{plot}/save" not in shown


def test_a_card_draws_its_last_day_and_says_it_in_words(site):
    now = clock.now()
    for hours in range(24):
        site.measured("field-1", now - timedelta(hours=hours), air_temperature=5.0 + hours)
    page = site.client("takahashi").get("/plots").text
    assert re.search(r'class="spark">.*?<path d="M[\d. L]+"/>', page)
    assert re.search(r"気温：この24時間の1時間平均は \d+\.\d～\d+\.\d °C", page)


def test_a_season_that_began_in_the_first_year_is_drawn_like_any_old_one(site):
    plot = site.add_plot("takahashi", "昔の畑", "field-1")
    site.measured("field-1", clock.now(), air_temperature=5.0)
    with site.database.transaction() as conn:
        conn.execute("update plot set planted_on = '0001-01-01', base_temperature_c = 5 where id = %s", [plot])
    assert site.client("takahashi").get(f"/plots/{plot}?span=season").status_code == 200


def test_a_calibration_that_is_sent_twice_is_one_and_a_refused_one_can_be_sent_again(site):
    visitor, key, path = site.client("takahashi"), str(uuid4()), "/stations/field-1/sensors/air_temperature"
    now = clock.now()
    for minutes in range(0, 60, 5):
        site.measured("field-1", now - timedelta(minutes=minutes), air_temperature=5.0)
    at = f"{(now - timedelta(minutes=30)).astimezone(site.services.texts.zone):%Y-%m-%dT%H:%M}"
    assert 'name="key" value="' in visitor.get(path).text
    assert visitor.post(path, act="calibration", first_at=at, first_right="x", key=key).status_code == 422
    for _ in range(2):
        answer = visitor.post(path, act="calibration", first_at=at, first_right="6.5", key=key)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/stations/field-1/sensors?done=calibration"
    with site.database.transaction() as conn:
        assert conn.execute("select detail ->> 'shift' from sensor_change").fetchall() == [("1.5",)]


def test_a_station_is_of_the_plots_in_the_navigation(site):
    page = site.client("takahashi").get("/stations/field-1").text
    assert re.search(r'href="/plots" aria-current="page"', page)
    assert len(re.findall(r'<a[^>]*aria-current="page"[^>]*>(?:ほ場|お知らせ)</a>', page)) == 1


def test_whom_a_farmer_let_look_and_no_longer_stands_in_what_held_when(site):
    person = site.add_person("suzuki", "farmer", "鈴木 次郎")
    visitor = site.client("takahashi")
    plot = re.search(r"/plots/pl-\w+", visitor.get("/plots").text)[0]
    history = re.compile(r'id="history-title".*', re.DOTALL)
    assert visitor.post(f"{plot}/sharing", username="suzuki").status_code == 303
    during = history.search(visitor.get(f"{plot}/sharing").text)[0]
    assert "鈴木 次郎" in during
    visitor.post(f"{plot}/sharing/people/{person}/end", f"{plot}/sharing")
    after = history.search(visitor.get(f"{plot}/sharing").text)[0]
    assert re.search(r"鈴木 次郎</b>.*?から.*?まで（高橋", after, re.DOTALL)


def test_of_equal_lines_the_one_beneath_is_wider(site):
    now = clock.now()
    for minutes in range(0, 60, 5):
        for name in ("field-1", "field-2"):
            site.measured(name, now - timedelta(minutes=minutes), air_temperature=5.0)
    plot = site.add_plot("takahashi", "二つの観測機", "field-1", "field-2")
    page = site.client("takahashi").get(f"/plots/{plot}?quantity=air_temperature").text
    assert page.count('class="line under s0"') == 1
    assert page.count('class="line s1"') == 1
    assert "line under" not in site.client("takahashi").get("/stations/field-1?quantity=air_temperature").text
