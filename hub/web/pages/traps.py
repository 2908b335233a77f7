"""Traps: all of them, the loudest first; and each with its place, its incidents, and whether it is in service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from hub.alerts.service import UNRESOLVED
from hub.alerts.teams.mutes import MuteView, fetch_mutes
from hub.alerts.views import IncidentView
from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.texts.words import TRAP_STATES
from hub.traps.decisions import Trap
from hub.traps.states import LOUDEST_FIRST
from hub.web import acts, mutes
from hub.web.mutes import MUTE_HOURS
from hub.web.pages.forms import Filled, Submitted
from hub.web.pages.me import read_mute
from hub.web.pages.page import HuntersPage, Page

__all__ = ["TrapCard", "loudest_first", "router"]

router = APIRouter()
LOUD = frozenset({"sprung_silent", "sprung", "silent"})
# A phone shows some dozens; a town's office finds the quiet rest among the devices.
MOST = 300


@dataclass(frozen=True, slots=True)
class TrapCard:
    """A trap as a page shows it; `incident` is the most urgent one that is not settled, `mutes` are those in force."""

    device: Device
    trap: Trap
    incident: IncidentView | None
    mutes: tuple[MuteView, ...] = ()

    @property
    def heard_at(self) -> datetime | None:
        """When it last said anything."""
        return max(filter(None, (self.trap.last_heard_at, self.device.last_heard_at)), default=None)

    @property
    def is_loud(self) -> bool:
        """Whether somebody should act: it fired, fell silent, or something about it is not settled."""
        return self.trap.state in LOUD or self.incident is not None


def loudest_first(cards: Sequence[TrapCard]) -> list[TrapCard]:
    """The worst state first; within it those for whom nobody is going, then who waits longest."""

    def order(card: TrapCard) -> tuple[bool, int, bool, datetime, str]:
        answered = card.incident is not None and card.incident.state == "going"
        place = LOUDEST_FIRST.index(card.trap.state)
        return (not card.is_loud, place, answered, card.trap.state_changed_at, card.device.id)

    return sorted(cards, key=order)


def fetch_cards(conn: Connection, page: Page) -> list[TrapCard]:
    """The actor's traps, the loudest first, at most MOST of them."""
    keys = registry.visible_device_keys(conn, page.actor)
    traps = page.services.traps.fetch_traps(conn, None if keys is None else sorted(keys))
    incidents = _by_device(page.services.alerts.fetch_incidents(conn, states=UNRESOLVED, device_keys=keys, limit=1000))
    urgent = sorted(
        traps.values(), key=lambda trap: (trap.device_key not in incidents, LOUDEST_FIRST.index(trap.state))
    )
    devices = registry.fetch_devices_by_key(conn, frozenset(trap.device_key for trap in urgent[:MOST]))
    muted = fetch_mutes(conn, page.now, device_keys=list(devices))
    return loudest_first(
        [TrapCard(device, traps[key], incidents.get(key), _of_device(muted, device)) for key, device in devices.items()]
    )


def _of_device(muted: Sequence[MuteView], device: Device) -> tuple[MuteView, ...]:
    return tuple(one for one in muted if one.device_key == device.key or one.agent_id == device.agent_id)


def _by_device(incidents: Sequence[IncidentView]) -> Mapping[int, IncidentView]:
    """The most urgent unsettled incident of each device: a firing before anything else, then the newest."""
    chosen: dict[int, IncidentView] = {}
    for view in incidents:
        known = chosen.get(view.device_key or 0)
        if view.device_key and (known is None or (view.kind == "trap_sprung" and known.kind != "trap_sprung")):
            chosen[view.device_key] = view
    return chosen


@router.get("/traps")
def list_traps(page: HuntersPage) -> Response:
    """The hunter's first page."""
    with page.services.database.transaction() as conn:
        cards = fetch_cards(conn, page)
    loud = [card for card in cards if card.is_loud]
    return page.render("traps.html", keep=True, loud=loud, calm=[card for card in cards if not card.is_loud])


@router.get("/map")
def show_map(page: HuntersPage) -> Response:
    """Where the traps are, and the way there; it works without a network, and without a map's pictures."""
    with page.services.database.transaction() as conn:
        cards = fetch_cards(conn, page)
    points = [
        {
            "lat": card.device.lat,
            "lon": card.device.lon,
            "name": card.device.name,
            "state": card.trap.state,
            "said": page.translate(TRAP_STATES[card.trap.state]),
            "path": f"/traps/{card.device.id}",
        }
        for card in cards
    ]
    return page.render("map.html", keep=True, cards=cards, points=points)


@router.get("/traps/{device_id}")
def show_trap(page: HuntersPage, device_id: str) -> Response:
    """One trap."""
    return _show(page, device_id, Filled({}, page.translate))


def _show(page: Page, device_id: str, form: Filled, status: int = 200) -> Response:
    with page.services.database.transaction() as conn:
        device, trap = _find(conn, page, device_id)
        incidents = page.services.alerts.fetch_incidents(conn, device_keys=[device.key], limit=20)
        muted = tuple(fetch_mutes(conn, page.now, device_keys=[device.key]))
        advice = page.services.captures.advise(conn, [device.key], page.now).get(device.key)
    open_ones = [view for view in incidents if view.state in UNRESOLVED]
    card = TrapCard(device, trap, open_ones[0] if open_ones else None, muted)
    return page.render(
        "trap.html", status, keep=True, card=card, advice=advice, incidents=incidents, form=form, mute_hours=MUTE_HOURS
    )


@router.post("/traps/{device_id}/mutes")
def mute(page: HuntersPage, device_id: str, submitted: Submitted) -> Response:
    """Nobody is told of the trap for a while; what happens is shown all the same."""
    form = Filled(submitted, page.translate)
    hours, reason = read_mute(form)
    if form.errors:
        return _show(page, device_id, form, 422)
    with page.services.database.transaction() as conn:
        device, _ = _find(conn, page, device_id)
        mutes.mute_device(conn, page.actor, device, mutes.until(page.now, hours), reason, page.now)
    return page.go(f"/traps/{device_id}?done=muted")


@router.post("/traps/{device_id}/mutes/{mute_id}/end")
def unmute(page: HuntersPage, device_id: str, mute_id: int) -> Response:
    """People are told again, of what is open too."""
    with page.services.database.transaction() as conn:
        mutes.end(conn, page.actor, mute_id, page.now)
    return page.go(f"/traps/{device_id}?done=unmuted")


@router.post("/traps/{device_id}/disarm")
def disarm(page: HuntersPage, device_id: str) -> Response:
    """Out of service: it is not expected to speak, and no hunter is paged."""
    return _set_in_service(page, device_id, armed=False)


@router.post("/traps/{device_id}/arm")
def arm(page: HuntersPage, device_id: str) -> Response:
    """Back into service."""
    return _set_in_service(page, device_id, armed=True)


def _set_in_service(page: Page, device_id: str, *, armed: bool) -> Response:
    with page.services.database.transaction() as conn:
        device, _ = _find(conn, page, device_id)
        acts.set_trap_in_service(conn, page.services, page.actor, device, armed=armed)
    return page.go(f"/traps/{device_id}?done={'armed' if armed else 'disarmed'}")


def _find(conn: Connection, page: Page, device_id: str) -> tuple[Device, Trap]:
    device = registry.device_of(conn, page.actor, device_id)
    trap = page.services.traps.fetch_traps(conn, [device.key]).get(device.key)
    if trap is None:
        raise NotFound("There is no such trap.")
    return device, trap
