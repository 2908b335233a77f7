"""The weather of a seeded town: temperature, humidity, rain, radiation, wind, pressure. Pure.

The yearly course is Kisarazu's, in round figures of the public climate normals (1991-2020); the day's course of
temperature is Parton and Logan's (1981: a sine by day, an exponential fall by night); humidity follows the dew point.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from simulators.world.noise import dice, drift
from simulators.world.sun import Place, clear_sky_w_m2, daylight, elevation_deg

__all__ = ["Rain", "Weather", "air_temperature_c", "rains_of", "relative_humidity", "weather"]

# January to December: mean °C, half of the day's range in °C, rain in mm, days with rain.
_MEAN_C = (6.2, 6.7, 9.6, 14.3, 18.7, 21.7, 25.5, 27.0, 23.8, 18.5, 13.4, 8.5)
_SWING_C = (5.0, 4.8, 4.7, 4.5, 4.1, 3.4, 3.5, 3.7, 3.6, 3.9, 4.6, 5.0)
_RAIN_MM = (68, 64, 121, 118, 120, 148, 113, 98, 200, 220, 110, 67)
_RAIN_DAYS = (5, 6, 10, 10, 10, 11, 9, 7, 11, 11, 8, 6)
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather at one place and instant."""

    air_temperature_c: float
    dew_point_c: float
    relative_humidity_percent: float
    solar_radiation_w_m2: float
    rain_mm_h: float
    wind_speed_m_s: float
    wind_gust_m_s: float
    wind_direction_deg: float
    air_pressure_hpa: float
    cloud: float


@dataclass(frozen=True, slots=True)
class Rain:
    """One shower: `rate_mm_h` from `begins_at` to `ends_at`."""

    begins_at: datetime
    ends_at: datetime
    rate_mm_h: float

    def mm_until(self, at: datetime) -> float:
        """How much of it has fallen at that instant."""
        hours = (min(at, self.ends_at) - self.begins_at) / timedelta(hours=1)
        return max(0.0, hours) * self.rate_mm_h


def _monthly(table: tuple[float, ...], day: date) -> float:
    """The year's course: a month's figure stands in its middle, a line leads to the next."""
    place = day.month - 1 + (day.day - 15.5) / 30.5
    whole = math.floor(place)
    return table[whole % 12] + (table[(whole + 1) % 12] - table[whole % 12]) * (place - whole)


@lru_cache(maxsize=512)
def rains_of(seed: int, place: Place, day: date) -> tuple[Rain, ...]:
    """The showers that begin on that day; none lasts into the day after next."""
    roll = dice(seed, "rain", day.isoformat())
    month = day.month - 1
    if roll.random() >= _RAIN_DAYS[month] / 30:
        return ()
    total_mm = min(120.0, roll.expovariate(_RAIN_DAYS[month] / _RAIN_MM[month]))
    begin_h, hours = roll.uniform(0, 24), roll.uniform(2, 11)
    parts = roll.randint(1, 3)
    showers: list[Rain] = []
    for part in range(parts):
        begins_at = place.at(day, begin_h + hours * part / parts)
        length_h = hours / parts * roll.uniform(0.5, 0.95)
        showers.append(Rain(begins_at, begins_at + timedelta(hours=length_h), total_mm / parts / length_h))
    return tuple(showers)


def _seconds(at: datetime) -> float:
    return at.timestamp()


def _rain_now(seed: int, place: Place, at: datetime) -> tuple[float, float]:
    """The rate in mm/h, and how near rain is: 1 while it falls, down to 0 at six hours before and after."""
    today = place.day(at)
    rate, nearness = 0.0, 0.0
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        for rain in rains_of(seed, place, day):
            if rain.begins_at <= at < rain.ends_at:
                rate += rain.rate_mm_h * (0.8 + 0.4 * abs(drift(seed, "shower", _seconds(at), 900)))
            apart_h = max(rain.begins_at - at, at - rain.ends_at, timedelta()) / timedelta(hours=1)
            nearness = max(nearness, 1.0 - apart_h / 6)
    return rate, nearness


def _cloud(seed: int, place: Place, at: datetime) -> float:
    _, near_rain = _rain_now(seed, place, at)
    wandering = drift(seed, "cloud", _seconds(at), 40 * _HOUR_S) + 0.4 * drift(
        seed, "cumulus", _seconds(at), 2 * _HOUR_S
    )
    # Winter on the Pacific side is clear more often than not.
    return min(1.0, max(0.0, 0.35 + 0.55 * wandering, 0.95 * near_rain))


@lru_cache(maxsize=512)
def _extremes(seed: int, place: Place, day: date) -> tuple[float, float]:
    """That day's lowest and highest temperature in °C: nights and days are closer under clouds."""
    noon = place.at(day, 12)
    mean = _monthly(_MEAN_C, day) + 3.5 * drift(seed, "air mass", _seconds(noon), 70 * _HOUR_S)
    swing = _monthly(_SWING_C, day)
    night = swing * (1.35 - 0.8 * _cloud(seed, place, place.at(day, 3)))
    by_day = swing * (1.35 - 0.8 * _cloud(seed, place, noon))
    return mean - night, mean + by_day


def air_temperature_c(seed: int, place: Place, at: datetime) -> float:
    """The air's temperature without its quickest wandering.

    Parton and Logan: a sine from the lowest at sunrise to the highest two hours after noon, then a slow fall.
    """
    day, hour = place.day(at), place.hour(at)
    sunrise, sunset = daylight(place, day)
    if hour < sunrise:  # the night that began yesterday
        day, hour = day - timedelta(days=1), hour + 24
        sunrise, sunset = daylight(place, day)
    low, high = _extremes(seed, place, day)
    lag_h, fall = 1.86, 2.2
    length_h = sunset - sunrise

    def by_day(at_h: float) -> float:
        return low + (high - low) * math.sin(math.pi * (at_h - sunrise) / (length_h + 2 * lag_h))

    if hour <= sunset:
        return by_day(hour)
    next_low, _ = _extremes(seed, place, day + timedelta(days=1))
    night_h = 24 - length_h
    share = (math.exp(-fall * (hour - sunset) / night_h) - math.exp(-fall)) / (1 - math.exp(-fall))
    return next_low + (by_day(sunset) - next_low) * share


def _dew_point(seed: int, place: Place, at: datetime, air_c: float, near_rain: float) -> float:
    low, _ = _extremes(seed, place, place.day(at))
    dry = low - 1.5 + 2.5 * drift(seed, "dew point", _seconds(at), 30 * _HOUR_S)
    wet = air_c - 1.0
    return min(air_c - 0.2, dry + (wet - dry) * 0.8 * near_rain)


def relative_humidity(air_c: float, dew_point_c: float) -> float:
    """Percent, by Magnus over water (coefficients of the WMO guide: 17.62, 243.12 °C)."""

    def pressure(celsius: float) -> float:
        return math.exp(17.62 * celsius / (243.12 + celsius))

    return min(100.0, 100.0 * pressure(dew_point_c) / pressure(air_c))


def _wind(seed: int, place: Place, at: datetime) -> tuple[float, float, float]:
    """Speed and gust in m/s and the direction it blows from: a front's wind, a sea breeze by day, a still night."""
    seconds = _seconds(at)
    front = max(0.0, drift(seed, "front", seconds, 50 * _HOUR_S) + 0.1) ** 2 * 11
    breeze = 2.6 * max(0.0, math.sin(math.pi * (place.hour(at) - 9) / 9)) if 9 <= place.hour(at) <= 18 else 0.0
    speed = 0.6 + front + breeze + 0.5 * drift(seed, "breath", seconds, 600)
    speed = max(0.0, speed)
    gust = speed * (1.5 + 0.5 * abs(drift(seed, "gust", seconds, 120))) + 0.3
    from_deg = 250 if breeze > front else 350 + 60 * drift(seed, "veer", seconds, 20 * _HOUR_S)
    return speed, gust, (from_deg + 15 * drift(seed, "vane", seconds, 300)) % 360


def weather(seed: int, place: Place, at: datetime) -> Weather:
    """The weather there and then."""
    rate, near_rain = _rain_now(seed, place, at)
    cloud = _cloud(seed, place, at)
    air_c = air_temperature_c(seed, place, at) + 0.3 * drift(seed, "eddy", _seconds(at), 900)
    dew_c = _dew_point(seed, place, at, air_c, near_rain)
    speed, gust, from_deg = _wind(seed, place, at)
    return Weather(
        air_temperature_c=air_c,
        dew_point_c=dew_c,
        relative_humidity_percent=relative_humidity(air_c, dew_c),
        # Kasten and Czeplak (1980): what clouds leave of a clear sky's radiation.
        solar_radiation_w_m2=clear_sky_w_m2(elevation_deg(place, at)) * (1 - 0.75 * cloud**3.4),
        rain_mm_h=rate,
        wind_speed_m_s=speed,
        wind_gust_m_s=gust,
        wind_direction_deg=from_deg,
        air_pressure_hpa=1016 + 9 * drift(seed, "pressure", _seconds(at), 60 * _HOUR_S) - 4 * near_rain,
        cloud=cloud,
    )
