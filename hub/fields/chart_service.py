"""The series of a chart out of the database. The caller's transaction comes first; no clock is read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge.wire.quantities import Quantity
from hub.fields import store
from hub.fields.charts import Bucket, Series, Window, choose_bucket, year_before
from hub.fields.charts.derived import (
    DEGREE_DAYS,
    DERIVED,
    INPUTS,
    LONGEST_EXACT,
    Pair,
    degree_buckets,
    derive,
    pair_up,
)
from hub.fields.charts.notes import LATE_AFTER, LONGEST_LATE, Note, late_stretches, plan_notes
from hub.fields.glance.values import Season
from hub.fields.plots import Plot, Station
from hub.fields.plots.past import shown_since
from hub.registry.devices import Device
from hub.store import Connection

__all__ = ["OfPlot", "Place", "Wanted", "fetch_chart", "fetch_first_at", "fetch_notes", "fetch_places"]

_HOUR = timedelta(hours=1)
# More readings than these are not worth a line of 400 points: then their hours serve.
_MOST_READINGS = 50_000


@dataclass(frozen=True, slots=True)
class Place:
    """A station that a chart may show, and the names of what it measures."""

    key: int
    id: str
    name: str
    quantities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line that somebody wants to see: a quantity of a device; `place` is what people call the device."""

    device_key: int
    device: str
    place: str
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class OfPlot:
    """The plot that a chart is about: its air is the stations' with its own offsets.

    `season` are its degree days, None where nothing says so.
    """

    plot: Plot
    season: Season | None

    @property
    def degree_days(self) -> Wanted | None:
        """Its degree days as a line."""
        return Wanted(0, self.plot.id, self.plot.name, DEGREE_DAYS) if self.season else None


def fetch_places(conn: Connection, devices: Sequence[Device | Station]) -> list[Place]:
    """What each station measures, in the order of `devices`."""
    rows = store.fetch_latest(conn, [device.key for device in devices])
    return [
        Place(device.key, device.id, device.name, frozenset(r.quantity for r in rows if r.device_key == device.key))
        for device in devices
    ]


def fetch_chart(
    conn: Connection,
    wanted: Sequence[Wanted],
    window: Window,
    zone: ZoneInfo,
    *,
    compare_years: bool = False,
    of_plot: OfPlot | None = None,
) -> tuple[list[Series], timedelta]:
    """What was measured in the window, and what follows from it, and the width of the buckets.

    With `compare_years` each series is followed by its own of the year before, moved under this year's; degree days are
    this season's alone. With `of_plot` the air is that of the plot.
    """
    width = choose_bucket(window.length)
    asked = _Asked(conn, width, zone, of_plot)
    now = asked.fetch(wanted, window.since, window.until)
    if not compare_years:
        return now, width
    moved = year_before(width)
    measured = [one for one in wanted if one.quantity != DEGREE_DAYS]
    before = asked.fetch(measured, window.since - moved, window.until - moved)
    of_last_year = {(one.device, one.quantity.name): _moved(one, moved) for one in before}
    pairs = ((one, of_last_year.get((one.device, one.quantity.name))) for one in now)
    return [one for pair in pairs for one in pair if one is not None], width


def fetch_notes(conn: Connection, wanted: Sequence[Wanted], window: Window, now: datetime) -> list[Note]:
    """What is to be known of these lines' sensors within the window; late values in windows up to a month."""
    found: list[Note] = []
    for key in dict.fromkeys(one.device_key for one in wanted if one.device_key):
        names = {name for one in wanted if one.device_key == key for name in _sensors_of(one.quantity)}
        begin = shown_since(conn, key, window.since)
        found += [
            _trouble(row, begin, now)
            for row in store.fetch_troubles(conn, [key], begin, window.until)
            if row.quantity in names
        ]
        found += [
            Note("work", row.happened_at, row.happened_at, key, row.quantity, row.kind)
            for row in store.fetch_works(conn, [key], begin, window.until)
            if row.quantity in names
        ]
        if window.length <= LONGEST_LATE:
            hours = store.fetch_late_hours(conn, [key], begin, window.until, LATE_AFTER)
            found += late_stretches(key, [hour.hour_at for hour in hours])
    return plan_notes(found, window.since, window.until)


def _trouble(row: store.TroubleRow, begin: datetime, now: datetime) -> Note:
    """What is to be known of a stretch; of what was before `begin` nothing, not even since when."""
    since = max(row.since_at, begin)
    return Note(
        "trouble", since, row.until_at or now, row.device_key, row.quantity, row.state, lasts=row.until_at is None
    )


def _sensors_of(quantity: Quantity) -> Sequence[str]:
    return INPUTS if quantity.name in DERIVED else (quantity.name,)


def fetch_first_at(conn: Connection, device_keys: Collection[int]) -> datetime | None:
    """When the first of some devices measured anything that is shown for the first time; None when none ever did."""
    found = [shown_since(conn, key, first) for key, first in store.fetch_first_at(conn, device_keys)]
    return min(found, default=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    conn: Connection
    width: timedelta
    zone: ZoneInfo
    of_plot: OfPlot | None

    def fetch(self, wanted: Sequence[Wanted], since: datetime, until: datetime) -> list[Series]:
        found: dict[tuple[int, str], Sequence[Bucket]] = {}
        for key in dict.fromkeys(one.device_key for one in wanted):
            names = [one.quantity.name for one in wanted if one.device_key == key]
            measured = [name for name in names if name not in DERIVED and name != DEGREE_DAYS.name]
            if measured:
                many = store.fetch_many(self.conn, key, measured, since, until, self.width, zone=self.zone.key)
                found |= {(key, name): buckets for name, buckets in many.items()}
            if derived := [name for name in names if name in DERIVED]:
                pairs = self._pairs(key, since, until)
                offset_c = self._offset_c(key)
                found |= {
                    (key, name): derive(DERIVED[name], pairs, self.width, self.zone, offset_c) for name in derived
                }
        return [self._series(one, found.get((one.device_key, one.quantity.name)), since, until) for one in wanted]

    def _series(self, one: Wanted, buckets: Sequence[Bucket] | None, since: datetime, until: datetime) -> Series:
        if one.quantity == DEGREE_DAYS:
            season = self.of_plot and self.of_plot.season
            days = season.so_far.days if season else ()
            shown = [bucket for bucket in degree_buckets(days, self.width, self.zone) if since <= bucket.time < until]
            return Series(one.device, one.place, one.quantity, shown, target=season.target if season else None)
        found, name, offset_c = buckets or (), one.quantity.name, self._offset_c(one.device_key)
        if name == "air_temperature" and offset_c:
            found = [_shifted(bucket, offset_c) for bucket in found]
        elif name not in DERIVED or not DERIVED[name].is_shifted:
            offset_c = 0.0
        return Series(one.device, one.place, one.quantity, found, offset_c=offset_c)

    def _offset_c(self, device_key: int) -> float:
        return self.of_plot.plot.offset_c(device_key) if self.of_plot else 0.0

    def _pairs(self, device_key: int, since: datetime, until: datetime) -> list[Pair]:
        """Temperature and humidity of each reading, or of each hour, in which both were measured."""
        if self.width < LONGEST_EXACT:
            limit = _MOST_READINGS + 1
            rows = store.fetch_rows(self.conn, device_key, INPUTS, since, until, after=None, limit=limit)
            if len(rows) < limit:
                return [
                    Pair(row.measured_at, air_c, humidity)
                    for row in rows
                    for air_c, humidity in [row.values]
                    if air_c is not None and humidity is not None
                ]
        hours = store.fetch_many(self.conn, device_key, INPUTS, since, until, _HOUR, zone=self.zone.key)
        return pair_up(hours[INPUTS[0]], hours[INPUTS[1]])


def _shifted(bucket: Bucket, offset_c: float) -> Bucket:
    return replace(bucket, min=bucket.min + offset_c, mean=bucket.mean + offset_c, max=bucket.max + offset_c)


def _moved(series: Series, distance: timedelta) -> Series:
    buckets = [replace(bucket, time=bucket.time + distance) for bucket in series.buckets]
    return replace(series, buckets=buckets, years_back=1)
