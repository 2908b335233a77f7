"""Game for the table: each animal's traceability, meat clock, hygiene form, radiation hold and label."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from fastapi import APIRouter, Response

from hub.errors import Forbidden
from hub.geo.mesh import NoMesh, format_mesh, mesh_of
from hub.registry import service as registry
from hub.store import Connection
from hub.texts import msgid
from hub.texts.sheets import print_sheet, qr_svg
from hub.traps.meat import service as meats
from hub.traps.meat.hygiene import ABNORMALITIES, COOLINGS, LIMBS, HygieneForm
from hub.traps.meat.service import Meat, Result
from hub.traps.patrols.days import day_of
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import HuntersPage, Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/animals")
_YES_NO = ("yes", "no")
_MOST_BQ = 1_000_000


@router.get("")
def list_animals(page: HuntersPage) -> Response:
    """Animals for gibier from the traps that one sees, the newest first."""
    with page.services.database.transaction() as conn:
        found = meats.fetch_meat(conn, _keys(conn, page), page.services.patrols.zone)
    return page.render("animals.html", animals=found)


@router.get("/{animal_id}")
def show_animal(page: HuntersPage, animal_id: str) -> Response:
    """One animal."""
    return _show(page, animal_id, Filled({}, page.translate))


@router.post("/{animal_id}/hygiene")
def save_hygiene(page: HuntersPage, animal_id: str, submitted: Submitted) -> Response:
    """Another version of the hygiene form."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        meat = _fetch(conn, page, animal_id)
    filled = _read(page, form)
    if form.errors or filled is None:
        return _show(page, animal_id, form, 422)

    def act(conn: Connection) -> str:
        meats.save_form(conn, page.actor, meat, filled, page.now)
        return f"/animals/{animal_id}?done=saved"

    try:
        return page.go_once(form, act)
    except Forbidden as error:
        form.fault("abnormal", str(error))
        return _show(page, animal_id, form, 403)


@router.post("/{animal_id}/radiation")
def save_radiation(page: StaffPage, animal_id: str, submitted: Submitted) -> Response:
    """What the laboratory found."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        meat = _fetch(conn, page, animal_id)
    day, value, laboratory = form.day("measured_on"), form.number("bq_per_kg", 0, _MOST_BQ), form.line("laboratory")
    note = form.text("radiation_note")
    if day is None:
        form.fault("measured_on", msgid("Please fill this in."))
    elif day > day_of(page.now, page.services.patrols.zone):
        form.fault("measured_on", msgid("This day is still to come."))
    elif day < meat.caught_on:
        form.fault("measured_on", msgid("This day is before the capture."))
    if form.errors or day is None:
        return _show(page, animal_id, form, 422)
    result = Result(animal_id, day, value, bool(form.chosen("below_detection")), laboratory, note)

    def act(conn: Connection) -> str:
        meats.save_result(conn, page.actor, meat, result, page.now)
        return f"/animals/{animal_id}?done=measured"

    return page.go_once(form, act)


@router.get("/{animal_id}/hygiene.pdf")
def print_hygiene(page: HuntersPage, animal_id: str) -> Response:
    """The hygiene form on paper."""
    with page.services.database.transaction() as conn:
        meat = _fetch(conn, page, animal_id)
    return _sheet(page, "traps/hygiene.html", f"hygiene_{animal_id}", meat=meat, area=_area(meat))


@router.get("/{animal_id}/label.pdf")
def print_label(page: HuntersPage, animal_id: str) -> Response:
    """Labels with the individual number, several a sheet: one for each piece that is packed."""
    with page.services.database.transaction() as conn:
        meat = _fetch(conn, page, animal_id)
    address = f"{page.services.settings.public_url.rstrip('/')}/animals/{animal_id}"
    return _sheet(page, "traps/label.html", f"label_{animal_id}", meat=meat, area=_area(meat), code=qr_svg(address))


def _sheet(page: Page, template: str, name: str, **context: object) -> Response:
    pdf = print_sheet(page.services.texts, template, page.locale, now=page.now, **context)
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _keys(conn: Connection, page: Page) -> Sequence[int] | None:
    keys = registry.visible_device_keys(conn, page.actor)
    return None if keys is None else sorted(keys)


def _fetch(conn: Connection, page: Page, animal_id: str) -> Meat:
    return meats.fetch_one(conn, animal_id, _keys(conn, page), page.services.patrols.zone)


def _area(meat: Meat) -> str:
    """Where it was caught, as others may know it: the 5 km mesh of the hunters' map, never the trap's place."""
    try:
        return format_mesh(mesh_of(meat.animal.lat, meat.animal.lon, "five_km"))
    except NoMesh:
        return ""


def _show(page: Page, animal_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        meat = _fetch(conn, page, animal_id)
    zone = page.services.patrols.zone

    def local(instant: datetime | None) -> str:
        return "" if instant is None else f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}"

    return page.render(
        "animal.html", status, form=form, meat=meat, area=_area(meat), local=local, today=day_of(page.now, zone)
    )


# --- reading the form -------------------------------------------------------------------------------------------------


def _read(page: Page, form: Filled) -> HygieneForm | None:
    killed_at, bled_at = _instant(page, form, "killed_at"), _instant(page, form, "bled_at")
    delivered_at = _instant(page, form, "delivered_at", required=False)
    abnormal = tuple(key for key in ABNORMALITIES if form.choice(f"abnormal-{key}", _YES_NO) == "yes")
    weight = form.number_or_none("weight_kg", 0.1, 500)
    values: dict[str, object] = {
        "licence_number": form.line("licence_number"),
        "hunter_well": form.choice("hunter_well", _YES_NO) == "yes",
        "killer_name": form.line("killer_name"),
        "killer_well": form.choice("killer_well", _YES_NO) == "yes",
        "snared_limb": form.choice("snared_limb", LIMBS),
        "killed_at": killed_at,
        "bled_at": bled_at,
        "bled_place": form.line("bled_place"),
        "body_temperature_c": form.number("body_temperature_c", 10, 50),
        "organs_out": form.choice("organs_out", _YES_NO) == "yes",
        "organs_place": form.line("organs_place", required=False) or None,
        "cooling": form.choice("cooling", COOLINGS),
        "delivered_at": delivered_at,
        "delivered_to": form.line("delivered_to", required=False) or None,
        "sex": form.choice("sex", ("male", "female")),
        "pregnant": form.typed("pregnant") == "yes",
        "age": form.choice("age", ("adult", "juvenile")),
        "weight_kg": weight,
        "abnormal": abnormal,
        "note": form.text("note"),
    }
    if values["pregnant"] and values["sex"] == "male":
        form.fault("pregnant", msgid("Only a female can be pregnant."))
    if killed_at and bled_at and bled_at < killed_at:
        form.fault("bled_at", msgid("This is before it was killed."))
    if delivered_at and bled_at and delivered_at < bled_at:
        form.fault("delivered_at", msgid("This is before it was bled."))
    return None if form.errors else HygieneForm.model_validate(values)


def _instant(page: Page, form: Filled, name: str, *, required: bool = True) -> datetime | None:
    text = form.typed(name).strip()
    if not text and not required:
        return None
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(text).replace(tzinfo=page.services.patrols.zone).astimezone(UTC)
        if at > page.now:
            form.fault(name, msgid("This is in the future."))
        return at
    form.fault(name, msgid("Please give a day and a time."))
    return None
