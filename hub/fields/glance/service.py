"""Plots at a glance out of the database: a fixed number of questions, however many plots.

Every function takes the caller's transaction first and reads no clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.fields.agronomy.frost import AirReading, night_at
from hub.fields.agronomy.paddy import Depth
from hub.fields.glance import store
from hub.fields.glance.deciding import PlotFacts, decide_season, main_value, season_start, sum_up
from hub.fields.glance.figures import Chill, Figures, chill, chill_since, daily_means_c, sum_days
from hub.fields.glance.values import Course, Day, Glance, Past, Season
from hub.fields.plots import Plot, Station
from hub.fields.quality.store import fetch_states
from hub.store import Connection

__all__ = ["facts_of", "fetch_chill", "fetch_courses", "fetch_figures", "fetch_glances", "fetch_season"]

_HOUR = timedelta(hours=1)
_COURSE = timedelta(days=1)
_WATER = timedelta(days=2)
# A year ago serves as the pace of days to come.
_YEAR = timedelta(days=364)
_FEW_DAYS = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class _When:
    """An instant and what it is on the town's calendar."""

    now: datetime
    today: date
    zone: ZoneInfo

    def begins(self, day: date) -> datetime:
        """When a day begins there."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def facts_of(plot: Plot) -> PlotFacts:
    """What of a plot bears on what its measurements mean."""
    return PlotFacts(
        plot.station_keys,
        {key: plot.offset_c(key) for key in plot.station_keys},
        plot.lat,
        plot.lon,
        plot.planted_on,
        plot.base_temperature_c,
        plot.target_degree_days,
        plot.frost_limit_c,
        knows_crop=plot.crop_id is not None,
        is_paddy=plot.is_paddy,
    )


def fetch_glances(
    conn: Connection, plots: Sequence[Plot], stations: Mapping[int, Station], now: datetime, zone: ZoneInfo
) -> dict[str, Glance]:
    """Each plot at a glance, by its id; `stations` are those that the reader may see, by key."""
    when = _When(now, now.astimezone(zone).date(), zone)
    facts = {plot.id: facts_of(plot) for plot in plots}
    rains = _rains(conn, stations, when)
    evening = _evening(conn, stations, now)
    depths = _depths(conn, stations, now)
    days = _days(conn, stations, list(facts.values()), when)
    troubles = _troubles(conn, stations)
    means = {key: daily_means_c(of_station) for key, of_station in days.items()}
    glances: dict[str, Glance] = {}
    for plot in plots:
        own = [stations[key] for key in plot.station_keys if key in stations]
        past = Past(_rain_today(own, rains, when), evening, _with_rain(own, depths, rains), means, troubles)
        glances[plot.id] = sum_up(facts[plot.id], own, past, now, when.today)
    return glances


def fetch_courses(
    conn: Connection,
    plots: Sequence[Plot],
    stations: Mapping[int, Station],
    found: Mapping[str, Glance],
    now: datetime,
) -> dict[str, Course]:
    """How the main quantity of each plot went over the last day, by the plot's id: one question for all of them.

    `found` are their glances. A plot with less than two hours has none.
    """
    keys = {station.id: key for key, station in stations.items()}
    mains = {plot.id: main_value(facts_of(plot), found[plot.id].values) for plot in plots if plot.id in found}
    wanted = {plot: (keys[main.station_id], main) for plot, main in mains.items() if main is not None}
    if not wanted:
        return {}
    until = now.replace(minute=0, second=0, microsecond=0) + _HOUR
    since = until - _COURSE
    hours: dict[tuple[int, str], list[tuple[datetime, float]]] = {}
    for row in store.fetch_courses(conn, [(key, main.quantity.name) for key, main in wanted.values()], since, until):
        hours.setdefault((row.device_key, row.quantity), []).append((row.at, row.value))
    courses: dict[str, Course] = {}
    for plot in plots:
        if plot.id not in wanted:
            continue
        key, main = wanted[plot.id]
        offset = plot.offset_c(key) if main.quantity.name == "air_temperature" else 0.0
        own = [(at, value + offset) for at, value in hours.get((key, main.quantity.name), ())]
        if len(own) > 1:
            courses[plot.id] = Course(main.quantity, since, until, own)
    return courses


def fetch_figures(
    conn: Connection, plot: Plot, stations: Mapping[int, Station], now: datetime, zone: ZoneInfo
) -> Figures | None:
    """The sums of one plot's page; None when no station measures it."""
    own = [stations[key] for key in plot.station_keys if key in stations]
    if not own:
        return None
    when, facts = _When(now, now.astimezone(zone).date(), zone), facts_of(plot)
    since = None
    if plot.planted_on is not None and plot.planted_on <= when.today:
        since = season_start(plot.planted_on, when.today)[0]
    first = min(day for day in (since, when.today - _FEW_DAYS) if day is not None)
    keys = [station.key for station in own]
    midnight = when.begins(when.today)
    found = store.fetch_days(conn, keys, when.begins(first), midnight)
    today = {one.device_key: (one.low_c, one.high_c) for one in store.fetch_today(conn, keys, midnight, now)}
    lat = own[0].lat if plot.lat is None else plot.lat
    return sum_days(facts, _by_station(found, zone), today, lat, when.today, since)


def fetch_season(
    conn: Connection, plot: Plot, stations: Mapping[int, Station], now: datetime, zone: ZoneInfo
) -> Season | None:
    """The degree days of one plot, as its glance has them."""
    when, facts = _When(now, now.astimezone(zone).date(), zone), facts_of(plot)
    days = _days(conn, stations, [facts], when)
    means = {key: daily_means_c(of_station) for key, of_station in days.items()}
    return decide_season(facts, Past({}, {}, {}, means, {}), when.today)


def fetch_chill(conn: Connection, station: Station, offset_c: float, now: datetime, zone: ZoneInfo) -> Chill | None:
    """The cold that a station measured since October."""
    when = _When(now, now.astimezone(zone).date(), zone)
    since = chill_since(when.today)
    hours = store.fetch_hours_c(conn, station.key, when.begins(since), now)
    return chill([value + offset_c for value in hours], since)


def _troubles(conn: Connection, stations: Mapping[int, Station]) -> dict[int, dict[str, str]]:
    states = fetch_states(conn, list(stations))
    return {
        key: {quantity: one.state for quantity, one in of_device.items() if not one.is_ok}
        for key, of_device in states.items()
    }


def _measuring(stations: Mapping[int, Station], quantity: str) -> list[int]:
    return [
        key
        for key, station in stations.items()
        if any(latest.quantity.name == quantity for latest in station.latest)
    ]  # fmt: skip


def _rains(conn: Connection, stations: Mapping[int, Station], when: _When) -> Mapping[int, Mapping[datetime, float]]:
    keys = _measuring(stations, "rainfall")
    since = min(when.begins(when.today), when.now - _WATER) if keys else when.now
    found: dict[int, dict[datetime, float]] = {key: {} for key in keys}
    for row in store.fetch_rain(conn, keys, since, when.now + timedelta(minutes=5)) if keys else ():
        found[row.device_key][row.at] = row.value
    return found


def _rain_today(own: Sequence[Station], rains: Mapping[int, Mapping[datetime, float]], when: _When) -> dict[int, float]:
    midnight = when.begins(when.today)
    return {
        station.key: sum(mm for at, mm in rains[station.key].items() if at >= midnight)
        for station in own
        if station.key in rains
    }


def _evening(conn: Connection, stations: Mapping[int, Station], now: datetime) -> Mapping[int, Sequence[AirReading]]:
    """The air since sunset; by day nobody asks."""
    keys = _measuring(stations, "air_temperature")
    nights = [night_at(stations[key].lat, stations[key].lon, now) for key in keys]
    since = min((night[0] for night in nights if night is not None and night[0] < now), default=None)
    found: dict[int, list[AirReading]] = {}
    for row in store.fetch_evening(conn, keys, since, now) if since is not None else ():
        # A stretch of ten minutes stands for its middle.
        at = min(now, row.at + timedelta(minutes=5))
        found.setdefault(row.device_key, []).append(AirReading(at, row.air_c, row.humidity, row.wind_m_s))
    return found


def _depths(conn: Connection, stations: Mapping[int, Station], now: datetime) -> Mapping[int, Mapping[datetime, float]]:
    keys = _measuring(stations, "water_depth")
    found: dict[int, dict[datetime, float]] = {}
    for row in store.fetch_depths(conn, keys, now - _WATER, now) if keys else ():
        found.setdefault(row.device_key, {})[row.at] = row.value
    return found


def _with_rain(
    own: Sequence[Station],
    depths: Mapping[int, Mapping[datetime, float]],
    rains: Mapping[int, Mapping[datetime, float]],
) -> dict[int, list[Depth]]:
    """Depths with the rain that the plot's own gauges caught meanwhile."""
    gauges = [rains[station.key] for station in own if station.key in rains]
    return {
        station.key: [
            Depth(at, cm, max((gauge.get(at, 0.0) for gauge in gauges), default=0.0))
            for at, cm in depths[station.key].items()
        ]
        for station in own
        if station.key in depths
    }


def _days(
    conn: Connection, stations: Mapping[int, Station], facts: Collection[PlotFacts], when: _When
) -> Mapping[int, Mapping[date, Day]]:
    """The days of all seasons that are running, and those of a year before: one question for all plots."""
    begun = [one.planted_on for one in facts if one.planted_on is not None and one.base_temperature_c is not None]
    keys = _measuring(stations, "air_temperature")
    if not begun or not keys:
        return {}
    first = min(*(season_start(day, when.today)[0] for day in begun), when.today - _YEAR)
    return _by_station(store.fetch_days(conn, keys, when.begins(first), when.begins(when.today)), when.zone)


def _by_station(rows: Sequence[Day], zone: ZoneInfo) -> dict[int, dict[date, Day]]:
    found: dict[int, dict[date, Day]] = {}
    for row in rows:
        found.setdefault(row.device_key, {})[row.day_at.astimezone(zone).date()] = row
    return found
