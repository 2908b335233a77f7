"""Reference evapotranspiration ET0 of a day, with what sensors there are. Pure.

FAO-56 Penman-Monteith (R. G. Allen and others, FAO Irrigation and Drainage Paper 56, 1998, equation 6, day by day, so
without the soil's heat). What is not measured is estimated as the paper's chapter 3 tells, and each estimate is named
in the result, for whoever reads the figure must know what it rests on:

*   radiation: from the range of the temperature (equation 50);
*   humidity: the dew point is taken to be the day's lowest temperature (equation 48);
*   wind: 2 m/s, the mean over many places (chapter 4); wind at another height is brought to 2 m (equation 47);
*   pressure: from the height above the sea (equation 7).

With temperatures only, Hargreaves' equation (52) is what the paper names instead.
"""

from dataclasses import dataclass
from datetime import date
from math import log, sqrt
from typing import Literal

from hub.fields.agronomy import radiation
from hub.fields.agronomy.humidity import saturation_kpa

__all__ = ["DayWeather", "Estimated", "Et0", "pressure_kpa", "psychrometric_kpa", "reference_et", "wind_at_2_m"]

Estimated = Literal["radiation", "humidity", "wind", "pressure"]
_USUAL_WIND_M_S = 2.0


@dataclass(frozen=True, slots=True)
class DayWeather:
    """What was measured on one day; None is not measured.

    Temperatures in °C, humidity in % (greatest and least, or the mean alone), radiation as the day's mean in W/m², wind
    in m/s at `wind_height_m` above the ground, pressure in kPa.
    """

    day: date
    low_c: float
    high_c: float
    humidity_high: float | None = None
    humidity_low: float | None = None
    humidity_mean: float | None = None
    radiation_w_m2: float | None = None
    wind_m_s: float | None = None
    wind_height_m: float = 2.0
    pressure_kpa: float | None = None


@dataclass(frozen=True, slots=True)
class Et0:
    """A day's reference evapotranspiration in mm, by which equation, and what had to be estimated for it."""

    mm: float
    by: Literal["penman_monteith", "hargreaves"]
    estimated: tuple[Estimated, ...]


def pressure_kpa(height_m: float) -> float:
    """The usual air pressure at a height above the sea (equation 7)."""
    return 101.3 * ((293 - 0.0065 * height_m) / 293) ** 5.26


def psychrometric_kpa(air_pressure_kpa: float) -> float:
    """The psychrometric constant in kPa/°C (equation 8)."""
    return 0.665e-3 * air_pressure_kpa


def wind_at_2_m(wind_m_s: float, height_m: float) -> float:
    """Wind measured at another height, brought to 2 m (equation 47). Heights below half a metre count as that."""
    return wind_m_s * 4.87 / log(67.8 * max(0.5, height_m) - 5.42)


def reference_et(weather: DayWeather, lat: float, *, height_m: float = 10.0, coast: bool = True) -> Et0:
    """ET0 of one day at a place of latitude `lat` (degrees) and `height_m` above the sea; never below 0."""
    estimated = _what_is_estimated(weather)
    top = radiation.extraterrestrial(lat, weather.day.timetuple().tm_yday)
    if {"radiation", "humidity", "wind"} <= set(estimated):
        return Et0(_hargreaves(weather, top), "hargreaves", estimated)
    return Et0(_penman_monteith(weather, top, height_m, coast=coast), "penman_monteith", estimated)


def _what_is_estimated(weather: DayWeather) -> tuple[Estimated, ...]:
    estimated: list[Estimated] = []
    if weather.radiation_w_m2 is None:
        estimated.append("radiation")
    if weather.humidity_mean is None and (weather.humidity_low is None or weather.humidity_high is None):
        estimated.append("humidity")
    if weather.wind_m_s is None:
        estimated.append("wind")
    if weather.pressure_kpa is None:
        estimated.append("pressure")
    return tuple(estimated)


def _hargreaves(weather: DayWeather, top_mj: float) -> float:
    mean_c = (weather.low_c + weather.high_c) / 2
    return max(0.0, 0.0023 * (mean_c + 17.8) * sqrt(max(0.0, weather.high_c - weather.low_c)) * 0.408 * top_mj)


def _penman_monteith(weather: DayWeather, top_mj: float, height_m: float, *, coast: bool) -> float:
    low_c, high_c = weather.low_c, weather.high_c
    mean_c = (low_c + high_c) / 2
    vapour_kpa = _vapour_kpa(weather)
    deficit_kpa = max(0.0, (saturation_kpa(low_c) + saturation_kpa(high_c)) / 2 - vapour_kpa)
    wind = _USUAL_WIND_M_S if weather.wind_m_s is None else wind_at_2_m(weather.wind_m_s, weather.wind_height_m)
    clear_mj = radiation.clear_sky(top_mj, height_m)
    sun_mj = (
        radiation.from_temperatures(low_c, high_c, top_mj, coast=coast)
        if weather.radiation_w_m2 is None
        else radiation.from_mean_w_m2(weather.radiation_w_m2)
    )
    # No estimate lets more through than a clear sky.
    sun_mj = min(sun_mj, clear_mj) if weather.radiation_w_m2 is None else sun_mj
    net_mj = radiation.net_shortwave(sun_mj) - radiation.net_longwave(low_c, high_c, vapour_kpa, sun_mj, clear_mj)
    slope = radiation.slope_kpa(mean_c)
    gamma = psychrometric_kpa(pressure_kpa(height_m) if weather.pressure_kpa is None else weather.pressure_kpa)
    warmed = 0.408 * slope * net_mj
    dried = gamma * 900 / (mean_c + 273) * wind * deficit_kpa
    return max(0.0, (warmed + dried) / (slope + gamma * (1 + 0.34 * wind)))


def _vapour_kpa(weather: DayWeather) -> float:
    """Actual vapour pressure by what was measured (equations 17, 19), else by the lowest temperature (48)."""
    low_kpa, high_kpa = saturation_kpa(weather.low_c), saturation_kpa(weather.high_c)
    if weather.humidity_low is not None and weather.humidity_high is not None:
        return (low_kpa * weather.humidity_high + high_kpa * weather.humidity_low) / 200
    if weather.humidity_mean is not None:
        return weather.humidity_mean / 100 * (low_kpa + high_kpa) / 2
    return low_kpa
