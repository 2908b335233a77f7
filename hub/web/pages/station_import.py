"""Files of other loggers for a station: sent, looked at, stored, and taken back.

Before anything is stored a person sees what each column is taken for, the first rows as they would stand in the hub,
and how many rows are new, known, different or not readable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from edge.wire.quantities import QUANTITIES
from hub.errors import Conflict
from hub.fields.imports import service as imports
from hub.fields.imports.faults import NoText, NoTime
from hub.fields.imports.layouts import Column, Layout
from hub.fields.imports.lines import Refused
from hub.fields.imports.service import MOST_BYTES, Draft, Preview
from hub.fields.imports.stamps import DAY_ORDERS, DayOrder
from hub.fields.imports.units import units_of
from hub.registry.devices import Device
from hub.texts import LOCALES, msgid, translator
from hub.texts.csv_text import CSV_TYPE, csv_bytes
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import FarmersPage, Page
from hub.web.pages.sent import SentFile, sent_file
from hub.web.pages.stations import find_station

__all__ = ["router"]

router = APIRouter(prefix="/stations/{device_id}/import")
_SHOWN_ROWS = 10
_SHOWN_FAULTS = 20
_SHOWN_CELLS = 3
_LONGEST_NAME = 200

REASONS: Mapping[str, str] = {
    "no_time": msgid("The date and time cannot be read."),
    "impossible_time": msgid("The time lies ahead, or before the year 2000."),
    "no_number": msgid("This is no number."),
    "out_of_range": msgid("A sensor cannot say this."),
    "of_others": msgid("The station stood with another farmer then."),
    "twice": msgid("The same time stands twice, with different values. The first one counts."),
}
ORDERS: Mapping[DayOrder, str] = {
    "ymd": msgid("Year, month, day"),
    "mdy": msgid("Month, day, year"),
    "dmy": msgid("Day, month, year"),
}


async def sent_table(request: Request) -> SentFile | None:
    """The file of the form's field `file`; None when nothing was chosen."""
    sent = await sent_file(request, "file", MOST_BYTES)
    return SentFile(sent.name[:_LONGEST_NAME] or "?", sent.content) if sent and (sent.name or sent.content) else None


Sent = Annotated[SentFile | None, Depends(sent_table)]


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the file as the form shows it: its place, heading, some of its cells, and what it is taken for."""

    place: int
    heading: str
    cells: Sequence[str]
    meaning: str


@router.get("")
def show_imports(page: FarmersPage, device_id: str) -> Response:
    """The form for a file, and what was imported before."""
    return _show_start(page, device_id, Filled({}, page.translate))


@router.post("")
def take_file(page: FarmersPage, device_id: str, sent: Sent) -> Response:
    """Keep the file and show what it would become."""
    form = Filled({}, page.translate)
    if sent is None:
        form.fault("file", msgid("Please choose a file."))
    elif len(sent.content) > MOST_BYTES:
        form.fault("file", msgid("This file is too large. At most %(mb)s MB are taken."), mb=MOST_BYTES // 1_000_000)
    else:
        try:
            with page.services.database.transaction() as conn:
                device = find_station(conn, page, device_id)
                draft_id = imports.keep_file(
                    conn, page.actor, device, sent.name, sent.content, labels=_labels(), now=page.now
                )
            return page.go(f"/stations/{quote(device_id)}/import/{draft_id}")
        except NoTime:
            form.fault("file", msgid("No line of this file has a date and time that can be read."))
        except NoText:
            form.fault("file", msgid("This file is no text that a logger or Excel writes. Please save it as CSV."))
    return _show_start(page, device_id, form, status=422)


@router.get("/{draft_id}")
def show_draft(page: FarmersPage, device_id: str, draft_id: str) -> Response:
    """What the file would become."""
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        draft = imports.fetch_draft(conn, page.actor, device, draft_id)
        seen = imports.preview(conn, draft, page.services.texts.zone, page.now)
    return _show_draft(page, device, draft, seen, Filled({}, page.translate))


@router.post("/{draft_id}")
def decide(page: FarmersPage, device_id: str, draft_id: str, submitted: Submitted) -> Response:
    """Look again with other columns, store it, or leave it."""
    form = Filled(submitted, page.translate)
    act = form.choice("act", ("look", "store", "drop"))
    here = f"/stations/{quote(device_id)}/import"
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        draft = imports.fetch_draft(conn, page.actor, device, draft_id)
        if act == "drop":
            imports.drop(conn, draft)
            return page.go(f"{here}?done=dropped")
        before = imports.preview(conn, draft, page.services.texts.zone, page.now)
        layout = _read_layout(form, before)
        if not form.errors:
            imports.change_layout(conn, draft, layout)
            draft = imports.fetch_draft(conn, page.actor, device, draft_id)
    if form.errors:
        return _show_draft(page, device, draft, before, form, status=422)
    if act == "look" or layout != before.layout:
        # What was changed is seen before it is stored.
        return page.go(f"{here}/{draft_id}?done=looked")
    try:
        with page.services.database.transaction() as conn:
            imports.store_file(
                conn, page.actor, device, draft, zone=page.services.texts.zone,
                refused_csv=lambda refused: _refused_csv(page, refused).decode(), now=page.now,
            )  # fmt: skip
    except Conflict:
        return page.go(f"{here}/{draft_id}?done=nothing")
    return page.go(f"{here}?done=stored")


@router.get("/{draft_id}/refused.csv")
def download_refused(page: FarmersPage, device_id: str, draft_id: str) -> Response:
    """The lines of a file that cannot be stored, before it is."""
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        draft = imports.fetch_draft(conn, page.actor, device, draft_id)
        seen = imports.preview(conn, draft, page.services.texts.zone, page.now)
    return _as_file(_refused_csv(page, seen.rows.refused), device)


@router.get("/done/{import_id}/refused.csv")
def download_kept(page: FarmersPage, device_id: str, import_id: str) -> Response:
    """The lines that an import could not store."""
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        imports.check_may_import(conn, page.actor, device)
        text = imports.fetch_refused(conn, imports.fetch_import(conn, device, import_id))
    return _as_file(text.encode(), device)


@router.post("/done/{import_id}/undo")
def undo(page: FarmersPage, device_id: str, import_id: str) -> Response:
    """Take an import back."""
    here = f"/stations/{quote(device_id)}/import"
    try:
        with page.services.database.transaction() as conn:
            device = find_station(conn, page, device_id)
            imports.undo(conn, page.actor, device, import_id, page.now)
    except Conflict:
        return page.go(f"{here}?done=stands")
    return page.go(f"{here}?done=undone")


def _show_start(page: Page, device_id: str, form: Filled, *, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        device = find_station(conn, page, device_id)
        imports.check_may_import(conn, page.actor, device)
        done = imports.fetch_imports(conn, device)
    return page.render("station_import.html", status, device=device, form=form, imports=done)


def _show_draft(
    page: Page, device: Device, draft: Draft, seen: Preview, form: Filled, *, status: int = 200
) -> Response:
    refused = seen.rows.refused
    return page.render(
        "station_import_file.html",
        status,
        device=device,
        draft=draft,
        form=form,
        seen=seen,
        columns=_shown_columns(seen),
        quantities=[QUANTITIES[name] for name in dict.fromkeys(column.quantity for column in seen.layout.columns)],
        rows=list(seen.rows.rows.items())[:_SHOWN_ROWS],
        fates=seen.comparison.fates,
        counts={fate: seen.comparison.count(fate) for fate in ("new", "filled", "known", "differs")},
        faults=[(one, REASONS[one.reason], one.quantity and QUANTITIES[one.quantity].label) for one in refused][
            :_SHOWN_FAULTS
        ],
        bad_lines=len({one.line for one in refused}),
        meanings=[(quantity, [unit.symbol for unit in units_of(name)]) for name, quantity in QUANTITIES.items()],
        translated_orders=[(key, page.translate(words)) for key, words in ORDERS.items()],
    )


def _shown_columns(seen: Preview) -> list[ShownColumn]:
    data = [line for line in seen.lines if line.number >= seen.layout.first_line][:_SHOWN_CELLS]
    meanings = {column.place: f"{column.quantity}|{column.unit}" for column in seen.layout.columns}
    times = (seen.layout.day, seen.layout.clock, seen.layout.offset)
    count = max((len(line.cells) for line in data), default=0)
    return [
        ShownColumn(
            place,
            seen.headings[place] if place < len(seen.headings) else "",
            [line.cells[place] for line in data if place < len(line.cells)],
            meanings.get(place, ""),
        )
        for place in range(count)
        if place not in times
    ]


def _read_layout(form: Filled, seen: Preview) -> Layout:
    """The layout that the form says; a fault beside each column that stands for what another one is already."""
    columns: list[Column] = []
    for shown in _shown_columns(seen):
        name = f"c{shown.place}"
        quantity, _, unit = form.typed(name, shown.meaning).partition("|")
        if not quantity:
            continue
        if quantity not in QUANTITIES or unit not in {one.symbol for one in units_of(quantity)}:
            form.fault(name, msgid("Please choose one."))
        elif quantity in {column.quantity for column in columns}:
            form.fault(name, msgid("Another column is this already. A second depth or height is a station of its own."))
        else:
            columns.append(Column(shown.place, quantity, unit))
    if not columns and not form.errors:
        form.fault("columns", msgid("Please say of one column at least what it measures."))
    order = cast("DayOrder", form.typed("day_order", seen.layout.day_order))
    if order not in DAY_ORDERS:
        form.fault("day_order", msgid("Please choose one."))
        order = seen.layout.day_order
    return replace(seen.layout, columns=tuple(columns), day_order=order)


def _refused_csv(page: Page, refused: Sequence[Refused]) -> bytes:
    heads = [page.translate(head) for head in (
        msgid("Line"), msgid("Why"), msgid("What was measured"), msgid("What stood there"), msgid("The whole line"),
    )]  # fmt: skip

    def row(one: Refused) -> list[object]:
        label = page.translate(QUANTITIES[one.quantity].label) if one.quantity else ""
        return [one.line, page.translate(REASONS[one.reason]), label, one.cell, one.raw]

    return csv_bytes(heads, map(row, refused))


def _as_file(content: bytes, device: Device) -> Response:
    name = f"{device.id}_unread.csv"
    return Response(content, media_type=CSV_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@cache
def _labels() -> dict[str, str]:
    """Every quantity's label in every language: what the service writes it reads again."""
    return {translator(locale)(quantity.label): name for locale in LOCALES for name, quantity in QUANTITIES.items()}
