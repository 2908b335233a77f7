"""What is known of each quantity: how long a working sensor may stay flat, what no weather does within minutes, and how
far a sensor may leave its neighbours. Pure.

The figures are chosen for Japan's climate and for the sensors that farms use, with a margin for the calmest days; each
is held by the replay of a year (docs/explanation/honest-sensors.md), where every one of them could raise false alarms.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ALWAYS_FLAT", "Rule", "Zone", "rule_of"]


@dataclass(frozen=True, slots=True)
class Zone:
    """Values from `low` to `high` that may stay flat longer: `flat_h` hours, or for ever when None."""

    low: float
    high: float
    flat_h: float | None


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one quantity, in that quantity's own unit.

    `flat_h`: after so many hours within one step of its resolution it is stuck (None: may be flat for ever); it holds
    for sensors that resolve `resolution`, coarser ones may be flat longer. `zones` are exceptions to it, the first that
    fits holds. `moved`: when the neighbours' hourly means went so far meanwhile, three flat hours are enough.
    `spike`: further there and back again within minutes goes no weather. `drift`: further than that for days from where
    it used to stand among its neighbours, it drifts; `as_ratio`: the same as a share, for what grows with the sun;
    `all_day`: only where it is away in the cool hours and in the warm ones alike.
    `exact`: only what does not change at all is flat, where a step of the resolution is an event (a rain gauge's tip).
    `blocked_mm`: a rain gauge that shows none while its neighbours gather so much is blocked.
    """

    flat_h: float | None = None
    resolution: float = 0.1
    zones: tuple[Zone, ...] = ()
    moved: float | None = None
    spike: float | None = None
    drift: float | None = None
    as_ratio: bool = False
    all_day: bool = False
    exact: bool = False
    blocked_mm: float | None = None

    @property
    def by_total(self) -> bool:
        """Whether an hour is its sum rather than its mean."""
        return self.blocked_mm is not None

    @property
    def compares(self) -> bool:
        """Whether neighbours say anything about this quantity; soils and paddies differ from plot to plot."""
        return self.drift is not None or self.blocked_mm is not None or self.moved is not None


ALWAYS_FLAT = Rule()
# Ice and melting snow hold ground and water at 0 °C for days (the zero curtain).
_FREEZING = Zone(-0.7, 0.7, 14 * 24)

_RULES: Mapping[str, Rule] = {
    # In a hollow clear winter nights are colder than around it, and the days are not.
    "air_temperature": Rule(12, zones=(Zone(-0.3, 0.3, 24),), moved=3.0, spike=6.0, drift=1.6, all_day=True),
    # Fog and long rain hold it at the top; only neighbours can tell that from a wet sensor.
    "relative_humidity": Rule(12, 1.0, (Zone(92, 100, 10 * 24),), moved=30.0, spike=25.0, drift=9.0),
    # Dry winter soil stands still for weeks, flooded soil all summer.
    "soil_moisture": Rule(10 * 24, zones=(Zone(60, 100, None), Zone(0, 5, None)), spike=12.0),
    # At 10 cm the day's wave is 2 °C, at 50 cm hardly a tenth.
    "soil_temperature": Rule(4 * 24, zones=(_FREEZING,), spike=4.0),
    "soil_conductivity": Rule(21 * 24, 0.01, (Zone(0, 0.05, None),), spike=1.5),
    "soil_ph": Rule(30 * 24, 0.1, spike=2.0),
    # Nights, however long: 20 hours hold a night of December and a dark morning; a dark offset counts as dark.
    "solar_radiation": Rule(4, 1.0, (Zone(0, 8, 20),), moved=250.0, drift=0.18, as_ratio=True),
    "photosynthetic_flux": Rule(4, 1.0, (Zone(0, 15, 20),), moved=500.0, drift=0.18, as_ratio=True),
    # No rain for weeks is winter.
    "rainfall": Rule(6, 0.2, (Zone(0, 0.01, None),), exact=True, blocked_mm=50.0),
    "wind_speed": Rule(5, zones=(Zone(0, 0.5, 4 * 24),), spike=40.0),
    "wind_gust": Rule(5, zones=(Zone(0, 0.7, 4 * 24),), spike=60.0),
    # A vane stands still as long as the air does.
    "wind_direction": Rule(4 * 24, 1.0),
    # The tide of the air moves it twice a day by more than 1 hPa.
    "air_pressure": Rule(12, moved=4.0, spike=6.0, drift=2.0),
    # Sensors that calibrate themselves rest on their floor.
    "co2": Rule(12, 1.0, (Zone(0, 420, 4 * 24),), spike=2500.0),
    # A paddy that is dry has no depth to change.
    "water_depth": Rule(10 * 24, zones=(Zone(-50, 0.5, None),), spike=25.0),
    "water_temperature": Rule(2 * 24, zones=(_FREEZING,), spike=6.0),
    "leaf_wetness": Rule(24, 1.0, (Zone(0, 5, None), Zone(90, 100, None))),
    "battery_voltage": Rule(spike=4.0),
    "signal_strength": ALWAYS_FLAT,
}


def rule_of(quantity: str) -> Rule:
    """The rule of a quantity; one without a rule of its own is never stuck and never drifts."""
    return _RULES.get(quantity, ALWAYS_FLAT)
