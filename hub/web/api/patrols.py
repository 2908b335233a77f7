"""The patrol ledger: who was at which trap, and which traps nobody has visited."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from hub.errors import Invalid, NotFound
from hub.registry import service as registry
from hub.registry.devices import Device, is_id
from hub.registry.people import Actor
from hub.store import Connection
from hub.traps.patrols import ledger
from hub.traps.patrols.days import bounds_of, day_of
from hub.traps.patrols.ledger import NewVisit, decide_visited_at
from hub.traps.patrols.service import VisitFilter
from hub.web import acts
from hub.web.api.forms import Day, DeviceId, Form, Instant, Location, Note
from hub.web.api.paging import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    cut,
    format_cursor,
    key_of_instant,
    parse_cursor,
    parse_place,
)
from hub.web.openapi import problems
from hub.web.services import Services
from hub.web.session import ApiActor, ServicesOf, api_role

__all__ = ["router"]

router = APIRouter(prefix="/patrols", tags=["patrols"])

Hunter = Annotated[Actor, Depends(api_role("hunter"))]


def _key(value: object) -> object:
    # Strict forms take no text for a UUID, which JSON has no other way to say.
    try:
        return UUID(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("a UUID such as 5f0c1a2e-8a4b-4f6e-9b1d-2c3d4e5f6a7b") from None


Key = Annotated[UUID, BeforeValidator(_key), WithJsonSchema({"type": "string", "format": "uuid"})]


class VisitForm(Form):
    """Somebody was at a trap."""

    device: DeviceId
    at: Instant | None = Field(None, description="When; now when left out. At most 31 days ago")
    note: Note | None = None
    location: Location | None = Field(None, description="Where the visitor stood")
    key: Key | None = Field(None, description="Yours: sent again with the same key, the visit is written once")
    person: DeviceId | None = Field(None, description="Who was there; for staff who write it down for a hunter")


class CorrectionForm(Form):
    """What a row of the ledger should have said."""

    void: bool = Field(False, description="There was no such visit; nothing else is looked at then")
    at: Instant | None = Field(None, description="When it was; as it stands when left out")
    note: Note | None = Field(None, description="The note as it should be")
    location: Location | None = None


class Visit(BaseModel):
    """A row of the patrol ledger."""

    id: str = Field(examples=["v-4n8kx2pd"])
    device: str
    person: str
    at: datetime
    received_at: datetime = Field(description="When it was written down")
    source: Literal["page", "report", "api"] = Field(description="`report`: it came with what was found")
    note: str | None
    location: Location | None
    incident: str | None
    corrects: str | None = Field(description="The row that this one puts right")
    corrected_by: str | None
    void: bool = Field(description="This row says that there was no such visit")
    counts: bool = Field(description="Whether this row is what holds")


class Unvisited(BaseModel):
    """A trap that nobody has visited though somebody should."""

    device: str
    name: str
    day: date
    last_signal_at: datetime | None = Field(description="What its device says is evidence, and no visit")


def _as_visit(visit: ledger.Visit) -> Visit:
    place = None
    if visit.lat is not None and visit.lon is not None:
        place = Location(lat=visit.lat, lon=visit.lon)
    return Visit(
        id=visit.id, device=visit.device_id, person=visit.person_id, at=visit.visited_at, received_at=visit.received_at,
        source=visit.source, note=visit.note, location=place, incident=visit.incident_id, corrects=visit.corrects,
        corrected_by=visit.corrected_by, void=visit.void, counts=visit.counts,
    )  # fmt: skip


def _bounds(services: Services, day: date) -> tuple[datetime, datetime]:
    try:
        return bounds_of(day, services.patrols.zone)
    except OverflowError:
        raise Invalid("day: outside of the calendar") from None


@router.get("", summary="The patrol ledger", responses=problems(403, 404))
def list_visits(
    *,
    services: ServicesOf,
    actor: Hunter,
    day: Annotated[Day | None, Query(description="Of this day of the town")] = None,
    device: Annotated[DeviceId | None, Query(description="To this trap")] = None,
    person: Annotated[DeviceId | None, Query(description="By this person")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Visit]:
    """Newest visit first, to the traps that one sees; corrected rows are in it too, `counts` tells them."""
    before = parse_place("patrols", cursor) if cursor else None
    since, until = _bounds(services, day) if day else (None, None)
    with services.database.transaction() as conn:
        keys = registry.visible_device_keys(conn, actor)
        if device is not None:
            keys = frozenset({registry.device_of(conn, actor, device).key})
        found = services.patrols.fetch_visits(
            conn,
            VisitFilter(
                device_keys=None if keys is None else sorted(keys), person_id=person, since=since, until=until,
                before=before, limit=limit + 1,
            ),
        )  # fmt: skip
    page, following = cut(found, limit, _cursor_of)
    return Page(items=[_as_visit(visit) for visit in page], next=following)


def _cursor_of(visit: ledger.Visit) -> str:
    return format_cursor("patrols", key_of_instant(visit.visited_at), visit.id)


@router.post("", status_code=201, summary="Write down a visit", responses=problems(403, 404, 409))
def record_visit(form: VisitForm, services: ServicesOf, actor: Hunter) -> Visit:
    """A visit to a trap that one sees. Staff may name the hunter who was there."""
    with services.database.transaction() as conn:
        device = registry.device_of(conn, actor, form.device)
        person_id = _visitor(conn, actor, form.person)
        new = NewVisit(
            decide_visited_at(form.at, services.now()), "api", form.note, form.location and form.location.lat,
            form.location and form.location.lon, form.key,
        )  # fmt: skip
        visits = acts.record_visits(conn, services, actor, [device], new, person_id)
    return _as_visit(visits[0])


def _visitor(conn: Connection, actor: Actor, named: str | None) -> str:
    if named is None or named == actor.person_id or not actor.is_staff:
        return actor.person_id
    return registry.fetch_person(conn, named).id


@router.get("/unvisited", summary="Traps that nobody has visited", responses=problems(403))
def list_unvisited(
    services: ServicesOf,
    actor: Hunter,
    day: Annotated[Day | None, Query(description="The town's day; today when left out")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Unvisited]:
    """By the traps' ids, of those that one sees."""
    now = services.now()
    after = str(parse_cursor("unvisited", cursor, str)[0]) if cursor else ""
    day = day or day_of(now, services.patrols.zone)
    _bounds(services, day)
    with services.database.transaction() as conn:
        devices = {one.key: one for one in registry.fetch_devices(conn, actor, kind="trap", after=after, limit=100_000)}
        keys = services.patrols.fetch_unvisited(conn, list(devices), day, now)
    found: list[Device] = sorted((devices[key] for key in keys), key=lambda device: device.id)[: limit + 1]
    page, following = cut(found, limit, lambda device: format_cursor("unvisited", device.id))
    items = [Unvisited(device=one.id, name=one.name, day=day, last_signal_at=one.last_heard_at) for one in page]
    return Page(items=items, next=following)


@router.post("/{visit_id}/correct", status_code=201, summary="Put a row right", responses=problems(403, 404, 409))
def correct_visit(visit_id: str, form: CorrectionForm, services: ServicesOf, actor: ApiActor) -> Visit:
    """Writes another row that names the former one, which counts no more."""
    now = services.now()
    with services.database.transaction() as conn:
        former = visible_visit(conn, services, actor, visit_id)
        new = None
        if not form.void:
            place = (form.location.lat, form.location.lon) if form.location else (former.lat, former.lon)
            at = former.visited_at if form.at is None else decide_visited_at(form.at, now)
            new = NewVisit(at, "api", form.note, *place)
        visit, effects = services.patrols.correct(conn, actor, visit_id, new, now)
        services.carry_out(conn, effects, now)
        registry.record(conn, actor, "visit.correct", f"visit/{visit_id}", now, by=visit.id, void=form.void)
    return _as_visit(visit)


def visible_visit(conn: Connection, services: Services, actor: Actor, visit_id: str) -> ledger.Visit:
    """One row; raises NotFound when there is none or the actor may not see its trap."""
    keys = registry.visible_device_keys(conn, actor)
    visit = None
    if is_id(visit_id):
        found = services.patrols.fetch_visits(conn, VisitFilter(id=visit_id))
        visit = next((one for one in found if keys is None or one.device_key in keys), None)
    if visit is None:
        raise NotFound("There is no such visit.")
    return visit
