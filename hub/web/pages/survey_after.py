"""A survey after its flights: what has been seen and what is left, damage pins, papers, files, the public summary."""

import json
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hub.errors import Conflict, Invalid, NotFound
from hub.registry import service as registry
from hub.store import Connection
from hub.surveys import store
from hub.surveys.evidence import service as evidence
from hub.surveys.evidence.service import PIN_KINDS, NewImage, NewPin, Pin, PinKind
from hub.surveys.flights import store as flights
from hub.surveys.notice import Summary, summary_of
from hub.surveys.service import scope_of
from hub.texts import msgid
from hub.texts.sheets import print_sheet
from hub.traps.captures.images import read_photo
from hub.web import surveying
from hub.web.exporting import ExportedFile, answer_file, export
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, RespondersPage, SurveysPage
from hub.web.pages.sent import sent_file
from hub.web.pages.survey import drone_names, survey_words_of
from hub.web.pages.survey_live import seen_rings
from hub.web.pages.survey_timeline import tell_survey
from hub.web.pages.survey_view import Detail, fetch_detail, map_of, picture_of
from hub.web.pages.survey_words import PINS

__all__ = ["router"]

router = APIRouter(prefix="/surveys/{survey_id}")
_PHOTO_BYTES = 15_000_000
DONE = {"pinned": msgid("The pin is set."), "removed": msgid("The pin is removed.")}


@router.get("/after")
def show_after(page: SurveysPage, survey_id: str) -> Response:
    """What has been seen over all plans of the survey."""
    return _show(page, survey_id, Filled({}, page.translate))


def _show(page: Page, survey_id: str, form: Filled, status: int = 200) -> Response:
    draws = page.actor.has("responder")
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, page.services.surveys.rules, page.now)
        seeing = surveying.fetch_seen(conn, survey_id)
        photos = flights.fetch_photos(conn, survey_id)
        pins = evidence.fetch_pins(conn, survey_id) if draws else []
        names = registry.fetch_person_names(conn, frozenset(one.pinned_by for one in pins))
    seen = seeing.seen
    rings = seen_rings(detail.plan, photos)
    told = page.request.query_params.get("done", "") if status < 400 else ""
    return page.render(
        "survey_after.html",
        status,
        **survey_words_of(page, detail, map_of(detail, gaps=seen.gaps, pins=[_on_map(page, one) for one in pins])),
        picture=picture_of(detail, seen=[ring for _, ring in rings], gaps=seen.gaps),
        seen=seen,
        planned=seeing.planned,
        form=form,
        pins=list(reversed(pins)),
        names=names,
        kinds=[(kind, page.translate(PINS[kind])) for kind in PIN_KINDS],
        draws=draws,
        told=page.translate(DONE[told]) if told in DONE else "",
    )


def _on_map(page: Page, pin: Pin) -> dict[str, object]:
    return {"lat": pin.lat, "lon": pin.lon, "name": page.translate(PINS[pin.kind]), "path": f"#{pin.id}"}


async def sent_photo(request: Request) -> tuple[str, bytes] | None:
    """Name and content of the form's photo; None when nothing was chosen."""
    sent = await sent_file(request, "photo", _PHOTO_BYTES)
    return (sent.name or "photo", sent.content) if sent and sent.content else None


SentPhoto = Annotated[tuple[str, bytes] | None, Depends(sent_photo)]


@router.post("/pins")
def add_pin(page: RespondersPage, survey_id: str, submitted: Submitted, sent: SentPhoto) -> Response:
    """Damage that somebody sees on the ground: a place, what it is, words and a photo."""
    form = Filled(submitted, page.translate)
    kind = _kind(form)
    lat, lon = form.number("lat", -90, 90), form.number("lon", -180, 180)
    note = form.text("note") or ""
    image = _image(page, form, sent)
    if form.errors or kind is None:
        return _show(page, survey_id, form, 422)

    def act(conn: Connection) -> str:
        image_id = None if image is None else evidence.add_image(conn, page.actor, survey_id, image, page.now).id
        evidence.add_pin(conn, page.actor, survey_id, NewPin(kind, lat, lon, note, image_id), page.now)
        return f"/surveys/{survey_id}/after?done=pinned"

    return page.go_once(form, act)


def _kind(form: Filled) -> PinKind | None:
    chosen = form.choice("kind", PIN_KINDS)
    return next((kind for kind in PIN_KINDS if kind == chosen), None)


def _image(page: Page, form: Filled, sent: tuple[str, bytes] | None) -> NewImage | None:
    if sent is None:
        return None
    name, content = sent
    if len(content) > _PHOTO_BYTES:
        form.fault("photo", msgid("This file is too large. At most %(mb)s MB are taken."), mb=15)
        return None
    try:
        read = read_photo(content, page.services.texts.zone)
    except (Conflict, Invalid):
        form.fault("photo", msgid("This is no photo that can be read."))
        return None
    return NewImage(name, content, read.width, read.height, read.taken_at, read.place, read.thumbnail)


@router.post("/pins/{pin_id}/remove")
def remove_pin(page: RespondersPage, survey_id: str, pin_id: str) -> Response:
    """A pin is shown no more."""
    with page.services.database.transaction() as conn:
        evidence.remove_pin(conn, page.actor, survey_id, pin_id, page.now)
    return page.go(f"/surveys/{survey_id}/after?done=removed")


@router.get("/images/{image_id}")
def show_image(page: RespondersPage, survey_id: str, image_id: str) -> Response:
    """The small copy of a photo that was sent."""
    with page.services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(page.actor))
        small = evidence.fetch_small(conn, survey_id, image_id)
    if small is None:
        raise NotFound("There is no such photo.")
    return Response(small, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@router.get("/notice.pdf")
def print_notice(page: RespondersPage, survey_id: str) -> Response:
    """The notice of the flight on paper."""
    notice = surveying.fetch_notice(page.services, page.actor, survey_id)
    pdf = print_sheet(page.services.texts, "surveys/notice.html", page.locale, notice=notice)
    return Response(pdf, media_type="application/pdf")


@router.get("/plan.geojson")
def save_plan(page: SurveysPage, survey_id: str) -> Response:
    """The area, the planned ways and what is left as GeoJSON, for any map program."""
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, page.services.surveys.rules, page.now)
        seen = surveying.fetch_seen(conn, survey_id).seen
    request = detail.plan.request
    features: list[dict[str, object]] = [
        _feature(request["area"], what="area", name=detail.survey.name, drill=detail.survey.drill)
    ]
    features += [_feature(view.planned["path"], what="flight", drone=view.row.drone) for view in detail.sorties]
    if seen.gaps is not None:
        features.append(_feature(seen.gaps, what="not seen"))
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return answer_file(ExportedFile(f"{survey_id}.geojson", text.encode()))


@router.get("/exports/{name}")
def save_export(page: SurveysPage, survey_id: str, name: str) -> Response:
    """The newest plan and the photos' places for other programs, as by the API."""
    with page.services.database.transaction() as conn:
        return answer_file(export(conn, page.actor, survey_id, name))


def _feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@router.get("/report")
def show_report(page: RespondersPage, survey_id: str) -> Response:
    """All of it to print: what was asked, checked, decided, flown and seen; and what everybody may know."""
    with page.services.database.transaction() as conn:
        detail = fetch_detail(conn, page.actor, survey_id, page.services.surveys.rules, page.now)
        seeing = surveying.fetch_seen(conn, survey_id)
        photos = flights.fetch_photos(conn, survey_id)
        pins = evidence.fetch_pins(conn, survey_id)
        flown = {one.drone for one in store.fetch_sorties(conn, survey_id, None) if one.started_at is not None}
    rings = [ring for _, ring in seen_rings(detail.plan, photos)]
    return page.render(
        "survey_report.html",
        **survey_words_of(page, detail),
        picture=picture_of(detail, seen=rings, gaps=seeing.seen.gaps),
        seen=seeing.seen,
        pins=pins,
        pin_words=PINS,
        summary=_summary(page, detail, seeing, len(flown), pins),
        lines=tell_survey(detail.entries, detail.names, drone_names(detail), page.translate),
    )


def _summary(page: Page, detail: Detail, seeing: surveying.Seeing, drones: int, pins: Sequence[Pin]) -> Summary:
    survey, seen = detail.survey, seeing.seen
    day = survey.asked_at.astimezone(page.services.texts.zone).date().isoformat()
    numbers = seen.fraction, seen.photos, seen.area_m2
    return summary_of(survey, seeing.plan, numbers, drones, [pin.kind for pin in pins], day)
