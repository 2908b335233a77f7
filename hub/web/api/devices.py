"""Devices: traps, field stations, drones; each with what is known of it now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from edge.wire.quantities import QUANTITIES
from hub.fields import store as fields
from hub.fields.quality import fetch_states
from hub.fields.quality.states import State as SensorWord
from hub.registry import devices
from hub.registry import service as registry
from hub.registry.devices import DeviceChange, DeviceKind
from hub.registry.people import Actor
from hub.store import Connection
from hub.traps.decisions import Trap
from hub.traps.states import State
from hub.web import acts
from hub.web.api.forms import DeviceId, Form, Line, Location, Staff
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.services import Services
from hub.web.session import ApiActor, ServicesOf, api_role

__all__ = ["router"]

router = APIRouter(prefix="/devices", tags=["devices"])
Hunter = Annotated[Actor, Depends(api_role("hunter"))]


class DeviceForm(Form):
    """A device that an agent carries; `id` is what the agent's configuration calls it."""

    agent: DeviceId = Field(examples=["ag-k3p9x2ma"])
    id: DeviceId
    kind: DeviceKind
    name: Line = Field(examples=["矢那の谷 檻 3"])
    location: Location
    team: DeviceId | None = Field(None, description="Traps only: who sees it and is told; null is every hunter")


class DevicePatch(Form):
    """What is to change; what is not sent stays."""

    name: Line | None = None
    location: Location | None = None
    team: DeviceId | None = None


class Latest(BaseModel):
    """The newest value of one quantity."""

    value: float
    unit: str = Field(examples=["°C"])
    time: datetime = Field(description="When it was measured")
    late: bool = Field(description="It came long after it was measured: history, not the present")


class Device(BaseModel):
    """A device as the hub knows it."""

    id: str = Field(examples=["trap-12"])
    agent: str = Field(examples=["ag-k3p9x2ma"])
    kind: DeviceKind
    name: str
    location: Location
    team: str | None = Field(description="Of a trap; null is every hunter")
    created_at: datetime
    last_heard_at: datetime | None
    state: State | None = Field(description="Of a trap; null for others")
    state_changed_at: datetime | None = Field(description="Of a trap; null for others")
    latest: dict[str, Latest] = Field(description="By quantity, of whatever measures; empty otherwise")
    sensors: dict[str, SensorWord] = Field(description="By quantity, how its sensor is judged; of a station")


def as_devices(conn: Connection, services: Services, actor: Actor, found: Sequence[devices.Device]) -> list[Device]:
    """The answers for devices of the registry, with the traps' states and the newest values that the actor may see."""
    closed = registry.closed_device_keys(conn, actor)
    traps = services.traps.fetch_traps(conn, [device.key for device in found if device.kind == "trap"])
    late_after = timedelta(seconds=services.settings.late_after_s)
    latest: dict[int, dict[str, Latest]] = {}
    for row in fields.fetch_latest(conn, [device.key for device in found if device.key not in closed]):
        if row.quantity in QUANTITIES:
            latest.setdefault(row.device_key, {})[row.quantity] = Latest(
                value=row.value,
                unit=QUANTITIES[row.quantity].unit,
                time=row.measured_at,
                late=row.received_at - row.measured_at > late_after,
            )
    judged = fetch_states(conn, [device.key for device in found if device.kind == "station"])
    sensors: dict[int, dict[str, SensorWord]] = {
        key: {name: state.state for name, state in own.items()} for key, own in judged.items()
    }
    return [_as_device(device, traps, latest.get(device.key, {}), sensors.get(device.key, {})) for device in found]


def _as_device(
    device: devices.Device, traps: Mapping[int, Trap], latest: dict[str, Latest], sensors: Mapping[str, SensorWord]
) -> Device:
    trap = traps.get(device.key)
    return Device.model_validate(
        {
            "id": device.id,
            "agent": device.agent_id,
            "kind": device.kind,
            "name": device.name,
            "location": {"lat": device.lat, "lon": device.lon},
            "team": device.team_id,
            "created_at": device.created_at,
            "last_heard_at": device.last_heard_at,
            "state": trap and trap.state,
            "state_changed_at": trap and trap.state_changed_at,
            "latest": latest,
            "sensors": sensors,
        }
    )


@router.post("", status_code=201, summary="Register a device", responses=problems(403, 404, 409))
def create_device(form: DeviceForm, services: ServicesOf, actor: Staff) -> Device:
    """Messages of a device are taken from then on. Its id is unique in the town."""
    new = devices.NewDevice(
        agent_id=form.agent,
        id=form.id,
        kind=form.kind,
        name=form.name,
        lat=form.location.lat,
        lon=form.location.lon,
        team_id=form.team,
    )
    with services.database.transaction() as conn:
        device = acts.register_device(conn, services, actor, new)
        return as_devices(conn, services, actor, [device])[0]


@router.get("", summary="List devices")
def list_devices(
    services: ServicesOf,
    actor: ApiActor,
    kind: Annotated[DeviceKind | None, Query(description="Only these")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Device]:
    """What the token's person may see, by id: staff everything, hunters their traps, farmers the stations of their
    plots.
    """
    after = str(parse_cursor("devices", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        found = registry.fetch_devices(conn, actor, kind=kind, after=after, limit=limit + 1)
        page, following = cut(found, limit, lambda device: format_cursor("devices", device.id))
        return Page(items=as_devices(conn, services, actor, page), next=following)


@router.get("/{device_id}", summary="One device", responses=problems(404))
def show_device(device_id: str, services: ServicesOf, actor: ApiActor) -> Device:
    """A device by its id."""
    with services.database.transaction() as conn:
        return as_devices(conn, services, actor, [registry.device_of(conn, actor, device_id)])[0]


@router.patch("/{device_id}", summary="Change a device", responses=problems(403, 404))
def change_device(device_id: str, patch: DevicePatch, services: ServicesOf, actor: Staff) -> Device:
    """Its name, its place, its team (`"team": null` gives a trap back to every hunter)."""
    with services.database.transaction() as conn:
        before = registry.device_of(conn, actor, device_id)
        place = patch.location or Location(lat=before.lat, lon=before.lon)
        team = patch.team if "team" in patch.model_fields_set else before.team_id
        change = DeviceChange(name=patch.name or before.name, lat=place.lat, lon=place.lon, team_id=team)
        registry.change_device(conn, actor, before, change, services.now())
        return as_devices(conn, services, actor, [registry.device_of(conn, actor, device_id)])[0]


@router.post("/{device_id}/arm", summary="Put a trap into service", responses=problems(403, 404, 409))
def arm_trap(device_id: str, services: ServicesOf, actor: Hunter) -> Device:
    """The trap is set: it is expected to speak, and alarms when it springs."""
    return _set_in_service(device_id, services, actor, armed=True)


@router.post("/{device_id}/disarm", summary="Take a trap out of service", responses=problems(403, 404, 409))
def disarm_trap(device_id: str, services: ServicesOf, actor: Hunter) -> Device:
    """The trap is not set and may be silent. A sprung trap first needs its report."""
    return _set_in_service(device_id, services, actor, armed=False)


def _set_in_service(device_id: str, services: Services, actor: Actor, *, armed: bool) -> Device:
    with services.database.transaction() as conn:
        device = registry.device_of(conn, actor, device_id)
        acts.set_trap_in_service(conn, services, actor, device, armed=armed)
        return as_devices(conn, services, actor, [device])[0]
