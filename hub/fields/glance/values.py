"""A plot at a glance, as values. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from edge.wire.quantities import Quantity
from hub.fields.agronomy.frost import AirReading, FrostRisk
from hub.fields.agronomy.paddy import Depth, WaterLoss
from hub.fields.agronomy.warmth import DaysLeft, DegreeDays
from hub.fields.glance.battery import BatteryWord
from hub.fields.plots.values import Trend

__all__ = [
    "LOUDNESS", "MAIN_QUANTITIES", "Air", "Battery", "Course", "Day", "Glance", "Notice", "NoticeKind", "Past",
    "Season", "Shown",
]  # fmt: skip

NoticeKind = Literal[
    "frost_likely", "no_data", "battery_empty", "frost_possible", "stuck", "out_of_range", "drifting", "old_data",
    "battery_low", "target_reached",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest value of a quantity on a plot, with the plot's offset, and which station measured it.

    `is_doubted`: its sensor is stuck or beyond its range, so that it cannot be believed.
    """

    quantity: Quantity
    value: float
    measured_at: datetime
    trend: Trend | None
    station_id: str
    station_name: str
    is_old: bool
    is_doubted: bool = False


@dataclass(frozen=True, slots=True)
class Air:
    """What air temperature and humidity of one station and moment come to: °C, g/m³, kPa."""

    air_c: float
    humidity: float
    dew_point_c: float
    wet_bulb_c: float
    deficit_g_m3: float
    deficit_kpa: float


@dataclass(frozen=True, slots=True)
class Battery:
    """A station's battery: its voltage and a word for it."""

    station_id: str
    station_name: str
    volts: float
    word: BatteryWord


@dataclass(frozen=True, slots=True)
class Season:
    """The degree days of a crop: from `since` (the planting day, or the year's first for what stands for years)."""

    since: date
    is_planting: bool
    base_c: float
    so_far: DegreeDays
    target: float | None
    left: DaysLeft | None

    @property
    def is_telling(self) -> bool:
        """Whether the sum is worth a line: not when most of the season was not measured."""
        return self.so_far.missing <= len(self.so_far.days)

    @property
    def percent(self) -> int | None:
        """How much of the target is reached, 0 to 100."""
        return min(100, int(100 * self.so_far.total / self.target)) if self.target else None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that should be seen first; `subject` is a station's name where it is about one.

    `quantity` is the label (message id) of what cannot be believed there.
    """

    kind: NoticeKind
    subject: str = ""
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Glance:
    """What matters on a plot now. None is not measured, or nothing that can be said.

    `newest_at` is when the newest value was measured; `rain_today_mm` since the town's midnight; `notices` has the
    loudest first.
    """

    values: Mapping[str, Shown]
    air: Air | None
    rain_today_mm: float | None
    water_loss: WaterLoss | None
    frost: FrostRisk | None
    season: Season | None
    batteries: Sequence[Battery]
    newest_at: datetime | None
    notices: Sequence[Notice]

    @property
    def speaks_of_frost(self) -> bool:
        """Whether frost is worth a line: not in a warm night, and not by a warm day."""
        if self.frost is None:
            return False
        if self.frost.expected_min_c is not None:
            return self.frost.expected_min_c < self.frost.limit_c + _FAR_C
        air = self.values.get("air_temperature")
        return air is None or air.value < self.frost.limit_c + 2 * _FAR_C

    @property
    def loudness(self) -> int:
        """How loud the loudest notice is: greater is louder, 0 is all quiet."""
        return max((LOUDNESS[notice.kind] for notice in self.notices), default=0)


@dataclass(frozen=True, slots=True)
class Course:
    """How the main quantity of a plot went over [since, until).

    `hours` are hourly means, at least two, oldest first.
    """

    quantity: Quantity
    since: datetime
    until: datetime
    hours: Sequence[tuple[datetime, float]]

    @property
    def low(self) -> float:
        """The least of the hourly means."""
        return min(value for _, value in self.hours)

    @property
    def high(self) -> float:
        """The greatest of the hourly means."""
        return max(value for _, value in self.hours)


@dataclass(frozen=True, slots=True)
class Day:
    """One of the town's days at one station, which begins at `day_at`; None is not measured.

    °C, %, W/m² over the whole day, m/s, hPa, mm; `air_count` is how many temperatures the day has.
    """

    device_key: int
    day_at: datetime
    air_count: int
    air_mean_c: float | None
    air_low_c: float | None
    air_high_c: float | None
    humidity_mean: float | None
    humidity_low: float | None
    humidity_high: float | None
    radiation_w_m2: float | None
    wind_m_s: float | None
    pressure_hpa: float | None
    rain_mm: float | None


@dataclass(frozen=True, slots=True)
class Past:
    """What stations measured before now, by their keys, corrected as everything that is shown.

    Rain since midnight in mm; the air since sunset; depths of the last two days by the hour; daily means in °C;
    `troubles` are sensors that are not well, by their quantity: `stuck`, `out_of_range`, `drifting` …
    """

    rain_today_mm: Mapping[int, float] = field(default_factory=dict[int, float])
    evening: Mapping[int, Sequence[AirReading]] = field(default_factory=dict[int, Sequence[AirReading]])
    depths: Mapping[int, Sequence[Depth]] = field(default_factory=dict[int, Sequence[Depth]])
    daily_means_c: Mapping[int, Mapping[date, float]] = field(default_factory=dict[int, Mapping[date, float]])
    troubles: Mapping[int, Mapping[str, str]] = field(default_factory=dict[int, Mapping[str, str]])

    def doubts(self, device_key: int, quantity: str) -> bool:
        """Whether what this sensor says cannot be believed."""
        return self.troubles.get(device_key, {}).get(quantity) in ("stuck", "out_of_range")


MAIN_QUANTITIES = ("air_temperature", "soil_moisture", "water_depth", "soil_temperature", "relative_humidity")
"""What a card draws the course of: the first of these that the plot measures; on a paddy its water."""
# Degrees above the limit at which nobody thinks of frost: a night's fall in the temperature, twice that by day.
_FAR_C = 8.0
LOUDNESS: Mapping[NoticeKind, int] = {
    "frost_likely": 70,
    "no_data": 60,
    "battery_empty": 50,
    "frost_possible": 40,
    "out_of_range": 36,
    "stuck": 36,
    "drifting": 32,
    "old_data": 30,
    "battery_low": 20,
    "target_reached": 10,
}
