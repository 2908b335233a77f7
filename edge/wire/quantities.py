"""Every quantity that may be measured: one unit, one plausible range, one label each.

A quantity's name is its key on the wire and its column in the hub's table `reading`; adding one here needs a migration
there (a test holds the two together). The ranges say what a working sensor can report in Japan's climate with a
generous margin; a value outside is a fault of the sensor or its wiring, never weather.
"""

from dataclasses import dataclass

__all__ = ["QUANTITIES", "Quantity"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measurable quantity.

    `low` and `high` are the inclusive plausible range in `unit`; `label` is the English message id of its label;
    `decimals` is how many digits a person wants to see.
    """

    name: str
    unit: str
    low: float
    high: float
    label: str
    decimals: int = 1


def _table(*quantities: Quantity) -> dict[str, Quantity]:
    return {quantity.name: quantity for quantity in quantities}


QUANTITIES: dict[str, Quantity] = _table(
    Quantity("air_temperature", "°C", -40.0, 60.0, "Air temperature"),
    Quantity("relative_humidity", "%", 0.0, 100.0, "Relative humidity", 0),
    Quantity("soil_moisture", "%", 0.0, 100.0, "Soil moisture"),
    Quantity("soil_temperature", "°C", -20.0, 60.0, "Soil temperature"),
    Quantity("soil_conductivity", "mS/cm", 0.0, 20.0, "Soil conductivity", 2),
    Quantity("soil_ph", "pH", 0.0, 14.0, "Soil pH"),
    Quantity("solar_radiation", "W/m²", 0.0, 1500.0, "Solar radiation", 0),
    Quantity("photosynthetic_flux", "µmol/m²/s", 0.0, 3000.0, "Photosynthetic photon flux", 0),
    Quantity("rainfall", "mm", 0.0, 200.0, "Rainfall in the interval"),
    Quantity("wind_speed", "m/s", 0.0, 75.0, "Wind speed"),
    Quantity("wind_gust", "m/s", 0.0, 100.0, "Wind gust"),
    Quantity("wind_direction", "°", 0.0, 360.0, "Wind direction", 0),
    Quantity("air_pressure", "hPa", 850.0, 1085.0, "Air pressure"),
    Quantity("co2", "ppm", 0.0, 10000.0, "Carbon dioxide", 0),
    Quantity("water_depth", "cm", -50.0, 500.0, "Water depth"),
    Quantity("water_temperature", "°C", -5.0, 50.0, "Water temperature"),
    Quantity("leaf_wetness", "%", 0.0, 100.0, "Leaf wetness", 0),
    Quantity("battery_voltage", "V", 0.0, 60.0, "Battery voltage", 2),
    Quantity("signal_strength", "dBm", -150.0, 0.0, "Signal strength", 0),
)
