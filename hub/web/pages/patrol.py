"""The day's patrol: traps by valley with one button each, and the form that puts a row of the ledger right."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from hub.errors import Conflict, Invalid
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts import msgid
from hub.traps.decisions import Trap
from hub.traps.patrols.days import day_of
from hub.traps.patrols.ledger import NewVisit, TrapDay, decide_visited_at
from hub.web import acts
from hub.web.api.forms import parse_instant
from hub.web.api.patrols import visible_visit
from hub.web.once import read_key
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.page import HuntersPage, Page

__all__ = ["router"]

router = APIRouter()
# A phone shows some dozens; the rest of a large town is in the ledger.
MOST = 300
_AT_ONCE = 100
_ORDER = {"open": 0, "unvisited": 0, "sensor": 1, "exempt": 2, "future": 2, "visited": 3}


@dataclass(frozen=True, slots=True)
class Stop:
    """A trap on the patrol."""

    device: Device
    trap: Trap
    day: TrapDay

    @property
    def is_owed(self) -> bool:
        """Whether somebody should still go there today."""
        return self.day.state == "open"

    @property
    def can_be_ticked(self) -> bool:
        """A trap that has sprung waits for the record of what was found instead."""
        return self.trap.state not in ("sprung", "sprung_silent")


@dataclass(frozen=True, slots=True)
class Valley:
    """The traps of one agent, which stand near each other."""

    id: str
    name: str
    stops: Sequence[Stop]

    @property
    def owed(self) -> list[Stop]:
        """Those that one press writes down."""
        return [stop for stop in self.stops if stop.is_owed and stop.can_be_ticked]


@router.get("/patrol")
def show_patrol(page: HuntersPage) -> Response:
    """Today's patrol."""
    return _show(page, Filled({}, page.translate))


@router.post("/patrol")
def visit(page: HuntersPage, submitted: Submitted) -> Response:
    """Somebody was at these traps."""
    form = Filled(submitted, page.translate)
    names = form.chosen("device")[:_AT_ONCE]
    if not names:
        form.fault("device", msgid("Please choose one."))
    note, visited_at = form.text("note"), _visited_at(page, form)
    lat, lon = read_place(form)
    if form.errors:
        return _show(page, form, 422)

    def act(conn: Connection) -> str:
        devices = [registry.device_of(conn, page.actor, name) for name in names]
        new = NewVisit(visited_at, "page", note, lat, lon, read_key(form))
        acts.record_visits(conn, page.services, page.actor, devices, new)
        return "/patrol?done=visited"

    return page.go_once(form, act)


def _visited_at(page: Page, form: Filled) -> datetime:
    """When the button was pressed: a form that waited on the phone says so."""
    said = form.typed("written_at").strip()
    try:
        return decide_visited_at(parse_instant("written_at", said) if said else None, page.now)
    except Invalid as error:
        form.fault("written_at", str(error))
        return page.now


def read_place(form: Filled) -> tuple[float | None, float | None]:
    """Where the phone says that it is, if it does; a place that cannot be is left out."""
    with suppress(ValueError):
        lat, lon = float(form.typed("lat")), float(form.typed("lon"))
        if -90 <= lat <= 90 and -180 <= lon <= 180:
            return lat, lon
    return None, None


def _show(page: Page, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        keys = registry.visible_device_keys(conn, page.actor)
        traps = page.services.traps.fetch_traps(conn, None if keys is None else sorted(keys))
        days = page.services.patrols.fetch_today(conn, list(traps), page.now)
        chosen = sorted(traps, key=lambda key: (_ORDER[days[key].state], key))[:MOST]
        devices = registry.fetch_devices_by_key(conn, frozenset(chosen))
        agents = {agent.id: agent.name for agent in registry.fetch_agents(conn, limit=2000)}
    stops = [
        Stop(devices[key], traps[key], days[key])
        for key in chosen
        if days[key].state != "exempt" or _is_set(traps[key])
    ]
    return page.render(
        "patrol.html",
        status,
        keep=True,
        form=form,
        valleys=_valleys(stops, agents),
        owed=sum(1 for key in traps if days[key].state == "open"),
        visited=sum(1 for key in traps if days[key].state == "visited"),
        today=day_of(page.now, page.services.patrols.zone),
    )


def _is_set(trap: Trap) -> bool:
    return trap.state != "disarmed"


def _valleys(stops: Sequence[Stop], agents: Mapping[str, str]) -> list[Valley]:
    """Valleys with the most to do first; in each the unvisited first."""
    by_agent: dict[str, list[Stop]] = {}
    for stop in stops:
        by_agent.setdefault(stop.device.agent_id, []).append(stop)
    valleys = [
        Valley(agent, agents.get(agent, agent), sorted(found, key=lambda one: (_ORDER[one.day.state], one.device.id)))
        for agent, found in by_agent.items()
    ]
    return sorted(valleys, key=lambda valley: (-sum(stop.is_owed for stop in valley.stops), valley.name))


# --- putting a row right ----------------------------------------------------------------------------------------------


@router.get("/patrol/visits/{visit_id}")
def show_visit(page: HuntersPage, visit_id: str) -> Response:
    """One row of the ledger, with the form that puts it right."""
    return _show_visit(page, visit_id, Filled({}, page.translate))


@router.post("/patrol/visits/{visit_id}")
def correct(page: HuntersPage, visit_id: str, submitted: Submitted) -> Response:
    """Another row takes the place of this one."""
    form = Filled(submitted, page.translate)
    with page.services.database.transaction() as conn:
        former = visible_visit(conn, page.services, page.actor, visit_id)
    zone, is_void = page.services.patrols.zone, bool(form.chosen("void"))
    at, note = former.visited_at, form.text("note")
    if not is_void:
        try:
            local = datetime.fromisoformat(form.typed("visited_at")).replace(tzinfo=zone)
            at = decide_visited_at(local, page.now)
        except ValueError:
            form.fault("visited_at", msgid("Please give a day and a time."))
        except Invalid as error:
            form.fault("visited_at", str(error))
    if form.errors:
        return _show_visit(page, visit_id, form, 422)
    new = None if is_void else NewVisit(at, "page", note, former.lat, former.lon)

    def act(conn: Connection) -> str:
        right, effects = page.services.patrols.correct(conn, page.actor, visit_id, new, page.now)
        page.services.carry_out(conn, effects, page.now)
        registry.record(conn, page.actor, "visit.correct", f"visit/{visit_id}", page.now, by=right.id, void=is_void)
        return f"/patrol/ledger?device={right.device_id}&month={day_of(right.visited_at, zone):%Y-%m}&done=corrected"

    try:
        return page.go_once(form, act)
    except Conflict:
        form.fault("visited_at", msgid("Somebody has corrected this meanwhile."))
        return _show_visit(page, visit_id, form, 409)


def _show_visit(page: Page, visit_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        visit = visible_visit(conn, page.services, page.actor, visit_id)
    is_own = page.actor.is_staff or page.actor.person_id in (visit.person_id, visit.written_by)
    local = visit.visited_at.astimezone(page.services.patrols.zone)
    return page.render(
        "patrol_visit.html", status, form=form, visit=visit, local=local, changeable=is_own and visit.counts
    )
