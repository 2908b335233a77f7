"""What farmers and staff do with plots and series.

Every function takes the caller's transaction first; none commits or reads a clock.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge.wire.quantities import QUANTITIES, Quantity
from hub.errors import Forbidden, Invalid, NotFound
from hub.fields import export, store
from hub.fields.charts import ChartData, Window, choose_bucket, plan_chart
from hub.fields.plots import Latest, NewPlot, Plot, Station, decide_trend, may_change
from hub.fields.store import fetch_series
from hub.registry.audit import record
from hub.registry.devices import Device, is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.registry.service import fetch_devices, fetch_person
from hub.store import Connection, notify

__all__ = [
    "change_plot", "create_plot", "csv_head", "csv_pages", "fetch_chart", "fetch_plot", "fetch_plots", "fetch_series",
    "fetch_stations", "usable_stations",
]  # fmt: skip

_CSV_ROWS = 2_000
_MOST_STATIONS = 5_000


def fetch_plots(conn: Connection, actor: Actor) -> list[Plot]:
    """The plots that the actor owns or that are shared with the actor; city staff see all."""
    return store.fetch_plots(conn, person_id=actor.person_id, everything=actor.is_staff)


def fetch_plot(conn: Connection, actor: Actor, plot_id: str) -> Plot:
    """One plot; raises NotFound when there is none or the actor may not see it."""
    if is_id(plot_id):
        for plot in store.fetch_plots(conn, person_id=actor.person_id, everything=actor.is_staff, plot_id=plot_id):
            return plot
    raise NotFound("There is no such plot.")


def create_plot(conn: Connection, actor: Actor, new: NewPlot, now: datetime) -> str:
    """Make a plot and return its id.

    Raises Forbidden for somebody else's plot or station, Invalid for an owner who is no farmer.
    """
    _check(conn, actor, new)
    plot_id = new_id("pl")
    store.save_plot(conn, plot_id, new, now)
    store.save_members(conn, plot_id, new.device_keys, new.shared_with)
    _tell(conn, actor, "create", plot_id, new, now)
    return plot_id


def change_plot(conn: Connection, actor: Actor, plot_id: str, new: NewPlot, now: datetime) -> None:
    """Give a plot other words, stations or viewers. Raises NotFound, Forbidden or Invalid as `create_plot`."""
    plot = fetch_plot(conn, actor, plot_id)
    if not may_change(plot, actor.person_id, is_staff=actor.is_staff):
        raise Forbidden("Only the owner of a plot changes it.")
    _check(conn, actor, new)
    store.save_plot(conn, plot_id, new, None)
    store.save_members(conn, plot_id, new.device_keys, new.shared_with)
    _tell(conn, actor, "change", plot_id, new, now)


def usable_stations(conn: Connection, actor: Actor) -> list[Device]:
    """The stations that the actor may put on a plot: city staff any, a farmer those of the plots that the farmer owns.

    A station that is only shared is not among them: putting it on an own plot would outlive the sharing.
    """
    devices = fetch_devices(conn, actor, kind="station", limit=_MOST_STATIONS)
    if actor.is_staff:
        return devices
    own = {key for plot in fetch_plots(conn, actor) if plot.owner_id == actor.person_id for key in plot.station_keys}
    return [device for device in devices if device.key in own]


def _check(conn: Connection, actor: Actor, new: NewPlot) -> None:
    if not actor.is_staff and new.owner_id != actor.person_id:
        raise Forbidden("A plot is made for oneself.")
    if not new.device_keys <= {device.key for device in usable_stations(conn, actor)}:
        raise Forbidden("One of the stations is not yours.")
    for person_id in {new.owner_id, *new.shared_with}:
        if "farmer" not in fetch_person(conn, person_id).roles:
            raise Invalid("A plot belongs to a farmer and is shared with farmers.")


def _tell(conn: Connection, actor: Actor, act: str, plot_id: str, new: NewPlot, now: datetime) -> None:
    record(
        conn, actor, act, f"plot/{plot_id}", now, owner=new.owner_id, name=new.name, stations=sorted(new.device_keys)
    )
    notify(conn, "live", {"what": "plot", "id": plot_id})


def fetch_stations(conn: Connection, devices: Sequence[Device]) -> list[Station]:
    """Stations with their newest values and where each went within the hour, in the order of `devices`."""
    rows = store.fetch_latest(conn, [device.key for device in devices])
    return [_station(conn, device, [row for row in rows if row.device_key == device.key]) for device in devices]


def _station(conn: Connection, device: Device, rows: Sequence[store.LatestRow]) -> Station:
    known = {row.quantity: row for row in rows if row.quantity in QUANTITIES}
    newest = max((row.measured_at for row in known.values()), default=None)
    before = {} if newest is None else store.fetch_hour_before(conn, device.key, list(known), newest)
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


def fetch_chart(
    conn: Connection, device_key: int, quantity: str, window: Window, zone: ZoneInfo
) -> tuple[ChartData, timedelta]:
    """The columns of a chart and the width of its buckets. Raises KeyError for an unknown quantity."""
    width = choose_bucket(window.until - window.since)
    buckets = fetch_series(conn, device_key, quantity, window.since, window.until, width, zone=zone.key)
    return plan_chart(buckets, width), width


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
