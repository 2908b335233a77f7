"""What a station in the world would measure, and how its registers say it. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from simulators.town.places import Station
from simulators.world.ground import ground
from simulators.world.noise import unit
from simulators.world.sun import KISARAZU, daylight
from simulators.world.weather import rains_of, relative_humidity, weather

__all__ = ["SCALES", "battery_v", "measure", "rainfall_mm", "registers"]

SCALES = {
    "air_temperature": 0.01,
    "relative_humidity": 0.1,
    "soil_moisture": 0.1,
    "soil_temperature": 0.1,
    "soil_conductivity": 0.001,
    "soil_ph": 0.01,
    "solar_radiation": 1.0,
    "rainfall": 0.1,
    "wind_speed": 0.1,
    "wind_gust": 0.1,
    "wind_direction": 1.0,
    "air_pressure": 0.1,
    "water_depth": 0.1,
    "water_temperature": 0.1,
    "battery_voltage": 0.01,
}
"""What one count of a quantity's register is worth, in the quantity's own unit."""


def rainfall_mm(seed: int, since: datetime, until: datetime) -> float:
    """The rain that fell between two instants of the world."""
    day, last = KISARAZU.day(since) - timedelta(days=1), KISARAZU.day(until)
    fallen = 0.0
    while day <= last:
        fallen += sum(rain.mm_until(until) - rain.mm_until(since) for rain in rains_of(seed, KISARAZU, day))
        day += timedelta(days=1)
    return fallen


def measure(seed: int, station: Station, at: datetime, interval: timedelta) -> dict[str, float]:
    """All that the station measures at an instant of the world; `interval` is how far back its rain gauge counts."""
    sky, soil = weather(seed, KISARAZU, at), ground(seed, KISARAZU, station.plot, at)
    air_c = sky.air_temperature_c - station.hollow_c * _night(at) * (1 - sky.cloud) / (1 + sky.wind_speed_m_s)
    everything = {
        "air_temperature": air_c,
        "relative_humidity": relative_humidity(air_c, min(sky.dew_point_c, air_c)),
        "soil_moisture": soil.soil_moisture_percent,
        "soil_temperature": soil.soil_temperature_c,
        "soil_conductivity": soil.soil_conductivity_ms_cm,
        "soil_ph": soil.soil_ph,
        "solar_radiation": sky.solar_radiation_w_m2,
        "rainfall": rainfall_mm(seed, at - interval, at),
        "wind_speed": sky.wind_speed_m_s,
        "wind_gust": sky.wind_gust_m_s,
        "wind_direction": sky.wind_direction_deg,
        "air_pressure": sky.air_pressure_hpa,
        "water_depth": soil.water_depth_cm,
        "water_temperature": soil.water_temperature_c,
        "battery_voltage": battery_v(seed, station.id, at),
    }
    wanted = (*station.quantities, "soil_temperature") if station.one_wire else station.quantities
    return {quantity: everything[quantity] for quantity in wanted}


def _night(at: datetime) -> float:
    """0 by day; after sunset it rises to 1 within two hours, and is gone an hour after sunrise."""
    hour = KISARAZU.hour(at)
    sunrise, sunset = daylight(KISARAZU, KISARAZU.day(at))
    return min(1.0, max(0.0, (hour - sunset) / 2, sunrise + 1 - hour))


def battery_v(seed: int, station_id: str, at: datetime) -> float:
    """The lithium cell of a station's radio: it lasts five weeks, falls slowly and then quickly, and is changed."""
    weeks_5 = 35.0
    age = (at.timestamp() / 86400 + weeks_5 * unit(seed, "battery", station_id)) % weeks_5 / weeks_5
    return 4.15 - 0.5 * age - 0.45 * max(0.0, age - 0.8) / 0.2


def registers(station: Station, measured: Mapping[str, float]) -> dict[int, float]:
    """The counts in the station's registers, from address 0 on in the order of its quantities."""
    return {at: measured[quantity] / SCALES[quantity] for at, quantity in enumerate(station.quantities)}
