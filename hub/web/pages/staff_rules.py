"""The town's rules for captures as dated data: photos that are asked for, amounts, how many approve."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Response

from hub.errors import NotFound
from hub.store import Connection
from hub.texts.words import DISPOSALS, SPECIES
from hub.traps.captures import rulebook
from hub.traps.captures.rulebook import NewPhotoRule, NewRate
from hub.traps.captures.rules import words_in
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/rules")
_MOST_YEN = 1_000_000


@router.get("")
def show_rules(page: StaffPage) -> Response:
    """Every rule, and the forms that add one."""
    return _show(page, Filled({}, page.translate))


@router.post("/rates")
def add_rate(page: StaffPage, submitted: Submitted) -> Response:
    """The town's own amount from a day on."""
    form = Filled(submitted, page.translate)
    new = NewRate(
        programme=form.typed("programme"),
        species=form.choice("species", SPECIES),
        age=form.choice("age", ("adult", "juvenile", "any")),
        disposal=form.choice("disposal", DISPOSALS) if form.typed("disposal") else None,
        amount_yen=int(form.number("amount_yen", 0, _MOST_YEN)),
        valid_from=_day(page, form),
        source=form.line("source"),
    )

    def act(conn: Connection) -> str:
        _check_programme(conn, new.programme)
        rulebook.add_rate(conn, page.actor, new, page.now)
        page.services.captures.claims.price_approved(conn, page.now)
        return "/staff/rules?done=saved"

    return _show(page, form, 422) if form.errors else page.go_once(form, act)


@router.post("/photos")
def add_photo_rule(page: StaffPage, submitted: Submitted) -> Response:
    """One more photo that is asked for from a day on."""
    form = Filled(submitted, page.translate)
    japanese = form.line("words_ja")
    words = {"ja": japanese, "en": form.line("words_en", required=False) or japanese}
    words["ja_Hira"] = form.line("words_ja_Hira", required=False) or japanese
    new = NewPhotoRule(
        form.typed("programme"), words, bool(form.chosen("required")), _day(page, form), form.line("source")
    )

    def act(conn: Connection) -> str:
        _check_programme(conn, new.programme)
        rulebook.add_photo_rule(conn, page.actor, new, page.now)
        return "/staff/rules?done=saved"

    return _show(page, form, 422) if form.errors else page.go_once(form, act)


@router.post("/end")
def end_rule(page: StaffPage, submitted: Submitted) -> Response:
    """A rule holds until today; what was found before is still held against it."""
    form = Filled(submitted, page.translate)
    number = form.typed("id")
    until = page.services.captures.day_of(page.now)

    def act(conn: Connection) -> str:
        rule_id = int(number) if number.isdecimal() and len(number) < 16 else 0
        rulebook.end_rule(conn, page.actor, form.typed("what"), rule_id, until, page.now)
        return "/staff/rules?done=saved"

    return page.go_once(form, act)


@router.post("/four-eyes")
def set_four_eyes(page: StaffPage, submitted: Submitted) -> Response:
    """Whether two people approve each claim of a programme."""
    form = Filled(submitted, page.translate)

    def act(conn: Connection) -> str:
        needed = form.typed("needed") == "yes"
        rulebook.set_four_eyes(conn, page.actor, form.typed("programme"), page.now, needed=needed)
        return "/staff/rules?done=saved"

    return page.go_once(form, act)


def _check_programme(conn: Connection, key: str) -> None:
    if key not in {programme.key for programme in rulebook.fetch_rulebook(conn).programmes}:
        raise NotFound("There is no such programme.")


def _day(page: Page, form: Filled) -> date:
    return form.day("valid_from") or page.services.captures.day_of(page.now)


def _show(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        book = rulebook.fetch_rulebook(conn)
    day = page.services.captures.day_of(page.now)

    def says(words: Mapping[str, str]) -> str:
        return words_in(words, page.locale)

    return page.render(
        "staff_rules.html", status, form=form, book=book, day=day, says=says,
    )  # fmt: skip
