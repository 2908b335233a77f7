"""Moisture of the air: saturation, dew point, deficits, wet-bulb temperature. Pure.

Saturation follows Tetens (1930) over water, the form that FAO-56 (equation 11) and Japanese growers' 飽差 tables share;
it differs from the WMO guide's formula by less than 0.5 % between -10 and 40 °C. Over ice it is some per cent too high,
which no farm decision here depends on. Temperatures are °C, humidity is relative in %, 0 to 100.
"""

import math

__all__ = [
    "STANDARD_PRESSURE_KPA", "actual_kpa", "deficit_g_m3", "deficit_kpa", "dew_point_c", "dew_point_of_kpa",
    "saturation_g_m3", "saturation_kpa", "wet_bulb_c",
]  # fmt: skip

STANDARD_PRESSURE_KPA = 101.325
# FAO-56, equation 16: an aspirated psychrometer, 1/°C.
_PSYCHROMETER = 0.000662
# A sensor that says 0 % is wrong, and a logarithm of nothing helps nobody.
_LEAST_HUMIDITY = 0.1


def saturation_kpa(air_c: float) -> float:
    """Vapour pressure of saturated air in kPa (FAO-56, equation 11)."""
    return 0.6108 * math.exp(17.27 * air_c / (air_c + 237.3))


def saturation_g_m3(air_c: float) -> float:
    """Water in saturated air in g/m³ (飽和水蒸気量): the law of gases with 217 g K/m³/hPa for water vapour."""
    return 2170 * saturation_kpa(air_c) / (air_c + 273.15)


def actual_kpa(air_c: float, humidity: float) -> float:
    """Vapour pressure of the air in kPa (FAO-56, equation 10)."""
    return saturation_kpa(air_c) * min(max(humidity, _LEAST_HUMIDITY), 100.0) / 100


def deficit_kpa(air_c: float, humidity: float) -> float:
    """Vapour pressure deficit (VPD) in kPa; 0 in saturated air."""
    return saturation_kpa(air_c) - actual_kpa(air_c, humidity)


def deficit_g_m3(air_c: float, humidity: float) -> float:
    """Humidity deficit (飽差) in g/m³ as Japanese growers use it: what the air could still take up."""
    return saturation_g_m3(air_c) * (1 - min(max(humidity, 0.0), 100.0) / 100)


def dew_point_c(air_c: float, humidity: float) -> float:
    """The temperature in °C to which the air must cool until it is saturated."""
    return min(air_c, dew_point_of_kpa(actual_kpa(air_c, humidity)))


def dew_point_of_kpa(vapour_kpa: float) -> float:
    """The dew point in °C of a vapour pressure in kPa: `saturation_kpa` turned round (FAO-56, equation 3-11)."""
    logarithm = math.log(vapour_kpa / 0.6108)
    return 237.3 * logarithm / (17.27 - logarithm)


def wet_bulb_c(air_c: float, humidity: float, pressure_kpa: float = STANDARD_PRESSURE_KPA) -> float:
    """What an aspirated wet thermometer shows, in °C: the psychrometric equation (FAO-56, equation 15) by halving."""
    actual = actual_kpa(air_c, humidity)
    # Below the dew point air would be more than saturated, above its own temperature it would be warmed by drying.
    low, high = dew_point_c(air_c, humidity), air_c
    for _ in range(40):
        middle = (low + high) / 2
        if saturation_kpa(middle) - _PSYCHROMETER * pressure_kpa * (air_c - middle) < actual:
            low = middle
        else:
            high = middle
    return (low + high) / 2
