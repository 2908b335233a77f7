"""Reports that were filed: one's own and one's team's, each with its photos."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from hub.errors import Conflict, NotFound
from hub.geo.mesh import format_mesh, is_in_grid, mesh_of
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.store import Connection
from hub.texts import msgid
from hub.traps.captures.records import find_odd
from hub.traps.captures.service import FullReport, may_correct
from hub.traps.captures.store import ClaimFilter, Photo, Report, ReportFilter
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import HuntersPage, Page
from hub.web.pages.reports import slots_of_today

__all__ = ["mesh_code", "router"]

router = APIRouter()
_PAGE = 30


@router.get("/captures")
def list_reports(page: HuntersPage, before: Annotated[str, Query()] = "") -> Response:
    """What was found in the traps that the actor sees, newest first; and what city staff ask."""
    captures = page.services.captures
    with page.services.database.transaction() as conn:
        keys = registry.visible_device_keys(conn, page.actor)
        place = _place(conn, page, before)
        found = captures.fetch_all(conn, ReportFilter(device_keys=keys, before=place), _PAGE + 1)
        asked = captures.claims.fetch_asked(conn, page.actor.person_id)
    more = found[_PAGE - 1].report.id if len(found) > _PAGE else None
    return page.render("captures.html", keep=True, reports=found[:_PAGE], asked=asked, more=more)


def _place(conn: Connection, page: Page, before: str) -> tuple[datetime, str] | None:
    if not before or not is_id(before):
        return None
    report = page.services.captures.fetch_visible(conn, page.actor, before).report
    return report.received_at, report.id


@router.get("/captures/{report_id}")
def show_report(page: HuntersPage, report_id: str) -> Response:
    """One report."""
    return _show(page, report_id, Filled({}, page.translate))


def _show(page: Page, report_id: str, form: Filled, status: int = 200) -> Response:
    captures = page.services.captures
    with page.services.database.transaction() as conn:
        full = captures.fetch_visible(conn, page.actor, report_id)
        photos = captures.photos.fetch_of(conn, [report_id])
        claims = captures.claims.fetch_all(conn, ClaimFilter(report_ids=[report_id]))
        versions = captures.fetch_versions(conn, report_id)
        slots = slots_of_today(conn, page)
    return page.render(
        "capture.html",
        status,
        keep=True,
        form=form,
        full=full,
        photos=photos,
        claims=claims,
        versions=versions,
        slots=slots,
        mesh=mesh_code(full.report),
        may_change=may_correct(page.actor, full.report),
        may_answer=may_correct(page.actor, full.report),
        odd=told_odd(page, full),
    )


def told_odd(page: Page, full: FullReport) -> list[str]:
    """What is unusual about a report's animals, in the reader's words."""
    return [page.translate(odd.message) % dict(odd.blanks) for odd in find_odd(full.animals)]


def mesh_code(report: Report) -> str:
    """The third mesh (about 1 km) of where it was found, else of the trap; empty outside of Japan's grid."""
    lat, lon = report.lat, report.lon
    if lat is None or lon is None:
        lat, lon = report.trap_lat, report.trap_lon
    return format_mesh(mesh_of(lat, lon, "third")) if is_in_grid(lat, lon) else ""


@router.post("/captures/{report_id}/answer")
def answer(page: HuntersPage, report_id: str, submitted: Submitted) -> Response:
    """What the writer says to a question of city staff."""
    form = Filled(submitted, page.translate)
    words = form.text("words")
    if not words:
        form.fault("words", msgid("Please fill this in."))
        return _show(page, report_id, form, 422)

    def act(conn: Connection) -> str:
        captures = page.services.captures
        captures.fetch_visible(conn, page.actor, report_id)
        claim = captures.claims.fetch(conn, form.typed("claim"))
        if claim.report_id != report_id:
            raise NotFound("There is no such claim.")
        captures.claims.decide(conn, page.actor, claim.id, "answer", words, page.now)
        return f"/captures/{report_id}?done=answered"

    try:
        return page.go_once(form, act)
    except Conflict:
        form.fault("words", msgid("Nobody asks any more. Your answer was not saved."))
        return _show(page, report_id, form, 409)


# --- photos -----------------------------------------------------------------------------------------------------------


@router.get("/photos/{photo_id}")
def show_photo(page: HuntersPage, photo_id: str) -> Response:
    """A photo in full size; what its camera wrote of its place goes only to staff, its sender and the trap's team."""
    with page.services.database.transaction() as conn:
        photo, with_words = page.services.captures.photos.fetch_visible(conn, page.actor, photo_id)
        content, kind = page.services.captures.photos.fetch_original(conn, photo, with_words=with_words)
    return as_picture(content, kind, photo)


@router.get("/photos/{photo_id}/small")
def show_small_photo(page: HuntersPage, photo_id: str) -> Response:
    """The small copy of a photo."""
    with page.services.database.transaction() as conn:
        photo, _ = page.services.captures.photos.fetch_visible(conn, page.actor, photo_id)
        content = page.services.captures.photos.fetch_thumbnail(conn, photo)
    return as_picture(content, "image/jpeg", photo)


def as_picture(content: bytes, kind: str, photo: Photo) -> Response:
    """An answer that is a picture and nothing else; only the browser that asked keeps it."""
    headers = {
        "Cache-Control": "private, max-age=3600",
        "Content-Disposition": f'inline; filename="{photo.id}.{kind.removeprefix("image/").replace("jpeg", "jpg")}"',
    }
    return Response(content, media_type=kind, headers=headers)
