"""Whether frost is to be expected tonight, and how sure that is. Pure.

The rules, in their order:

1.  A statement begins an hour after sunset: before, nothing has cooled yet that could tell. It needs readings of the
    last hour that show the cooling; without them there is none, and the reason is said. Silence is never "no frost".
2.  What is expected is the lowest temperature until sunrise at the sensor's height, with the plot's own offset. It
    follows the place's own clear nights where it knows enough of them, else the evening's cooling so far, weighed
    against what a clear sky would let out: the longer the evening, the more the measured cooling counts, for it holds
    clouds and wind. Below the dew point it cools more slowly (hub/fields/agronomy/cooling.py).
3.  The error of such a prediction is some two degrees in the evening and shrinks with the hours that are left; wind
    (above 2 m/s the book does not speak of a radiation night) and unknown humidity widen it.
4.  The chance that the lowest temperature lies at or below the crop's limit gives the word, as the IPCC's guidance note
    on uncertainties (2010) uses it: likely from 66 %. A missed frost costs more than a night's watch, so below that it
    is possible down to 15 %, and only then unlikely. What is already at the limit is likely.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist, StatisticsError, fmean, linear_regression
from typing import Literal

from hub.fields.agronomy.cooling import OwnNights, clear_sky_rate, slow_below_dew_point, trend_c
from hub.fields.agronomy.humidity import dew_point_c
from hub.geo.sun import sunrise, sunset

__all__ = ["DEFAULT_LIMIT_C", "AirReading", "FrostLevel", "FrostReason", "FrostRisk", "frost_risk", "night_at"]

FrostLevel = Literal["unlikely", "possible", "likely", "no_statement"]
FrostReason = Literal[
    # why there is no statement
    "too_early", "no_sunset", "no_readings", "old_readings", "few_readings", "sensor_trouble",
    # what the statement rests on
    "own_nights", "cooling", "already_there", "dew_holds", "dry_air", "wind", "no_humidity",
]  # fmt: skip

# Leaves under a clear sky are two to three degrees colder than the air at 1.5 m: frost is possible at 2 to 3 °C.
DEFAULT_LIMIT_C = 3.0
_LIKELY, _UNLIKELY = 0.66, 0.15
_FROM_SUNSET = timedelta(hours=1)
_FRESH = timedelta(hours=1)
_RECENT = timedelta(minutes=30)
_LEAST_READINGS = 3
_LEAST_STRETCH = timedelta(minutes=30)
_CALM_M_S = 2.0
# Half of the band holds eight predictions of ten.
_BAND = NormalDist().inv_cdf(0.9)
_DRY_C = 6.0


@dataclass(frozen=True, slots=True)
class AirReading:
    """What a station measured at one moment: °C, %, m/s. Wind and humidity may be missing."""

    at: datetime
    air_c: float
    humidity: float | None = None
    wind_m_s: float | None = None


@dataclass(frozen=True, slots=True)
class FrostRisk:
    """The statement for the night that ends at `sunrise_at`.

    `band_c` is the range that holds the lowest temperature in eight of ten nights; `chance` (0 to 1) is that of
    reaching `limit_c`; all are None without a statement, then `from_at` may say when there will be one. `certain` means
    that the evening is two hours old, calm, and its humidity known; before, the statement may still change much.
    """

    level: FrostLevel
    why: tuple[FrostReason, ...]
    limit_c: float
    sunrise_at: datetime | None
    expected_min_c: float | None = None
    band_c: tuple[float, float] | None = None
    chance: float | None = None
    certain: bool = False
    from_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Evening:
    """What an evening's readings come to; hours since sunset."""

    readings: Sequence[AirReading]
    begins_at: datetime
    hours: float
    night_h: float
    now_c: float
    dew_c: float | None
    is_windy: bool

    def hours_at(self, at: datetime) -> float:
        return (at - self.begins_at) / timedelta(hours=1)


def night_at(lat: float, lon: float, now: datetime) -> tuple[datetime, datetime] | None:
    """Sunset and sunrise of this night, or by day of the coming one; None where the sun does not set or rise."""
    solar_day = (now + timedelta(hours=lon / 15)).date()
    for evening in (solar_day - timedelta(days=1), solar_day, solar_day + timedelta(days=1)):
        down, up = sunset(lat, lon, evening), sunrise(lat, lon, evening + timedelta(days=1))
        if down is not None and up is not None and now < up:
            return down, up
    return None


def frost_risk(
    readings: Sequence[AirReading],
    lat: float,
    lon: float,
    now: datetime,
    *,
    limit_c: float = DEFAULT_LIMIT_C,
    offset_c: float = 0.0,
    own: OwnNights | None = None,
) -> FrostRisk:
    """The statement for tonight at a place (degrees, WGS 84).

    `readings` are those since sunset or earlier, in any order; only what was measured since then and by `now` counts.
    `limit_c` is the air temperature at the sensor's height from which the crop suffers, `offset_c` what the plot is
    warmer than the station, `own` what the place's clear nights teach (by the station, without the offset).
    """
    night = night_at(lat, lon, now)
    if night is None:
        return FrostRisk("no_statement", ("no_sunset",), limit_c, None)
    down, up = night
    if now < down + _FROM_SUNSET:
        return FrostRisk("no_statement", ("too_early",), limit_c, up, from_at=down + _FROM_SUNSET)
    since_sunset = sorted((reading for reading in readings if down <= reading.at <= now), key=lambda one: one.at)
    lacking = _what_lacks(since_sunset, now)
    if lacking:
        return FrostRisk("no_statement", (lacking,), limit_c, up)
    return _state(_sum_up(since_sunset, down, up), limit_c, offset_c, up, own)


def _what_lacks(readings: Sequence[AirReading], now: datetime) -> FrostReason | None:
    if not readings:
        return "no_readings"
    if now - readings[-1].at > _FRESH:
        return "old_readings"
    if len(readings) < _LEAST_READINGS or readings[-1].at - readings[0].at < _LEAST_STRETCH:
        return "few_readings"
    return None


def _sum_up(readings: Sequence[AirReading], down: datetime, up: datetime) -> _Evening:
    newest = readings[-1].at
    recent = [reading for reading in readings if newest - reading.at <= _RECENT]
    dews = [dew_point_c(one.air_c, one.humidity) for one in recent if one.humidity is not None]
    winds = [one.wind_m_s for one in recent if one.wind_m_s is not None]
    return _Evening(
        readings,
        down,
        (newest - down) / timedelta(hours=1),
        (up - down) / timedelta(hours=1),
        fmean(one.air_c for one in recent),
        fmean(dews) if dews else None,
        is_windy=bool(winds) and fmean(winds) > _CALM_M_S,
    )


def _state(evening: _Evening, limit_c: float, offset_c: float, up: datetime, own: OwnNights | None) -> FrostRisk:
    lowest_so_far = min(reading.air_c for reading in evening.readings)
    by_own = _by_own_nights(evening, own) if own is not None else None
    predicted = by_own if by_own is not None else _by_cooling(evening)
    expected = min(lowest_so_far, predicted) + offset_c
    error = _error_c(evening, own if by_own is not None else None)
    # It cannot become warmer again what the night's lowest already was.
    high = min(expected + _BAND * error, lowest_so_far + offset_c)
    is_there = lowest_so_far + offset_c <= limit_c
    chance = 1.0 if is_there else NormalDist(expected, error).cdf(limit_c)
    level: FrostLevel = "likely" if chance >= _LIKELY else "possible" if chance >= _UNLIKELY else "unlikely"
    return FrostRisk(
        level,
        _reasons(evening, predicted, is_there=is_there, by_own=by_own is not None),
        limit_c,
        up,
        expected,
        (expected - _BAND * error, high),
        chance,
        certain=is_there or (evening.hours >= 2 and evening.dew_c is not None and not evening.is_windy),
    )


def _reasons(evening: _Evening, predicted: float, *, is_there: bool, by_own: bool) -> tuple[FrostReason, ...]:
    why: list[FrostReason] = ["already_there"] if is_there else []
    why.append("own_nights" if by_own else "cooling")
    if evening.dew_c is None:
        why.append("no_humidity")
    elif predicted < evening.dew_c:
        why.append("dew_holds")
    elif evening.now_c - evening.dew_c > _DRY_C:
        why.append("dry_air")
    if evening.is_windy:
        why.append("wind")
    return tuple(why)


def _by_own_nights(evening: _Evening, own: OwnNights) -> float | None:
    """By the place's own nights, moved to where the temperature stands now; None before the second hour."""
    second = [one for one in evening.readings if abs(evening.hours_at(one.at) - 2) <= 0.5 and one.humidity is not None]
    if evening.hours < 2 or not second:
        return None
    air_c = fmean(one.air_c for one in second)
    lowest = own.lowest_c(air_c, fmean(dew_point_c(one.air_c, one.humidity or 0.0) for one in second))
    return lowest + evening.now_c - trend_c(air_c, lowest, evening.hours, evening.night_h)


def _by_cooling(evening: _Evening) -> float:
    """By this evening's cooling, weighed against that of a clear sky: the square root of time since sunset."""
    roots = [sqrt(evening.hours_at(one.at)) for one in evening.readings]
    try:
        measured = max(0.0, -linear_regression(roots, [one.air_c for one in evening.readings]).slope)
    except StatisticsError:  # all at one moment, which _what_lacks refuses before
        measured = 0.0
    # Without a sensor for humidity: as moist as winter air is on most clear evenings here.
    dew_c = evening.now_c - 5 if evening.dew_c is None else evening.dew_c
    weight = evening.hours / (evening.hours + 1.5)
    rate = weight * measured + (1 - weight) * clear_sky_rate(evening.now_c, dew_c)
    left = rate * (sqrt(evening.night_h) - sqrt(min(evening.hours, evening.night_h)))
    return slow_below_dew_point(evening.now_c - left, min(dew_c, evening.now_c))


def _error_c(evening: _Evening, own: OwnNights | None) -> float:
    """The prediction's standard error in °C."""
    left = sqrt(max(0.0, evening.night_h - evening.hours) / evening.night_h)
    usual = 1.8 if own is None else max(0.7, own.error_c)
    return 0.4 + usual * left + (0.4 if evening.dew_c is None else 0.0) + (0.5 if evening.is_windy else 0.0)
