"""The report of a survey on paper: what was asked, checked, decided, flown and seen, all of it in one file."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi import APIRouter, Response

from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys.evidence import service as evidence
from hub.surveys.evidence.service import Pin
from hub.surveys.flights import store as flights
from hub.surveys.geojson import parse_polygons
from hub.texts import translator
from hub.texts.sheets import print_sheet
from hub.web import surveying
from hub.web.pages import survey_words
from hub.web.pages.page import RespondersPage
from hub.web.pages.survey import drone_names
from hub.web.pages.survey_live import fetch_ways, seen_rings
from hub.web.pages.survey_timeline import tell_survey
from hub.web.pages.survey_view import fetch_detail, picture_of
from hub.web.services import Services

__all__ = ["print_report", "router"]

router = APIRouter(prefix="/surveys/{survey_id}")
# Photos make a sheet heavy; further ones are looked at in the service.
_MOST_PHOTOS = 60


@dataclass(frozen=True, slots=True)
class PaperPin:
    """A pin with its photo as a `data:` address, where it has one."""

    pin: Pin
    name: str
    photo: str | None


def print_report(services: Services, actor: Actor, locale: str, survey_id: str, now: datetime) -> bytes:
    """The report as a PDF in a language. Raises NotFound."""
    with services.database.transaction() as conn:
        detail = fetch_detail(conn, actor, survey_id, services.surveys.rules, now)
        seeing = surveying.fetch_seen(conn, survey_id)
        photos = flights.fetch_photos(conn, survey_id)
        ways = fetch_ways(conn, detail)
        pins = _pins(conn, survey_id)
        count = evidence.count_images(conn, survey_id)
    translate = translator(locale)
    lines = tell_survey(detail.entries, detail.names, drone_names(detail), translate)
    return print_sheet(
        services.texts,
        "web/survey_sheet.html",
        locale,
        detail=detail,
        survey=detail.survey,
        w=survey_words,
        seen=seeing.seen,
        planned=seeing.planned,
        count=count,
        picture=picture_of(
            detail, tracks=ways, seen=[ring for _, ring in seen_rings(detail.plan, photos)], gaps=seeing.seen.gaps
        ),
        bounds=parse_polygons(seeing.plan.request["area"], "the area").bounds,
        pins=pins,
        lines=list(reversed(lines)),
        tell_detail=partial(survey_words.tell_detail, translate=translate, names=drone_names(detail)),
        tell_source=partial(survey_words.tell_source, translate=translate),
        now=now,
    )


def _pins(conn: Connection, survey_id: str) -> Sequence[PaperPin]:
    pins = evidence.fetch_pins(conn, survey_id)
    names = registry.fetch_person_names(conn, frozenset(pin.pinned_by for pin in pins))
    left, found = _MOST_PHOTOS, list[PaperPin]()
    for pin in pins:
        small = evidence.fetch_small(conn, survey_id, pin.image_id) if pin.image_id and left else None
        left -= small is not None
        photo = None if small is None else "data:image/jpeg;base64," + base64.b64encode(small).decode()
        found.append(PaperPin(pin, names.get(pin.pinned_by, ""), photo))
    return found


@router.get("/report.pdf")
def save_report(page: RespondersPage, survey_id: str) -> Response:
    """The report to keep and to hand on."""
    pdf = print_report(page.services, page.actor, page.locale, survey_id, page.now)
    headers = {"Content-Disposition": f'inline; filename="{survey_id}-report.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)
