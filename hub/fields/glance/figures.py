"""The sums of a plot's page: today, yesterday, the last week, the season. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub.fields.agronomy.evapotranspiration import DayWeather, Estimated, Et0, reference_et
from hub.fields.agronomy.warmth import chill_hours, utah_units, whole_days
from hub.fields.glance.deciding import PlotFacts
from hub.fields.glance.values import Day

__all__ = ["Chill", "Figures", "WeekWater", "chill", "chill_since", "daily_means_c", "sum_days"]

_WEEK = 7


@dataclass(frozen=True, slots=True)
class WeekWater:
    """Rain and reference evapotranspiration of the last seven whole days in mm, over the days that have both."""

    rain_mm: float
    et0_mm: float
    days: int

    @property
    def balance_mm(self) -> float:
        """What rain brought more than the reference grass used."""
        return self.rain_mm - self.et0_mm


@dataclass(frozen=True, slots=True)
class Figures:
    """Today's extremes so far and the last days' sums; None where nothing says so. Temperatures with the offset."""

    today_low_c: float | None
    today_high_c: float | None
    et0_yesterday: Et0 | None
    week: WeekWater | None
    estimated: tuple[Estimated, ...]
    season_rain_mm: float | None


@dataclass(frozen=True, slots=True)
class Chill:
    """Cold since `since`: hours from 0 to 7.2 °C, and units of the Utah model."""

    since: date
    hours: int
    utah: float


def daily_means_c(days: Mapping[date, Day]) -> dict[date, float]:
    """The daily means of one station, of the days that have enough readings."""
    whole = whole_days({day: one.air_count for day, one in days.items() if one.air_mean_c is not None})
    return {day: one.air_mean_c for day, one in days.items() if day in whole and one.air_mean_c is not None}


def chill_since(today: date) -> date:
    """From which day cold is counted: the first of October before."""
    return date(today.year if today.month >= 10 else today.year - 1, 10, 1)


def chill(hourly_c: Sequence[float], since: date) -> Chill | None:
    """The chill of some hours; None without any."""
    return Chill(since, chill_hours(hourly_c), utah_units(hourly_c)) if hourly_c else None


def sum_days(
    facts: PlotFacts,
    days: Mapping[int, Mapping[date, Day]],
    so_far_c: Mapping[int, tuple[float, float]],
    lat: float,
    today: date,
    season_since: date | None,
) -> Figures:
    """The figures of a plot out of its stations' whole days, by key and date.

    `so_far_c` is today's lowest and highest temperature by station, in °C.
    """
    merged = _merge(facts, days)
    now = next((_shifted(so_far_c[key], facts.offset_c(key)) for key in facts.station_keys if key in so_far_c), None)
    whole = whole_days({day: one.air_count for day, one in merged.items()})
    et0 = {
        day: reference_et(weather, lat)
        for day, one in merged.items()
        if day in whole and (weather := _weather(day, one)) is not None
    }
    week = [day for day in (today - timedelta(days=n) for n in range(1, _WEEK + 1)) if day in et0]
    rained = [day for day in week if merged[day].rain_mm is not None]
    season = [one.rain_mm for day, one in merged.items() if season_since and day >= season_since]
    rains = [mm for mm in season if mm is not None]
    named = {name for day in week for name in et0[day].estimated}
    return Figures(
        now[0] if now else None,
        now[1] if now else None,
        et0.get(today - timedelta(days=1)),
        WeekWater(
            sum(merged[day].rain_mm or 0.0 for day in rained), sum(et0[day].mm for day in rained), len(rained)
        ) if rained else None,
        tuple(name for name in ("radiation", "humidity", "wind", "pressure") if name in named),
        sum(rains) if rains else None,
    )  # fmt: skip


def _shifted(extremes_c: tuple[float, float], offset_c: float) -> tuple[float, float]:
    return extremes_c[0] + offset_c, extremes_c[1] + offset_c


def _weather(day: date, one: Day) -> DayWeather | None:
    if one.air_low_c is None or one.air_high_c is None:
        return None
    return DayWeather(
        day,
        one.air_low_c,
        one.air_high_c,
        one.humidity_high,
        one.humidity_low,
        one.humidity_mean,
        one.radiation_w_m2,
        one.wind_m_s,
        pressure_kpa=None if one.pressure_hpa is None else one.pressure_hpa / 10,
    )


def _merge(facts: PlotFacts, days: Mapping[int, Mapping[date, Day]]) -> dict[date, Day]:
    """Each day of the plot: what the first station measured, and from the others what that one did not."""
    merged: dict[date, Day] = {}
    for key in facts.station_keys:
        for day, one in days.get(key, {}).items():
            shifted = _with_offset(one, facts.offset_c(key))
            merged[day] = _fill(merged[day], shifted) if day in merged else shifted
    return merged


def _with_offset(one: Day, offset_c: float) -> Day:
    if offset_c == 0:
        return one
    low, mean, high = (
        None if value is None else value + offset_c for value in (one.air_low_c, one.air_mean_c, one.air_high_c)
    )
    return replace(one, air_low_c=low, air_mean_c=mean, air_high_c=high)


def _fill(first: Day, other: Day) -> Day:
    """`first` with what it lacks from `other`; air and humidity go together."""
    lacking: dict[str, float] = {}
    for name in ("radiation_w_m2", "wind_m_s", "pressure_hpa", "rain_mm"):
        value = getattr(other, name)
        if getattr(first, name) is None and value is not None:
            lacking[name] = value
    filled = replace(first, **lacking)
    if first.air_mean_c is not None:
        return filled
    return replace(
        filled,
        air_count=other.air_count,
        air_mean_c=other.air_mean_c,
        air_low_c=other.air_low_c,
        air_high_c=other.air_high_c,
        humidity_mean=other.humidity_mean,
        humidity_low=other.humidity_low,
        humidity_high=other.humidity_high,
    )
