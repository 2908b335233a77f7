"""Sunrise, sunset and first light at a place. Pure.

The formulas are those of the NOAA Global Monitoring Laboratory's solar calculator
(https://gml.noaa.gov/grad/solcalc/calcdetails.html), after Jean Meeus, Astronomical Algorithms, 2nd edition (1998),
chapters 25 (the sun's place) and 28 (equation of time); good to a minute between the polar circles. Sunrise is when the
sun's upper edge stands on the horizon: its centre 0.833 degrees below (refraction 34', radius 16').

Guns may not be used between sunset and sunrise (鳥獣保護管理法 第38条第1項). *First light* is a margin before sunrise,
half an hour unless the town says otherwise: about as long as civil twilight lasts at 35 degrees north (25 to 29
minutes), so that whoever is told then walks in by daylight and is there when the sun is up.
"""

import math
from datetime import UTC, date, datetime, timedelta

__all__ = ["FIRST_LIGHT_MIN", "first_light_after", "sunrise", "sunset"]

# Minutes before sunrise.
FIRST_LIGHT_MIN = 30
_ZENITH_DEG = 90.833
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_DAY = timedelta(days=1)


def sunrise(lat: float, lon: float, day: date) -> datetime | None:
    """When the sun rises on a day of the place's own mean solar time, in UTC; None where it does not that day.

    `lat`, `lon` in degrees (WGS 84); the height of the place and of its hills is left out.
    """
    return _crossing(lat, lon, day, -1)


def sunset(lat: float, lon: float, day: date) -> datetime | None:
    """When the sun sets on a day of the place's own mean solar time, in UTC; None where it does not that day."""
    return _crossing(lat, lon, day, 1)


def first_light_after(lat: float, lon: float, now: datetime, margin_min: int = FIRST_LIGHT_MIN) -> datetime | None:
    """When the night at the place ends, if it is night there at `now`: from sunset until the margin before sunrise.

    None by day, and where the sun does not set or rise: nothing waits for a morning that does not come.
    """
    solar_day = (now + timedelta(hours=lon / 15)).date()
    for evening in (solar_day - _DAY, solar_day):
        down, up = sunset(lat, lon, evening), sunrise(lat, lon, evening + _DAY)
        if down is None or up is None:
            continue
        light = up - timedelta(minutes=margin_min)
        if down <= now < light:
            return light
    return None


def _crossing(lat: float, lon: float, day: date, sign: int) -> datetime | None:
    """The instant at which the sun's upper edge crosses the horizon; `sign` -1 for the morning, 1 for the evening."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(hours=lon / 15)
    instant = noon
    # The sun's place is taken at the crossing itself: each turn is nearer, the third is good to a second.
    for _ in range(3):
        declination, equation_min = _sun(instant)
        hour_angle = _hour_angle_deg(lat, declination)
        if hour_angle is None:
            return None
        instant = noon - timedelta(minutes=equation_min) + sign * timedelta(minutes=4 * hour_angle)
    return instant


def _hour_angle_deg(lat: float, declination: float) -> float | None:
    phi = math.radians(lat)
    cosine = (math.cos(math.radians(_ZENITH_DEG)) - math.sin(phi) * math.sin(declination)) / max(
        math.cos(phi) * math.cos(declination), 1e-9
    )
    return math.degrees(math.acos(cosine)) if -1 <= cosine <= 1 else None


def _sun(instant: datetime) -> tuple[float, float]:
    """Declination in radians and the equation of time in minutes."""
    century = (instant - _J2000) / timedelta(days=36_525)
    mean_longitude = math.radians((280.46646 + century * (36_000.76983 + century * 0.0003032)) % 360)
    anomaly = math.radians((357.52911 + century * (35_999.05029 - 0.0001537 * century)) % 360)
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    center_deg = (
        math.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + math.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + math.sin(3 * anomaly) * 0.000289
    )
    node = math.radians(125.04 - 1934.136 * century)
    apparent = mean_longitude + math.radians(center_deg - 0.00569 - 0.00478 * math.sin(node))
    obliquity_deg = 23 + (26 + (21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))) / 60) / 60
    obliquity = math.radians(obliquity_deg + 0.00256 * math.cos(node))
    declination = math.asin(math.sin(obliquity) * math.sin(apparent))
    y = math.tan(obliquity / 2) ** 2
    equation = (
        y * math.sin(2 * mean_longitude)
        - 2 * eccentricity * math.sin(anomaly)
        + 4 * eccentricity * y * math.sin(anomaly) * math.cos(2 * mean_longitude)
        - 0.5 * y * y * math.sin(4 * mean_longitude)
        - 1.25 * eccentricity * eccentricity * math.sin(2 * anomaly)
    )
    return declination, 4 * math.degrees(equation)
