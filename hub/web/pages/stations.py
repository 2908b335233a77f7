"""A station: its newest values, a chart, and the readings as CSV."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from hub.errors import NotFound
from hub.fields import service as fields
from hub.fields.imports import service as imports
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.web.pages.charts import AskedChart, view_chart
from hub.web.pages.csv_days import read_days, show_form
from hub.web.pages.forms import Filled
from hub.web.pages.page import FarmersPage, Page

__all__ = ["find_station", "router"]

router = APIRouter()
_LONGEST_CSV = timedelta(days=400)


@router.get("/stations/{device_id}")
def show_station(page: FarmersPage, device_id: str, asked: AskedChart) -> Response:
    """One station. An unknown quantity or span reads as the first one, so that an old link still shows something."""
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        (station,) = fields.fetch_stations(conn, [device])
        planted = [plot.planted_on for plot in fields.fetch_plots(conn, page.actor) if device.key in plot.station_keys]
        newest = max((day for day in planted if day), default=None)
        view = view_chart(conn, page, asked, [device], f"/stations/{quote(device_id)}", others=True, planted_on=newest)
        may_import = imports.may_import(conn, page.actor, device)
    return page.render(
        "station.html",
        device=device,
        station=station,
        view=view,
        is_stale=page.is_stale,
        may_import=may_import,
    )


def find_station(conn: Connection, page: Page, device_id: str) -> Device:
    """A station that the page's reader may see. Raises NotFound."""
    device = registry.readable_device_of(conn, page.actor, device_id)
    if device.kind != "station":
        raise NotFound("There is no such station.")
    return device


@router.get("/stations/{device_id}/readings.csv")
def download_csv(
    page: FarmersPage,
    device_id: str,
    first: Annotated[str, Query()] = "",
    last: Annotated[str, Query()] = "",
) -> Response:
    """Everything that the station measured from the first to the last of these days on the town's calendar."""
    zone = page.services.texts.zone
    today = page.now.astimezone(zone).date()
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        (station,) = fields.fetch_stations(conn, [device])
    form = Filled({"first": [first], "last": [last]}, page.translate)
    days = read_days(form, zone, today, _LONGEST_CSV)
    if days is None:
        return show_form(page, form, device.name, f"/stations/{device.id}", (today, today), {})
    quantities = [latest.quantity for latest in station.latest]
    head = fields.csv_head(quantities, page.translate)
    pages = fields.csv_pages(page.services.database.transaction, device.key, quantities, days.since, days.until, zone)
    filename = f"{device.id}_{days.first:%Y%m%d}-{days.last:%Y%m%d}.csv"
    return StreamingResponse(
        (piece.encode() for piece in (head, *pages)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
