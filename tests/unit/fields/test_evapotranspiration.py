"""Evapotranspiration against the examples of FAO-56.

R. G. Allen, L. S. Pereira, D. Raes, M. Smith: Crop evapotranspiration. Guidelines for computing crop water
requirements. FAO Irrigation and Drainage Paper 56, Rome 1998; pages are those of the printed book. Where a comment says
"also in", somebody else's tests of the same example were read and say the same figures: PyETo (tests/test_fao.py) and
pyet (tests/testfao56.py), both on GitHub.
"""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.agronomy import radiation
from hub.fields.agronomy.evapotranspiration import (
    DayWeather,
    pressure_kpa,
    psychrometric_kpa,
    reference_et,
    wind_at_2_m,
)

# Example 18 (p. 72, also in PyETo and pyet): Uccle (Brussels), 6 July: 50.80° N, 100 m, wind 10 km/h at 10 m, 9.25
# hours of sunshine.
UCCLE_SUN_MJ = 22.07
UCCLE = DayWeather(
    date(2026, 7, 6), 12.3, 21.5, 84, 63, None, UCCLE_SUN_MJ / 0.0864, 10 / 3.6, wind_height_m=10.0, pressure_kpa=100.1
)


def test_extraterrestrial_radiation_is_that_of_example_8():
    # p. 47, also in PyETo and pyet: 20° S, 3 September
    assert radiation.extraterrestrial(-20, 246) == pytest.approx(32.2, abs=0.05)


def test_daylight_is_that_of_example_9():
    # p. 49, also in PyETo and pyet
    assert radiation.clear_sky_hours(-20, 246) == pytest.approx(11.7, abs=0.05)


def test_radiation_from_sunshine_is_that_of_example_10():
    # p. 50, also in PyETo: Rio de Janeiro, 22°54' S, 15 May, 220 hours in the month
    assert radiation.extraterrestrial(-22.9, 135) == pytest.approx(25.1, abs=0.05)
    assert radiation.from_sunshine(220 / 31, -22.9, 135) == pytest.approx(14.5, abs=0.06)


def test_net_longwave_radiation_is_that_of_example_11():
    # p. 52, also in PyETo: the same month, 19.1 to 25.1 °C, 2.1 kPa
    assert radiation.net_longwave(19.1, 25.1, 2.1, 14.5, 18.8) == pytest.approx(3.5, abs=0.05)


def test_radiation_from_temperatures_is_that_of_example_15():
    # also in PyETo: Lyon in July, 14.8 to 26.6 °C
    assert radiation.from_temperatures(14.8, 26.6, 40.6, coast=False) == pytest.approx(22.3, abs=0.05)


def test_wind_is_brought_down_as_in_example_14():
    # p. 56, also in PyETo
    assert wind_at_2_m(3.2, 10) == pytest.approx(2.4, abs=0.05)


def test_pressure_and_psychrometric_constant_are_those_of_example_2():
    # p. 32, also in PyETo and pyet; example 4 has 87.9 kPa at 1200 m
    assert pressure_kpa(1200) == pytest.approx(87.9, abs=0.05)
    assert pressure_kpa(1800) == pytest.approx(81.8, abs=0.05)
    assert psychrometric_kpa(81.8) == pytest.approx(0.054, abs=0.0005)


@pytest.mark.parametrize(("air_c", "slope"), [(1, 0.047), (10, 0.082), (20, 0.145), (30, 0.243), (40, 0.393)])
def test_the_slope_is_that_of_annex_2(air_c, slope):
    assert radiation.slope_kpa(air_c) == pytest.approx(slope, abs=0.0006)


def test_the_slope_is_that_of_examples_17_and_18():
    # Bangkok in April (30.2 °C) and Uccle in July (16.9 °C), also in PyETo
    assert radiation.slope_kpa(30.2) == pytest.approx(0.246, abs=0.0005)
    assert radiation.slope_kpa(16.9) == pytest.approx(0.122, abs=0.0005)


def test_a_day_with_all_sensors_is_that_of_example_18():
    found = reference_et(UCCLE, 50.8, height_m=100)
    assert found.mm == pytest.approx(3.88, abs=0.03)
    assert found.by == "penman_monteith"
    assert found.estimated == ()


def test_with_temperatures_only_it_is_hargreaves_equation():
    # Lyon in July of example 20; Hargreaves' equation 52 by hand: 0.0023 · (20.7 + 17.8) · √11.8 · 40.55 · 0.408
    lyon = DayWeather(date(2026, 7, 15), 14.8, 26.6)
    found = reference_et(lyon, 45.72, height_m=200, coast=False)
    assert found.by == "hargreaves"
    assert set(found.estimated) == {"radiation", "humidity", "wind", "pressure"}
    assert found.mm == pytest.approx(5.03, abs=0.03)


def test_missing_radiation_and_humidity_is_that_of_example_20():
    # the example takes u2 = 2 m/s and finds 4.56 mm
    lyon = DayWeather(date(2026, 7, 15), 14.8, 26.6, wind_m_s=2.0)
    found = reference_et(lyon, 45.72, height_m=200, coast=False)
    assert found.by == "penman_monteith"
    assert found.estimated == ("radiation", "humidity", "pressure")
    assert found.mm == pytest.approx(4.56, abs=0.05)


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ({"wind_m_s": None}, "wind"),
        ({"radiation_w_m2": None}, "radiation"),
        ({"humidity_low": None}, "humidity"),
        ({"pressure_kpa": None}, "pressure"),
    ],
)
def test_each_estimate_is_named_and_near(without, named):
    found = reference_et(replace(UCCLE, **without), 50.8, height_m=100, coast=False)
    assert found.estimated == (named,)
    assert found.mm == pytest.approx(3.88, abs=0.8)


def test_the_mean_humidity_serves_where_its_ends_are_unknown():
    found = reference_et(replace(UCCLE, humidity_high=None, humidity_low=None, humidity_mean=72.0), 50.8, height_m=100)
    assert found.estimated == ()
    assert found.mm == pytest.approx(3.88, abs=0.3)


@given(
    st.floats(-15, 35), st.floats(0, 25), st.none() | st.floats(1, 100), st.none() | st.floats(0, 400),
    st.none() | st.floats(0, 20), st.integers(1, 365), st.floats(24, 46),
)  # fmt: skip
def test_any_day_in_japan_gives_a_possible_figure(low_c, swing, humidity, sun, wind, day, lat):
    weather = DayWeather(
        date.fromordinal(date(2026, 1, 1).toordinal() + day - 1), low_c, low_c + swing, None, None, humidity, sun, wind
    )
    assert 0 <= reference_et(weather, lat).mm < 40
