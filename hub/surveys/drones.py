"""Drones and what their partners say of them."""

from collections.abc import Sequence
from datetime import datetime

from hub.errors import Forbidden, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys import store
from hub.surveys.store import EVERYTHING, Scope
from hub.surveys.values import Drone, DroneChange

__all__ = ["change_drone", "drone_of", "fleet_of"]


def fleet_of(conn: Connection, ids: Sequence[str]) -> list[Drone]:
    """The drones with these ids, in this order. Raises Invalid for one that is no registered drone."""
    if not ids:
        return []
    found = {drone.id: drone for drone in store.fetch_drones(conn, EVERYTHING, ids=ids)}
    strange = [one for one in ids if one not in found]
    if strange:
        raise Invalid(f"no drone is called {', '.join(one[:60] for one in strange[:5])}")
    return [found[one] for one in ids]


def drone_of(conn: Connection, scope: Scope, drone_id: str) -> Drone:
    """One drone. Raises NotFound for one that is not there or not to be seen, alike."""
    found = store.fetch_drones(conn, scope, ids=[drone_id])
    if not found:
        raise NotFound("There is no such drone.")
    return found[0]


def change_drone(
    conn: Connection, actor: Actor, scope: Scope, drone_id: str, change: DroneChange, now: datetime
) -> Drone:
    """A drone as its partner says it is; staff may for them, and only staff say whose it is.

    Raises NotFound, Forbidden for responders, Invalid for somebody who is no partner.
    """
    before = drone_of(conn, scope, drone_id)
    if not (actor.is_staff or before.partner_id == actor.person_id):
        raise Forbidden("The drone's partner says this, or city staff for them.")
    if change.partner_id != before.partner_id:
        if not actor.is_staff:
            raise Forbidden("City staff say whose a drone is.")
        if change.partner_id is not None and not store.is_partner(conn, change.partner_id):
            raise Invalid("partner: no partner has this id")
    store.save_drone(conn, before.device_key, change, actor.person_id, now)
    registry.record(
        conn, actor, "change", f"drone/{drone_id}", now, ready=change.is_ready, partner=change.partner_id,
        battery_percent=change.battery_percent,
    )  # fmt: skip
    return drone_of(conn, EVERYTHING, drone_id)
