"""Drones: whose they are, and whether they are ready, as their partners say."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys import store
from hub.surveys.cameras import camera_named
from hub.surveys.drones import change_drone, drone_of
from hub.surveys.flights import store as flights
from hub.surveys.service import scope_of
from hub.surveys.values import Drone as Row
from hub.surveys.values import DroneChange
from hub.web.api.forms import DeviceId, Form, Line, Location, Note
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/drones", tags=["drones"])

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=60, le=86_400, allow_inf_nan=False)]
Change = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Speed = Annotated[float, Field(ge=0.5, le=50, allow_inf_nan=False)]


class DroneForm(Form):
    """A drone as its partner says it is. What is not named is not known, but whose it is: that stays."""

    ready: bool
    partner: DeviceId | None = Field(None, description="A partner's id; null: the town's own. Only staff change it")
    battery_percent: Percent | None = None
    endurance_s: Seconds | None = Field(None, description="Seconds that a full battery flies")
    change_s: Change | None = Field(None, description="Seconds that a change of batteries takes")
    speed_mps: Speed | None = None
    camera: Line | None = Field(None, description="A camera that is known", examples=["dji-mavic-3e"])
    home: Location | None = Field(None, description="Where it takes off; null: where it was registered")
    note: Note | None = None


class Drone(BaseModel):
    """A drone; `told` is false where nobody has said anything of it. `telemetry` is what itself last said."""

    id: str = Field(examples=["drone-1"])
    name: str
    agent: str
    partner: str | None
    told: bool
    ready: bool
    battery_percent: float | None
    endurance_s: float | None
    change_s: float | None
    speed_mps: float | None
    camera: str | None
    home: Location
    note: str | None
    changed_at: datetime | None
    changed_by: str | None
    telemetry: dict[str, object] | None
    telemetry_at: datetime | None


def _answers(conn: Connection, rows: list[Row]) -> list[Drone]:
    latest = {one.device_key: one for one in flights.fetch_latest(conn, [row.device_key for row in rows])}
    return [_answer(row, latest.get(row.device_key)) for row in rows]


def _answer(row: Row, latest: flights.Latest | None) -> Drone:
    lat, lon = row.home
    return Drone(
        id=row.id, name=row.name, agent=row.agent_id, partner=row.partner_id, told=row.is_told, ready=row.is_ready,
        battery_percent=row.battery_percent, endurance_s=row.endurance_s, change_s=row.change_s,
        speed_mps=row.speed_mps, camera=row.camera, home=Location(lat=lat, lon=lon), note=row.note,
        changed_at=row.changed_at, changed_by=row.changed_by,
        telemetry=None if latest is None else dict(latest.data), telemetry_at=None if latest is None else latest.at,
    )  # fmt: skip


@router.get("", summary="List drones")
def list_drones(
    services: ServicesOf, actor: ApiActor, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Drone]:
    """Responders and staff see all, partners their own, by id."""
    after = str(parse_cursor("drones", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        found = store.fetch_drones(conn, scope_of(actor), after=after, limit=limit + 1)
        page, following = cut(found, limit, lambda one: format_cursor("drones", one.id))
        return Page(items=_answers(conn, page), next=following)


@router.get("/{drone_id}", summary="One drone", responses=problems(404))
def show_drone(drone_id: str, services: ServicesOf, actor: ApiActor) -> Drone:
    """A drone by its id."""
    with services.database.transaction() as conn:
        return _answers(conn, [drone_of(conn, scope_of(actor), drone_id)])[0]


@router.put("/{drone_id}", summary="Say how a drone is", responses=problems(403, 404))
def put_drone(drone_id: str, form: DroneForm, services: ServicesOf, actor: ApiActor) -> Drone:
    """Its partner does, or city staff for them. A drone that is not ready is planned for no survey."""
    if form.camera is not None:
        camera_named(form.camera)
    with services.database.transaction() as conn:
        before = drone_of(conn, scope_of(actor), drone_id)
        change = _change(form, actor, before)
        return _answers(conn, [change_drone(conn, actor, scope_of(actor), drone_id, change, services.now())])[0]


def _change(form: DroneForm, actor: Actor, before: Row) -> DroneChange:
    keeps = "partner" not in form.model_fields_set or (form.partner is None and not actor.is_staff)
    return DroneChange(
        partner_id=before.partner_id if keeps else form.partner,
        is_ready=form.ready,
        battery_percent=form.battery_percent,
        endurance_s=form.endurance_s,
        change_s=form.change_s,
        speed_mps=form.speed_mps,
        camera=form.camera,
        home=None if form.home is None else (form.home.lat, form.home.lon),
        note=form.note,
    )
