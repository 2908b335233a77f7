"""Plots and series in the database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import sql

from hub.fields.plots.past import shown_since
from hub.fields.rollups.store.corrections import fetch_corrections, shown_value
from hub.fields.rollups.store.series import fetch_many, fetch_rows, fetch_series
from hub.store import Connection, Queries

__all__ = ["LatestRow", "fetch_hour_before", "fetch_latest", "fetch_many", "fetch_rows", "fetch_series"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class LatestRow:
    """The newest value of one quantity of one device."""

    device_key: int
    quantity: str
    value: float
    measured_at: datetime
    received_at: datetime


def fetch_latest(conn: Connection, device_keys: Collection[int]) -> list[LatestRow]:
    """The newest values of some devices."""
    return _queries.all(conn, "fetch_latest", LatestRow, device_keys=sorted(device_keys))


def fetch_hour_before(conn: Connection, device_key: int, quantities: Sequence[str], at: datetime) -> dict[str, float]:
    """The average of each quantity in the half hour around one hour before `at`; what was not measured is left out."""
    corrections = fetch_corrections(conn, [device_key]).get(device_key, {})
    averages = sql.SQL(", ").join(sql.SQL("avg({})").format(shown_value(name, corrections)) for name in quantities)
    statement = sql.SQL(_queries.statements["fetch_hour_before"]).format(averages=averages)
    middle, half = at - timedelta(hours=1), timedelta(minutes=15)
    since = shown_since(conn, device_key, middle - half)
    parameters = {"device_key": device_key, "since": since, "until": middle + half}
    values = conn.execute(statement, parameters).fetchone() or ()
    return {name: value for name, value in zip(quantities, values, strict=False) if value is not None}
