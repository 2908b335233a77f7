"""Moisture of the air against published tables, and against other people's formulas.

"Also in" names others' tests in which the same figures were read: PyETo (tests/test_fao.py), pyet (tests/testfao56.py).
"""

from math import atan, log10, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.fields.agronomy.humidity import (
    actual_kpa,
    deficit_g_m3,
    deficit_kpa,
    dew_point_c,
    dew_point_of_kpa,
    saturation_g_m3,
    saturation_kpa,
    wet_bulb_c,
)

AIR = st.floats(-30, 50)
HUMIDITY = st.floats(1, 100)


@pytest.mark.parametrize(
    ("air_c", "kpa"),
    # FAO Irrigation and Drainage Paper 56 (1998), annex 2, table 2.3; 15 and 24.5 °C are example 3 (p. 36), 19.5 °C is
    # example 4 (both also in pyet)
    [
        (1, 0.657),
        (10, 1.228),
        (15, 1.705),
        (19.5, 2.267),
        (20, 2.338),
        (24.5, 3.075),
        (30, 4.243),
        (35, 5.623),
        (40, 7.376),
    ],
)
def test_saturation_is_that_of_fao_56(air_c, kpa):
    assert saturation_kpa(air_c) == pytest.approx(kpa, abs=0.0011)


def goff_gratch_hpa(air_c: float) -> float:
    """Saturation over water as the Smithsonian Meteorological Tables (6th edition, p. 350) compute it: J. A. Goff and
    S. Gratch, Low-pressure properties of water from -160 to 212 °F (1946).
    """
    ratio = 373.16 / (air_c + 273.16)
    return 10 ** (
        -7.90298 * (ratio - 1)
        + 5.02808 * log10(ratio)
        - 1.3816e-7 * (10 ** (11.344 * (1 - 1 / ratio)) - 1)
        + 8.1328e-3 * (10 ** (-3.49149 * (ratio - 1)) - 1)
        + log10(1013.246)
    )


@pytest.mark.parametrize(("air_c", "hpa"), [(-10, 2.863), (0, 6.108), (10, 12.272), (20, 23.373), (30, 42.430)])
def test_goff_and_gratch_are_computed_as_in_their_table(air_c, hpa):
    assert goff_gratch_hpa(air_c) == pytest.approx(hpa, rel=0.0003)


@given(st.floats(-10, 40))
def test_saturation_is_near_goff_and_gratch(air_c):
    assert saturation_kpa(air_c) * 10 == pytest.approx(goff_gratch_hpa(air_c), rel=0.005)


@pytest.mark.parametrize(
    ("air_c", "g_m3"),
    # 飽和水蒸気量 as school books and makers of hygrometers print it; 20, 25 and 30 °C: therma.co.jp/humidity.html
    [(0, 4.8), (5, 6.8), (10, 9.4), (15, 12.8), (20, 17.3), (25, 23.1), (30, 30.4), (35, 39.6)],
)
def test_water_in_saturated_air(air_c, g_m3):
    assert saturation_g_m3(air_c) == pytest.approx(g_m3, abs=0.11)


@pytest.mark.parametrize(
    ("air_c", "humidity", "g_m3"),
    # growers' 飽差表: what is missing to saturation, so the table above times the share that is missing
    [(15, 70, 3.9), (20, 80, 3.5), (20, 60, 6.9), (25, 80, 4.6), (25, 70, 6.9), (25, 45, 12.7), (30, 80, 6.1)],
)
def test_deficit_is_that_of_the_growers_table(air_c, humidity, g_m3):
    assert deficit_g_m3(air_c, humidity) == pytest.approx(g_m3, abs=0.06)


def test_vapour_pressure_from_humidity_is_that_of_fao_56_example_5():
    # p. 39, also in PyETo and pyet
    actual = (actual_kpa(18, 82) + actual_kpa(25, 54)) / 2
    assert actual == pytest.approx(1.70, abs=0.005)
    assert (saturation_kpa(18) + saturation_kpa(25)) / 2 - actual == pytest.approx(0.91, abs=0.01)


@pytest.mark.parametrize(
    ("air_c", "humidity", "dew_c"),
    # the table of dew points in DIN 4108-3
    [(20, 50, 9.3), (25, 60, 16.7), (30, 70, 23.9), (10, 80, 6.7)],
)
def test_dew_point(air_c, humidity, dew_c):
    assert dew_point_c(air_c, humidity) == pytest.approx(dew_c, abs=0.15)


def stull_c(air_c: float, humidity: float) -> float:
    """R. Stull, Wet-bulb temperature from relative humidity and air temperature, J. Appl. Meteorol. Climatol. 50
    (2011), equation 1: a fit at 1013.25 hPa, by its abstract within -1 and +0.65 °C.
    """
    return (
        air_c * atan(0.151977 * sqrt(humidity + 8.313659))
        + atan(air_c + humidity)
        - atan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * atan(0.023101 * humidity)
        - 4.686035
    )


def test_wet_bulb_is_that_of_stull():
    # the paper's own example: 20 °C and 50 %
    assert stull_c(20, 50) == pytest.approx(13.7, abs=0.05)
    assert wet_bulb_c(20, 50) == pytest.approx(13.7, abs=0.15)


@given(st.floats(5, 40), st.floats(20, 99))
def test_wet_bulb_is_near_stulls_everywhere(air_c, humidity):
    # a tenth more on either side: an aspirated wet thermometer is not quite the wet-bulb of thermodynamics
    assert -1.1 <= stull_c(air_c, humidity) - wet_bulb_c(air_c, humidity) <= 0.75


def test_wet_bulb_is_that_of_fao_56_example_4():
    # p. 38, also in PyETo: an aspirated psychrometer at 1200 m shows 25.6 and 19.5 °C: 1.91 kPa
    humidity = 100 * 1.91 / saturation_kpa(25.6)
    assert wet_bulb_c(25.6, humidity, pressure_kpa=87.9) == pytest.approx(19.5, abs=0.05)


@given(AIR, HUMIDITY)
def test_dew_point_wet_bulb_and_air_stand_in_order(air_c, humidity):
    dew, wet = dew_point_c(air_c, humidity), wet_bulb_c(air_c, humidity)
    assert dew <= wet + 1e-6 <= air_c + 2e-6


@given(AIR, HUMIDITY)
def test_the_dew_point_is_where_the_air_is_saturated(air_c, humidity):
    assert saturation_kpa(dew_point_c(air_c, humidity)) == pytest.approx(actual_kpa(air_c, humidity), rel=1e-6)


@given(AIR)
def test_saturated_air_has_no_deficit(air_c):
    assert deficit_kpa(air_c, 100) == pytest.approx(0, abs=1e-9)
    assert deficit_g_m3(air_c, 100) == pytest.approx(0, abs=1e-9)
    assert dew_point_of_kpa(saturation_kpa(air_c)) == pytest.approx(air_c, abs=1e-6)


@pytest.mark.parametrize("humidity", [0, -3, 104])
def test_a_sensor_beyond_its_range_breaks_nothing(humidity):
    assert dew_point_c(10, humidity) <= 10
    assert 0 <= deficit_g_m3(10, humidity) <= saturation_g_m3(10)
    assert wet_bulb_c(10, humidity) <= 10
