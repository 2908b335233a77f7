"""The sun's radiation on a day, as FAO-56 computes it. Pure.

R. G. Allen, L. S. Pereira, D. Raes, M. Smith: Crop evapotranspiration, FAO Irrigation and Drainage Paper 56 (1998),
chapter 3; the equations' numbers stand with each function. Radiation is in MJ/m² a day, angles of places in degrees.
"""

from math import acos, cos, exp, pi, radians, sin, sqrt, tan

__all__ = [
    "clear_sky", "clear_sky_hours", "extraterrestrial", "from_mean_w_m2", "from_sunshine", "from_temperatures",
    "net_longwave", "net_shortwave",
]  # fmt: skip

_SOLAR_CONSTANT = 0.0820  # MJ/m² a minute
_STEFAN_BOLTZMANN = 4.903e-9  # MJ/K⁴/m² a day
_ALBEDO = 0.23  # the reference grass
_W_M2_DAY = 0.0864  # a day of one W/m², in MJ/m²


def _angles(lat: float, day_of_year: int) -> tuple[float, float, float]:
    """Latitude, declination and sunset hour angle in radians (equations 22, 24, 25)."""
    phi = radians(lat)
    declination = 0.409 * sin(2 * pi * day_of_year / 365 - 1.39)
    return phi, declination, acos(max(-1.0, min(1.0, -tan(phi) * tan(declination))))


def extraterrestrial(lat: float, day_of_year: int) -> float:
    """Radiation at the top of the atmosphere (equations 21 and 23)."""
    phi, declination, sunset = _angles(lat, day_of_year)
    distance = 1 + 0.033 * cos(2 * pi * day_of_year / 365)
    inside = sunset * sin(phi) * sin(declination) + cos(phi) * cos(declination) * sin(sunset)
    return 24 * 60 / pi * _SOLAR_CONSTANT * distance * inside


def clear_sky_hours(lat: float, day_of_year: int) -> float:
    """The longest possible sunshine in hours (equation 34)."""
    return 24 / pi * _angles(lat, day_of_year)[2]


def clear_sky(extraterrestrial_mj: float, height_m: float) -> float:
    """What reaches the ground under a clear sky (equation 37)."""
    return (0.75 + 2e-5 * height_m) * extraterrestrial_mj


def from_mean_w_m2(mean_w_m2: float) -> float:
    """A day's radiation from its mean in W/m², nights included."""
    return max(0.0, mean_w_m2) * _W_M2_DAY


def from_sunshine(hours: float, lat: float, day_of_year: int) -> float:
    """A day's radiation from its sunshine (Ångström, equation 35, with the usual 0.25 and 0.50)."""
    return (0.25 + 0.50 * hours / clear_sky_hours(lat, day_of_year)) * extraterrestrial(lat, day_of_year)


def from_temperatures(low_c: float, high_c: float, extraterrestrial_mj: float, *, coast: bool) -> float:
    """A day's radiation from the range of its temperature (Hargreaves, equation 50): 0.19 near a coast, else 0.16."""
    return (0.19 if coast else 0.16) * sqrt(max(0.0, high_c - low_c)) * extraterrestrial_mj


def net_shortwave(radiation_mj: float) -> float:
    """What the reference grass keeps of it (equation 38)."""
    return (1 - _ALBEDO) * radiation_mj


def net_longwave(low_c: float, high_c: float, vapour_kpa: float, radiation_mj: float, clear_sky_mj: float) -> float:
    """What goes out as heat (equation 39)."""
    fourth = ((low_c + 273.16) ** 4 + (high_c + 273.16) ** 4) / 2
    # Where the sun hardly rises the ratio says nothing of the clouds; 0.3 to 1 is its range in the paper.
    ratio = min(1.0, max(0.3, radiation_mj / clear_sky_mj)) if clear_sky_mj > 0 else 0.8
    return _STEFAN_BOLTZMANN * fourth * (0.34 - 0.14 * sqrt(vapour_kpa)) * (1.35 * ratio - 0.35)


def slope_kpa(air_c: float) -> float:
    """How steep the curve of saturation is, in kPa/°C (equation 13)."""
    return 4098 * 0.6108 * exp(17.27 * air_c / (air_c + 237.3)) / (air_c + 237.3) ** 2
