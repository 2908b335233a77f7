"""What people add to a survey, and what it says on paper: pins, photos of cards, the notice, the public summary."""

from dataclasses import fields as fields_of
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, File, Response, UploadFile
from pydantic import BaseModel, Field

from hub.errors import NotFound
from hub.surveys import store
from hub.surveys.evidence import service as evidence
from hub.surveys.evidence.service import Image as ImageRow
from hub.surveys.evidence.service import NewImage, NewPin, PinKind
from hub.surveys.evidence.service import Pin as PinRow
from hub.surveys.service import scope_of
from hub.texts.sheets import print_sheet
from hub.traps.captures.images import read_photo
from hub.web import surveying
from hub.web.api.forms import DeviceId, Form, Location, Note
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.api.surveys import Responder
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf
from hub.web.summaries import fetch_summary

__all__ = ["router"]

router = APIRouter(prefix="/surveys/{survey_id}", tags=["surveys"])

_PHOTO_BYTES = 15_000_001


class PinForm(Form):
    """Damage that somebody has seen on the ground."""

    kind: PinKind
    location: Location
    note: Note = ""
    image: DeviceId | None = Field(None, description="A photo that was sent for this survey")


class Pin(BaseModel):
    """A pin."""

    id: str = Field(examples=["pn-4k8m2x9p"])
    kind: PinKind
    location: Location
    note: str
    image: str | None
    pinned_by: str
    pinned_at: datetime


class Image(BaseModel):
    """A photo that was sent: its file's name and digest, and the release of the camera that it belongs to."""

    id: str = Field(examples=["im-2x9p4k8m"])
    file_name: str
    sha256: str
    size_bytes: int
    width: int
    height: int
    taken_at: datetime | None
    location: Location | None
    sortie: str | None
    number: int | None
    sent_by: str
    received_at: datetime


class NoticeAnswer(BaseModel):
    """What is to be told of a flight; null is what is not known here."""

    survey_id: str
    name: str
    drill: bool
    purpose: str | None
    requester: str | None
    article: str | None
    reference: str | None
    contact: str | None
    lat: float
    lon: float
    radius_m: float
    highest_ground_m: float
    highest_sea_m: float | None
    first_at: datetime
    last_at: datetime
    aircraft: list[str]
    made_at: datetime


class SummaryAnswer(BaseModel):
    """What everybody may know."""

    name: str
    state: str
    drill: bool
    day: str
    area: dict[str, object] = Field(description="GeoJSON: boxes about the area's parts, rounded outwards to some 100 m")
    area_m2: float
    coverage: float
    photos: int
    drones: int
    pins: dict[str, int]


def _pin(row: PinRow) -> Pin:
    return Pin(
        id=row.id, kind=row.kind, location=Location(lat=row.lat, lon=row.lon), note=row.note, image=row.image_id,
        pinned_by=row.pinned_by, pinned_at=row.pinned_at,
    )  # fmt: skip


def _image(row: ImageRow) -> Image:
    place = None if row.lat is None or row.lon is None else Location(lat=row.lat, lon=row.lon)
    return Image(
        id=row.id, file_name=row.file_name, sha256=row.sha256, size_bytes=row.size_bytes, width=row.width,
        height=row.height, taken_at=row.taken_at, location=place, sortie=row.sortie_id, number=row.number,
        sent_by=row.sent_by, received_at=row.received_at,
    )  # fmt: skip


@router.get("/pins", summary="Damage seen on the ground", responses=problems(403, 404))
def list_pins(survey_id: str, services: ServicesOf, actor: Responder) -> Page[Pin]:
    """The oldest first."""
    with services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(actor))
        found = evidence.fetch_pins(conn, survey_id)
    return Page(items=[_pin(row) for row in found], next=None)


@router.post("/pins", status_code=201, summary="Add a pin", responses=problems(403, 404))
def add_pin(survey_id: str, form: PinForm, services: ServicesOf, actor: Responder) -> Pin:
    """A place, what it is, words and a photo."""
    new = NewPin(form.kind, form.location.lat, form.location.lon, form.note, form.image)
    with services.database.transaction() as conn:
        return _pin(evidence.add_pin(conn, actor, survey_id, new, services.now()))


@router.delete("/pins/{pin_id}", status_code=204, summary="Take a pin away", responses=problems(403, 404))
def remove_pin(survey_id: str, pin_id: str, services: ServicesOf, actor: Responder) -> None:
    """It is shown no more, and stays on the timeline."""
    with services.database.transaction() as conn:
        evidence.remove_pin(conn, actor, survey_id, pin_id, services.now())


@router.get("/images", summary="Photos that people sent", responses=problems(404))
def list_images(
    survey_id: str, services: ServicesOf, actor: ApiActor, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Image]:
    """By id; a partner sees those that they sent."""
    after = str(parse_cursor("images", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(actor))
        found = evidence.fetch_images(conn, survey_id, after, limit + 1, sent_by=evidence.sender_of(actor))
    page, following = cut(found, limit, lambda row: format_cursor("images", row.id))
    return Page(items=[_image(row) for row in page], next=following)


@router.post("/images", status_code=201, summary="Add a photo of a drone's card", responses=problems(404, 413))
def add_image(
    survey_id: str,
    services: ServicesOf,
    actor: ApiActor,
    photo: Annotated[UploadFile, File(description="JPEG, PNG or WebP, at most 15 MB and 64 million pixels")],
) -> Image:
    """Its release is found by place and time. The hub keeps a small copy and the digest; the original stays yours."""
    content = photo.file.read(_PHOTO_BYTES)
    with services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(actor))
    read = read_photo(content, ZoneInfo(services.settings.time_zone))
    name = "".join(letter for letter in photo.filename or "" if letter.isprintable())[:300] or "photo"
    new = NewImage(name, content, read.width, read.height, read.taken_at, read.place, read.thumbnail)
    with services.database.transaction() as conn:
        return _image(evidence.add_image(conn, actor, survey_id, new, services.now()))


class MatchAnswer(BaseModel):
    """What came of looking again."""

    found: int = Field(description="Photos that had no release and have one now")


@router.post("/images/match", summary="Look again for the releases of photos that have none", responses=problems(404))
def match_images(survey_id: str, services: ServicesOf, actor: ApiActor) -> MatchAnswer:
    """For when drones told of their photos later than people sent them; of a partner's own photos for a partner."""
    with services.database.transaction() as conn:
        return MatchAnswer(found=evidence.match_again(conn, actor, survey_id, services.now()))


@router.get(
    "/images/{image_id}/file", summary="A photo's small copy", response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **problems(404)},
)  # fmt: skip
def show_image(survey_id: str, image_id: str, services: ServicesOf, actor: ApiActor) -> Response:
    """At most 1,024 pixels, without anything that the camera wrote."""
    with services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(actor))
        small = evidence.fetch_small(conn, survey_id, image_id, sent_by=evidence.sender_of(actor))
    if small is None:
        raise NotFound("There is no such photo.")
    return Response(small, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@router.get("/notice", summary="What is to be told of the flight", responses=problems(403, 404))
def show_notice(survey_id: str, services: ServicesOf, actor: Responder) -> NoticeAnswer:
    """Purpose, place and radius, heights, times, aircraft, contact, and who asked."""
    notice = surveying.fetch_notice(services, actor, survey_id)
    return NoticeAnswer(**{one.name: getattr(notice, one.name) for one in fields_of(notice)})


@router.get(
    "/notice.pdf", summary="The same on paper", response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, **problems(403, 404)},
)  # fmt: skip
def print_notice(survey_id: str, services: ServicesOf, actor: Responder) -> Response:
    """In the language of the token's person."""
    notice = surveying.fetch_notice(services, actor, survey_id)
    pdf = print_sheet(services.texts, "surveys/notice.html", actor.language, notice=notice)
    return Response(pdf, media_type="application/pdf")


@router.get("/summary", summary="What may be shown to everybody", responses=problems(403, 404))
def show_summary(survey_id: str, services: ServicesOf, actor: Responder) -> SummaryAnswer:
    """No person, no home of a drone, no pin's words, and the area to some 100 m."""
    with services.database.transaction() as conn:
        summary = fetch_summary(conn, actor, survey_id, ZoneInfo(services.settings.time_zone))
    return SummaryAnswer(**{one.name: getattr(summary, one.name) for one in fields_of(summary)})
