"""A station: its newest values, a chart of one of them over a day, a week or a month, and the readings as CSV."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from edge.wire.quantities import QUANTITIES, Quantity
from hub.errors import Invalid, NotFound
from hub.fields import service as fields
from hub.fields.charts import SPANS, Bucket, Window, decide_window
from hub.fields.imports import service as imports
from hub.fields.plots import Station
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.page import FarmersPage, Page

__all__ = ["find_station", "router"]

router = APIRouter()
# The table beside a chart: hours of a day, days of a week or month.
_TABLE_STEP = {"day": timedelta(hours=1), "week": timedelta(days=1), "month": timedelta(days=1)}
_LONGEST_CSV = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Totals:
    """Least, mean and greatest over a window."""

    low: float
    mean: float
    high: float


@router.get("/stations/{device_id}")
def show_station(
    page: FarmersPage,
    device_id: str,
    quantity: Annotated[str, Query()] = "",
    span: Annotated[str, Query()] = "day",
    to: Annotated[str, Query()] = "",
) -> Response:
    """One station. An unknown quantity or span reads as the first one, so that an old link still shows something."""
    zone = page.services.texts.zone
    window = decide_window(span, _instant(to), page.now, zone)
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        (station,) = fields.fetch_stations(conn, [device])
        shown = _shown(station, quantity)
        data, _ = fields.fetch_chart(conn, device.key, shown.name, window, zone)
        may_import = imports.may_import(conn, page.actor, device)
        table = fields.fetch_series(
            conn, device.key, shown.name, window.since, window.until, _TABLE_STEP[window.span], zone=zone.key
        )
    chart = asdict(data) | {
        "since": int(window.since.timestamp()),
        "until": int(window.until.timestamp()),
        "zone": zone.key,
        "lang": "en-GB" if page.locale == "en" else "ja",
        "span": window.span,
        "unit": shown.unit,
        "decimals": shown.decimals,
        "words": {"at": page.translate(msgid("{time}: {mean} (from {min} to {max})"))},
    }
    return page.render(
        "station.html",
        device=device,
        station=station,
        shown=shown,
        window=window,
        spans=tuple(SPANS),
        chart=chart,
        table=table,
        totals=_totals(table),
        is_stale=page.is_stale,
        may_import=may_import,
        link=partial(_link, device_id, shown, window),
        first_day=window.since.astimezone(zone).date(),
        last_day=(window.until.astimezone(zone) - timedelta(microseconds=1)).date(),
    )


def find_station(conn: Connection, page: Page, device_id: str) -> Device:
    """A station that the page's reader may see. Raises NotFound."""
    device = registry.readable_device_of(conn, page.actor, device_id)
    if device.kind != "station":
        raise NotFound("There is no such station.")
    return device


def _shown(station: Station, quantity: str) -> Quantity:
    if quantity in QUANTITIES:
        return QUANTITIES[quantity]
    return station.latest[0].quantity if station.latest else next(iter(QUANTITIES.values()))


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC) if text.isascii() and text.isdigit() and len(text) < 12 else None
    except (ValueError, OverflowError, OSError):
        return None


def _link(device_id: str, shown: Quantity, window: Window, **changes: object) -> str:
    """The page with something else: another quantity, span, or end (`to`, an instant)."""
    values: dict[str, object] = {"quantity": shown.name, "span": window.span} | changes
    end = values.pop("to", None)
    if isinstance(end, datetime):
        values["to"] = int(end.timestamp())
    return f"/stations/{quote(device_id)}?{urlencode(values)}"


def _totals(table: Sequence[Bucket]) -> Totals | None:
    if not table:
        return None
    count = sum(row.count for row in table)
    mean = sum(row.mean * row.count for row in table) / count
    return Totals(min(row.min for row in table), mean, max(row.max for row in table))


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
    begin, end = _day(first) or today, _day(last) or today
    since = datetime.combine(begin, time(), zone).astimezone(UTC)
    until = (datetime.combine(end, time(), zone) + timedelta(days=1)).astimezone(UTC)
    if not timedelta() < until - since <= _LONGEST_CSV:
        raise Invalid("The last day must not be before the first, nor more than 400 days behind it.")
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        (station,) = fields.fetch_stations(conn, [device])
    quantities = [latest.quantity for latest in station.latest]
    head = fields.csv_head(quantities, page.translate)
    pages = fields.csv_pages(page.services.database.transaction, device.key, quantities, since, until, zone)
    filename = f"{device.id}_{begin:%Y%m%d}-{end:%Y%m%d}.csv"
    return StreamingResponse(
        (piece.encode() for piece in (head, *pages)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("A day is written as 2026-11-23.") from None
