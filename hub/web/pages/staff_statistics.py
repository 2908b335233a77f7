"""Statistics for the office: catches, outcomes and effort of a period, as tables, bars, a map, and files."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response

from hub.errors import Invalid, NotFound
from hub.geo.mesh import Cell, Level, format_mesh
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.texts import msgid
from hub.texts.csv_text import CSV_TYPE, csv_bytes
from hub.texts.words import SPECIES
from hub.traps.statistics.effort import cpue
from hub.traps.statistics.service import Asked
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage
from hub.web.pages.statistics_tables import AGES, SEXES, TABLES, Figures, hours_of

__all__ = ["router"]

router = APIRouter(prefix="/staff/statistics")
_LEVELS: dict[str, str] = {
    "five_km": msgid("5 km mesh of the hunters' map"),
    "third": msgid("1 km mesh (third mesh)"),
    "second": msgid("10 km mesh (second mesh)"),
}
Word = Annotated[str, Query(max_length=63)]


def asked_of(
    page: StaffPage, first: Word = "", last: Word = "", team: Word = "", species: Word = "", mesh: Word = ""
) -> Asked:
    """The period and the rest of the query; the last twelve months where none is given."""
    today = page.now.astimezone(page.services.texts.zone).date()
    year_ago = (today.replace(day=1) - timedelta(days=330)).replace(day=1)
    # Whoever gives the later day first means the same days.
    since, until = sorted((_day(page, first) or min(year_ago, _day(page, last) or today), _day(page, last) or today))
    return Asked(
        since,
        until,
        team if is_id(team) else "",
        species if species in SPECIES else "",
        cast("Level", mesh if mesh in _LEVELS else "five_km"),
    )


AskedOf = Annotated[Asked, Depends(asked_of)]


@router.get("")
def show_statistics(page: StaffPage, asked: AskedOf) -> Response:
    """The period's tables, a bar beside each number, and a map of the mesh."""
    with page.services.database.transaction() as conn:
        found = page.services.statistics.fetch(conn, asked, page.now)
        teams = registry.fetch_teams(conn)
        devices = registry.fetch_devices_by_key(conn, frozenset(trap.device_key for trap in found.traps))
    return page.render(
        "staff_statistics.html",
        found=found,
        asked=asked,
        teams=teams,
        devices=devices,
        levels=_LEVELS,
        query=_query(asked),
        sexes=SEXES,
        age_words=AGES,
        cells=[_on_map(cell, sum(heads.values())) for cell, heads in found.tables.by_mesh.items()],
        code=format_mesh,
        cpue=cpue,
        hours=hours_of,
        most=_most,
        form=Filled({}, page.translate),
    )


def _day(page: Page, text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day is not None and not 2000 <= day.year < 2200:
        raise Invalid(page.translate(msgid("Please give a date such as 2026-04-20.")))
    return day


def _query(asked: Asked) -> str:
    values = {"first": asked.first, "last": asked.last, "team": asked.team, "species": asked.species}
    return urlencode(values | {"mesh": asked.level})


def _on_map(cell: Cell, heads: int) -> dict[str, object]:
    return {
        "code": format_mesh(cell),
        "heads": heads,
        "bounds": [[cell.south, cell.west], [cell.north, cell.east]],
    }


def _most(numbers: Iterable[float]) -> float:
    return max([*numbers, 1])


@router.get("/{table}.csv")
def download_table(page: StaffPage, table: str, asked: AskedOf) -> Response:
    """One of the tables as a file."""
    if table not in TABLES:
        raise NotFound
    with page.services.database.transaction() as conn:
        found = page.services.statistics.fetch(conn, asked, page.now)
        devices = registry.fetch_devices_by_key(conn, frozenset(trap.device_key for trap in found.traps))
    head, rows = TABLES[table](Figures(found, devices, page.translate))
    filename = f"{table}_{asked.first:%Y%m%d}-{asked.last:%Y%m%d}.csv"
    return Response(
        csv_bytes(head, rows),
        media_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


@router.get("/traps/{device_id}")
def show_standing(page: StaffPage, device_id: str) -> Response:
    """Between which days a trap stood in the field."""
    return _standing(page, Filled({}, page.translate), device_id)


@router.post("/traps/{device_id}")
def save_standing(page: StaffPage, device_id: str, submitted: Submitted) -> Response:
    """Effort counts between these days only."""
    form = Filled(submitted, page.translate)
    set_on, removed_on = form.day("set_on"), form.day("removed_on")
    if set_on is not None and removed_on is not None and removed_on < set_on:
        form.fault("removed_on", msgid("The last day is not before the first."))
    if form.errors:
        return _standing(page, form, device_id, 422)
    with page.services.database.transaction() as conn:
        device = registry.device_of(conn, page.actor, device_id)
        page.services.statistics.save_standing(conn, page.actor, device, (set_on, removed_on), page.now)
    return page.go("/staff/statistics?done=saved")


def _standing(page: Page, form: Filled, device_id: str, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        device = registry.device_of(conn, page.actor, device_id)
        if device.kind != "trap":
            raise NotFound
        days = page.services.statistics.fetch_standing(conn, device.key)
    return page.render("staff_standing.html", status, form=form, device=device, days=days)
