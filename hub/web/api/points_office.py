"""Points, the office's side: programmes, references, months, and the ledger of bounty."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints

from hub.registry.people import Actor
from hub.texts.csv_text import CSV_TYPE
from hub.traps.points.ledger import Programme, parse_month
from hub.traps.points.sheet import Ledger
from hub.traps.points.store import Batch
from hub.web.api.forms import FOR_STAFF, Day, DeviceId, Form, Line, Staff, Whole
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.api.points import FOR_HUNTERS, EntryNumber, Hunter, PointsEntry, ReversalForm, as_entry
from hub.web.openapi import problems
from hub.web.services import Services
from hub.web.session import ServicesOf

__all__ = ["csv_answer", "router"]

router = APIRouter(prefix="/points", tags=["points"])
Code = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
MonthOf = Annotated[str, StringConstraints(pattern="^2[01][0-9]{2}-(0[1-9]|1[0-2])$")]
Points = Annotated[Whole, Field(ge=1, le=1_000_000)]
_FILE = {200: {"content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}}


class ProgrammeForm(Form):
    """A rule from a day on. An older rule of the same code holds until then; of two from one day, the newer one."""

    code: Code = Field(examples=["patrol"])
    name: Line = Field(description="In Japanese", examples=["見回りの協力"])
    name_en: Line | None = None
    points: Points
    four_eyes: bool = Field(description="A second member of staff approves each award and reversal")
    most_per_month: Points | None = Field(None, description="The most points of a person in a calendar month")
    most_per_year: Points | None = Field(None, description="The most points of a person in a year")
    year_starts: Annotated[Whole, Field(ge=1, le=12)] = Field(4, description="Month with which that year begins")
    valid_from: Day
    valid_until: Day | None = None
    source: Annotated[str, StringConstraints(max_length=200)] = Field("", description="Where the rule is written")


class PointsProgramme(BaseModel):
    """What people get points for, from a day on."""

    id: int
    code: str
    name: str
    points: int
    four_eyes: bool
    most_per_month: int | None
    most_per_year: int | None
    year_starts: int
    valid_from: date
    valid_until: date | None
    source: str


class AccountForm(Form):
    """By which reference the city's own system knows the person."""

    ref: Annotated[Line, StringConstraints(max_length=40)]


class Account(BaseModel):
    """A person's reference."""

    person: str
    ref: str


class MonthForm(Form):
    """A month that is to be closed."""

    month: MonthOf = Field(examples=["2026-11"])


class Month(BaseModel):
    """A closed month and its file."""

    id: str = Field(examples=["points-2026-11"])
    month: str = Field(examples=["2026-11"])
    closed_at: datetime
    closed_by: str
    entries: int
    total: int


def _month(batch: Batch) -> Month:
    return Month(
        id=batch.id,
        month=f"{batch.month:%Y-%m}",
        closed_at=batch.closed_at,
        closed_by=batch.closed_by,
        entries=batch.entries,
        total=batch.total,
    )


@router.get("/programmes", summary="List programmes", responses=problems(403), dependencies=FOR_HUNTERS)
def list_programmes(services: ServicesOf) -> Page[PointsProgramme]:
    """Every rule of every programme, the newest of each first."""
    with services.database.transaction() as conn:
        found = services.points.fetch_programmes(conn)
    items = [
        PointsProgramme(
            id=rule.id,
            code=rule.code,
            name=rule.words.get("ja", rule.code),
            points=rule.points,
            four_eyes=rule.four_eyes,
            most_per_month=rule.most_per_month,
            most_per_year=rule.most_per_year,
            year_starts=rule.year_starts,
            valid_from=rule.valid_from,
            valid_until=rule.valid_until,
            source=rule.source,
        )
        for rule in found
    ]
    return Page(items=items, next=None)


@router.post("/programmes", status_code=201, summary="Add a rule of a programme", responses=problems(403))
def add_programme(form: ProgrammeForm, services: ServicesOf, actor: Staff) -> dict[str, int]:
    """The number of the new rule as `id`; it holds from its first day on."""
    words = {"ja": form.name} | ({"en": form.name_en} if form.name_en else {})
    rule = Programme(
        0, form.code, words, form.points, form.four_eyes, form.most_per_month, form.most_per_year, form.year_starts,
        form.valid_from, form.valid_until, form.source,
    )  # fmt: skip
    with services.database.transaction() as conn:
        return {"id": services.points.add_programme(conn, actor, rule, services.now())}


@router.get("/accounts", summary="List references", responses=problems(403), dependencies=FOR_STAFF)
def list_accounts(services: ServicesOf) -> Page[Account]:
    """By which reference the city's system knows each person."""
    with services.database.transaction() as conn:
        refs = services.points.fetch_refs(conn)
    return Page(items=[Account(person=person, ref=ref) for person, ref in refs.items()], next=None)


@router.put("/accounts/{person_id}", summary="Set a reference", responses=problems(403, 404, 409))
def save_account(person_id: DeviceId, form: AccountForm, services: ServicesOf, actor: Staff) -> Account:
    """Entries that are made from now on bear it; older ones keep theirs."""
    with services.database.transaction() as conn:
        services.points.save_ref(conn, actor, person_id, form.ref, services.now())
    return Account(person=person_id, ref=form.ref)


# --- months -----------------------------------------------------------------------------------------------------------


def _list_months(services: Services, ledger: Ledger) -> Page[Month]:
    with services.database.transaction() as conn:
        return Page(items=[_month(batch) for batch in services.points.fetch_batches(conn, ledger)], next=None)


def _close(services: Services, actor: Actor, ledger: Ledger, form: MonthForm) -> Month:
    month = parse_month(form.month)
    with services.database.transaction() as conn:
        return _month(services.points.close_month(conn, actor, ledger, month, services.now()))


def csv_answer(content: bytes, filename: str) -> Response:
    """A file to be saved under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, media_type=CSV_TYPE, headers=headers)


def _file(services: Services, ledger: Ledger, month: str) -> Response:
    with services.database.transaction() as conn:
        content = services.points.fetch_file(conn, ledger, parse_month(month))
    return csv_answer(content, f"{ledger}-{month}.csv")


@router.get("/batches", summary="List closed months", responses=problems(403), dependencies=FOR_STAFF)
def list_batches(services: ServicesOf) -> Page[Month]:
    """The newest first."""
    return _list_months(services, "points")


@router.post("/batches", summary="Close a month", responses=problems(403, 409))
def close_batch(form: MonthForm, services: ServicesOf, actor: Staff) -> Month:
    """Make the month's file: every entry for a day up to its end that no earlier file holds. A closed one stays."""
    return _close(services, actor, "points", form)


@router.get(
    "/batches/{month}", summary="A month's file", response_class=Response, responses=_FILE | problems(403, 404),
    dependencies=FOR_STAFF,
)  # fmt: skip
def show_batch(month: MonthOf, services: ServicesOf) -> Response:
    """CSV, UTF-8 with BOM, CRLF: the same bytes whenever it is asked for."""
    return _file(services, "points", month)


# --- bounty -----------------------------------------------------------------------------------------------------------


@router.get("/bounty", summary="List bounty", responses=problems(403))
def list_bounty(
    services: ServicesOf, actor: Hunter, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[PointsEntry]:
    """Entries in yen, the newest first: one's own, or for staff everybody's. Approving a claim makes them."""
    before = int(parse_cursor("bounty", cursor, int)[0]) if cursor else None
    whose = None if actor.is_staff else actor.person_id
    with services.database.transaction() as conn:
        found = services.points.fetch_entries(conn, "bounty", whose, before=before, limit=limit + 1)
    page, following = cut(found, limit, lambda entry: format_cursor("bounty", entry.id))
    return Page(items=[as_entry(entry) for entry in page], next=following)


@router.post(
    "/bounty/{entry_id}/reverse", status_code=201, summary="Reverse a bounty", responses=problems(403, 404, 409)
)
def reverse_bounty(entry_id: EntryNumber, form: ReversalForm, services: ServicesOf, actor: Staff) -> PointsEntry:
    """Take it back by another entry. Not for who approved it."""
    with services.database.transaction() as conn:
        return as_entry(services.points.reverse_bounty(conn, actor, entry_id, form.reason, services.now()))


@router.get("/bounty/batches", summary="List closed months of bounty", responses=problems(403), dependencies=FOR_STAFF)
def list_bounty_batches(services: ServicesOf) -> Page[Month]:
    """The newest first."""
    return _list_months(services, "bounty")


@router.post("/bounty/batches", summary="Close a month of bounty", responses=problems(403, 409))
def close_bounty_batch(form: MonthForm, services: ServicesOf, actor: Staff) -> Month:
    """As for points, in a file of its own."""
    return _close(services, actor, "bounty", form)


@router.get(
    "/bounty/batches/{month}", summary="A month's file of bounty", response_class=Response,
    responses=_FILE | problems(403, 404), dependencies=FOR_STAFF,
)  # fmt: skip
def show_bounty_batch(month: MonthOf, services: ServicesOf) -> Response:
    """CSV with the columns of points, but `yen` for `points`."""
    return _file(services, "bounty", month)
