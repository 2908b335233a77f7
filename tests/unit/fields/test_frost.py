"""Frost tonight: the book's own nights, and when there is a statement at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.agronomy.cooling import Night, clear_sky_rate, fit_nights, slow_below_dew_point, trend_c
from hub.fields.agronomy.frost import AirReading, frost_risk, night_at
from hub.fields.agronomy.humidity import actual_kpa, dew_point_of_kpa, saturation_kpa

LAT, LON = 35.38, 139.92
# Snyder and de Melo-Abreu (FAO 2005), chapter 5: temperature and dew point two hours after sunset, and the lowest.
BOOK = [
    Night(*row)
    for row in zip(
        [3.2, 0.8, 0.2, 2.6, 4.4, 5.2, 2.7, 1.2, 4.5, 5.6],
        [-4.2, -8.8, -6.5, -6.2, -6.1, 2.6, -0.7, -1.7, -1.2, 0.1],
        [-3.1, -5.0, -6.3, -5.4, -4.0, -2.5, -4.8, -5.0, -4.4, -3.3],
        strict=True,
    )
]
SUNSET, SUNRISE = night_at(LAT, LON, datetime(2026, 11, 26, 12, tzinfo=UTC))


def evening(hours, begin_c=8.0, rate=3.5, dew_c=-2.0, wind=0.5, every_min=10):
    """Readings from sunset on, which fall with the root of time."""
    steps = int(hours * 60 / every_min)
    readings = []
    for step in range(steps + 1):
        air_c = begin_c - rate * sqrt(step * every_min / 60)
        humidity = min(100.0, 100 * saturation_kpa(dew_c) / saturation_kpa(air_c))
        readings.append(AirReading(SUNSET + timedelta(minutes=step * every_min), air_c, humidity, wind))
    return readings


def risk(readings, hours, **others):
    return frost_risk(readings, LAT, LON, SUNSET + timedelta(hours=hours), **others)


def test_own_nights_are_those_of_the_book():
    own = fit_nights(BOOK)
    # the value that the R package `frost`, which follows the book's spreadsheet, prints for 10 °C and 2 °C
    assert own.lowest_c(10, 2) == pytest.approx(-0.7409219, abs=1e-6)
    assert own.error_c < 0.9
    assert own.nights == 10


def test_too_few_or_equal_nights_teach_nothing():
    assert fit_nights(BOOK[:9]) is None
    assert fit_nights([BOOK[0]] * 12) is None


@pytest.mark.parametrize(("hours", "air_c"), [(3, -0.8250406), (9, -3.7463161), (15, -5.45)])
def test_the_trend_is_that_of_the_book(hours, air_c):
    assert trend_c(0.95, -5.45, hours, 15) == pytest.approx(air_c, abs=1e-6)


def test_the_clear_sky_cools_the_books_nights_as_they_did():
    faults = []
    for night in BOOK:
        lost = clear_sky_rate(night.air_c, night.dew_point_c) * (sqrt(12) - sqrt(2))
        faults.append(night.air_c - lost - night.lowest_c)
    assert sum(faults) / len(faults) == pytest.approx(0, abs=0.3)
    assert sqrt(sum(fault**2 for fault in faults) / len(faults)) < 2.0


def test_below_the_dew_point_it_cools_half_as_fast():
    assert slow_below_dew_point(3, 1) == 3
    assert slow_below_dew_point(-3, 1) == pytest.approx(-1)


def test_before_the_evening_there_is_no_statement():
    found = frost_risk(evening(3), LAT, LON, SUNSET + timedelta(minutes=59))
    assert (found.level, found.why) == ("no_statement", ("too_early",))
    assert found.from_at == SUNSET + timedelta(hours=1)
    assert found.expected_min_c is None


def test_by_day_it_speaks_of_the_coming_night():
    noon = datetime(2026, 11, 26, 3, tzinfo=UTC)
    assert frost_risk([], LAT, LON, noon).from_at == SUNSET + timedelta(hours=1)


@pytest.mark.parametrize(
    ("readings", "why"),
    [
        ([], "no_readings"),
        (evening(1.5), "old_readings"),
        (evening(3)[-2:], "few_readings"),
        (evening(3, every_min=5)[-5:], "few_readings"),
    ],
)
def test_without_readings_nothing_is_said_about_frost(readings, why):
    found = risk(readings, 3)
    assert (found.level, found.why) == ("no_statement", (why,))


def test_a_clear_cold_evening_brings_frost():
    found = risk(evening(3, begin_c=8), 3)
    assert found.level == "likely"
    assert found.certain
    assert "cooling" in found.why
    # the same law to sunrise, held up by the dew
    free = 8 - 3.5 * sqrt((SUNRISE - SUNSET) / timedelta(hours=1))
    assert free < found.expected_min_c < -1
    assert found.band_c[0] < found.expected_min_c <= found.band_c[1]


def test_a_mild_cloudy_evening_does_not():
    found = risk(evening(3, begin_c=15, rate=0.4, dew_c=11), 3)
    assert found.level == "unlikely"
    assert found.chance < 0.15


def test_in_between_it_is_possible():
    assert risk(evening(3, begin_c=11.5, rate=2.0, dew_c=4), 3).level == "possible"


def test_what_is_already_at_the_limit_is_likely_whatever_comes():
    found = risk(evening(2, begin_c=5), 2)
    assert found.level == "likely"
    assert found.chance == 1
    assert found.why[0] == "already_there"


def test_the_first_hour_is_not_certain_and_humidity_and_wind_matter():
    assert not risk(evening(1.5), 1.5).certain
    dry = risk(evening(3, begin_c=12), 3)
    assert dry.certain
    blind = risk([replace(one, humidity=None) for one in evening(3, begin_c=12)], 3)
    assert "no_humidity" in blind.why
    assert not blind.certain
    windy = risk(evening(3, begin_c=12, wind=4), 3)
    assert "wind" in windy.why
    assert windy.band_c[0] < dry.band_c[0]


def test_a_crop_with_another_limit_and_a_plot_in_a_cold_hollow():
    readings = evening(3, begin_c=14, rate=2.0, dew_c=6)
    mild = risk(readings, 3)
    assert mild.level == "unlikely"
    assert risk(readings, 3, limit_c=9).level == "likely"
    assert risk(readings, 3, offset_c=-3).chance > mild.chance
    assert risk(readings, 3, offset_c=-3).expected_min_c == pytest.approx(mild.expected_min_c - 3)


def test_own_nights_go_first_once_the_second_hour_is_there():
    own = fit_nights(BOOK)
    early, late = risk(evening(1.5), 1.5, own=own), risk(evening(4), 4, own=own)
    assert "own_nights" not in early.why
    assert "own_nights" in late.why
    assert late.expected_min_c == pytest.approx(own.lowest_c(8 - 3.5 * sqrt(2), -2), abs=2)
    assert late.band_c[0] > risk(evening(4), 4).band_c[0] - 5


def test_a_later_reading_than_now_does_not_count():
    readings = evening(8)
    assert risk(readings, 3) == risk(evening(3), 3)


def test_where_the_sun_does_not_set_there_is_no_night():
    assert frost_risk([], 78.2, 15.6, datetime(2026, 6, 21, tzinfo=UTC)).why == ("no_sunset",)


@given(
    st.lists(
        st.tuples(st.floats(0, 16), st.floats(-30, 40), st.none() | st.floats(0, 100), st.none() | st.floats(0, 40)),
        max_size=40,
    ),
    st.floats(0, 24),
    st.floats(-5, 5),
)
def test_any_evening_gets_an_answer_that_agrees_with_itself(rows, hours, limit_c):
    readings = [AirReading(SUNSET + timedelta(hours=hour), *others) for hour, *others in rows]
    found = risk(readings, hours, limit_c=limit_c)
    if found.level == "no_statement":
        assert found.chance is None
        assert found.expected_min_c is None
        assert found.why
    else:
        assert found.band_c[0] <= found.expected_min_c
        assert found.expected_min_c <= found.band_c[1] + 1e-9
        assert (found.level == "likely") == (found.chance >= 0.66)


@given(st.floats(0, 4))
def test_a_colder_evening_is_never_less_at_risk(by_c):
    warm, cold = risk(evening(3, begin_c=12), 3), risk(evening(3, begin_c=12 - by_c), 3)
    assert cold.chance >= warm.chance - 0.02
    assert dew_point_of_kpa(actual_kpa(5, 100)) == pytest.approx(5)
