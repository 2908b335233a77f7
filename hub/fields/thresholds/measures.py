"""What a warning can be about: everything that is measured, and what follows from it at the same moment. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.wire.quantities import QUANTITIES
from hub.fields.agronomy.humidity import deficit_g_m3, deficit_kpa, dew_point_c
from hub.texts.words import msgid

if TYPE_CHECKING:
    from hub.fields.thresholds.rules import How

__all__ = ["MEASURES", "Measure"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of a station at one moment.

    `quantities` are the columns it is made of, `of` makes it from their values in that order. `low` and `high` are the
    plausible range in `unit`; `hysteresis` is what a form proposes. `hows`: what may be asked of it.
    """

    name: str
    label: str
    unit: str
    decimals: int
    low: float
    high: float
    quantities: tuple[str, ...]
    of: Callable[[Sequence[float]], float]
    hows: tuple["How", ...] = ("value", "mean", "change")
    hysteresis: float = 1.0


def _first(values: Sequence[float]) -> float:
    return values[0]


_AIR = ("air_temperature", "relative_humidity")
# A direction has no side of a limit; the others are about the agent, or add up.
_LEFT_OUT = frozenset({"wind_direction", "signal_strength"})
_HYSTERESIS: Mapping[str, float] = {
    "air_temperature": 0.5, "soil_temperature": 0.5, "water_temperature": 0.5, "soil_moisture": 2.0,
    "relative_humidity": 3.0, "water_depth": 0.5, "soil_conductivity": 0.1, "soil_ph": 0.1, "rainfall": 0.0,
    "co2": 50.0, "solar_radiation": 20.0, "photosynthetic_flux": 50.0, "battery_voltage": 0.05, "leaf_wetness": 5.0,
}  # fmt: skip

# A warning says itself over how many hours the rain is added up.
_LABELS: Mapping[str, str] = {"rainfall": msgid("Rain")}


def _of_air(of: Callable[[float, float], float]) -> Callable[[Sequence[float]], float]:
    return lambda values: of(values[0], values[1])


def _table() -> dict[str, Measure]:
    made: dict[str, Measure] = {}
    for name, one in QUANTITIES.items():
        if name in _LEFT_OUT:
            continue
        hows: tuple[How, ...] = ("sum",) if name == "rainfall" else ("value", "mean", "change")
        made[name] = Measure(
            name, _LABELS.get(name, one.label), one.unit, one.decimals, one.low, one.high, (name,), _first, hows,
            _HYSTERESIS.get(name, 1.0),
        )  # fmt: skip
    for name, label, unit, decimals, bounds, of, hysteresis in (
        ("dew_point", msgid("Dew point"), "°C", 1, (-40.0, 40.0), dew_point_c, 0.5),
        ("humidity_deficit", msgid("Humidity deficit"), "g/m³", 1, (0.0, 60.0), deficit_g_m3, 0.5),
        ("vpd", msgid("Vapour pressure deficit"), "kPa", 2, (0.0, 10.0), deficit_kpa, 0.1),
    ):
        made[name] = Measure(name, label, unit, decimals, *bounds, _AIR, _of_air(of), hysteresis=hysteresis)
    return made


MEASURES: Mapping[str, Measure] = _table()
