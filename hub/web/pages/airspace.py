"""Zones that limit flying, brought in by staff with where they are from."""

import json
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response

from hub.errors import Invalid
from hub.registry import service as registry
from hub.surveys import airspace
from hub.surveys.airspace import NewImport
from hub.surveys.limits import FRESH_KINDS, KINDS, ZoneKind
from hub.surveys.zones import NewZone, read_zones
from hub.texts import msgid
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage
from hub.web.pages.sent import sent_file
from hub.web.pages.survey_words import ZONES

__all__ = ["router"]

router = APIRouter(prefix="/staff/airspace")
_MOST_BYTES = 900_000
_LONGEST_URL = 1_000
_NONE: dict[str, object] = {"type": "FeatureCollection", "features": []}
DONE = {"saved": msgid("The zones are brought in."), "ended": msgid("These zones hold no more.")}


async def sent_bytes(request: Request) -> bytes | None:
    """The file of the form's field `file`; None when nothing was chosen."""
    sent = await sent_file(request, "file", _MOST_BYTES)
    return (sent and sent.content) or None


Sent = Annotated[bytes | None, Depends(sent_bytes)]


@router.get("")
def show_airspace(page: StaffPage) -> Response:
    """What is known of each kind, and the form for more."""
    return _show(page, Filled({}, page.translate))


@router.post("")
def bring_in(page: StaffPage, submitted: Submitted, sent: Sent) -> Response:
    """Bring in zones of one kind; without a file: there are none in town."""
    form = Filled(submitted, page.translate)
    kind = _kind(form)
    title, day = form.line("title"), form.day("source_date")
    if day is None:
        form.fault("source_date", msgid("Please fill this in."))
    url = form.line("url", required=False) or None
    if url is not None and not (url.isascii() and url.startswith(("http://", "https://")) and len(url) < _LONGEST_URL):
        form.fault("url", msgid("Please give an address that begins with https://"))
    zones = _zones(form, sent)
    if form.errors or day is None:
        return _show(page, form, 422)
    new = NewImport(kind, title, url, day, "yes" in form.chosen("sample"))
    with page.services.database.transaction() as conn:
        replaces = "yes" not in form.chosen("adds")
        airspace.import_zones(conn, page.actor, new, zones, page.now, replaces=replaces)
    return page.go("/staff/airspace?done=saved")


@router.post("/{import_id}/end")
def end(page: StaffPage, import_id: str) -> Response:
    """An import holds no more."""
    with page.services.database.transaction() as conn:
        airspace.end_import(conn, page.actor, import_id, page.now)
    return page.go("/staff/airspace?done=ended")


def _kind(form: Filled) -> ZoneKind:
    return cast("ZoneKind", form.choice("kind", KINDS))


def _zones(form: Filled, sent: bytes | None) -> list[NewZone]:
    if sent is None:
        if "yes" not in form.chosen("none"):
            form.fault("file", msgid("Please choose a file, or tick that there are none."))
        return []
    if len(sent) > _MOST_BYTES:
        form.fault("file", msgid("This file is too large. At most %(mb)s MB are taken."), mb="0.9")
        return []
    try:
        return read_zones(json.loads(sent.decode("utf-8-sig")))
    except Invalid as fault:
        form.fault("file", msgid("This file cannot be read: %(why)s"), why=str(fault))
    except (ValueError, RecursionError):
        form.fault("file", msgid("This file is no GeoJSON."))
    return []


def _show(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        imports = airspace.fetch_imports(conn)
        names = registry.fetch_person_names(conn, frozenset(one.imported_by for one in imports))
    told = page.request.query_params.get("done", "") if status < 400 else ""
    return page.render(
        "staff_airspace.html",
        status,
        form=form,
        kinds=[(kind, page.translate(ZONES[kind])) for kind in KINDS],
        imports=imports,
        names=names,
        fresh=FRESH_KINDS,
        fresh_minutes=int(page.services.surveys.rules.fresh_for.total_seconds() // 60),
        told=page.translate(DONE[told]) if told in DONE else "",
    )
