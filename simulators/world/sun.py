"""Where the sun stands. Pure. Good to about half a degree, which is two minutes of a sunrise."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

__all__ = ["KISARAZU", "Place", "clear_sky_w_m2", "daylight", "elevation_deg"]

_HORIZON_DEG = -0.833  # refraction and the sun's radius


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the ground: degrees of WGS 84, and the hours by which its clocks are ahead of UTC."""

    lat: float
    lon: float
    utc_offset_h: float = 9.0

    def hour(self, at: datetime) -> float:
        """The hour of the day on the clocks there, 0 to 24."""
        local = at.astimezone(UTC) + timedelta(hours=self.utc_offset_h)
        return local.hour + local.minute / 60 + (local.second + local.microsecond / 1e6) / 3600

    def day(self, at: datetime) -> date:
        """The date on the calendars there."""
        return (at.astimezone(UTC) + timedelta(hours=self.utc_offset_h)).date()

    def at(self, day: date, hour: float) -> datetime:
        """The instant of an hour (which may be below 0 or above 24) of a day there, in UTC."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return midnight + timedelta(hours=hour - self.utc_offset_h)


KISARAZU = Place(35.38, 139.92)


def _declination_and_noon(place: Place, day: date) -> tuple[float, float]:
    """The sun's declination in radians, and the hour on the clocks of solar noon (Spencer 1971, equation of time)."""
    angle = 2 * math.pi * (day.timetuple().tm_yday - 1) / 365
    declination = (
        0.006918
        - 0.399912 * math.cos(angle)
        + 0.070257 * math.sin(angle)
        - 0.006758 * math.cos(2 * angle)
        + 0.000907 * math.sin(2 * angle)
    )
    equation_min = 229.18 * (
        0.000075
        + 0.001868 * math.cos(angle)
        - 0.032077 * math.sin(angle)
        - 0.014615 * math.cos(2 * angle)
        - 0.04089 * math.sin(2 * angle)
    )
    return declination, 12 + place.utc_offset_h - place.lon / 15 - equation_min / 60


def elevation_deg(place: Place, at: datetime) -> float:
    """The sun's height above the horizon in degrees, negative at night."""
    declination, noon = _declination_and_noon(place, place.day(at))
    turn = math.radians(15 * (place.hour(at) - noon))
    lat = math.radians(place.lat)
    sine = math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(turn)
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))


def daylight(place: Place, day: date) -> tuple[float, float]:
    """Sunrise and sunset as hours on the clocks of that day; a day without either gives noon twice, or 24 hours."""
    declination, noon = _declination_and_noon(place, day)
    lat = math.radians(place.lat)
    cosine = (math.sin(math.radians(_HORIZON_DEG)) - math.sin(lat) * math.sin(declination)) / (
        math.cos(lat) * math.cos(declination)
    )
    half_h = math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) / 15
    return noon - half_h, noon + half_h


def clear_sky_w_m2(elevation: float) -> float:
    """Global radiation on flat ground under a clear sky, W/m² (Haurwitz 1945); 0 when the sun (degrees) is down."""
    if elevation <= 0:
        return 0.0
    sine = math.sin(math.radians(elevation))
    return 1098.0 * sine * math.exp(-0.057 / sine)
