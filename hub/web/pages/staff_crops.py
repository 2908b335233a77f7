"""The table of crops: how each ripens and freezes and who says so. Staff keep it, farmers choose from it."""

from fastapi import APIRouter, Response

from hub.errors import Conflict
from hub.fields.plots import crops
from hub.fields.plots.tables import Crop
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.texts import msgid
from hub.web.pages.forms import Filled, Refused, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/crops")
_LIST = "/staff/crops"
_LONGEST_SOURCE = 500


@router.get("")
def list_crops(page: StaffPage) -> Response:
    """All crops, and the form for a new one."""
    return _list(page, Filled({}, page.translate))


@router.post("")
def add_crop(page: StaffPage, submitted: Submitted) -> Response:
    """One more crop."""
    form = Filled(submitted, page.translate)
    return _save(page, form, new_id("cr")) or _list(page, form, 422)


@router.get("/{crop_id}")
def show_crop(page: StaffPage, crop_id: str) -> Response:
    """The form of one crop."""
    return _show(page, crop_id, Filled({}, page.translate))


@router.post("/{crop_id}")
def change_crop(page: StaffPage, crop_id: str, submitted: Submitted) -> Response:
    """A crop as it shall be from now on."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        crops.fetch_crop(conn, crop_id)
    return _save(page, form, crop_id) or _show(page, crop_id, form, 422)


@router.post("/{crop_id}/delete")
def delete_crop(page: StaffPage, crop_id: str, submitted: Submitted) -> Response:
    """A crop that no plot has is no more."""
    form = Filled(submitted, page.translate)
    if "yes" not in form.chosen("sure"):
        form.fault("sure", msgid("Please tick this."))
        return _show(page, crop_id, form, 422)
    try:
        with page.services.database.transaction() as conn:
            crops.delete_crop(conn, page.actor, crop_id, page.now)
    except Conflict:
        form.fault("sure", msgid("A plot has this crop, so it stays."))
        return _show(page, crop_id, form, 422)
    return page.go(f"{_LIST}?done=deleted")


def _save(page: Page, form: Filled, crop_id: str) -> Response | None:
    crop = _read(form, crop_id)
    if form.errors:
        return None

    def act(conn: Connection) -> str:
        with form.conflict_at("name", msgid("Another crop has this name.")):
            crops.save_crop(conn, page.actor, crop, page.now)
        return f"{_LIST}?done=saved"

    try:
        return page.go_once(form, act)
    except Refused:
        return None


def _read(form: Filled, crop_id: str) -> Crop:
    return Crop(
        id=crop_id,
        name=form.line("name"),
        name_en=form.line("name_en", required=False) or None,
        base_temperature_c=form.number("base_temperature_c", -20, 40),
        degree_day_target=form.number_or_none("degree_day_target", 0, 10_000),
        frost_limit_c=form.number_or_none("frost_limit_c", -30, 20),
        is_paddy="yes" in form.chosen("is_paddy"),
        source=_source(form),
    )


def _source(form: Filled) -> str:
    """Who says so, in a few lines."""
    text = form.text("source") or ""
    if not text:
        form.fault("source", msgid("Please fill this in."))
    elif len(text) > _LONGEST_SOURCE:
        form.fault("source", msgid("This is too long, or has characters that cannot be kept."))
    return text


def _list(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        found = crops.fetch_crops(conn)
    return page.render("staff_crops.html", status, form=form, crops=found)


def _show(page: Page, crop_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        crop = crops.fetch_crop(conn, crop_id)
    return page.render("staff_crop.html", status, form=form, crop=crop)
