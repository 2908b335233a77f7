"""A plot's readings as one file: all its stations over some days, as measured or by hours or days."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from edge.wire.quantities import QUANTITIES, Quantity
from hub.errors import Invalid
from hub.fields import export
from hub.fields import service as fields
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.texts import msgid
from hub.texts.csv_text import CSV_TYPE
from hub.web.pages.csv_days import read_days, show_form
from hub.web.pages.forms import Filled
from hub.web.pages.page import FarmersPage, Page

__all__ = ["router"]

router = APIRouter(prefix="/plots/{plot_id}")
_LONGEST = {"raw": timedelta(days=400), "hour": timedelta(days=1100), "day": timedelta(days=4000)}
_STEPS = {
    "raw": msgid("Every value as it was measured"),
    "hour": msgid("By the hour: least, mean, greatest"),
    "day": msgid("By the day: least, mean, greatest"),
}
_WIDTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


@router.get("/save")
def ask(page: FarmersPage, plot_id: str) -> Response:
    """From which day to which, and how finely."""
    return _ask(page, plot_id, Filled({}, page.translate))


def _ask(page: Page, plot_id: str, form: Filled) -> Response:
    with page.services.database.transaction() as conn:
        plot = fields.fetch_plot(conn, page.actor, plot_id)
    today = page.now.astimezone(page.services.texts.zone).date()
    return show_form(page, form, plot.name, f"/plots/{plot.id}", (today - timedelta(days=31), today), _STEPS)


@router.get("/readings.csv")
def download(
    page: FarmersPage,
    plot_id: str,
    first: Annotated[str, Query()] = "",
    last: Annotated[str, Query()] = "",
    step: Annotated[str, Query()] = "raw",
) -> Response:
    """All that the plot's stations measured on these days of the town's calendar."""
    zone = page.services.texts.zone
    if step not in export.STEPS:
        raise Invalid("step: one of raw, hour, day")
    form = Filled({"first": [first], "last": [last], "step": [step]}, page.translate)
    days = read_days(form, zone, page.now.astimezone(zone).date(), _LONGEST[step])
    if days is None:
        return _ask(page, plot_id, form)
    with page.services.database.transaction() as conn:
        plot = fields.fetch_plot(conn, page.actor, plot_id)
        by_key = registry.fetch_devices_by_key(conn, frozenset(plot.station_keys))
        closed = registry.closed_device_keys(conn, page.actor)
        devices = sorted((one for key, one in by_key.items() if key not in closed), key=lambda one: one.name)
        stations = fields.fetch_stations(conn, devices)
    measured = {latest.quantity.name for station in stations for latest in station.latest}
    quantities = [quantity for name, quantity in QUANTITIES.items() if name in measured]
    pieces = _raw(page, devices, quantities, days.since, days.until) if step == "raw" else _steps(
        page, devices, quantities, days.since, days.until, _WIDTHS[step]
    )  # fmt: skip
    name = f"{plot.name}_{days.first:%Y%m%d}-{days.last:%Y%m%d}.csv"
    return StreamingResponse(
        (piece.encode() for piece in pieces),
        media_type=CSV_TYPE,
        headers={"Content-Disposition": _attachment(plot.id, name)},
    )


def _raw(
    page: Page, devices: list[Device], quantities: list[Quantity], since: datetime, until: datetime
) -> Iterator[str]:
    zone, database = page.services.texts.zone, page.services.database
    yield export.plot_head(quantities, page.translate)
    for device in devices if quantities else ():
        for piece in fields.csv_pages(database.transaction, device.key, quantities, since, until, zone):
            yield "".join(export.plot_lines(device.name, piece.splitlines(keepends=True)))


def _steps(
    page: Page, devices: list[Device], quantities: list[Quantity], since: datetime, until: datetime, width: timedelta
) -> Iterator[str]:
    zone, database = page.services.texts.zone, page.services.database
    yield export.step_head(quantities, page.translate)
    for device in devices:
        with database.transaction() as conn:
            series = [
                fields.fetch_series(conn, device.key, quantity.name, since, until, width, zone=zone.key)
                for quantity in quantities
            ]
        yield "".join(export.step_lines(device.name, series, quantities, zone))


def _attachment(plot_id: str, name: str) -> str:
    return f"attachment; filename=\"{plot_id}.csv\"; filename*=UTF-8''{quote(name, safe='')}"
