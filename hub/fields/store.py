"""Plots and series in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg import sql

from edge.wire.quantities import QUANTITIES
from hub.fields.charts.directions import wrap
from hub.fields.rollups.store.corrections import Correction, fetch_corrections, shown_value
from hub.fields.rollups.store.series import fetch_many, fetch_rows, fetch_series
from hub.store import Connection, Queries

__all__ = [
    "LatestRow", "TroubleRow", "fetch_first_at", "fetch_hour_before", "fetch_late_hours", "fetch_latest", "fetch_many",
    "fetch_rows", "fetch_series", "fetch_troubles", "fetch_works",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class LatestRow:
    """The newest value of one quantity of one device."""

    device_key: int
    quantity: str
    value: float
    measured_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class FirstRow:
    """When a device measured something for the first time."""

    device_key: int
    measured_at: datetime


def fetch_latest(conn: Connection, device_keys: Collection[int]) -> list[LatestRow]:
    """The newest values of some devices."""
    rows = _queries.all(conn, "fetch_latest", LatestRow, device_keys=sorted(device_keys))
    # The statement corrects the value alone.
    return [replace(row, value=wrap(row.quantity, row.value)) for row in rows]


def fetch_first_at(conn: Connection, device_keys: Collection[int]) -> list[tuple[int, datetime]]:
    """The devices among these that ever measured anything, each with its first instant."""
    rows = _queries.all(conn, "fetch_first_at", FirstRow, device_keys=sorted(device_keys))
    return [(row.device_key, row.measured_at) for row in rows]


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """A stretch in which a sensor was not well; `until_at` None: it still is not."""

    device_key: int
    quantity: str
    state: str
    since_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class LateHour:
    """An hour of which something came late."""

    device_key: int
    hour_at: datetime


@dataclass(frozen=True, slots=True)
class WorkRow:
    """What somebody did to a sensor."""

    device_key: int
    quantity: str
    kind: str
    happened_at: datetime


def fetch_troubles(
    conn: Connection, device_keys: Collection[int], since: datetime, until: datetime
) -> list[TroubleRow]:
    """When sensors were not well."""
    return _queries.all(conn, "fetch_troubles", TroubleRow, device_keys=sorted(device_keys), since=since, until=until)


def fetch_late_hours(
    conn: Connection, device_keys: Collection[int], since: datetime, until: datetime, late_after: timedelta
) -> list[LateHour]:
    """Hours with readings that came later than `late_after`, by device and time."""
    keys = sorted(device_keys)
    return _queries.all(
        conn, "fetch_late_hours", LateHour, device_keys=keys, since=since, until=until, late_after=late_after
    )


def fetch_works(conn: Connection, device_keys: Collection[int], since: datetime, until: datetime) -> list[WorkRow]:
    """What was done to sensors, in the order of time."""
    return _queries.all(conn, "fetch_works", WorkRow, device_keys=sorted(device_keys), since=since, until=until)


def fetch_hour_before(conn: Connection, newest: Mapping[int, datetime]) -> dict[int, dict[str, float]]:
    """The average of each quantity in the half hour around one hour before an instant of each device, by its key.

    What was not measured is left out. One question for all devices, and one more for each that is corrected.
    """
    corrections = fetch_corrections(conn, newest.keys())
    found = _hour_before(conn, {key: at for key, at in newest.items() if key not in corrections}, {})
    for key, own in corrections.items():
        found |= _hour_before(conn, {key: newest[key]}, own)
    return found


def _hour_before(
    conn: Connection, newest: Mapping[int, datetime], corrections: Mapping[str, Sequence[Correction]]
) -> dict[int, dict[str, float]]:
    if not newest:
        return {}
    averages = sql.SQL(", ").join(sql.SQL("avg({})").format(shown_value(name, corrections)) for name in QUANTITIES)
    statement = sql.SQL(_queries.statements["fetch_hour_before"]).format(averages=averages)
    middles = [at - timedelta(hours=1) for at in newest.values()]
    bounds = {"since": min(middles) - timedelta(minutes=15), "until": max(middles) + timedelta(minutes=15)}
    parameters = {"device_keys": list(newest), "middles": middles, **bounds}
    return {
        key: {name: value for name, value in zip(QUANTITIES, values, strict=True) if value is not None}
        for key, *values in conn.execute(statement, parameters)
    }
