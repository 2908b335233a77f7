"""Derived series: from pairs of readings and hours, the plot's own air, sums of a season on the town's days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.agronomy.humidity import actual_kpa, deficit_g_m3, dew_point_c, saturation_kpa
from hub.fields.agronomy.warmth import DayWarmth
from hub.fields.charts import Bucket, Series, plan_chart, plan_panels
from hub.fields.charts.derived import DEGREE_DAYS, DERIVED, Pair, bucket_start, degree_buckets, derive, pair_up
from hub.fields.charts.picture import draw_picture
from hub.fields.charts.windows import decide_window

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
airs, humidities, offsets = st.floats(-10, 40), st.floats(5, 100), st.floats(-5, 5)


def test_an_hour_is_the_mean_of_its_readings():
    pairs = [Pair(NOW + 20 * MINUTE * n, air_c, 60.0) for n, air_c in enumerate((10.0, 20.0, 30.0))]
    (found,) = derive(DERIVED["dew_point"], pairs, HOUR, TOKYO, 0.0)
    each = [dew_point_c(air_c, 60.0) for air_c in (10.0, 20.0, 30.0)]
    assert found == Bucket(NOW, min(each), pytest.approx(sum(each) / 3), max(each), 3)


def test_hours_are_paired_where_both_were_measured_and_count_as_their_readings():
    warm = [Bucket(NOW, 9, 10, 11, 12), Bucket(NOW + HOUR, 9, 20, 30, 6), Bucket(NOW + 2 * HOUR, 9, 20, 30, 6)]
    moist = [Bucket(NOW, 50, 60, 70, 12), Bucket(NOW + HOUR, 50, 80, 90, 3)]
    pairs = pair_up(warm, moist)
    assert pairs == [Pair(NOW, 10, 60, 12), Pair(NOW + HOUR, 20, 80, 3)]
    (found,) = derive(DERIVED["humidity_deficit"], pairs, 2 * HOUR, ZoneInfo("UTC"), 0.0)[-1:]
    assert found.count in {3, 15}


@given(airs, humidities, offsets)
def test_the_plots_own_air_has_the_stations_vapour(air_c, humidity, offset_c):
    dew = DERIVED["dew_point"].formula(air_c, humidity, offset_c)
    deficit = DERIVED["humidity_deficit"].formula(air_c, humidity, offset_c)
    assert dew <= air_c + offset_c
    assert deficit >= 0
    if saturation_kpa(air_c + offset_c) >= actual_kpa(air_c, humidity):
        assert dew == pytest.approx(min(dew_point_c(air_c, humidity), air_c + offset_c))
    else:
        assert deficit == 0
    if offset_c == 0:
        assert deficit == pytest.approx(deficit_g_m3(air_c, humidity), abs=1e-9)


def test_a_warmer_plot_is_drier():
    formula = DERIVED["humidity_deficit"].formula
    assert formula(20.0, 80.0, 2.0) > formula(20.0, 80.0, 0.0) > formula(20.0, 80.0, -2.0)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_buckets_begin_on_the_towns_clock(at):
    for width in (5 * MINUTE, HOUR, 2 * HOUR, DAY, 7 * DAY):
        start = bucket_start(at, width, TOKYO)
        assert start <= at < start + width
    assert bucket_start(at, DAY, TOKYO).astimezone(TOKYO).hour == 0
    assert bucket_start(at, 7 * DAY, TOKYO).astimezone(TOKYO).weekday() == 0


def season(days: int) -> list[DayWarmth]:
    return [DayWarmth(date(2026, 11, 1) + n * DAY, 10.0, True) for n in range(days)]


def test_a_seasons_sum_stands_at_the_end_of_each_day():
    by_day = degree_buckets(season(3), DAY, TOKYO)
    assert [(one.time.astimezone(TOKYO).day, one.mean) for one in by_day] == [(1, 10.0), (2, 20.0), (3, 30.0)]
    by_hour = degree_buckets(season(3), HOUR, TOKYO)
    assert [one.time.astimezone(TOKYO).strftime("%d %H") for one in by_hour] == ["01 23", "02 23", "03 23"]
    by_week = degree_buckets(season(10), 7 * DAY, TOKYO)
    assert [one.max for one in by_week] == [10.0, 80.0, 100.0]


def test_the_target_is_seen_before_it_is_reached():
    series = [Series("pl", "畑", DEGREE_DAYS, degree_buckets(season(20), DAY, TOKYO), target=1000.0)]
    panels, window = plan_panels(series), decide_window("month", None, NOW, TOKYO)
    assert panels[0].axes[0].target == 1000.0
    (frame,) = draw_picture(plan_chart(series, DAY), series, panels, window, DAY, TOKYO).frames
    assert frame.target is not None
    assert frame.top < frame.target.y < frame.bottom
    assert not frame.drawn[0].band
