"""The sums of a plot's page."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hub.fields.agronomy.evapotranspiration import DayWeather, reference_et
from hub.fields.glance.deciding import PlotFacts
from hub.fields.glance.figures import chill, chill_since, daily_means_c, sum_days
from hub.fields.glance.values import Day

TODAY = date(2026, 11, 26)
LAT = 35.38


def day(back, key=1, **others):
    on = TODAY - timedelta(days=back)
    plain = Day(key, datetime(on.year, on.month, on.day, tzinfo=UTC), 144, 10.0, 5.0, 15.0, *[None] * 7)
    return on, replace(plain, **others)


def figures(*days, facts=None, season=None, so_far=None):
    by_key = {}
    for on, one in days:
        by_key.setdefault(one.device_key, {})[on] = one
    return sum_days(facts or PlotFacts(sorted(by_key)), by_key, so_far or {}, LAT, TODAY, season)


def test_today_has_its_extremes_with_the_offset_also_at_zero():
    found = figures(facts=PlotFacts([1], {1: -1.5}), so_far={1: (0.0, 12.0)})
    assert (found.today_low_c, found.today_high_c) == (-1.5, 10.5)
    assert figures().today_low_c is None


def test_evapotranspiration_of_yesterday_names_its_estimates():
    found = figures(day(1, humidity_low=40.0, humidity_high=90.0, humidity_mean=65.0))
    on = TODAY - timedelta(days=1)
    assert found.et0_yesterday == reference_et(DayWeather(on, 5.0, 15.0, 90.0, 40.0, 65.0), LAT)
    assert found.et0_yesterday.estimated == ("radiation", "wind", "pressure")
    assert found.estimated == ("radiation", "wind", "pressure")


def test_what_one_station_lacks_the_other_gives():
    soil = day(1, key=1, air_count=0, air_mean_c=None, air_low_c=None, air_high_c=None)
    sky = day(1, key=2, radiation_w_m2=120.0, wind_m_s=1.5, humidity_mean=60.0, pressure_hpa=1013.0, rain_mm=4.0)
    found = figures(soil, sky)
    assert found.et0_yesterday.estimated == ()
    assert found.week.rain_mm == 4.0


def test_the_week_counts_only_whole_days_with_a_gauge():
    days = [day(n, rain_mm=2.0) for n in range(1, 9)]
    found = figures(*days)
    assert (found.week.days, found.week.rain_mm) == (7, 14.0)
    assert found.week.balance_mm == pytest.approx(14 - found.week.et0_mm)
    gap = figures(*days[:2], day(3, rain_mm=9.0, air_count=20), *days[3:])
    assert (gap.week.days, gap.week.rain_mm) == (6, 12.0)
    assert figures(*[day(n) for n in range(1, 9)]).week is None


def test_the_seasons_rain_begins_with_the_season():
    days = [day(n, rain_mm=1.0) for n in range(1, 10)]
    assert figures(*days, season=TODAY - timedelta(days=4)).season_rain_mm == 4
    assert figures(*days).season_rain_mm is None


def test_a_part_of_a_day_has_no_mean():
    days = dict(day(n) for n in range(1, 8)) | dict([day(3, air_count=20)])
    assert TODAY - timedelta(days=3) not in daily_means_c(days)
    assert len(daily_means_c(days)) == 6


@pytest.mark.parametrize(
    ("today", "since"),
    [(TODAY, date(2026, 10, 1)), (date(2027, 3, 1), date(2026, 10, 1)), (date(2026, 9, 30), date(2025, 10, 1))],
)
def test_cold_is_counted_from_october(today, since):
    assert chill_since(today) == since


def test_chill_of_nothing_is_nothing():
    assert chill([], TODAY) is None
    found = chill([5.0, 6.0, 20.0], TODAY)
    assert (found.hours, found.utah) == (2, 1.0)
