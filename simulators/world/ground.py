"""What the weather does to soil and paddies. Pure: closed forms over the last weeks' showers, no steps of time."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.world.noise import drift, unit
from simulators.world.sun import Place, daylight
from simulators.world.weather import air_temperature_c, rains_of

__all__ = ["Ground", "Plot", "ground"]

_MEMORY = timedelta(days=30)
_DRYING = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot's soil: driest and wettest volumetric water content in percent, and whether it is a flooded paddy."""

    name: str
    driest_percent: float = 14.0
    wettest_percent: float = 44.0
    flooded: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground of a plot at one instant; `water_depth_cm` is meant for paddies."""

    soil_moisture_percent: float
    soil_temperature_c: float
    soil_conductivity_ms_cm: float
    soil_ph: float
    water_depth_cm: float
    water_temperature_c: float


def _held_mm(seed: int, place: Place, at: datetime, drying: timedelta) -> float:
    """Rain still in the ground, in mm: what fell, each drop fading with e^(-age / drying); the integral of that."""
    held = 0.0
    first = place.day(at - _MEMORY)
    for back in range((place.day(at) - first).days + 1):
        for rain in rains_of(seed, place, first + timedelta(days=back)):
            if rain.begins_at >= at:
                continue
            since_end = max(at - rain.ends_at, timedelta()) / drying
            since_begin = (at - rain.begins_at) / drying
            share = math.exp(-since_end) - math.exp(-since_begin)
            held += rain.rate_mm_h * (drying / timedelta(hours=1)) * share
    return held


def _soil_temperature(seed: int, place: Place, at: datetime) -> float:
    """At 10 cm: the mean of the last day and a half, and a third of the day's swing three hours late."""
    hours = range(0, 36, 3)
    slow = sum(air_temperature_c(seed, place, at - timedelta(hours=back)) for back in hours) / len(hours)
    late = air_temperature_c(seed, place, at - timedelta(hours=3))
    return slow + 0.33 * (late - slow) + 1.0


def ground(seed: int, place: Place, plot: Plot, at: datetime) -> Ground:
    """The ground of that plot there and then."""
    room = plot.wettest_percent - plot.driest_percent
    # A plot of its own: drainage and roots differ by a fifth.
    drying = _DRYING * (0.9 + 0.4 * unit(seed, "drying", plot.name))
    held = _held_mm(seed, place, at, drying)
    sun_h = place.hour(at)
    sunrise, sunset = daylight(place, place.day(at))
    thirst = 0.4 * math.sin(math.pi * min(1.0, max(0.0, (sun_h - sunrise) / (sunset - sunrise))))
    moisture = plot.driest_percent + room * (1 - math.exp(-(held + 6) / (1.1 * room))) - thirst
    moisture += 0.15 * drift(seed, f"probe {plot.name}", at.timestamp(), 1800)
    soil_c = _soil_temperature(seed, place, at) + 0.8 * (unit(seed, "slope", plot.name) - 0.5)
    return Ground(
        soil_moisture_percent=min(plot.wettest_percent, moisture),
        soil_temperature_c=soil_c,
        soil_conductivity_ms_cm=0.08 + 0.012 * moisture,
        soil_ph=5.6 + 0.8 * unit(seed, "ph", plot.name) + 0.03 * drift(seed, f"ph {plot.name}", at.timestamp(), 86400),
        water_depth_cm=_water_depth_cm(seed, place, plot, at),
        water_temperature_c=soil_c + 0.4,
    )


def _water_depth_cm(seed: int, place: Place, plot: Plot, at: datetime) -> float:
    """A flooded paddy loses 1.1 cm a day and is filled to 7 cm each third morning at five; other plots hold none."""
    if not plot.flooded:
        return 0.0
    day, hour = place.day(at), place.hour(at)
    since_filling_days = (day.toordinal() % 3) + (hour - 5) / 24
    if since_filling_days < 0:
        since_filling_days += 3
    rain_cm = _held_mm(seed, place, at, timedelta(days=1.5)) / 10
    return max(0.0, 7.0 - 1.1 * since_filling_days + min(4.0, rain_cm))
