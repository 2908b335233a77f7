"""What was found: the form that a hunter fills in at the trap, with animals and photos, and its corrections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from hub.alerts.service import UNRESOLVED
from hub.alerts.views import IncidentView
from hub.errors import Conflict, Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.traps.captures.records import MOST_ANIMALS, NewReport, find_odd
from hub.traps.captures.rulebook import fetch_rulebook
from hub.traps.captures.rules import photo_rules_for, words_in
from hub.traps.captures.service import Correction, FullReport, may_correct
from hub.traps.captures.store import TrapFacts
from hub.web import acts
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.incidents import find_incident
from hub.web.pages.page import HuntersPage, Page
from hub.web.pages.queued import is_queued
from hub.web.pages.report_form import SentPhoto, SentPhotos, count_animals, keep_photos, read_report

__all__ = ["Slot", "router", "slots_of_today"]

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Slot:
    """A photo that some programme asks for, in the reader's words."""

    item: str
    words: str
    required: bool


@dataclass
class Sheet:
    """One report form: what it is about, and where it goes. `incident` None: found without any alarm."""

    page: Page
    device: Device
    path: str
    incident: IncidentView | None = None
    full: FullReport | None = None


# --- the form ---------------------------------------------------------------------------------------------------------


@router.get("/incidents/{incident_id}/report")
def show_form_of_incident(page: HuntersPage, incident_id: str) -> Response:
    """The form for what an alarm was about."""
    with page.services.database.transaction() as conn:
        sheet = _sheet_of_incident(conn, page, incident_id)
    if sheet.incident is not None and sheet.incident.state not in UNRESOLVED:
        return page.go(f"/incidents/{incident_id}")
    return _show(sheet, Filled({}, page.translate))


@router.post("/incidents/{incident_id}/report")
def file_for_incident(page: HuntersPage, incident_id: str, submitted: Submitted, sent: SentPhotos) -> Response:
    """File it; that settles the incident."""
    with page.services.database.transaction() as conn:
        sheet = _sheet_of_incident(conn, page, incident_id)
    return _take(sheet, submitted, sent)


@router.get("/traps/{device_id}/report")
def show_form_of_trap(page: HuntersPage, device_id: str) -> Response:
    """The form for what was found without any alarm."""
    with page.services.database.transaction() as conn:
        sheet = _sheet_of_trap(conn, page, device_id)
    return _show(sheet, Filled({}, page.translate))


@router.post("/traps/{device_id}/report")
def file_for_trap(page: HuntersPage, device_id: str, submitted: Submitted, sent: SentPhotos) -> Response:
    """File it; a firing that waits for a report is settled by it."""
    with page.services.database.transaction() as conn:
        sheet = _sheet_of_trap(conn, page, device_id)
    return _take(sheet, submitted, sent)


@router.get("/captures/{report_id}/correct")
def show_correction(page: HuntersPage, report_id: str) -> Response:
    """The form with what the report says."""
    with page.services.database.transaction() as conn:
        sheet = _sheet_of_report(conn, page, report_id)
    assert sheet.full is not None  # noqa: S101  # as _sheet_of_report makes it
    return _show(sheet, Filled(_typed_of(page, sheet.full), page.translate))


@router.post("/captures/{report_id}/correct")
def correct(page: HuntersPage, report_id: str, submitted: Submitted, sent: SentPhotos) -> Response:
    """A new version of the report."""
    with page.services.database.transaction() as conn:
        sheet = _sheet_of_report(conn, page, report_id)
    return _take(sheet, submitted, sent)


def _sheet_of_incident(conn: Connection, page: Page, incident_id: str) -> Sheet:
    view = find_incident(conn, page, incident_id)
    if view.device_id is None:
        raise NotFound("There is no such incident.")
    device = registry.device_of(conn, page.actor, view.device_id)
    if device.kind != "trap":
        raise NotFound("There is no such incident.")
    return Sheet(page, device, f"/incidents/{incident_id}/report", incident=view)


def _sheet_of_trap(conn: Connection, page: Page, device_id: str) -> Sheet:
    device = registry.device_of(conn, page.actor, device_id)
    if device.kind != "trap":
        raise NotFound("There is no such trap.")
    return Sheet(page, device, f"/traps/{device_id}/report")


def _sheet_of_report(conn: Connection, page: Page, report_id: str) -> Sheet:
    full = page.services.captures.fetch_visible(conn, page.actor, report_id)
    if not may_correct(page.actor, full.report):
        raise Forbidden
    device = registry.device_of(conn, page.actor, full.report.device_id)
    return Sheet(page, device, f"/captures/{report_id}/correct", full=full)


def _typed_of(page: Page, full: FullReport) -> dict[str, list[str]]:
    """A report as the fields of its form."""
    report, zone = full.report, page.services.texts.zone
    names = ("outcome", "note", "lat", "lon", "accuracy_m", "hunt_kind", "trap_kind", "trap_set_on", "trap_removed_on")
    values: dict[str, Any] = {name: getattr(report, name) for name in (*names, "municipality", "version")}
    values |= {"found_at": report.found_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"), "person": report.person_id}
    values["animals"] = len(full.animals)
    for number, animal in enumerate(full.animals):
        fields = animal.as_new()
        for name in type(fields).__dataclass_fields__:
            value: Any = getattr(fields, name)
            if name == "pregnant" and value is not None:
                value = "yes" if value else "no"
            values[f"animals-{number}-{name}"] = f"{value:g}" if isinstance(value, float) else value
    return {name: [str(value)] for name, value in values.items() if value is not None}


# --- what was sent ----------------------------------------------------------------------------------------------------


def _take(sheet: Sheet, submitted: dict[str, list[str]], sent: list[SentPhoto]) -> Response:
    """File what was sent; "add an animal" and its like show the form again with everything in it."""
    page, form = sheet.page, Filled(submitted, sheet.page.translate)
    act = "" if is_queued(page.request) else form.typed("act")
    if act == "add" or act.startswith("out-"):
        return _show(sheet, Filled(_rearranged(form, submitted, act), page.translate), sent=sent)
    person_id = _finder(page, form, sheet)
    new = read_report(page, form, sheet.device, sheet.incident and sheet.incident.id, person_id)
    if form.errors:
        return _show(sheet, form, 422, sent)
    try:
        return page.go_once(form, _filing(sheet, form, new, sent))
    except _BadPhotos:
        return _show(sheet, form, 422, sent)
    except Conflict:
        if sheet.incident is None and sheet.full is None:
            raise
        return _show_settled(sheet, form, sent)


class _BadPhotos(Exception):  # what happened
    """Some of the photos cannot be kept, so nothing is."""


def _filing(sheet: Sheet, form: Filled, new: NewReport, sent: list[SentPhoto]) -> Callable[[Connection], str]:
    page = sheet.page

    def file(conn: Connection) -> str:
        ids = keep_photos(conn, page, form, sent)
        if form.errors:
            raise _BadPhotos
        if sheet.full is not None:
            number = form.typed("version")
            why = Correction(int(number) if number.isdecimal() else 0, form.text("reason"), tuple(ids))
            page.services.captures.correct(conn, sheet.full.report.id, new, page.actor, page.now, why=why)
            return f"/captures/{sheet.full.report.id}?done=corrected"
        report_id = acts.file_report(conn, page.services, page.actor, sheet.device, new, ids)
        return f"/captures/{report_id}?done=filed"

    return file


def _show_settled(sheet: Sheet, form: Filled, sent: list[SentPhoto]) -> Response:
    """Somebody was quicker: nothing that was typed is lost, and one more press files it all the same."""
    if sheet.full is not None:
        form.fault("reason", msgid("Somebody has corrected this meanwhile. Look at the report, then correct it again."))
        return _show(sheet, form, 409, sent)
    text = msgid("Somebody has settled this meanwhile. If your report is about another animal, save it once more.")
    form.fault("outcome", text)
    other = Sheet(sheet.page, sheet.device, f"/traps/{sheet.device.id}/report")
    return _show(other, form, 409, sent)


def _finder(page: Page, form: Filled, sheet: Sheet) -> str:
    """Who found it: whoever types, but staff may type for a hunter, and a correction changes nobody's report."""
    if not page.actor.is_staff:
        return sheet.full.report.person_id if sheet.full else page.actor.person_id
    chosen = form.typed("person")
    with page.services.database.transaction() as conn:
        hunters = {person.id for person in _finders(conn, page)}
    if chosen and chosen in hunters:
        return chosen
    return sheet.full.report.person_id if sheet.full else page.actor.person_id


def _finders(conn: Connection, page: Page) -> list[Any]:
    """The people for whom staff may type a report."""
    if not page.actor.is_staff:
        return []
    return [person for person in registry.fetch_people(conn) if person.active and "hunter" in person.roles]


def _rearranged(form: Filled, submitted: dict[str, list[str]], act: str) -> dict[str, list[str]]:
    """The form with one more animal, or without one of them."""
    count = count_animals(form)
    values = {name: list(typed) for name, typed in submitted.items() if name != "act"}
    if act == "add":
        return values | {"animals": [str(min(count + 1, MOST_ANIMALS))]}
    gone = act.removeprefix("out-")
    if not gone.isdecimal() or int(gone) >= count:
        return values
    kept = {name: typed for name, typed in values.items() if not name.startswith("animals-")}
    for name, typed in values.items():
        word, number, rest = [*name.split("-", 2), "", ""][:3]
        if word == "animals" and number.isdecimal() and int(number) != int(gone):
            kept[f"animals-{int(number) - (int(number) > int(gone))}-{rest}"] = typed
    return kept | {"animals": [str(count - 1)]}


def _show(sheet: Sheet, form: Filled, status: int = 200, sent: list[SentPhoto] | None = None) -> Response:
    page = sheet.page
    with page.services.database.transaction() as conn:
        # Photos that came with this form are kept, so that nobody has to choose them again.
        ids = keep_photos(conn, page, form, sent) if sent else form.chosen("photo")
        drafts = page.services.captures.photos.fetch_drafts(conn, ids, page.actor.person_id)
        facts = page.services.captures.fetch_trap_facts(conn, sheet.device.key)
        slots = slots_of_today(conn, page)
        finders = _finders(conn, page)
        attached = page.services.captures.photos.fetch_of(conn, [sheet.full.report.id]) if sheet.full else []
    return page.render(
        "report.html",
        status,
        keep=True,
        form=form,
        device=sheet.device,
        incident=sheet.incident,
        full=sheet.full,
        action=sheet.path,
        drafts=drafts,
        attached=attached,
        slots=slots,
        finders=finders,
        count=count_animals(form),
        defaults=_defaults(page, facts),
        odd=[page.translate(one.message) % dict(one.blanks) for one in _odd(sheet)],
    )


def _odd(sheet: Sheet) -> list[Any]:
    return find_odd(sheet.full.animals) if sheet.full else []


def slots_of_today(conn: Connection, page: Page) -> list[Slot]:
    """The photos that any programme of today asks for."""
    book = fetch_rulebook(conn)
    day = page.services.captures.day_of(page.now)
    found: dict[str, Slot] = {}
    for programme in book.programmes:
        for rule in photo_rules_for(book.photos, programme.key, day):
            found.setdefault(rule.item, Slot(rule.item, words_in(rule.words, page.locale), rule.required))
    return list(found.values())


def _defaults(page: Page, facts: TrapFacts) -> dict[str, str]:
    """What is likely so, since the trap's last report said it."""
    return {
        "hunt_kind": facts.hunt_kind or "pest_control",
        "trap_kind": facts.trap_kind or "",
        "trap_set_on": facts.trap_set_on.isoformat() if facts.trap_set_on else "",
        "municipality": facts.municipality or page.services.settings.town,
    }
