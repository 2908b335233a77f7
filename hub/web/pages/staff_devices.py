"""The town's devices, and the form that registers one."""

from typing import Annotated, cast

from fastapi import APIRouter, Query, Response

from hub.errors import Conflict, NotFound
from hub.registry import service as registry
from hub.registry.devices import DEVICE_KINDS, DeviceChange, DeviceKind, NewDevice, is_id
from hub.texts import msgid
from hub.web import acts
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import Page, StaffPage

__all__ = ["router"]

router = APIRouter(prefix="/staff/devices")
_PAGE = 100


@router.get("")
def list_devices(page: StaffPage, kind: Annotated[str, Query()] = "", after: Annotated[str, Query()] = "") -> Response:
    """A hundred devices at a time, by id."""
    return _show(page, Filled({}, page.translate), kind=kind, after=after if is_id(after) else "")


@router.post("")
def register_device(page: StaffPage, submitted: Submitted) -> Response:
    """Register a device; its messages are taken from then on."""
    form = Filled(submitted, page.translate)
    kind = form.choice("kind", DEVICE_KINDS)
    new = NewDevice(
        agent_id=form.line("agent"),
        id=form.identifier("id"),
        kind=cast("DeviceKind", kind),
        name=form.line("name"),
        lat=form.number("lat", -90, 90),
        lon=form.number("lon", -180, 180),
        team_id=(form.typed("team") or None) if kind == "trap" else None,
    )
    if not form.errors:
        try:
            with page.services.database.transaction() as conn:
                acts.register_device(conn, page.services, page.actor, new)
            return page.go("/staff/devices?done=saved")
        except Conflict:
            form.fault("id", msgid("Another device has this id already."))
        except NotFound:
            form.fault("agent", msgid("Please choose one."))
    return _show(page, form, status=422)


@router.get("/{device_id}")
def show_device(page: StaffPage, device_id: str) -> Response:
    """What staff may change of a device."""
    return _show_one(page, device_id, Filled({}, page.translate))


@router.post("/{device_id}")
def change_device(page: StaffPage, device_id: str, submitted: Submitted) -> Response:
    """Another name, place or team from now on; its id and its agent stay."""
    form = Filled(submitted, page.translate)
    name, lat, lon = form.line("name"), form.number("lat", -90, 90), form.number("lon", -180, 180)
    if form.errors:
        return _show_one(page, device_id, form, 422)
    with page.services.database.transaction() as conn:
        before = registry.device_of(conn, page.actor, device_id)
        team_id = (form.typed("team") or None) if before.kind == "trap" else before.team_id
        if team_id is not None:
            registry.fetch_team(conn, team_id)
        registry.change_device(conn, page.actor, before, DeviceChange(name, lat, lon, team_id), page.now)
    return page.go(f"/staff/devices/{device_id}?done=changed")


def _show_one(page: Page, device_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        device = registry.device_of(conn, page.actor, device_id)
        teams = registry.fetch_teams(conn)
    return page.render("staff_device.html", status, form=form, device=device, teams=teams)


def _show(page: Page, form: Filled, *, kind: str = "", after: str = "", status: int = 200) -> Response:
    chosen = kind if kind in DEVICE_KINDS else None
    with page.services.database.transaction() as conn:
        devices = registry.fetch_devices(conn, page.actor, kind=chosen, after=after, limit=_PAGE + 1)
        agents = registry.fetch_agents(conn, limit=2000)
        teams = registry.fetch_teams(conn)
        advice = page.services.captures.advise(conn, [device.key for device in devices], page.now)
        traps = page.services.traps.fetch_traps(conn, [device.key for device in devices if device.kind == "trap"])
    return page.render(
        "staff_devices.html",
        status,
        form=form,
        devices=devices[:_PAGE],
        more=devices[_PAGE - 1].id if len(devices) > _PAGE else None,
        kind=chosen or "",
        agents=agents,
        agent_names={agent.id: agent.name for agent in agents},
        teams=teams,
        team_names={team.id: team.name for team in teams},
        traps=traps,
        advice=advice,
    )
