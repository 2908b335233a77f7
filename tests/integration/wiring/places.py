"""A trap under an agent, as staff register it."""

from dataclasses import dataclass
from datetime import datetime

from hub.registry import service as registry
from hub.registry.devices import NewDevice
from hub.registry.people import Actor
from hub.store import Connection
from hub.wiring.rooms import Rooms


@dataclass(frozen=True)
class NewTrap:
    """What an event of the trap names."""

    agent_id: str
    device_id: str
    key: int


def add_trap(conn: Connection, rooms: Rooms, now: datetime) -> NewTrap:
    """Register an agent and one trap on it."""
    staff_id = registry.ensure_staff(conn, "staff", "a long password", "wm_token", now)
    staff = Actor(staff_id, "staff", frozenset({"staff"}))
    agent_id, _ = registry.create_agent(conn, staff, "矢那", now)
    device = registry.register_device(
        conn, staff, NewDevice(agent_id, "yana-1", "trap", "沢の出口", 35.36, 140.03), now
    )
    rooms.traps.on_registered(conn, device.key, now)
    return NewTrap(agent_id, "yana-1", device.key)
