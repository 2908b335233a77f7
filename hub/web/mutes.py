"""Who may mute what, for pages and API alike. Each act in the caller's transaction."""

from datetime import datetime, timedelta

from hub.alerts.teams import mutes
from hub.alerts.teams.mutes import MuteView, NewMute
from hub.errors import Conflict, Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.devices import Device
from hub.registry.people import Actor
from hub.store import Connection

__all__ = ["MUTE_HOURS", "end", "mute_agent", "mute_device", "mute_myself", "until", "visible_mutes"]

# What the pages offer, in hours.
MUTE_HOURS = (2, 8, 24, 72, 168, 336)


def mute_device(
    conn: Connection, actor: Actor, device: Device, until_at: datetime, reason: str, now: datetime
) -> MuteView:
    """A device that the actor sees. Raises Forbidden for others than hunters, Conflict for another kind of device."""
    if not actor.has("hunter"):
        raise Forbidden
    if device.kind != "trap":
        raise Conflict("Only traps are muted.")
    return _set(conn, actor, NewMute(until_at, reason, device_key=device.key), now)


def mute_agent(
    conn: Connection, actor: Actor, agent_id: str, until_at: datetime, reason: str, now: datetime
) -> MuteView:
    """An agent and all that it carries. Raises Forbidden for others than staff, NotFound."""
    if not actor.is_staff:
        raise Forbidden
    registry.fetch_agent(conn, agent_id)
    return _set(conn, actor, NewMute(until_at, reason, agent_id=agent_id), now)


def mute_myself(
    conn: Connection, actor: Actor, team_id: str | None, until_at: datetime, reason: str, now: datetime
) -> MuteView:
    """Notices to the actor: of one team's traps, or of everything. Raises Forbidden for whom nobody tells,
    NotFound for a team of others.
    """
    if not actor.has("hunter"):
        raise Forbidden
    if team_id is not None and team_id not in actor.teams:
        raise NotFound("There is no such team.")
    return _set(conn, actor, NewMute(until_at, reason, person_id=actor.person_id, team_id=team_id), now)


def end(conn: Connection, actor: Actor, mute_id: int, now: datetime) -> None:
    """End a mute before its time. Raises NotFound when there is none that the actor may end."""
    view = mutes.fetch_mute(conn, mute_id, now)
    if view.person_id is not None:
        allowed = view.person_id == actor.person_id or actor.is_staff
    elif view.device_key is not None:
        keys = registry.visible_device_keys(conn, actor)
        allowed = actor.has("hunter") and (keys is None or view.device_key in keys)
    else:
        allowed = actor.is_staff
    if not allowed:
        raise NotFound("There is no such mute.")
    mutes.end_mute(conn, actor, mute_id, now)


def visible_mutes(conn: Connection, actor: Actor, now: datetime) -> list[MuteView]:
    """The mutes that the actor may know of: of the own traps and the agents that carry them, and of oneself."""
    if actor.is_staff:
        return mutes.fetch_mutes(conn, now)
    keys = registry.visible_device_keys(conn, actor) if actor.has("hunter") else frozenset[int]()
    mine = mutes.fetch_mutes(conn, now, person_id=actor.person_id)
    return mutes.fetch_mutes(conn, now, device_keys=keys or ()) + mine


def until(now: datetime, hours: float) -> datetime:
    """So many hours from now."""
    return now + timedelta(hours=hours)


def _set(conn: Connection, actor: Actor, new: NewMute, now: datetime) -> MuteView:
    return mutes.fetch_mute(conn, mutes.set_mute(conn, actor, new, now), now)
