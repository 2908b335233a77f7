"""What pages and API do alike with more than one area: each act in the caller's transaction."""

from collections.abc import Collection

from hub.errors import Conflict
from hub.registry import service as registry
from hub.registry.devices import Device, NewDevice
from hub.registry.people import Actor
from hub.store import Connection
from hub.traps.patrols.ledger import NewVisit, Visit
from hub.traps.states import EndIncident
from hub.web.services import Services

__all__ = ["record_visits", "register_device", "set_trap_in_service"]


def register_device(conn: Connection, services: Services, actor: Actor, new: NewDevice) -> Device:
    """Register a device; a trap is armed from then on. Raises as `registry.register_device`."""
    now = services.now()
    device = registry.register_device(conn, actor, new, now)
    if device.kind == "trap":
        services.traps.on_registered(conn, device.key, now)
    return device


def set_trap_in_service(conn: Connection, services: Services, actor: Actor, device: Device, *, armed: bool) -> None:
    """Arm a trap, or take it out of service so that it is not expected to speak.

    Raises Conflict for what is no trap, and in a state that does not allow it (a sprung trap waits for its report).
    """
    if device.kind != "trap":
        raise Conflict("Only a trap is armed and disarmed.")
    now = services.now()
    change = services.traps.arm if armed else services.traps.disarm
    services.carry_out(conn, change(conn, device.key, now), now)
    if not armed:
        services.carry_out(conn, [EndIncident("patrol_unvisited", device.key, "disarmed")], now)
    registry.record(conn, actor, "arm" if armed else "disarm", f"device/{device.id}", now)


def record_visits(
    conn: Connection,
    services: Services,
    actor: Actor,
    devices: Collection[Device],
    new: NewVisit,
    person_id: str | None = None,
) -> list[Visit]:
    """Write visits into the patrol ledger, for the actor or for whoever was there instead.

    A form that is sent again (same key) gets its former rows. Raises Conflict for what is no trap.
    """
    now = services.now()
    visits, effects = services.patrols.record(
        conn, devices, person_id or actor.person_id, new, now, written_by=actor.person_id
    )
    services.carry_out(conn, effects, now)
    for visit in visits:
        if visit.received_at == now:
            registry.record(
                conn, actor, "visit", f"device/{visit.device_id}", now, visit=visit.id, at=visit.visited_at.isoformat()
            )
    return visits
