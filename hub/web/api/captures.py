"""Captures: what was found in the traps, with its animals and photos."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Query, Response, UploadFile
from pydantic import BaseModel, Field

from hub.errors import Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.traps.captures import records, store
from hub.traps.captures.photos import SaidOfPhoto
from hub.traps.captures.records import NewAnimal, NewReport
from hub.traps.captures.service import FullReport, may_correct
from hub.traps.captures.store import ClaimFilter, ReportFilter
from hub.web import acts
from hub.web.api.forms import Day, DeviceId, Form, Instant, Line, Location, Note, parse_instant
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, key_of_instant, parse_place
from hub.web.openapi import problems
from hub.web.services import Services
from hub.web.session import ApiActor, ServicesOf, api_role

__all__ = ["router"]

router = APIRouter(prefix="/captures", tags=["captures"])
Hunter = Annotated[Actor, Depends(api_role("hunter"))]
Outcome = Literal["captured", "empty", "wrong_species", "visited"]
Species = Literal[
    "boar", "deer", "muntjac", "raccoon", "civet", "macaque", "nutria", "badger", "raccoon_dog", "fox", "hare",
    "serow", "bear", "cat", "dog", "bird", "other",
]  # fmt: skip
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", "content": {"image/jpeg": {}, "image/png": {}, "image/webp": {}}}
}


class AnimalForm(Form):
    """One animal; what is not known is left out."""

    species: Species
    species_name: Line | None = Field(None, description="What it is, where `species` is `other`")
    sex: Literal["male", "female", "unknown"] | None = None
    age_national: Literal["adult", "juvenile", "unknown"] | None = Field(None, description="By the nation's test")
    age_town: Literal["adult", "juvenile", "unknown"] | None = Field(None, description="By the town's test")
    pregnant: bool | None = Field(None, description="Of an adult female")
    body_length_cm: float | None = Field(None, ge=1, le=400, allow_inf_nan=False)
    weight_kg: float | None = Field(None, ge=0.05, le=600, allow_inf_nan=False, examples=[58.5])
    disposal: Literal["buried", "burnt", "livestock_office", "own_use", "gibier", "other", "released"] | None = None
    processor: Line | None = Field(None, description="The facility that takes it")
    pcr_on: Day | None = None
    pcr_result: Literal["waiting", "negative", "positive"] | None = None
    tube_number: Line | None = None


class CaptureForm(Form):
    """What was found in a trap. A firing that waits for a report is settled by it."""

    device: DeviceId
    outcome: Outcome
    found_at: Instant | None = Field(None, description="Now, when it is left out")
    note: Note | None = None
    location: Location | None = Field(None, description="The trap's own place, when it is left out")
    hunt_kind: Literal["pest_control", "hunting", "designated"] | None = None
    trap_kind: Literal["box", "enclosure", "snare", "other"] | None = None
    trap_set_on: Day | None = None
    trap_removed_on: Day | None = None
    municipality: Line | None = None
    animals: list[AnimalForm] = Field(default_factory=list, max_length=records.MOST_ANIMALS)


class Animal(BaseModel):
    """One animal; `id` is its individual number, `branch` its number within the report."""

    id: str = Field(examples=["2026-0001"])
    branch: int
    species: str
    species_name: str | None
    sex: str | None
    age_national: str | None
    age_town: str | None
    pregnant: bool | None
    body_length_cm: float | None
    weight_kg: float | None
    disposal: str | None
    processor: str | None
    pcr_on: date | None
    pcr_result: str | None
    tube_number: str | None


class Photo(BaseModel):
    """A photo of a report. `taken_at` and `location` are what its camera wrote, null for who may not have that."""

    id: str = Field(examples=["ph-7m2kq9xd"])
    item: str | None = Field(description="The item of the checklist that it is for")
    media_type: str
    width: int
    height: int
    taken_at: datetime | None
    location: Location | None


class Claim(BaseModel):
    """What is asked of the town for one animal."""

    id: str
    animal: str
    programme: str = Field(examples=["pest_control"])
    state: str = Field(description="`filed`, `asked`, `approved`, `refused` or `withdrawn`")
    amount_yen: int | None = Field(description="Once it is approved, where the town has entered an amount")


class Capture(BaseModel):
    """A report of what was found."""

    id: str = Field(examples=["r-7m2kq9xd"])
    device: str
    incident: str | None
    person: str = Field(description="Who found it: a person's id")
    outcome: Outcome
    found_at: datetime
    received_at: datetime
    note: str | None
    location: Location | None = Field(description="Null: the trap's own place")
    hunt_kind: str | None
    trap_kind: str | None
    trap_set_on: date | None
    trap_removed_on: date | None
    municipality: str | None
    version: int = Field(description="More than 1: it was corrected")
    animals: list[Animal]


class CaptureWithPhotos(Capture):
    """A report with its photos and claims."""

    photos: list[Photo]
    claims: list[Claim]


def _as_capture(full: FullReport) -> dict[str, Any]:
    report = full.report
    place = None if report.lat is None or report.lon is None else Location(lat=report.lat, lon=report.lon)
    same = ("id", "outcome", "found_at", "received_at", "note", "hunt_kind", "trap_kind", "municipality", "version")
    days = ("trap_set_on", "trap_removed_on")
    animals = [{name: getattr(animal, name) for name in Animal.model_fields} for animal in full.animals]
    return {name: getattr(report, name) for name in (*same, *days)} | {
        "device": report.device_id,
        "incident": report.incident_id,
        "person": report.person_id,
        "location": place,
        "animals": animals,
    }


def _as_photo(photo: store.Photo, *, with_words: bool) -> Photo:
    place = None
    if with_words and photo.taken_lat is not None and photo.taken_lon is not None:
        place = Location(lat=photo.taken_lat, lon=photo.taken_lon)
    return Photo(
        id=photo.id, item=photo.item, media_type=photo.media_type, width=photo.width, height=photo.height,
        taken_at=photo.taken_at if with_words else None, location=place,
    )  # fmt: skip


async def asked_for(
    device: Annotated[DeviceId | None, Query(description="Of this trap only")] = None,
    outcome: Annotated[Outcome | None, Query(description="Only these")] = None,
    since: Annotated[str | None, Query(alias="from", description="Found at or after this instant")] = None,
    until: Annotated[str | None, Query(alias="to", description="Found before this instant")] = None,
) -> tuple[str | None, ReportFilter]:
    """Which reports a list is asked for: of a trap by its id, and the rest. Raises Invalid."""
    return device, ReportFilter(
        outcome=outcome,
        since=parse_instant("from", since) if since else None,
        until=parse_instant("to", until) if until else None,
    )


@router.get("", summary="List captures")
def list_captures(
    services: ServicesOf,
    actor: ApiActor,
    asked: Annotated[tuple[str | None, ReportFilter], Depends(asked_for)],
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Capture]:
    """The newest first, of the traps that the token's person may see."""
    place = parse_place("captures", cursor) if cursor else None
    device, only = asked
    with services.database.transaction() as conn:
        keys = registry.visible_device_keys(conn, actor)
        if device is not None:
            keys = frozenset({registry.device_of(conn, actor, device).key})
        found = services.captures.fetch_all(conn, replace(only, device_keys=keys, before=place), limit + 1)
    page, following = cut(found, limit, _cursor_of)
    return Page(items=[Capture.model_validate(_as_capture(full)) for full in page], next=following)


def _cursor_of(full: FullReport) -> str:
    return format_cursor("captures", key_of_instant(full.report.received_at), full.report.id)


@router.post("", status_code=201, summary="Report what was found", responses=problems(403, 404, 409))
def create_capture(form: CaptureForm, services: ServicesOf, actor: Hunter) -> CaptureWithPhotos:
    """Files the report, gives each animal its number, and settles the trap's incident, if one waits."""
    now = services.now()
    with services.database.transaction() as conn:
        device = registry.device_of(conn, actor, form.device)
        place = form.location
        new = NewReport(
            device_key=device.key, person_id=actor.person_id, outcome=form.outcome, found_at=form.found_at or now,
            note=form.note, lat=place and place.lat, lon=place and place.lon, hunt_kind=form.hunt_kind,
            trap_kind=form.trap_kind, trap_set_on=form.trap_set_on, trap_removed_on=form.trap_removed_on,
            municipality=form.municipality, animals=tuple(NewAnimal(**animal.model_dump()) for animal in form.animals),
        )  # fmt: skip
        report_id = acts.file_report(conn, services, actor, device, new)
        return _whole(conn, services, actor, report_id)


@router.get("/{capture_id}", summary="One capture", responses=problems(404))
def show_capture(capture_id: str, services: ServicesOf, actor: ApiActor) -> CaptureWithPhotos:
    """A report with its animals, photos and claims."""
    with services.database.transaction() as conn:
        return _whole(conn, services, actor, capture_id)


def _whole(conn: Connection, services: Services, actor: Actor, report_id: str) -> CaptureWithPhotos:
    full = services.captures.fetch_visible(conn, actor, report_id)
    photos = services.captures.photos.fetch_of(conn, [report_id])
    claims = services.captures.claims.fetch_all(conn, ClaimFilter(report_ids=[report_id]))
    shown = [
        _as_photo(photo, with_words=services.captures.photos.fetch_visible(conn, actor, photo.id)[1])
        for photo in photos
    ]
    asked = [
        Claim(id=one.id, animal=one.animal_id, programme=one.programme, state=one.state, amount_yen=one.amount_yen)
        for one in claims
    ]
    return CaptureWithPhotos.model_validate(_as_capture(full) | {"photos": shown, "claims": asked})


@router.post(
    "/{capture_id}/photos", status_code=201, summary="Add a photo", responses=problems(403, 404, 413),
)  # fmt: skip
def add_photo(
    capture_id: str,
    services: ServicesOf,
    actor: Hunter,
    photo: Annotated[UploadFile, File(description="JPEG, PNG or WebP, at most 15 MB and 64 million pixels")],
    item: Annotated[
        str | None, Query(pattern="^[a-z][a-z0-9_]{0,39}$", description="The checklist's item that it is for")
    ] = None,
) -> Photo:
    """A photo for a report; the writer's and staff's to add."""
    content = photo.file.read(15_000_001)
    now = services.now()
    with services.database.transaction() as conn:
        full = services.captures.fetch_visible(conn, actor, capture_id)
        if not may_correct(actor, full.report):
            raise Forbidden
        photo_id = services.captures.photos.add(conn, content, SaidOfPhoto(item), actor, now)
        services.captures.photos.attach(conn, capture_id, [photo_id], actor.person_id)
        registry.record(conn, actor, "add_photo", f"report/{capture_id}", now, photo=photo_id)
        kept, with_words = services.captures.photos.fetch_visible(conn, actor, photo_id)
        return _as_photo(kept, with_words=with_words)


@router.get(
    "/{capture_id}/photos/{photo_id}",
    summary="A photo",
    response_class=Response,
    responses=_PICTURE | problems(404),
)
def show_photo(
    capture_id: str,
    photo_id: str,
    services: ServicesOf,
    actor: ApiActor,
    size: Annotated[Literal["full", "small"], Query(description="`small`: at most 1,024 px")] = "full",
) -> Response:
    """The picture itself. Its camera's time and place go only to staff, its sender and the trap's own team."""
    with services.database.transaction() as conn:
        services.captures.fetch_visible(conn, actor, capture_id)
        photo, with_words = services.captures.photos.fetch_visible(conn, actor, photo_id)
        if photo.report_id != capture_id:
            raise NotFound("There is no such photo.")
        if size == "small":
            content, kind = services.captures.photos.fetch_thumbnail(conn, photo), "image/jpeg"
        else:
            content, kind = services.captures.photos.fetch_original(conn, photo, with_words=with_words)
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})
