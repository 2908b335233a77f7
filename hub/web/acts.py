"""What pages and API do alike with more than one area: each act in the caller's transaction."""

from hub.registry import service as registry
from hub.registry.devices import Device, NewDevice
from hub.registry.people import Actor
from hub.store import Connection
from hub.web.services import Services

__all__ = ["register_device"]


def register_device(conn: Connection, services: Services, actor: Actor, new: NewDevice) -> Device:
    """Register a device; a trap is armed from then on. Raises as `registry.register_device`."""
    now = services.now()
    device = registry.register_device(conn, actor, new, now)
    if device.kind == "trap":
        services.traps.on_registered(conn, device.key, now)
    return device
