"""Plots and series in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import overload

from psycopg import sql
from psycopg.rows import class_row

from edge.wire.quantities import QUANTITIES
from hub.fields.charts import Bucket, Point
from hub.fields.plots import NewPlot, Plot, Row
from hub.store import Connection, Queries

__all__ = [
    "LatestRow", "fetch_hour_before", "fetch_latest", "fetch_plots", "fetch_rows", "fetch_series", "save_members",
    "save_plot",
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


def fetch_plots(conn: Connection, *, person_id: str, everything: bool, plot_id: str | None = None) -> list[Plot]:
    """Plots that a person may see, by name."""
    return _queries.all(conn, "fetch_plots", Plot, id=plot_id, person_id=person_id, everything=everything)


def save_plot(conn: Connection, plot_id: str, new: NewPlot, now: datetime | None) -> None:
    """Write a plot's own columns: a new one when `now` is given."""
    values = {key: value for key, value in asdict(new).items() if key not in {"device_keys", "shared_with"}}
    _queries.run(conn, "save_plot" if now is None else "add_plot", id=plot_id, now=now, **values)


def save_members(conn: Connection, plot_id: str, device_keys: Collection[int], shared_with: Collection[str]) -> None:
    """Which stations measure the plot and who else sees it, from now on."""
    _queries.run(conn, "clear_stations", plot_id=plot_id)
    _queries.run_many(conn, "add_station", [{"plot_id": plot_id, "device_key": key} for key in sorted(device_keys)])
    _queries.run(conn, "clear_shares", plot_id=plot_id)
    _queries.run_many(conn, "add_share", [{"plot_id": plot_id, "person_id": person} for person in sorted(shared_with)])


def fetch_latest(conn: Connection, device_keys: Collection[int]) -> list[LatestRow]:
    """The newest values of some devices."""
    return _queries.all(conn, "fetch_latest", LatestRow, device_keys=sorted(device_keys))


def fetch_hour_before(conn: Connection, device_key: int, quantities: Sequence[str], at: datetime) -> dict[str, float]:
    """The average of each quantity in the half hour around one hour before `at`; what was not measured is left out."""
    averages = sql.SQL(", ").join(sql.SQL("avg({})").format(_column(quantity)) for quantity in quantities)
    statement = sql.SQL(_queries.statements["fetch_hour_before"]).format(averages=averages)
    middle, half = at - timedelta(hours=1), timedelta(minutes=15)
    parameters = {"device_key": device_key, "since": middle - half, "until": middle + half}
    values = conn.execute(statement, parameters).fetchone() or ()
    return {name: value for name, value in zip(quantities, values, strict=False) if value is not None}


@overload
def fetch_series(
    conn: Connection,
    device_key: int,
    quantity: str,
    since: datetime | None,
    until: datetime | None,
    bucket: None = None,
    *,
    zone: str = "Asia/Tokyo",
    after: datetime | None = None,
    limit: int | None = None,
) -> list[Point]: ...


@overload
def fetch_series(
    conn: Connection,
    device_key: int,
    quantity: str,
    since: datetime | None,
    until: datetime | None,
    bucket: timedelta,
    *,
    zone: str = "Asia/Tokyo",
    after: datetime | None = None,
    limit: int | None = None,
) -> list[Bucket]: ...


def fetch_series(  # noqa: PLR0913  # a series is named by as many things
    conn: Connection,
    device_key: int,
    quantity: str,
    since: datetime | None,
    until: datetime | None,
    bucket: timedelta | None = None,
    *,
    zone: str = "Asia/Tokyo",
    after: datetime | None = None,
    limit: int | None = None,
) -> list[Point] | list[Bucket]:
    """One quantity of one device over [since, until), oldest first; an open end is None.

    Without `bucket` the values as they were measured; with one, min, mean, max and count of each stretch of the town's
    clock in `zone` (a bucket of one day is the town's day), over the readings in [since, until) only. `after` continues
    behind the `time` of a former last item, `limit` is the most items. Raises KeyError for an unknown quantity.
    """
    column = _column(quantity)
    parameters: dict[str, object] = {
        "device_key": device_key, "since": since, "until": until, "after": after, "limit": limit,
    }  # fmt: skip
    if bucket is None:
        statement = sql.SQL(_queries.statements["fetch_points"]).format(quantity=column)
        with conn.cursor(row_factory=class_row(Point)) as cursor:
            return cursor.execute(statement, parameters).fetchall()
    statement = sql.SQL(_queries.statements["fetch_buckets"]).format(quantity=column)
    with conn.cursor(row_factory=class_row(Bucket)) as cursor:
        return cursor.execute(statement, {**parameters, "width": bucket, "zone": zone}).fetchall()


def fetch_rows(
    conn: Connection,
    device_key: int,
    quantities: Sequence[str],
    since: datetime,
    until: datetime,
    *,
    after: datetime | None,
    limit: int,
) -> list[Row]:
    """Whole rows of a device over [since, until), those behind `after`, oldest first.

    Raises KeyError for an unknown quantity.
    """
    columns = sql.SQL(", ").join(_column(quantity) for quantity in quantities)
    statement = sql.SQL(_queries.statements["fetch_rows"]).format(quantities=columns)
    parameters = {"device_key": device_key, "since": since, "until": until, "after": after, "limit": limit}
    return [Row(row[0], row[1], row[2:]) for row in conn.execute(statement, parameters)]


def _column(quantity: str) -> sql.Identifier:
    """The column of a quantity, which bears its name; nothing else ever becomes part of a statement."""
    return sql.Identifier(QUANTITIES[quantity].name)
