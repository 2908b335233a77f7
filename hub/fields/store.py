"""Plots and series in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from psycopg import sql

from hub.fields.plots import NewPlot, Plot
from hub.fields.rollups.store.corrections import fetch_corrections, shown_value
from hub.fields.rollups.store.series import fetch_many, fetch_rows, fetch_series
from hub.store import Connection, Queries

__all__ = [
    "LatestRow", "fetch_hour_before", "fetch_latest", "fetch_many", "fetch_plots", "fetch_rows", "fetch_series",
    "save_members", "save_plot",
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
    corrections = fetch_corrections(conn, [device_key]).get(device_key, {})
    averages = sql.SQL(", ").join(sql.SQL("avg({})").format(shown_value(name, corrections)) for name in quantities)
    statement = sql.SQL(_queries.statements["fetch_hour_before"]).format(averages=averages)
    middle, half = at - timedelta(hours=1), timedelta(minutes=15)
    parameters = {"device_key": device_key, "since": middle - half, "until": middle + half}
    values = conn.execute(statement, parameters).fetchone() or ()
    return {name: value for name, value in zip(quantities, values, strict=False) if value is not None}
