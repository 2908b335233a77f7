"""The patrol ledger of a month: on the page, as CSV, and as a PDF to hand in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from hub.errors import Invalid
from hub.registry import service as registry
from hub.registry.devices import Device, is_id
from hub.store import Connection
from hub.texts import msgid
from hub.texts.sheets import print_sheet
from hub.texts.words import PATROL_STATES
from hub.traps.patrols.days import bounds_of, day_of, month_of
from hub.traps.patrols.ledger import TrapLedger, csv_lines
from hub.traps.patrols.service import VisitFilter
from hub.web.pages.page import HuntersPage, Page

__all__ = ["router"]

router = APIRouter()
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
# A month of more traps than this is asked for trap by trap.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the ledger."""

    first: date
    last: date
    device: str
    person: str

    def query(self, **other: str) -> str:
        """The same part as the query of an address, with some of it changed."""
        values = {"month": f"{self.first:%Y-%m}", "device": self.device, "person": self.person} | other
        return urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class Found:
    """The ledgers that were asked for, and what the page offers to choose from."""

    ledgers: Sequence[TrapLedger]
    traps: Sequence[Device]
    people: dict[str, str]
    is_cut: bool


Word = Annotated[str, Query(max_length=100)]


@router.get("/patrol/ledger")
def show_ledger(page: HuntersPage, month: Word = "", device: Word = "", person: Word = "") -> Response:
    """The month by traps; one trap by days."""
    asked = _asked(page, month, device, person)
    with page.services.database.transaction() as conn:
        found = _find(conn, page, asked)
    one = found.ledgers[0] if asked.device and found.ledgers else None
    before, after = month_of(asked.first.replace(day=1))[0], asked.last
    return page.render(
        "patrol_ledger.html", asked=asked, found=found, one=one, earlier=_shift(before, -1), later=_shift(after, 1)
    )


def _shift(day: date, months: int) -> str:
    number = day.year * 12 + day.month - 1 + months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


@router.get("/patrol/ledger.csv")
def download_csv(page: HuntersPage, month: Word = "", device: Word = "", person: Word = "") -> Response:
    """The same part as a file for a spreadsheet."""
    asked = _asked(page, month, device, person)
    with page.services.database.transaction() as conn:
        found = _find(conn, page, asked)
    lines = csv_lines(
        found.ledgers, lambda state: page.translate(PATROL_STATES[state]), page.translate, page.services.patrols.zone
    )
    return Response("".join(lines), media_type="text/csv; charset=utf-8", headers=_named(asked, "csv"))


@router.get("/patrol/ledger.pdf")
def download_pdf(page: HuntersPage, month: Word = "", device: Word = "", person: Word = "") -> Response:
    """The same part on paper: a sheet for each trap."""
    asked = _asked(page, month, device, person)
    with page.services.database.transaction() as conn:
        found = _find(conn, page, asked)
    if not found.ledgers:
        raise Invalid("There is no trap in this part of the ledger.")
    pdf = print_sheet(
        page.services.texts, "traps/ledger.html", page.locale, ledgers=found.ledgers, month=asked.first, now=page.now,
        person=found.people.get(asked.person),
    )  # fmt: skip
    return Response(pdf, media_type="application/pdf", headers=_named(asked, "pdf"))


def _named(asked: Asked, kind: str) -> dict[str, str]:
    what = asked.device or asked.person or "all"
    return {"Content-Disposition": f'attachment; filename="patrols_{asked.first:%Y-%m}_{what}.{kind}"'}


def _asked(page: Page, month: str, device: str, person: str) -> Asked:
    if month and not _MONTH.fullmatch(month):
        raise Invalid(page.translate(msgid("A month is written as 2026-11.")))
    try:
        day = date.fromisoformat(f"{month}-01") if month else day_of(page.now, page.services.patrols.zone)
        first, last = month_of(day)
        bounds_of(last, page.services.patrols.zone)
    except (ValueError, OverflowError):
        raise Invalid(page.translate(msgid("A month is written as 2026-11."))) from None
    return Asked(first, last, device if is_id(device) else "", person if is_id(person) else "")


def _find(conn: Connection, page: Page, asked: Asked) -> Found:
    patrols = page.services.patrols
    traps = registry.fetch_devices(conn, page.actor, kind="trap", limit=5000)
    chosen = [registry.device_of(conn, page.actor, asked.device)] if asked.device else traps
    since, until = bounds_of(asked.first, patrols.zone)[0], bounds_of(asked.last, patrols.zone)[1]
    visits = patrols.fetch_visits(
        conn, VisitFilter(device_keys=[trap.key for trap in traps], since=since, until=until, counting=True)
    )
    people = {visit.person_id: visit.person_name for visit in visits}
    if asked.person:
        theirs = {visit.device_key for visit in visits if visit.person_id == asked.person}
        chosen = [trap for trap in chosen if trap.key in theirs]
    ledgers = patrols.fetch_ledgers(conn, chosen[:_MOST], asked.first, asked.last, page.now)
    return Found(ledgers, traps, dict(sorted(people.items(), key=lambda one: one[1])), len(chosen) > _MOST)
