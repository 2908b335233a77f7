"""Surveys in the air and after: offers to partners, where drones are, what was seen, what happened."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, Field

from hub.surveys import store
from hub.surveys.cameras import CAMERAS
from hub.surveys.commands import store as commands
from hub.surveys.flights import store as flights
from hub.surveys.flights.seeing import footprint
from hub.surveys.service import scope_of
from hub.web import surveying
from hub.web.api.forms import Form, Instant, Line
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.api.surveys import Responder, Sortie, Survey, answer
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

Since = Annotated[Instant | None, Query(description="Of the ways only what lies behind this instant")]

router = APIRouter(prefix="/surveys/{survey_id}", tags=["surveys"])


class DeclineForm(Form):
    """Why."""

    reason: Line | None = None


class Coverage(BaseModel):
    """What has been seen so far, by the photos really taken."""

    coverage: float = Field(description="Share of the area that has been seen, 0 to 1")
    planned: float = Field(description="Share that the newest plan of the whole area sees when it is flown")
    photos: int
    area_m2: float
    gaps_m2: float
    gaps: dict[str, object] | None = Field(description="GeoJSON of what is left to see; null: nothing")


class Photo(BaseModel):
    """One release of a camera, with the ground that it shows as a ring of [lon, lat]."""

    sortie: str
    drone: str
    number: int
    lat: float
    lon: float
    height_m: float
    altitude_m: float | None
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    taken_at: datetime
    footprint: list[list[float]]


class Entry(BaseModel):
    """A line of the timeline. `at` is when it happened, `recorded_at` when the hub wrote it down."""

    id: int
    at: datetime
    recorded_at: datetime
    actor: str = Field(description="A person's id, an agent's id, or `system`")
    what: str
    sortie: str | None
    detail: dict[str, object]


class Drone(BaseModel):
    """Where a drone is, as it last said; `age_s` is how old that is."""

    drone: str
    sortie: str | None
    at: datetime
    received_at: datetime
    age_s: float
    telemetry: dict[str, object]


class Track(BaseModel):
    """The way that a sortie flew: [lon, lat, height_m or null, Unix seconds]."""

    sortie: str
    points: list[list[float | None]]


class Flights(BaseModel):
    """The drones of a survey and the ways that they flew, thinned to a place in two seconds."""

    drones: list[Drone]
    tracks: list[Track]


class OrderAnswer(BaseModel):
    """An order to a drone, and what came of it; `outcome` null: no answer."""

    id: str
    sortie: str
    action: str
    person: str
    issued_at: datetime
    expires_at: datetime
    sends: int
    replied_at: datetime | None
    outcome: str | None
    reply: dict[str, object] | None


@router.get("/offers", summary="Sorties as they are offered", responses=problems(404))
def list_offers(survey_id: str, services: ServicesOf, actor: ApiActor) -> Page[Sortie]:
    """A partner sees those of their drones."""
    with services.database.transaction() as conn:
        found = answer(conn, actor, survey_id).sorties
    return Page(items=[one for one in found if one.state != "planned"], next=None)


@router.post("/offers/{sortie_id}/accept", summary="Accept a sortie", responses=problems(403, 404, 409))
def accept_offer(survey_id: str, sortie_id: str, services: ServicesOf, actor: ApiActor) -> Survey:
    """The drone's partner does, or city staff for them."""
    with services.database.transaction() as conn:
        services.surveys.answer_offer(conn, actor, survey_id, sortie_id, services.now(), accepts=True)
        return answer(conn, actor, survey_id)


@router.post("/offers/{sortie_id}/decline", summary="Decline a sortie", responses=problems(403, 404, 409))
def decline_offer(
    survey_id: str,
    sortie_id: str,
    services: ServicesOf,
    actor: ApiActor,
    form: Annotated[DeclineForm | None, Body()] = None,
) -> Survey:
    """It does not fly then; plan again with other drones, or fly the others and then the gap."""
    reason = form.reason if form else None
    with services.database.transaction() as conn:
        services.surveys.answer_offer(conn, actor, survey_id, sortie_id, services.now(), accepts=False, reason=reason)
        return answer(conn, actor, survey_id)


@router.post("/sorties/{sortie_id}/go", summary="The battery is changed", responses=problems(403, 404, 409))
def go_on(survey_id: str, sortie_id: str, services: ServicesOf, actor: ApiActor) -> Survey:
    """The drone's next sortie may go: its partner, a responder or city staff say so at the drone."""
    with services.database.transaction() as conn:
        services.flying.go(conn, actor, survey_id, sortie_id, services.now())
        return answer(conn, actor, survey_id)


@router.get("/coverage", summary="What has been seen", responses=problems(404))
def show_coverage(survey_id: str, services: ServicesOf, actor: ApiActor) -> Coverage:
    """Over all plans of the survey; the gaps can be planned and flown again."""
    with services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(actor))
        found = surveying.fetch_seen(conn, survey_id)
    seen = found.seen
    return Coverage(
        coverage=seen.fraction, planned=found.planned, photos=seen.photos, area_m2=seen.area_m2, gaps_m2=seen.gaps_m2,
        gaps=seen.gaps,
    )  # fmt: skip


@router.get("/photos", summary="Photos taken", responses=problems(404))
def list_photos(
    survey_id: str, services: ServicesOf, actor: ApiActor, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Photo]:
    """As the autopilot told them, by sortie and number."""
    after = ("", 0)
    if cursor:
        sortie, number = parse_cursor("photos", cursor, str, int)
        after = (str(sortie), min(int(number), 2**31 - 1))
    with services.database.transaction() as conn:
        own = surveying.own_sorties(conn, actor, survey_id)
        plan = store.fetch_plan(conn, survey_id)
        found = flights.fetch_photos(conn, survey_id, after, limit + 1)
    page, following = cut(found, limit, lambda one: format_cursor("photos", one.sortie_id, one.number))
    camera = CAMERAS.get(surveying.camera_of(plan) or "")
    spacing, every = (cast("float", plan.request[key]) for key in ("spacing_m", "photo_every_m"))
    items = [
        Photo(
            sortie=one.sortie_id, drone=one.drone, number=one.number, lat=one.lat, lon=one.lon, height_m=one.height_m,
            altitude_m=one.altitude_m, yaw_deg=one.yaw_deg, pitch_deg=one.pitch_deg, roll_deg=one.roll_deg,
            taken_at=one.taken_at, footprint=footprint(one, camera, spacing, every),
        )
        for one in page
        if own is None or one.sortie_id in own
    ]  # fmt: skip
    return Page(items=items, next=following)


@router.get("/timeline", summary="What was decided and what happened", responses=problems(404))
def list_timeline(
    survey_id: str, services: ServicesOf, actor: ApiActor, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Entry]:
    """The oldest first; nobody rewrites it. A partner sees what concerns the survey as a whole and their drones."""
    after = int(parse_cursor("timeline", cursor, int)[0]) if cursor else 0
    with services.database.transaction() as conn:
        own = surveying.own_sorties(conn, actor, survey_id)
        found = store.fetch_entries(conn, survey_id, after=after, limit=limit + 1)
        page, following = cut(found, limit, lambda one: format_cursor("timeline", one.id))
        seen = surveying.seen_by(conn, survey_id, own, page)
    items = [
        Entry(
            id=one.id, at=one.at, recorded_at=one.recorded_at, actor=one.actor, what=one.what, sortie=one.sortie_id,
            detail=dict(one.detail),
        )
        for one in seen
    ]  # fmt: skip
    return Page(items=items, next=following)


@router.get("/flights", summary="Where the drones are", responses=problems(404))
def show_flights(survey_id: str, services: ServicesOf, actor: ApiActor, since: Since = None) -> Flights:
    """Positions are as old as they say: what is late or lost is never shown as a drone that stands still. With `since`
    come the places behind that moment alone; what a drone sends late, of before, comes only without it.
    """
    now = services.now()
    with services.database.transaction() as conn:
        own = surveying.own_sorties(conn, actor, survey_id)
        sorties = store.fetch_sorties(conn, survey_id, None)
        keys = {one.device_key for one in sorties if one.device_key is not None and (own is None or one.id in own)}
        latest = flights.fetch_latest(conn, sorted(keys))
        points = flights.fetch_points(conn, survey_id, since or flights.BEGINNING)
    ids = {one.id for one in sorties}
    tracks: dict[str, list[list[float | None]]] = {}
    for point in points:
        if own is None or point.sortie_id in own:
            place = [point.lon, point.lat, point.height_m, point.at.timestamp()]
            tracks.setdefault(point.sortie_id, []).append([*place])
    return Flights(
        drones=[
            Drone(
                drone=one.drone, sortie=one.sortie_id if one.sortie_id in ids else None, at=one.at,
                received_at=one.received_at, age_s=round((now - one.at).total_seconds(), 1), telemetry=dict(one.data),
            )
            for one in latest
        ],
        tracks=[Track(sortie=sortie, points=places) for sortie, places in tracks.items()],
    )  # fmt: skip


@router.get("/orders", summary="Orders to drones", responses=problems(403, 404))
def list_orders(survey_id: str, services: ServicesOf, actor: Responder) -> Page[OrderAnswer]:
    """The newest first, at most 500: what was ordered, by whom, and what the drone answered."""
    with services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(actor))
        found = commands.fetch_commands(conn, survey_id)
    return Page(
        items=[
            OrderAnswer(
                id=one.id, sortie=one.sortie_id, action=one.action, person=one.person_id, issued_at=one.issued_at,
                expires_at=one.expires_at, sends=one.sends, replied_at=one.replied_at, outcome=one.outcome,
                reply=None if one.reply is None else dict(one.reply),
            )
            for one in found
        ],
        next=None,
    )  # fmt: skip
