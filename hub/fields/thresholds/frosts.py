"""Frost tonight: what a plot's owner asks for, the evening's look, the morning's note, in the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from hub.errors import Invalid
from hub.fields.agronomy.frost import DEFAULT_LIMIT_C, FrostRisk, frost_risk, night_at
from hub.fields.store import fetch_rows
from hub.fields.thresholds.frost import (
    CERTAINTIES,
    Certainty,
    Lowest,
    air_readings,
    evening_of,
    is_told,
    lowest_of,
    next_look,
)
from hub.fields.thresholds.rules import Season
from hub.fields.thresholds.samples import Reading
from hub.fields.thresholds.sensors import AskSensors, no_sensors
from hub.fields.thresholds.service import find_plot
from hub.fields.thresholds.store import fetch_live, season_columns, season_of
from hub.registry.audit import record
from hub.registry.people import Actor
from hub.store import Connection, Queries

__all__ = [
    "FrostMorning", "FrostTold", "FrostWatch", "Frosts", "fetch_frost_watch", "fetch_watch_of", "set_frost_watch",
]  # fmt: skip

_queries = Queries.beside(__file__)
_AIR = ("air_temperature", "relative_humidity", "wind_speed")
_AT_ONCE = 50
# Readings on their way at sunrise arrive within so much.
_MORNING = timedelta(minutes=15)
_LONGEST_WAIT = timedelta(days=2)
_MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class FrostWatch:
    """How sure frost must be for a plot's farmers to be told; `limit_c` None: by the crop, else 3 °C at the sensor."""

    certainty: Certainty
    limit_c: float | None = None
    season: Season | None = None


@dataclass(frozen=True, slots=True)
class FrostTold:
    """Frost is to be told of this evening."""

    plot_id: str
    evening: date
    risk: FrostRisk


@dataclass(frozen=True, slots=True)
class FrostMorning:
    """A night of which frost was told is over; `lowest` None: nothing was measured."""

    plot_id: str
    evening: date
    limit_c: float
    lowest: Lowest | None


@dataclass(frozen=True, slots=True)
class _WatchRow:
    plot_id: str
    certainty: str
    limit_c: float | None
    season_first: int | None
    season_last: int | None


@dataclass(frozen=True, slots=True)
class _DueRow(_WatchRow):
    lat: float | None
    lon: float | None
    station_keys: Sequence[int]
    offsets_c: Sequence[float]


@dataclass(frozen=True, slots=True)
class _MorningRow:
    plot_id: str
    evening: date
    sunset_at: datetime
    sunrise_at: datetime
    limit_c: float
    station_keys: Sequence[int]
    offsets_c: Sequence[float]


def fetch_frost_watch(conn: Connection, actor: Actor, plot_id: str) -> FrostWatch | None:
    """What a plot's owner asks for; None: not to be told. Raises NotFound."""
    return fetch_watch_of(conn, find_plot(conn, actor, plot_id).id)


def fetch_watch_of(conn: Connection, plot_id: str) -> FrostWatch | None:
    """The same for whoever has asked already whether one may know; None: not to be told."""
    row = _queries.one(conn, "fetch_frost_watch", _WatchRow, plot_id=plot_id)
    if row is None:
        return None
    return FrostWatch(cast("Certainty", row.certainty), row.limit_c, season_of(row.season_first, row.season_last))


def set_frost_watch(conn: Connection, actor: Actor, plot_id: str, watch: FrostWatch | None, now: datetime) -> None:
    """Be told of frost so surely, or not at all. Raises NotFound, Forbidden, Invalid."""
    plot = find_plot(conn, actor, plot_id, to_change=True)
    if watch is None:
        _queries.run(conn, "remove_frost_watch", plot_id=plot.id)
    else:
        if watch.certainty not in CERTAINTIES:
            raise Invalid(f"certainty is one of {', '.join(CERTAINTIES)}.")
        if watch.limit_c is not None and not -30 <= watch.limit_c <= 20:
            raise Invalid("limit: from -30 to 20.")
        _queries.run(
            conn, "save_frost_watch", plot_id=plot.id, certainty=watch.certainty, limit_c=watch.limit_c, now=now,
            **season_columns(watch.season),
        )  # fmt: skip
    record(conn, actor, "set_frost_watch", f"plot/{plot.id}", now, wanted=watch is not None)


class Frosts:
    """The town's evenings; `late_after_s` as everywhere, `sensors` says which thermometers are not to be believed."""

    def __init__(self, *, zone: ZoneInfo, late_after_s: float, sensors: AskSensors = no_sensors) -> None:
        self._zone = zone
        self._late_after = timedelta(seconds=late_after_s)
        self._sensors = sensors

    def look(self, conn: Connection, now: datetime) -> list[FrostTold]:
        """Frost that is to be told now, of at most fifty plots; each evening of a plot once, however many look."""
        told: list[FrostTold] = []
        for row in _queries.all(conn, "claim_frost_due", _DueRow, now=now, beyond=now + _LONGEST_WAIT, limit=_AT_ONCE):
            found = self._look_at(conn, row, now)
            if found is not None:
                told.append(found)
        return told

    def mornings(self, conn: Connection, now: datetime) -> list[FrostMorning]:
        """The nights that are over, with what they came to; each once."""
        rows = _queries.all(conn, "claim_frost_mornings", _MorningRow, before=now - _MORNING, limit=_AT_ONCE)
        over: list[FrostMorning] = []
        for row in rows:
            well = self._well(conn, row.station_keys)
            nights = [
                (_fetch(conn, key, row.sunset_at, row.sunrise_at), offset_c)
                for key, offset_c in zip(row.station_keys, row.offsets_c, strict=True)
                if key in well
            ]
            over.append(FrostMorning(row.plot_id, row.evening, row.limit_c, lowest_of(nights)))
            _queries.run(conn, "close_frost_evening", plot_id=row.plot_id, evening=row.evening, now=now)
        return over

    def _look_at(self, conn: Connection, row: _DueRow, now: datetime) -> FrostTold | None:
        season = season_of(row.season_first, row.season_last)
        night = None if row.lat is None or row.lon is None else night_at(row.lat, row.lon, now)
        risk = None
        if night is not None and (season is None or season.holds_on(evening_of(night[0], self._zone))):
            risk = self._risk(conn, row, night[0], now)
        told: FrostTold | None = None
        if night is not None and risk is not None and is_told(cast("Certainty", row.certainty), risk):
            evening = evening_of(night[0], self._zone)
            is_new = _queries.run(
                conn, "add_frost_evening", plot_id=row.plot_id, evening=evening, sunset_at=night[0],
                sunrise_at=night[1], now=now, limit_c=risk.limit_c,
            )  # fmt: skip
            told = FrostTold(row.plot_id, evening, risk) if is_new else None
        due_at = next_look(night, now, self._zone, season, told=told is not None)
        _queries.run(conn, "save_frost_due", plot_id=row.plot_id, due_at=due_at)
        return told

    def _risk(self, conn: Connection, row: _DueRow, sunset_at: datetime, now: datetime) -> FrostRisk | None:
        """The worst statement of the plot's stations; None before the evening, or where no station can say anything."""
        if now < sunset_at or row.lat is None or row.lon is None:
            return None
        limit_c = DEFAULT_LIMIT_C if row.limit_c is None else row.limit_c
        well = self._well(conn, row.station_keys)
        risks = [
            frost_risk(
                air_readings(fetch_live(conn, key, _AIR, sunset_at, now), self._late_after), row.lat, row.lon, now,
                limit_c=limit_c, offset_c=offset_c,
            )
            for key, offset_c in zip(row.station_keys, row.offsets_c, strict=True)
            if key in well
        ]  # fmt: skip
        return max((risk for risk in risks if risk.chance is not None), key=lambda one: one.chance or 0.0, default=None)

    def _well(self, conn: Connection, keys: Collection[int]) -> frozenset[int]:
        words = self._sensors(conn, keys)
        return frozenset(key for key in keys if (key, "air_temperature") not in words)


def _fetch(conn: Connection, device_key: int, since: datetime, until: datetime) -> list[Reading]:
    rows = fetch_rows(conn, device_key, _AIR, since, until, after=None, limit=_MOST_ROWS)
    return [Reading(row.measured_at, row.received_at, row.values) for row in rows]
