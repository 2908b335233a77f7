"""Claims for city staff: the queue, one claim with all its evidence on a page, and files for the town's own forms."""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Response

from hub.errors import Conflict, Forbidden, Invalid
from hub.store import Connection
from hub.texts import msgid
from hub.texts.csv_text import CSV_TYPE, csv_bytes
from hub.texts.sheets import print_sheet
from hub.traps.captures.claim_sheet import COLUMNS, ClaimLine, line_of
from hub.traps.captures.claims import WAITING, Act
from hub.traps.captures.findings import Finding, Trigger, find_about_photo, find_few, find_missing
from hub.traps.captures.photos import facts_of
from hub.traps.captures.rulebook import Rulebook, fetch_rulebook
from hub.traps.captures.rules import Amount, photo_rules_for, words_in
from hub.traps.captures.service import FullReport
from hub.traps.captures.store import Alike, Claim, ClaimFilter, Photo
from hub.web.pages.captures import mesh_code, told_odd
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/claims")
_PAGE = 50
# A month of a large town; photos make a sheet heavy.
_MOST_ROWS, _MOST_SHEETS = 5000, 200
_STATES: dict[str, Sequence[str] | None] = {
    "": tuple(sorted(WAITING)),
    "approved": ("approved",),
    "refused": ("refused",),
    "all": None,
}
_WHY_NOT = {
    "A second person must approve this.": msgid("A second person must approve this."),
    "Nobody decides about an animal of his or her own.": msgid("Nobody decides about an animal of his or her own."),
}
Word = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photo with what it says, and photos of other claims that look the same."""

    photo: Photo
    words: str
    findings: list[tuple[str, str]]
    alike: list[Alike]


@dataclass(frozen=True, slots=True)
class Few:
    """A photo that is asked for of each animal: how many there are of it, of how many animals."""

    words: str
    there: int
    heads: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that speaks for and against a claim."""

    claim: Claim
    full: FullReport
    photos: list[ShownPhoto]
    missing: list[str]
    few: list[Few]
    amount: Amount
    programme: str
    four_eyes: bool
    mesh: str


@router.get("")
def list_claims(page: StaffPage, show: Word = "", month: Word = "", after: Word = "") -> Response:
    """The queue, the longest waiting first."""
    states = _STATES.get(show, _STATES[""])
    with page.services.database.transaction() as conn:
        claims = page.services.captures.claims
        place = None
        if after:
            last = claims.fetch(conn, after)
            place = (last.filed_at, last.id)
        since, until = _month(page, month) if month else (None, None)
        found = claims.fetch_all(conn, ClaimFilter(states=states, since=since, until=until, after=place), _PAGE + 1)
        counts = claims.count(conn)
    more = found[_PAGE - 1].id if len(found) > _PAGE else None
    return page.render(
        "staff_claims.html", claims=found[:_PAGE], show=show, month=month, more=more, counts=counts,
        this_month=page.now.astimezone(page.services.texts.zone).strftime("%Y-%m"),
    )  # fmt: skip


def _month(page: Page, month: str) -> tuple[datetime, datetime]:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Invalid("month: such as 2026-11") from None
    following = (first + timedelta(days=32)).replace(day=1)
    zone = page.services.texts.zone
    return datetime.combine(first, time(), zone), datetime.combine(following, time(), zone)


# --- files ------------------------------------------------------------------------------------------------------------


def _chosen(conn: Connection, page: Page, show: str, month: str, most: int) -> list[Claim]:
    since, until = _month(page, month) if month else (None, None)
    only = ClaimFilter(states=_STATES.get(show), since=since, until=until)
    return page.services.captures.claims.fetch_all(conn, only, most)


@router.get("/claims.csv")
def download_csv(page: StaffPage, show: Word = "all", month: Word = "") -> Response:
    """A row for each claim of a month, for a spreadsheet."""
    with page.services.database.transaction() as conn:
        lines = _lines(conn, page, _chosen(conn, page, show, month, _MOST_ROWS))
    zone = page.services.texts.zone
    head = [page.translate(name) for name in COLUMNS]
    rows = [line_of(line, page.translate, zone) for line in lines]
    headers = {"Content-Disposition": f'attachment; filename="claims_{month or "all"}.csv"'}
    return Response(csv_bytes(head, rows), media_type=CSV_TYPE, headers=headers)


def _lines(conn: Connection, page: Page, claims: Sequence[Claim]) -> list[ClaimLine]:
    captures, book = page.services.captures, fetch_rulebook(conn)
    reports = {claim.report_id: captures.fetch(conn, claim.report_id) for claim in claims}
    photos: dict[str, list[str]] = {}
    for photo in captures.photos.fetch_of(conn, list(reports)):
        photos.setdefault(str(photo.report_id), []).append(photo.id)
    lines: list[ClaimLine] = []
    for claim in claims:
        full = reports[claim.report_id]
        animal = next((one for one in full.animals if one.id == claim.animal_id), None)
        if animal is not None:
            amount = captures.claims.amount_of(book, claim, full.animals)
            lines.append(
                ClaimLine(
                    asdict(claim), asdict(full.report), animal, amount, mesh_code(full.report),
                    _name_of(book, claim.programme, page.locale), photos.get(claim.report_id, []),
                )
            )  # fmt: skip
    return lines


@router.get("/claims.pdf")
def download_month_pdf(page: StaffPage, show: Word = "all", month: Word = "") -> Response:
    """A sheet for each claim of a month, with its photos."""
    with page.services.database.transaction() as conn:
        claims = _chosen(conn, page, show, month, _MOST_SHEETS)
        if not claims:
            raise Invalid("There is no claim in this month.")
        return _print(conn, page, claims, f"claims_{month or 'all'}.pdf")


@router.get("/{claim_id}/claim.pdf")
def download_pdf(page: StaffPage, claim_id: str) -> Response:
    """One claim on paper."""
    with page.services.database.transaction() as conn:
        return _print(conn, page, [page.services.captures.claims.fetch(conn, claim_id)], f"{claim_id}.pdf")


def _print(conn: Connection, page: Page, claims: Sequence[Claim], name: str) -> Response:
    photos = page.services.captures.photos
    sheets: list[dict[str, Any]] = []
    for evidence in (_evidence(conn, page, claim) for claim in claims):
        animal = next((one for one in evidence.full.animals if one.id == evidence.claim.animal_id), None)
        pictures = [(shown.words, _as_data(photos.fetch_thumbnail(conn, shown.photo))) for shown in evidence.photos]
        sheets.append({"evidence": evidence, "animal": animal, "pictures": pictures})
    pdf = print_sheet(page.services.texts, "traps/claim.html", page.locale, sheets=sheets, now=page.now)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _as_data(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


# --- one claim --------------------------------------------------------------------------------------------------------


@router.get("/{claim_id}")
def show_claim(page: StaffPage, claim_id: str) -> Response:
    """All evidence of one claim."""
    return _show(page, claim_id, Filled({}, page.translate))


def _show(page: Page, claim_id: str, form: Filled, status: int = 200) -> Response:
    captures = page.services.captures
    with page.services.database.transaction() as conn:
        evidence = _evidence(conn, page, captures.claims.fetch(conn, claim_id))
        claims = captures.claims.fetch_all(conn, ClaimFilter(report_ids=[evidence.full.report.id]))
        entries = captures.claims.fetch_entries(conn, [claim_id])
    return page.render(
        "staff_claim.html", status, form=form, evidence=evidence, full=evidence.full, claims=claims, entries=entries,
        claim=evidence.claim, mesh=evidence.mesh, odd=told_odd(page, evidence.full),
        waits=evidence.claim.state in WAITING,
    )  # fmt: skip


def _evidence(conn: Connection, page: Page, claim: Claim) -> Evidence:
    captures, book = page.services.captures, fetch_rulebook(conn)
    full = captures.fetch(conn, claim.report_id)
    report = full.report
    rules = photo_rules_for(book.photos, claim.programme, captures.day_of(report.found_at))
    photos = captures.photos.fetch_of(conn, [report.id])
    trigger = Trigger(report.fired_at, report.found_at, report.trap_lat, report.trap_lon)
    alike = captures.photos.fetch_alike(conn, report.id)
    shown = [
        ShownPhoto(
            photo,
            next((words_in(rule.words, page.locale) for rule in rules if rule.item == photo.item), ""),
            [_told(page, finding) for finding in find_about_photo(facts_of(photo), trigger)],
            [one for one in alike if one.photo_id == photo.id],
        )
        for photo in photos
    ]
    facts, heads = [facts_of(photo) for photo in photos], len(full.animals)
    missing = find_missing(rules, facts)
    few = [Few(words_in(rule.words, page.locale), there, heads) for rule, there in find_few(rules, facts, heads)]
    programme = next(one for one in book.programmes if one.key == claim.programme)
    return Evidence(
        claim, full, shown, [words_in(rule.words, page.locale) for rule in missing], few,
        captures.claims.amount_of(book, claim, full.animals), _name_of(book, claim.programme, page.locale),
        programme.four_eyes, mesh_code(report),
    )  # fmt: skip


def _told(page: Page, finding: Finding) -> tuple[str, str]:
    return finding.level, page.translate(finding.message) % dict(finding.blanks)


def _name_of(book: Rulebook, key: str, locale: str) -> str:
    return next((words_in(one.words, locale) for one in book.programmes if one.key == key), key)


@router.post("/{claim_id}")
def decide(page: StaffPage, claim_id: str, submitted: Submitted) -> Response:
    """Approve, refuse with a reason, or ask the writer."""
    form = Filled(submitted, page.translate)
    act = form.choice("act", ("approve", "refuse", "ask"))
    words = form.text(f"words_{act}")
    if act in ("refuse", "ask") and not words:
        form.fault(f"words_{act}", msgid("Please fill this in."))
    if form.errors:
        return _show(page, claim_id, form, 422)

    def step(conn: Connection) -> str:
        page.services.captures.claims.decide(conn, page.actor, claim_id, cast("Act", act), words, page.now)
        return f"/staff/claims/{claim_id}?done={act}"

    try:
        return page.go_once(form, step)
    except Forbidden as error:
        form.fault("act", _WHY_NOT.get(str(error), msgid("You may not do this.")))
        return _show(page, claim_id, form, 403)
    except Conflict:
        form.fault("act", msgid("Somebody has decided this meanwhile."))
        return _show(page, claim_id, form, 409)
