"""What a glance at plots needs of the past: each question once, for all stations together."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hub.fields.glance.values import Day
from hub.store import Connection, Queries

__all__ = [
    "CourseRow", "EveningRow", "Extremes", "HourRow", "fetch_courses", "fetch_days", "fetch_depths", "fetch_evening",
    "fetch_hours_c", "fetch_rain", "fetch_today",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class EveningRow:
    """Ten minutes of air at one station: °C, %, m/s."""

    device_key: int
    at: datetime
    air_c: float
    humidity: float | None
    wind_m_s: float | None


@dataclass(frozen=True, slots=True)
class HourRow:
    """One figure for one hour of one station."""

    device_key: int
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class CourseRow:
    """The mean of one hour of one quantity of one station."""

    device_key: int
    quantity: str
    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Extremes:
    """The air's lowest and highest of one station in °C."""

    device_key: int
    low_c: float
    high_c: float


@dataclass(frozen=True, slots=True)
class _Hour:
    at: datetime
    value: float


def fetch_evening(conn: Connection, device_keys: Collection[int], since: datetime, until: datetime) -> list[EveningRow]:
    """The air at some stations by ten minutes, by station and time."""
    return _queries.all(
        conn, "fetch_evening", EveningRow, device_keys=sorted(device_keys), since=since, until=until
    )  # fmt: skip


def fetch_rain(conn: Connection, device_keys: Collection[int], since: datetime, until: datetime) -> list[HourRow]:
    """Rain in mm by the hour; a station without a gauge has none."""
    return _queries.all(conn, "fetch_rain", HourRow, device_keys=sorted(device_keys), since=since, until=until)


def fetch_depths(conn: Connection, device_keys: Collection[int], since: datetime, until: datetime) -> list[HourRow]:
    """Water depths in cm by the hour."""
    return _queries.all(conn, "fetch_depths", HourRow, device_keys=sorted(device_keys), since=since, until=until)


def fetch_courses(
    conn: Connection, wanted: Collection[tuple[int, str]], since: datetime, until: datetime
) -> list[CourseRow]:
    """The hourly means of stations and quantities of MAIN_QUANTITIES, by station, quantity and time."""
    pairs = sorted(set(wanted))
    return _queries.all(
        conn,
        "fetch_courses",
        CourseRow,
        device_keys=[key for key, _ in pairs],
        quantities=[name for _, name in pairs],
        since=since,
        until=until,
    )


def fetch_days(conn: Connection, device_keys: Collection[int], since: datetime, until: datetime) -> list[Day]:
    """The town's whole days of some stations, by station and time; `since` and `until` begin days."""
    return _queries.all(conn, "fetch_days", Day, device_keys=sorted(device_keys), since=since, until=until)


def fetch_today(conn: Connection, device_keys: Collection[int], since: datetime, until: datetime) -> list[Extremes]:
    """The air's lowest and highest of some stations."""
    return _queries.all(conn, "fetch_today", Extremes, device_keys=sorted(device_keys), since=since, until=until)


def fetch_hours_c(conn: Connection, device_key: int, since: datetime, until: datetime) -> list[float]:
    """The air's hourly means of one station, oldest first."""
    rows = _queries.all(conn, "fetch_hours", _Hour, device_key=device_key, since=since, until=until)
    return [row.value for row in rows]
