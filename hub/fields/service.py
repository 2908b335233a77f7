"""What farmers and staff do with plots and series.

Every function takes the caller's transaction first; none commits or reads a clock.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from zoneinfo import ZoneInfo

from edge.wire.quantities import QUANTITIES, Quantity
from hub.fields import export, store
from hub.fields.plots import Latest, Station, decide_trend
from hub.fields.plots.service import change_plot, create_plot, fetch_plot, fetch_plots, usable_stations
from hub.fields.store import fetch_series
from hub.registry.devices import Device
from hub.store import Connection

__all__ = [
    "change_plot", "create_plot", "csv_head", "csv_pages", "fetch_plot", "fetch_plots", "fetch_series",
    "fetch_stations", "usable_stations",
]  # fmt: skip

_CSV_ROWS = 2_000


def fetch_stations(conn: Connection, devices: Sequence[Device]) -> list[Station]:
    """Stations with their newest values and where each went within the hour, in the order of `devices`."""
    by_device: dict[int, dict[str, store.LatestRow]] = {device.key: {} for device in devices}
    for row in store.fetch_latest(conn, list(by_device)):
        if row.quantity in QUANTITIES:
            by_device[row.device_key][row.quantity] = row
    newest = {key: max(row.measured_at for row in rows.values()) for key, rows in by_device.items() if rows}
    before = store.fetch_hour_before(conn, newest)
    return [_station(device, by_device[device.key], before.get(device.key, {})) for device in devices]


def _station(device: Device, known: Mapping[str, store.LatestRow], before: Mapping[str, float]) -> Station:
    latest = [
        Latest(
            quantity,
            known[name].value,
            known[name].measured_at,
            decide_trend(quantity, known[name].value, before.get(name)),
        )
        for name, quantity in QUANTITIES.items()
        if name in known
    ]
    return Station(device.key, device.id, device.name, device.lat, device.lon, device.last_heard_at, latest)


def csv_head(quantities: Sequence[Quantity], translate: Callable[[str], str]) -> str:
    """The first line of a station's CSV, with the mark that tells Excel that it is UTF-8."""
    return export.csv_head(quantities, translate)


def csv_pages(
    transaction: Callable[[], AbstractContextManager[Connection]],
    device_key: int,
    quantities: Sequence[Quantity],
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
) -> Iterator[str]:
    """The lines of a CSV in pieces, each read in a transaction of its own: a slow phone must not hold a connection."""
    names = [quantity.name for quantity in quantities]
    after: datetime | None = None
    while True:
        with transaction() as conn:
            rows = store.fetch_rows(conn, device_key, names, since, until, after=after, limit=_CSV_ROWS)
        if rows:
            yield "".join(export.csv_lines(rows, quantities, zone))
        if len(rows) < _CSV_ROWS:
            return
        after = rows[-1].measured_at
