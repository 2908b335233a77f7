"""Units of other makers' files and how they become ours. Pure.

Ours are the units of edge/wire/quantities.py: value = read × factor + shift. A unit with `per_interval` holds what came
together since the row before (MJ/m² of sunshine) and becomes a mean by the width of the rows.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from edge.wire.quantities import QUANTITIES

__all__ = ["Unit", "convert", "find_unit", "units_of"]


@dataclass(frozen=True, slots=True)
class Unit:
    """How a file writes values; `names` are its spellings after NFKC, in small letters."""

    symbol: str
    factor: float = 1.0
    shift: float = 0.0
    names: tuple[str, ...] = ()
    per_interval: bool = False


_UNITS: Mapping[str, tuple[Unit, ...]] = {
    "°C": (
        Unit("°C", names=("°c", "degc", "deg c", "c", "度", "oc")),
        Unit("°F", 5 / 9, -160 / 9, ("°f", "degf", "deg f", "f", "華氏")),
        Unit("K", 1.0, -273.15, ("k", "kelvin")),
    ),
    "%": (
        Unit("%", names=("%", "%rh", "rh%", "%vwc", "vwc%", "vol%", "%vol", "percent", "パーセント")),
        Unit("m³/m³", 100.0, 0.0, ("m3/m3", "m^3/m^3", "cm3/cm3", "cm^3/cm^3", "0-1")),
    ),
    "mS/cm": (
        Unit("mS/cm", names=("ms/cm", "ds/m")),
        Unit("µS/cm", 0.001, 0.0, ("us/cm", "μs/cm", "micros/cm")),
        Unit("mS/m", 0.01, 0.0, ("ms/m",)),
        Unit("S/m", 10.0, 0.0, ("s/m",)),
    ),
    "pH": (Unit("pH", names=("ph",)),),
    "W/m²": (
        Unit("W/m²", names=("w/m2", "w/m^2", "wm-2")),
        Unit("kW/m²", 1000.0, 0.0, ("kw/m2", "kw/m^2")),
        Unit("MJ/m²", 1_000_000.0, 0.0, ("mj/m2", "mj/m^2"), per_interval=True),
        Unit("MJ/m²/h", 1_000_000 / 3600, 0.0, ("mj/m2/h", "mj/m2h", "mj/(m2h)", "mj/m^2/h")),
    ),
    "µmol/m²/s": (Unit("µmol/m²/s", names=("umol/m2/s", "μmol/m2/s", "umol/m2s", "μmol/m2s", "ue", "μe")),),
    "mm": (Unit("mm", names=("mm", "ミリ")), Unit("in", 25.4, 0.0, ("in", "inch", "inches"))),
    "m/s": (
        Unit("m/s", names=("m/s", "m/sec", "ms-1")),
        Unit("km/h", 1 / 3.6, 0.0, ("km/h", "kph", "kmh")),
        Unit("mph", 0.44704, 0.0, ("mph",)),
        Unit("kt", 1852 / 3600, 0.0, ("kt", "kts", "knot", "knots", "ノット")),
    ),
    "°": (Unit("°", names=("°", "deg", "degree", "degrees", "ø", "度")),),
    "hPa": (
        Unit("hPa", names=("hpa", "mbar", "mb", "ヘクトパスカル")),
        Unit("kPa", 10.0, 0.0, ("kpa",)),
        Unit("Pa", 0.01, 0.0, ("pa",)),
        Unit("mmHg", 1.333224, 0.0, ("mmhg",)),
        Unit("inHg", 33.86389, 0.0, ("inhg",)),
    ),
    "ppm": (Unit("ppm", names=("ppm",)), Unit("%", 10_000.0, 0.0, ("%", "vol%"))),
    "cm": (
        Unit("cm", names=("cm",)),
        Unit("mm", 0.1, 0.0, ("mm",)),
        Unit("m", 100.0, 0.0, ("m",)),
        Unit("in", 2.54, 0.0, ("in", "inch")),
    ),
    "V": (Unit("V", names=("v", "volt", "volts")), Unit("mV", 0.001, 0.0, ("mv",))),
    "dBm": (Unit("dBm", names=("dbm", "db")),),
}
_BETWEEN = re.compile(r"[\s()\[\],、:_]+")


def units_of(quantity: str) -> tuple[Unit, ...]:
    """The units in which a quantity may be read, ours first. Raises KeyError for an unknown quantity."""
    return _UNITS[QUANTITIES[quantity].unit]


def convert(value: float, quantity: str, symbol: str, interval_s: float | None = None) -> float:
    """The value in our unit. Raises KeyError for an unknown unit or quantity, ValueError when a width is needed."""
    for unit in units_of(quantity):
        if unit.symbol == symbol:
            if not unit.per_interval:
                return value * unit.factor + unit.shift
            if interval_s is None or interval_s <= 0:
                raise ValueError("how far apart the rows are is not known")
            return value * unit.factor / interval_s
    raise KeyError(symbol)


def find_unit(quantity: str, heading: str) -> str | None:
    """The unit that a heading names for a quantity: `Temp, °F`, `土壌水分(m³/m³)`, `気圧 [kPa]`; None when none."""
    plain = unicodedata.normalize("NFKC", heading)
    words = {_plain(plain), *(_plain(word) for word in _BETWEEN.split(plain))}
    units = units_of(quantity)
    found = next((unit.symbol for unit in units if words & set(unit.names)), None)
    # 気温℃, 湿度％: these signs need nothing between them and the word.
    return found or next(
        (unit.symbol for unit in units if _plain(plain).endswith(unit.names[0]) and unit.names[0][0] in "°%"), None
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("µ", "μ").replace(" ", "").strip(".・").lower()
