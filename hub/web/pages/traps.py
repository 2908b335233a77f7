"""Traps: all of them, the loudest first; and each with its place, its incidents, and whether it is in service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from hub.alerts.service import UNRESOLVED
from hub.alerts.views import IncidentView
from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.store import Connection
from hub.traps.decisions import Trap
from hub.traps.states import LOUDEST_FIRST
from hub.web import acts
from hub.web.pages.page import HuntersPage, Page

__all__ = ["TrapCard", "loudest_first", "router"]

router = APIRouter()
LOUD = frozenset({"sprung_silent", "sprung", "silent"})
# A phone shows some dozens; a town's office finds the quiet rest among the devices.
MOST = 300


@dataclass(frozen=True, slots=True)
class TrapCard:
    """A trap as a page shows it; `incident` is the most urgent one that is not settled."""

    device: Device
    trap: Trap
    incident: IncidentView | None

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
    return loudest_first([TrapCard(device, traps[key], incidents.get(key)) for key, device in devices.items()])


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


@router.get("/traps/{device_id}")
def show_trap(page: HuntersPage, device_id: str) -> Response:
    """One trap."""
    with page.services.database.transaction() as conn:
        device, trap = _find(conn, page, device_id)
        incidents = page.services.alerts.fetch_incidents(conn, device_keys=[device.key], limit=20)
    open_ones = [view for view in incidents if view.state in UNRESOLVED]
    return page.render(
        "trap.html", keep=True, card=TrapCard(device, trap, open_ones[0] if open_ones else None), incidents=incidents
    )


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
