"""A plot's chart: its own air, what follows from it, its season; and the next view, for its readers alone."""

import json
import re
from datetime import timedelta

import pytest

from edge.wire.quantities import QUANTITIES
from hub import clock
from hub.fields.agronomy.humidity import dew_point_c
from hub.fields.chart_service import Wanted, fetch_chart
from hub.fields.charts import decide_window
from hub.fields.charts.derived import DERIVED
from hub.fields.rollups.service import mark_unreached, roll_up

DAY = timedelta(days=1)


def chart_of(page: str) -> dict:
    return json.loads(re.search(r'id="chart-data"[^>]*>(.*?)</script>', page)[1])


@pytest.fixture
def plot_id(site) -> str:
    """A plot 1.5 °C warmer than its station, planted ten days ago, that has measured each hour since."""
    now = clock.now()
    plot_id = site.add_plot("takahashi", "窪地", "field-1", crop="トマト")
    with site.database.transaction() as conn:
        conn.execute("update plot_station set temperature_offset_c = 1.5 where plot_id = %s", [plot_id])
        conn.execute(
            "update plot set planted_on = %s, base_temperature_c = 5, target_degree_days = 800 where id = %s",
            (now.astimezone(site.services.texts.zone).date() - 10 * DAY, plot_id),
        )
    for hours in range(24 * 12):
        site.measured("field-1", now - timedelta(hours=hours), air_temperature=15.0, relative_humidity=80.0)
    with site.database.transaction() as conn:
        mark_unreached(conn, now)
        while roll_up(conn, now, site.services.texts.zone):
            pass
    return plot_id


def test_the_plots_air_is_its_own_in_words_and_the_stations_is_the_stations(site, plot_id):
    visitor = site.client("takahashi")
    page = visitor.get(f"/plots/{plot_id}").text
    chart = chart_of(page)
    assert set(filter(None, chart["series"][0]["mean"])) == {16.5}
    assert "+1.5 ℃を足しています" in page
    assert "観測点に+1.5" in chart["series"][0]["name"]
    moved = visitor.get(f"{chart['source']}&from={chart['since']}&to={chart['until']}").json()
    assert set(filter(None, moved["series"][0]["mean"])) == {16.5}
    station = visitor.get("/stations/field-1").text
    assert set(filter(None, chart_of(station)["series"][0]["mean"])) == {15.0}
    assert "足しています" not in station


def test_dew_point_and_deficit_follow_from_readings_and_from_hours(site, plot_id):
    visitor = site.client("takahashi")
    asked = "quantity=dew_point&quantity=humidity_deficit"
    for span, word in (("day", "一つ一つの測定値から"), ("month", "1時間ごとの気温と湿度の平均から")):
        page = visitor.get(f"/stations/field-1?{asked}&span={span}").text
        dew, deficit = chart_of(page)["series"]
        assert set(filter(None, dew["mean"])) == {round(dew_point_c(15.0, 80.0), 2)}
        assert deficit["unit"] == "g/m³"
        assert word in page
    # On the warmer plot the same vapour is further from saturation, and its dew point is the same.
    of_plot = chart_of(visitor.get(f"/plots/{plot_id}?{asked}").text)["series"]
    assert max(filter(None, of_plot[0]["mean"])) == pytest.approx(dew_point_c(15.0, 80.0), abs=0.01)
    assert min(filter(None, of_plot[1]["mean"])) > max(filter(None, deficit["mean"])) + 1


@pytest.mark.parametrize("span", ["day", "week", "month", "season", "year"])
def test_derived_series_stand_on_the_buckets_of_measured_ones(site, plot_id, span):
    now, zone = clock.now(), site.services.texts.zone
    window = decide_window(span, None, now, zone)
    key = site.devices["field-1"].key
    quantities = (DERIVED["dew_point"].quantity, QUANTITIES["air_temperature"])
    wanted = [Wanted(key, "field-1", "x", quantity) for quantity in quantities]
    with site.database.transaction() as conn:
        derived, measured = fetch_chart(conn, wanted, window, zone)[0]
    assert [one.time for one in derived.buckets] == [one.time for one in measured.buckets]
    assert [one.count for one in derived.buckets] == [one.count for one in measured.buckets]


def test_the_season_rises_to_what_the_glance_says_below_its_target(site, plot_id):
    page = site.client("takahashi").get(f"/plots/{plot_id}?quantity=degree_days&span=month").text
    chart = chart_of(page)
    (series,) = chart["series"]
    sums = [value for value in series["mean"] if value is not None]
    assert sums == sorted(sums)
    assert sums[-1] == pytest.approx(11.5 * len(sums), abs=12)
    assert chart["panels"][0]["axes"][0]["target"] == 800
    assert "目標 800" in page
    assert "ここまで" in page
    assert "degree_days" not in site.client("takahashi").get("/stations/field-1").text


def test_nobody_elses_plot_lends_its_offset(site, plot_id):
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    address = f"/charts.json?station=field-1&quantity=air_temperature&plot={plot_id}"
    assert site.client("takahashi").get(address).status_code == 200
    assert site.client("suzuki").get(address).status_code == 404
    assert site.client("takahashi").get(address.replace(plot_id, "%00")).status_code == 404
