"""A town's stations over months, as their sensors would tell them: seeded weather with fronts, fog and rain that pass
from place to place, cold hollows in clear nights, soils and paddies; and of each sensor its offset, noise and steps.

The region's course is simulators.world's; what differs from place to place is made here, in whole columns (numpy).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from simulators.world.sun import KISARAZU
from simulators.world.weather import weather

Column = NDArray[np.float64]
BEGIN = datetime(2025, 4, 1, tzinfo=UTC)
STEP_S = 300
DAY = 86_400 // STEP_S
_COARSE_S = 900


@dataclass(frozen=True)
class Region:
    """The region's weather at each step."""

    air: Column
    dew: Column
    sun: Column
    rain: Column  # mm/h
    wind: Column
    pressure: Column
    cloud: Column
    fog: Column  # 0 … 1
    drenched: Column  # 0 … 1


@dataclass(frozen=True)
class Station:
    """One station: where it stands (km), when its clock ticks, and what its sensors say at each step."""

    number: int
    east_km: float
    north_km: float
    phase_s: int
    columns: dict[str, Column]


def make_region(seed: int, days: int) -> Region:
    """The weather of `days` days from BEGIN, with fronts that the closed forms do not have, and fog."""
    count = days * 86_400 // _COARSE_S + 2
    told = [weather(seed, KISARAZU, BEGIN + timedelta(seconds=_COARSE_S * step)) for step in range(count)]
    coarse = np.arange(count) * _COARSE_S
    fine = np.arange(days * DAY) * STEP_S

    def column(name: str) -> Column:
        return np.interp(fine, coarse, np.array([getattr(one, name) for one in told]))

    roll = np.random.default_rng(seed)
    air, dew, cloud = column("air_temperature_c"), column("dew_point_c"), column("cloud")
    air, dew = air.copy(), dew.copy()
    for _ in range(
        max(1, days // 9)
    ):  # a front: the air falls by some degrees within minutes, and comes back over days
        at, depth = roll.integers(0, len(fine)), roll.uniform(3, 9)
        since_h = (np.arange(len(fine)) - at) * STEP_S / 3600
        fall = depth * np.clip(since_h / roll.uniform(0.15, 0.6), 0, 1) * np.exp(-np.clip(since_h, 0, None) / 30)
        air -= fall
        dew -= 0.7 * fall
    hour = (fine / 3600 + 9) % 24
    fog = np.zeros(len(fine))
    local_day = (fine + 9 * 3600) // 86_400
    for day in np.flatnonzero(roll.random(days) < 0.12):  # radiation fog: from three in the night into the morning
        first, last = roll.uniform(0, 4), roll.uniform(6.5, 10)
        inside = (hour > first) & (hour < last) & (local_day == day + 1)
        fog[inside] = 1.0
    fog = np.convolve(fog, np.ones(12) / 12, mode="same")  # it thickens and thins within an hour
    wet = int(roll.integers(0, max(1, days - 12)))
    long_rain = (fine >= wet * 86_400) & (fine < (wet + 4) * 86_400)  # four days in cloud (梅雨), everywhere
    cloud[long_rain] = 0.97
    sun = np.where(long_rain, 0.3, 1.0) * column("solar_radiation_w_m2")
    tide = 1.1 * np.sin(4 * np.pi * (hour - 3.5) / 24)
    rain, wind = column("rain_mm_h"), column("wind_speed_m_s")
    drenched = np.convolve(long_rain, np.ones(24) / 24, mode="same")
    return Region(air, dew, sun, rain, wind, column("air_pressure_hpa") + tide, cloud, fog, drenched)


def _wander(roll: np.random.Generator, count: int, hours: float) -> Column:
    """A smooth wandering of about unit size that forgets itself in some hours."""
    every = max(1, int(hours * 3600 / STEP_S))
    knots = roll.standard_normal(count // every + 3)
    return np.interp(np.arange(count) / every, np.arange(len(knots)), knots)


def _round(values: Column, step: float) -> Column:
    return np.round(values / step) * step


def _humidity(air: Column, dew: Column) -> Column:
    def pressure(celsius: Column) -> Column:
        return np.exp(17.62 * celsius / (243.12 + celsius))

    return 100 * pressure(dew) / pressure(air)


def make_station(region: Region, seed: int, number: int) -> Station:
    """One station among them: a third whole weather stations, a third soil stations, some paddies, some frugal."""
    roll = np.random.default_rng((seed, number))
    count = len(region.air)
    east, north = roll.uniform(0, 16, 2)
    lag = int((east + 0.5 * north) / 30 * 3600 / STEP_S)  # fronts and showers come from the west

    def late(column: Column) -> Column:
        return np.concatenate([np.full(lag, column[0]), column[: count - lag]])

    season = np.sin(2 * np.pi * (np.arange(count) / DAY - roll.uniform(0, 365)) / 365)
    clear_night = (1 - region.cloud) * (region.sun < 1)
    cold = np.convolve(clear_night, np.ones(36) / 36, mode="same") * roll.gamma(1.5, 0.5)
    air = late(region.air) + roll.normal(0, 0.5) - 0.0065 * roll.uniform(0, 150) + 0.15 * season - cold
    air += 0.25 * _wander(roll, count, 1.5) + 0.5 * late(region.sun) / 1000 * roll.uniform(0.2, 1)
    fog = np.maximum(late(region.fog) * (roll.random() < 0.8), late(region.drenched))
    dew = late(region.dew) - 0.3 * cold
    dew += fog * np.maximum(air - 0.1 - dew, 0)
    columns: dict[str, Column] = {}
    columns["air_temperature"] = _round(
        air + 0.04 * roll.standard_normal(count), roll.choice([0.01, 0.1, 0.1, 0.1, 0.5, 1.0])
    )
    humid = _humidity(air, np.minimum(dew, air)) + roll.normal(0, 2.5) + 1.0 * season + 0.6 * _wander(roll, count, 2)
    humid = np.where(fog > 0.97, np.maximum(humid, 99.5 + roll.normal(0, 1)), humid)
    columns["relative_humidity"] = np.clip(
        _round(humid + 0.2 * roll.standard_normal(count), roll.choice([0.1, 0.1, 1.0])), 0, 100
    )
    kind = str(roll.choice(["weather", "soil", "paddy", "frugal"], p=[0.3, 0.4, 0.15, 0.15]))
    rain = late(region.rain) * np.exp(0.35 * _wander(roll, count, 1)) * (region.rain > 0)
    columns["soil_moisture"] = _soil(roll, rain, paddy=kind == "paddy")
    if kind == "weather":
        sun, wind = late(region.sun), late(region.wind)
        columns |= _mast(roll, region, rain, sun, wind)
    if kind in {"soil", "paddy"}:
        deep = float(roll.choice([0.35, 0.2, 0.05]))
        columns["soil_temperature"] = _round(_ground(air, deep) + 0.02 * roll.standard_normal(count), 0.1)
    if kind != "frugal":
        volts = 3.3 if roll.random() < 0.5 else 12.4 + 0.9 * np.convolve(region.sun > 50, np.ones(48) / 48, mode="same")
        columns["battery_voltage"] = _round(volts + np.zeros(count), 0.01)
    return Station(number, float(east), float(north), int(roll.integers(0, STEP_S)), columns)


def _mast(roll: np.random.Generator, region: Region, rain: Column, sun: Column, wind: Column) -> dict[str, Column]:
    """What only whole weather stations have: radiation under moving clouds, a tipping gauge, pressure, wind."""
    count = len(sun)
    flicker = 1 - 0.6 * np.clip(region.cloud, 0, 1) * np.clip(0.5 + 0.5 * _wander(roll, count, 0.3), 0, 1)
    sun = sun * roll.normal(1, 0.04) * flicker + roll.choice([0.0, 0.0, 1.0, 2.0])
    tip = roll.choice([0.2, 0.5])
    tips = np.floor(np.cumsum(rain * STEP_S / 3600) / tip)
    pressure = region.pressure + roll.normal(0, 0.8) - roll.uniform(0, 15) + 0.1 * _wander(roll, count, 6)
    wind = wind * roll.uniform(0.2, 1) * np.exp(0.25 * roll.standard_normal(count)) - 0.3
    return {
        "solar_radiation": np.clip(_round(sun, roll.choice([0.1, 1.0])), 0, None),
        "rainfall": np.diff(tips, prepend=tips[0]) * tip,
        "air_pressure": _round(pressure + 0.05 * roll.standard_normal(count), roll.choice([0.1, 0.1, 1.0])),
        "wind_speed": np.clip(_round(wind, 0.1), 0, None),
    }


def _ground(air: Column, share: float) -> Column:
    """The slow course of a day and a half, and a share of the day's swing; never under the ice of a wet soil."""
    slow = np.convolve(np.pad(air, (432, 0), mode="edge"), np.ones(433) / 433, mode="valid")
    lagged = np.concatenate([np.full(36, air[0]), air[:-36]])
    ground = slow + share * (lagged - slow)
    return np.where(ground < 0, np.maximum(ground * 0.15, -0.4), ground)


def _soil(roll: np.random.Generator, rain: Column, *, paddy: bool) -> Column:
    """A bucket that fills with the rain and empties over days; irrigation; paddies stand full from June on."""
    hourly = rain[: len(rain) // 12 * 12].reshape(-1, 12).mean(axis=1)
    driest, wettest, days = roll.uniform(8, 18), roll.uniform(36, 48), roll.uniform(4, 12)
    held, course = roll.uniform(0.2, 0.8), []
    waters = roll.random(len(hourly)) < (1 / 24 / 6 if roll.random() < 0.3 else 0.0)
    for fallen, watered in zip(hourly.tolist(), waters.tolist(), strict=True):
        held += (fallen * 0.012 + (0.5 if watered else 0.0)) * (1 - held) - held / (days * 24)
        held = min(1.0, max(0.02, held))
        course.append(driest + (wettest - driest) * held)
    at = np.arange(len(rain)) / 12
    moisture = np.interp(at, np.arange(len(course)), course)
    hour = (at + 9) % 24
    moisture += 0.25 * np.sin(2 * np.pi * (hour - 9) / 24) + 0.04 * roll.standard_normal(len(rain))
    if paddy:
        day = at // 24
        moisture = np.where((day > 60) & (day < 150), 66.0, moisture)
    return np.clip(_round(moisture, roll.choice([0.1, 0.1, 1.0])), 0, 100)
