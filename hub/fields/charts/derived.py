"""Series that follow from what was measured: dew point, humidity deficit, degree days since planting. Pure.

Up to a week the first two follow from each reading; over longer windows from the means of hours, which leaves out how
temperature and humidity went within the hour (docs/explanation/series.md says what that costs).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate, groupby
from zoneinfo import ZoneInfo

from edge.wire.quantities import QUANTITIES, Quantity
from hub.fields.agronomy.humidity import actual_kpa, deficit_g_m3, dew_point_c, saturation_kpa
from hub.fields.agronomy.warmth import DayWarmth
from hub.fields.charts.series import Bucket, merge
from hub.texts.words import msgid

__all__ = [
    "CHARTED", "DEGREE_DAYS", "DERIVED", "INPUTS", "LONGEST_EXACT", "Derived", "Pair", "bucket_start", "degree_buckets",
    "derive", "pair_up",
]  # fmt: skip

INPUTS = ("air_temperature", "relative_humidity")
LONGEST_EXACT = timedelta(hours=1)
"""Buckets narrower than this follow from each reading."""
# From where the database counts its stretches: a Monday.
_ORIGIN = datetime(2000, 1, 3)  # noqa: DTZ001  # the town's own clock
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Derived:
    """A series that follows from the air: `formula` takes °C and % at the station, and what the plot is warmer, K.

    `is_shifted` says whether that last one changes what is shown.
    """

    quantity: Quantity
    formula: Callable[[float, float, float], float]
    is_shifted: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Temperature (°C) and humidity (%) of one moment, or their means over what begins then, of `count` readings."""

    time: datetime
    air_c: float
    humidity: float
    count: int = 1


def _dew_point(air_c: float, humidity: float, offset_c: float) -> float:
    """The vapour is the same at the plot; where the plot is colder than that, the air there is saturated."""
    return min(dew_point_c(air_c, humidity), air_c + offset_c)


def _deficit(air_c: float, humidity: float, offset_c: float) -> float:
    """The station's own moisture in the plot's own air."""
    share = actual_kpa(air_c, humidity) / saturation_kpa(air_c + offset_c)
    return deficit_g_m3(air_c + offset_c, 100 * min(1.0, share))


DERIVED: Mapping[str, Derived] = {
    one.quantity.name: one
    for one in (
        Derived(Quantity("dew_point", "°C", -60.0, 60.0, msgid("Dew point")), _dew_point, is_shifted=False),
        Derived(Quantity("humidity_deficit", "g/m³", 0.0, 130.0, msgid("Humidity deficit")), _deficit, is_shifted=True),
    )
}
DEGREE_DAYS = Quantity("degree_days", "°C·d", 0.0, 20_000.0, msgid("Degree days since planting"), 0)
CHARTED: Mapping[str, Quantity] = (
    QUANTITIES | {name: one.quantity for name, one in DERIVED.items()} | {DEGREE_DAYS.name: DEGREE_DAYS}
)
"""Everything that a chart can show, by its name."""


def bucket_start(at: datetime, width: timedelta, zone: ZoneInfo) -> datetime:
    """Where the stretch of the town's clock begins that holds an instant: as the database has it."""
    local = at.astimezone(zone).replace(tzinfo=None)
    return (_ORIGIN + (local - _ORIGIN) // width * width).replace(tzinfo=zone).astimezone(UTC)


def pair_up(warm: Sequence[Bucket], moist: Sequence[Bucket]) -> list[Pair]:
    """Stretches in which both were measured."""
    known = {bucket.time: bucket for bucket in moist}
    return [
        Pair(one.time, one.mean, other.mean, min(one.count, other.count))
        for one in warm
        if (other := known.get(one.time)) is not None
    ]


def derive(derived: Derived, pairs: Iterable[Pair], width: timedelta, zone: ZoneInfo, offset_c: float) -> list[Bucket]:
    """The buckets of a derived series; `pairs` in the order of their times."""
    moments: list[Bucket] = []
    for one in pairs:
        value = derived.formula(one.air_c, one.humidity, offset_c)
        moments.append(Bucket(one.time, value, value, value, one.count))
    return [merge(list(group), at) for at, group in groupby(moments, lambda one: bucket_start(one.time, width, zone))]


def degree_buckets(days: Sequence[DayWarmth], width: timedelta, zone: ZoneInfo) -> list[Bucket]:
    """What a season's sum has come to by the end of each day, in the last bucket of the day or the bucket of days."""
    sums = accumulate(one.degree_days for one in days)
    found: dict[datetime, Bucket] = {}
    for one, total in zip(days, sums, strict=True):
        end_at = datetime.combine(one.day + _DAY, time(), zone).astimezone(UTC)
        at = bucket_start(end_at - min(width, _DAY), width, zone)
        found[at] = Bucket(at, total, total, total, 1)
    return list(found.values())
