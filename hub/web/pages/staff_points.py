"""Points, the office's side: award, approve, reverse, close months; programmes and references."""

from collections.abc import Callable
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Path, Query, Response

from hub.errors import HubError, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.people import Person
from hub.store import Connection
from hub.texts import msgid
from hub.texts.csv_text import CSV_TYPE
from hub.traps.points.ledger import Award, Entry, Programme, month_of, parse_month
from hub.traps.points.sheet import Ledger
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage
from hub.web.pages.points import programme_names

__all__ = ["router"]

router = APIRouter(prefix="/staff/points")
_SHOWN = 100
LEDGERS: tuple[Ledger, ...] = ("points", "bounty")
Number = Annotated[int, Path(ge=1, lt=2**63)]
# What the ledger refuses is said in the person's language.
_REFUSALS = (
    msgid("The day of the activity has not come yet."),
    msgid("There is no such programme on that day."),
    msgid("This would be more than a person gets in a month."),
    msgid("This would be more than a person gets in a year."),
    msgid("This person has no reference number of the city yet."),
    msgid("A reversal is not reversed; make a new entry instead."),
    msgid("This entry is reversed already."),
    msgid("The reversal of this entry waits to be approved."),
    msgid("Somebody else than who proposed it approves."),
    msgid("Somebody else than who approved it reverses an entry."),
    msgid("Somebody else has this reference."),
    msgid("This month has not begun."),
    msgid("A later month is closed already; its file holds what was open until then."),
    msgid("This is decided already."),
    msgid("This key was used for something else."),
    msgid("The last day is not before the first."),
)


def _ledger(name: str) -> Ledger:
    if name not in LEDGERS:
        raise NotFound
    return "points" if name == "points" else "bounty"


# --- entries ----------------------------------------------------------------------------------------------------------


@router.get("")
def show_points(page: StaffPage, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None) -> Response:
    """What waits, the form for an award, and the ledger."""
    return _show(page, Filled({}, page.translate), before=before)


@router.post("")
def award_points(page: StaffPage, submitted: Submitted) -> Response:
    """Award points, or propose it."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        people = {person.id for person in _people(conn)}
        codes = {rule.code for rule in page.services.points.fetch_programmes(conn)}
    day = form.day("activity_date")
    if day is None and "activity_date" not in form.errors:
        form.fault("activity_date", msgid("Please fill this in."))
    award = Award(
        form.typed("key") or str(uuid4()), form.choice("programme", codes), form.choice("person", people),
        day or page.now.date(), form.line("reason"), form.line("evidence"),
    )  # fmt: skip
    if form.errors:
        return _show(page, form, status=422)

    def act(conn: Connection) -> str:
        outcome = page.services.points.award(conn, page.actor, award, page.now)
        return f"/staff/points?done={'entered' if outcome.entry else 'waiting'}"

    return _try(page, form, "programme", act, lambda status: _show(page, form, status=status))


@router.post("/proposals/{proposal_id}")
def settle_proposal(page: StaffPage, proposal_id: str, submitted: Submitted) -> Response:
    """Approve a proposal, or refuse it."""
    form = Filled(submitted, page.translate)
    answer = form.choice("answer", ("approve", "refuse"))
    if form.errors:
        raise Invalid

    def act(conn: Connection) -> str:
        if answer == "approve":
            page.services.points.approve(conn, page.actor, proposal_id, page.now)
        else:
            page.services.points.refuse(conn, page.actor, proposal_id, page.now)
        return f"/staff/points?done={answer}"

    return _try(page, form, "answer", act, lambda status: _show(page, form, status=status))


@router.get("/entries/{ledger}/{entry_id}")
def show_entry(page: StaffPage, ledger: str, entry_id: Number) -> Response:
    """One entry, with the form that reverses it."""
    return _entry(page, Filled({}, page.translate), _ledger(ledger), entry_id)


@router.post("/entries/{ledger}/{entry_id}")
def reverse_entry(page: StaffPage, ledger: str, entry_id: Number, submitted: Submitted) -> Response:
    """Reverse an entry, or propose it."""
    form, name = Filled(submitted, page.translate), _ledger(ledger)
    reason = form.text("reason") or ""
    if not reason:
        form.fault("reason", msgid("Please fill this in."))
    if form.errors:
        return _entry(page, form, name, entry_id, 422)

    def act(conn: Connection) -> str:
        if name == "bounty":
            page.services.points.reverse_bounty(conn, page.actor, entry_id, reason, page.now)
            return "/staff/points/bounty?done=entered"
        outcome = page.services.points.reverse(conn, page.actor, entry_id, reason, page.now)
        return f"/staff/points?done={'entered' if outcome.entry else 'waiting'}"

    return _try(page, form, "reason", act, lambda status: _entry(page, form, name, entry_id, status))


@router.get("/bounty")
def show_bounty(page: StaffPage, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None) -> Response:
    """The ledger of bounty; approving a claim writes it."""
    with page.services.database.transaction() as conn:
        entries = page.services.points.fetch_entries(conn, "bounty", None, before=before, limit=_SHOWN + 1)
        names = {person.id: person.name for person in registry.fetch_people(conn)}
        total = page.services.points.balance(conn, "bounty", None)
    return page.render("staff_bounty.html", entries=entries[:_SHOWN], more=_more(entries), names=names, total=total)


def _more(entries: list[Entry]) -> int | None:
    return entries[_SHOWN - 1].id if len(entries) > _SHOWN else None


def _people(conn: Connection) -> list[Person]:
    return [person for person in registry.fetch_people(conn) if person.active and "hunter" in person.roles]


def _show(page: Page, form: Filled, *, before: int | None = None, status: int = 200) -> Response:
    points = page.services.points
    with page.services.database.transaction() as conn:
        people = registry.fetch_people(conn)
        entries = points.fetch_entries(conn, "points", None, before=before, limit=_SHOWN + 1)
        rules = points.fetch_programmes(conn)
        return page.render(
            "staff_points.html",
            status,
            form=form,
            proposals=points.fetch_proposals(conn),
            entries=entries[:_SHOWN],
            more=_more(entries),
            names={person.id: person.name for person in people},
            people=[person for person in people if person.active and "hunter" in person.roles],
            refs=points.fetch_refs(conn),
            programmes=programme_names(page, rules),
            today=points.today(page.now),
        )


def _entry(page: Page, form: Filled, ledger: Ledger, entry_id: int, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        entry = page.services.points.fetch_entry(conn, ledger, entry_id)
        names = {person.id: person.name for person in registry.fetch_people(conn)}
        programmes = programme_names(page, page.services.points.fetch_programmes(conn))
    return page.render(
        "staff_points_entry.html", status, form=form, ledger=ledger, entry=entry, names=names, programmes=programmes
    )


def _try(
    page: Page, form: Filled, field: str, act: Callable[[Connection], str], again: Callable[[int], Response]
) -> Response:
    """Do it once; what the ledger refuses is said beside the field."""
    try:
        return page.go_once(form, act)
    except NotFound:
        raise
    except HubError as error:
        form.fault(field, str(error))
        return again(error.status)


# --- months -----------------------------------------------------------------------------------------------------------


@router.get("/months")
def show_months(page: StaffPage) -> Response:
    """The closed months of both ledgers, and the form that closes one."""
    return _months(page, Filled({}, page.translate))


@router.post("/months")
def close_month(page: StaffPage, submitted: Submitted) -> Response:
    """Close a month; a closed one stays as it is."""
    form = Filled(submitted, page.translate)
    ledger = form.choice("ledger", LEDGERS)
    try:
        month = parse_month(form.typed("month"))
    except Invalid:
        form.fault("month", msgid("A month is written as 2026-11."))
        month = None
    if "yes" not in form.chosen("sure"):
        form.fault("sure", msgid("Please tick this first: a closed month stays closed."))
    if form.errors or month is None:
        return _months(page, form, 422)

    def act(conn: Connection) -> str:
        page.services.points.close_month(conn, page.actor, _ledger(ledger), month, page.now)
        return "/staff/points/months?done=closed"

    return _try(page, form, "month", act, lambda status: _months(page, form, status))


@router.get("/months/{ledger}/{month}.csv")
def download_month(page: StaffPage, ledger: str, month: str) -> Response:
    """The file of a closed month."""
    name = _ledger(ledger)
    with page.services.database.transaction() as conn:
        content = page.services.points.fetch_file(conn, name, parse_month(month))
    headers = {"Content-Disposition": f'attachment; filename="{name}-{month}.csv"'}
    return Response(content, media_type=CSV_TYPE, headers=headers)


def _months(page: Page, form: Filled, status: int = 200) -> Response:
    points = page.services.points
    month = month_of(points.today(page.now))
    with page.services.database.transaction() as conn:
        batches = {ledger: points.fetch_batches(conn, ledger) for ledger in LEDGERS}
        waiting = {ledger: points.fetch_open(conn, ledger, month) for ledger in LEDGERS}
    return page.render("staff_points_months.html", status, form=form, batches=batches, waiting=waiting, month=month)


# --- programmes and people --------------------------------------------------------------------------------------------


@router.get("/programmes")
def show_programmes(page: StaffPage) -> Response:
    """Every rule, and the form for a new one."""
    return _programmes(page, Filled({}, page.translate))


@router.post("/programmes")
def add_programme(page: StaffPage, submitted: Submitted) -> Response:
    """Add a rule from a day on."""
    form = Filled(submitted, page.translate)
    rule = _read_programme(page, form)
    if form.errors:
        return _programmes(page, form, 422)

    def act(conn: Connection) -> str:
        page.services.points.add_programme(conn, page.actor, rule, page.now)
        return "/staff/points/programmes?done=saved"

    return _try(page, form, "valid_until", act, lambda status: _programmes(page, form, status))


def _read_programme(page: Page, form: Filled) -> Programme:
    code = form.identifier("code").replace("-", "_")
    if code and not code[0].isalpha():
        form.fault("code", msgid("The code begins with a letter."))
    first = form.day("valid_from")
    if first is None:
        form.fault("valid_from", msgid("Please fill this in."))
    words = {"ja": form.line("name"), "en": form.line("name_en", required=False)}
    return Programme(
        0,
        code[:40],
        {locale: text for locale, text in words.items() if text},
        int(form.number("points", 1, 1_000_000)),
        bool(form.chosen("four_eyes")),
        _bound(form, "most_per_month"),
        _bound(form, "most_per_year"),
        4,
        first or page.now.date(),
        form.day("valid_until"),
        form.line("source", required=False),
    )


def _bound(form: Filled, name: str) -> int | None:
    return int(form.number(name, 1, 1_000_000)) if form.typed(name).strip() else None


def _programmes(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        rules = page.services.points.fetch_programmes(conn)
    names = [rule.words.get(page.locale) or rule.words.get("ja", rule.code) for rule in rules]
    return page.render(
        "staff_points_programmes.html",
        status,
        form=form,
        rules=list(zip(rules, names, strict=True)),
        today=page.services.points.today(page.now),
    )


@router.get("/people")
def show_people(page: StaffPage) -> Response:
    """Balances, and by which reference the city knows each person."""
    return _accounts(page, Filled({}, page.translate), "")


@router.post("/people")
def save_reference(page: StaffPage, submitted: Submitted) -> Response:
    """Set a person's reference."""
    form = Filled(submitted, page.translate)
    person, ref = form.typed("person"), form.line("ref")
    if len(ref) > 40:
        form.fault("ref", msgid("This is too long, or has characters that cannot be kept."))
    if form.errors:
        return _accounts(page, form, person, 422)

    def act(conn: Connection) -> str:
        page.services.points.save_ref(conn, page.actor, person, ref, page.now)
        return "/staff/points/people?done=saved"

    return _try(page, form, "ref", act, lambda status: _accounts(page, form, person, status))


def _accounts(page: Page, form: Filled, chosen: str, status: int = 200) -> Response:
    points = page.services.points
    with page.services.database.transaction() as conn:
        balances = points.balances(conn, "points")
        people = [one for one in registry.fetch_people(conn) if "hunter" in one.roles or one.id in balances]
        refs = points.fetch_refs(conn)
    return page.render(
        "staff_points_people.html", status, form=form, chosen=chosen, people=people, balances=balances, refs=refs
    )
