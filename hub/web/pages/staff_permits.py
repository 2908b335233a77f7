"""Permits: what is due, the form that writes one down, the report that each owes, and the tags for its traps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from fastapi import APIRouter, Response

from hub.errors import Conflict
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.registry.people import Person
from hub.store import Connection
from hub.texts import msgid, nmsgid
from hub.texts.sheets import print_sheet, qr_svg
from hub.traps.patrols.days import day_of
from hub.traps.permits import service as permits
from hub.traps.permits.due import PERMIT_KINDS, Permit, PermitKind, Report, due_on, state_on
from hub.traps.permits.service import NewPermit
from hub.traps.permits.store import Heads
from hub.traps.rules import rule_on
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/permits")
_TAKEN = msgid("Another permit has this number already.")
_MOST = 30
# What a report names even when none was caught, so that the zero is said.
_ALWAYS = ("boar", "deer")
_ENDED = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Draft:
    """The report as the records have it: heads caught by species, and what was let go as the wrong species."""

    caught: Mapping[str, int]
    released: Mapping[str, int]

    @property
    def is_zero(self) -> bool:
        """Whether nothing was caught."""
        return not any(self.caught.values())


@dataclass(frozen=True, slots=True)
class Offered:
    """Whom and what the form offers."""

    hunters: Sequence[Person]
    traps: Sequence[Device]
    names: Mapping[str, str]
    trap_names: Mapping[int, Device]


@router.get("")
def list_permits(page: StaffPage) -> Response:
    """What is to be looked at, and every permit of the last year."""
    today = day_of(page.now, page.services.patrols.zone)
    with page.services.database.transaction() as conn:
        found = [one for one in permits.fetch_permits(conn) if one.report is None or today - one.valid_until < _ENDED]
        matters = permits.fetch_matters(conn, today)
        offered = _offered(conn, page)
    return page.render(
        "staff_permits.html",
        permits=found,
        matters=matters,
        offered=offered,
        states={one.id: state_on(one, today) for one in found},
        by_id={one.id: one for one in found},
        due_on=due_on,
    )


@router.get("/new")
def new_permit(page: StaffPage) -> Response:
    """The form for a permit."""
    return _form(page, Filled({}, page.translate), None)


@router.post("/new")
def create_permit(page: StaffPage, submitted: Submitted) -> Response:
    """Write a permit down."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        new = _read(form, _offered(conn, page))
    if form.errors:
        return _form(page, form, None, 422)
    try:
        return page.go_once(
            form, lambda conn: f"/staff/permits/{permits.create_permit(conn, page.actor, new, page.now)}?done=saved"
        )
    except Conflict:
        form.fault("number", _TAKEN)
        return _form(page, form, None, 409)


@router.get("/{permit_id}")
def show_permit(page: StaffPage, permit_id: str) -> Response:
    """One permit with its report and its form."""
    with page.services.database.transaction() as conn:
        permit = permits.fetch_permit(conn, permit_id)
    return _form(page, Filled({}, page.translate), permit)


@router.post("/{permit_id}")
def change_permit(page: StaffPage, permit_id: str, submitted: Submitted) -> Response:
    """The permit as it shall be."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        permit = permits.fetch_permit(conn, permit_id)
        new = _read(form, _offered(conn, page))
        if not form.errors:
            try:
                permits.change_permit(conn, page.actor, permit_id, new, page.now)
            except Conflict:
                form.fault("number", _TAKEN)
    if form.errors:
        return _form(page, form, permit, 422)
    return page.go(f"/staff/permits/{permit_id}?done=saved")


@router.post("/{permit_id}/report")
def hand_in(page: StaffPage, permit_id: str, submitted: Submitted) -> Response:
    """The report was handed in, with these figures; none at all is a catch of zero."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        permit = permits.fetch_permit(conn, permit_id)
        draft = _draft(conn, page, permit)
    heads = {name: int(form.number(f"heads-{name}", 0, 10_000)) for name in draft.caught}
    on, note = form.day("handed_in_on"), form.text("report_note")
    if on is None:
        form.fault("handed_in_on", msgid("Please fill this in."))
    elif on > day_of(page.now, page.services.patrols.zone):
        form.fault("handed_in_on", msgid("This day is still to come."))
    if form.errors or on is None:
        return _form(page, form, permit, 422)
    report = Report(on, {name: count for name, count in heads.items() if count}, note)

    def act(conn: Connection) -> str:
        permits.hand_in(conn, page.actor, permit_id, report, page.now)
        return f"/staff/permits/{permit_id}?done=handed_in"

    return page.go_once(form, act)


@router.get("/{permit_id}/tags.pdf")
def print_tags(page: StaffPage, permit_id: str) -> Response:
    """A tag for each trap of the permit, in letters of a centimetre."""
    with page.services.database.transaction() as conn:
        permit = permits.fetch_permit(conn, permit_id)
        devices = registry.fetch_devices_by_key(conn, frozenset(permit.device_keys))
    base = page.services.settings.public_url.rstrip("/")
    tags = [(device, qr_svg(f"{base}/traps/{device.id}", border=2)) for device in devices.values()]
    # A tag is an official notice: it is Japanese whatever its reader's language.
    pdf = print_sheet(page.services.texts, "traps/tags.html", "ja", permit=permit, tags=tags)
    headers = {"Content-Disposition": f'attachment; filename="tags_{permit.id}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _offered(conn: Connection, page: Page) -> Offered:
    people = registry.fetch_people(conn, limit=2000)
    hunters = [person for person in people if person.active and "hunter" in person.roles]
    traps = registry.fetch_devices(conn, page.actor, kind="trap", limit=5000)
    return Offered(hunters, traps, {one.id: one.name for one in people}, {one.key: one for one in traps})


def _draft(conn: Connection, page: Page, permit: Permit) -> Draft:
    heads = permits.draft_report(conn, permit, page.services.patrols.zone)
    caught = _sum(one for one in heads if one.outcome == "captured")
    return Draft(dict.fromkeys(_ALWAYS, 0) | caught, _sum(one for one in heads if one.outcome == "wrong_species"))


def _sum(heads: Iterable[Heads]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in heads:
        name = one.species_name or one.species
        found[name] = found.get(name, 0) + one.heads
    return found


def _read(form: Filled, offered: Offered) -> NewPermit:
    hunters = frozenset(form.chosen("hunters"))
    keys = {device.id: device.key for device in offered.traps}
    if not hunters <= {person.id for person in offered.hunters}:
        form.fault("hunters", msgid("One of the people is no longer available."))
    if not set(form.chosen("traps")) <= set(keys):
        form.fault("traps", msgid("One of the traps is no longer there."))
    valid_from, valid_until = _day(form, "valid_from"), _day(form, "valid_until")
    if valid_until < valid_from:
        form.fault("valid_until", msgid("The last day must not be before the first."))
    most = int(form.number("most_traps", 1, _MOST))
    if len(form.chosen("traps")) > most:
        allowed = nmsgid("The permit allows %(n)s trap at most.", "The permit allows %(n)s traps at most.")
        form.fault_of("traps", most, allowed)
    return NewPermit(
        kind=cast("PermitKind", form.choice("kind", PERMIT_KINDS)),
        number=form.line("number"),
        authority=form.line("authority"),
        holder=form.line("holder"),
        holder_address=form.line("holder_address"),
        species=form.line("species"),
        area=form.line("area"),
        valid_from=valid_from,
        valid_until=valid_until,
        most_traps=most,
        sensor_replaces=bool(form.chosen("sensor_replaces")),
        report_within_days=int(form.number("report_within_days", 0, 366)),
        note=form.text("note"),
        hunters=hunters,
        device_keys=frozenset(keys[name] for name in form.chosen("traps") if name in keys),
    )


def _day(form: Filled, name: str) -> date:
    day = form.day(name)
    if day is None:
        form.fault(name, msgid("Please fill this in."))
        return date(2000, 1, 1)
    if not 2000 <= day.year <= 2200:
        form.fault(name, msgid("Please give a date such as 2026-04-20."))
    return day


def _form(page: Page, form: Filled, permit: Permit | None, status: int = 200) -> Response:
    today = day_of(page.now, page.services.patrols.zone)
    with page.services.database.transaction() as conn:
        offered = _offered(conn, page)
        draft = _draft(conn, page, permit) if permit else None
        rules = permits.fetch_rules(conn)
    within, most = rule_on(rules, "permit_report_days", today), rule_on(rules, "traps_per_hunter", today)
    return page.render(
        "staff_permit.html",
        status,
        form=form,
        permit=permit,
        offered=offered,
        draft=draft,
        state=state_on(permit, today) if permit else None,
        due_on=due_on(permit) if permit else None,
        today=today,
        usual={
            "report_within_days": int(within.value or 30) if within else 30,
            "most_traps": min(_MOST, int(most.value or _MOST)) if most else _MOST,
        },
    )
