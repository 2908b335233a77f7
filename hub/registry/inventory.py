"""Devices and the teams that look after them; who sees which."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from hub.errors import Conflict, Forbidden, NotFound
from hub.registry.audit import record
from hub.registry.devices import Device, DeviceChange, NewDevice, Team, is_id
from hub.registry.enrolment import fetch_agent
from hub.registry.people import Actor, Scope, scope_of
from hub.registry.secrets import new_id
from hub.store import Connection, Queries, notify

__all__ = [
    "add_member", "bring_back_past", "change_device", "closed_device_keys", "create_team", "delete_team", "device_of",
    "fetch_counts", "fetch_devices", "fetch_devices_by_key", "fetch_devices_of_agent", "fetch_team", "fetch_teams",
    "part_from_past", "readable_device_of", "register_device", "remove_member", "rename_team", "shown_from",
    "visible_device_keys",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Key:
    key: int


@dataclass(frozen=True, slots=True)
class _Counts:
    agents_enrolled: int
    agents_online: int
    devices: int


def register_device(conn: Connection, actor: Actor, new: NewDevice, now: datetime) -> Device:
    """Register a device under the id that its agent uses for it.

    Raises NotFound for an unknown agent or team, Conflict for a taken id.
    """
    fetch_agent(conn, new.agent_id)
    _check_team(conn, new.kind, new.team_id)
    key = _queries.value(
        conn,
        "add_device",
        id=new.id,
        agent_id=new.agent_id,
        kind=new.kind,
        name=new.name,
        lat=new.lat,
        lon=new.lon,
        team_id=new.team_id,
        now=now,
    )
    if key is None:
        raise Conflict(f"The id {new.id} is taken by another device.")
    record(
        conn,
        actor,
        "create",
        f"device/{new.id}",
        now,
        agent=new.agent_id,
        kind=new.kind,
        lat=new.lat,
        lon=new.lon,
        team=new.team_id,
    )
    notify(conn, "live", {"what": "device", "id": new.id})
    return Device(
        key=key, id=new.id, agent_id=new.agent_id, kind=new.kind, name=new.name, lat=new.lat, lon=new.lon,
        team_id=new.team_id, created_at=now, last_heard_at=None,
    )  # fmt: skip


def change_device(conn: Connection, actor: Actor, device: Device, change: DeviceChange, now: datetime) -> None:
    """Another name, place or team. Raises NotFound for an unknown team."""
    _check_team(conn, device.kind, change.team_id)
    _queries.run(
        conn, "save_device", key=device.key, name=change.name, lat=change.lat, lon=change.lon, team_id=change.team_id
    )
    record(
        conn,
        actor,
        "change",
        f"device/{device.id}",
        now,
        name=change.name,
        lat=change.lat,
        lon=change.lon,
        team=change.team_id,
    )
    notify(conn, "live", {"what": "device", "id": device.id})


def _check_team(conn: Connection, kind: str, team_id: str | None) -> None:
    if team_id is None:
        return
    if kind != "trap":
        raise Conflict("Only traps have a team.")
    fetch_team(conn, team_id)


def fetch_devices(
    conn: Connection, actor: Actor, *, kind: str | None = None, after: str = "", limit: int = 500
) -> list[Device]:
    """The devices that the actor may see, by id, those behind `after`."""
    return _queries.all(
        conn, "fetch_devices", Device, id=None, kind=kind, after=after, limit=limit, **_parameters(scope_of(actor))
    )


def device_of(conn: Connection, actor: Actor, device_id: str) -> Device:
    """One device; raises NotFound when there is none or the actor may not see it, which look the same from outside."""
    found = (
        _queries.one(
            conn, "fetch_devices", Device, id=device_id, kind=None, after="", limit=1, **_parameters(scope_of(actor))
        )
        if is_id(device_id)
        else None
    )
    if found is None:
        raise NotFound("There is no such device.")
    return found


def visible_device_keys(conn: Connection, actor: Actor) -> frozenset[int] | None:
    """The keys of the devices that the actor may see; None for staff: they see all, and what has no device too."""
    scope = scope_of(actor)
    if scope.everything:
        return None
    parameters = _parameters(scope)
    del parameters["everything"]
    return frozenset(row.key for row in _queries.all(conn, "fetch_visible_keys", _Key, **parameters))


def closed_device_keys(conn: Connection, actor: Actor) -> frozenset[int]:
    """The devices (by key) that the actor sees standing and of which the actor may not see what they measure.

    That is a matter of city staff only: stations on plots whose owners do not let staff look. Whatever tells values of
    a station leaves these out.
    """
    if not actor.is_staff:
        return frozenset()
    return frozenset(row.key for row in _queries.all(conn, "fetch_closed_keys", _Key, person_id=actor.person_id))


def readable_device_of(conn: Connection, actor: Actor, device_id: str) -> Device:
    """One device whose readings the actor may see.

    Raises NotFound as `device_of`, and Forbidden for staff who know that it stands there.
    """
    device = device_of(conn, actor, device_id)
    if device.key in closed_device_keys(conn, actor):
        raise Forbidden("The owner of the plot does not let city staff see what this station measures.")
    return device


def part_from_past(conn: Connection, keys: Collection[int], owner_id: str, now: datetime) -> None:
    """Stations have left a farmer's plot: where they stand on no other one, what they measured is shown to nobody."""
    _queries.run(conn, "part_from_past", keys=sorted(keys), owner_id=owner_id, now=now)


def bring_back_past(conn: Connection, keys: Collection[int], owner_id: str) -> None:
    """Stations stand on a plot of this farmer: what they measured for the farmer before is shown again."""
    _queries.run(conn, "bring_back_past", keys=sorted(keys), owner_id=owner_id)


def shown_from(conn: Connection, device_key: int) -> datetime | None:
    """Since when what a device measured is shown; None: all of it. What is older is its former farmer's."""
    return _queries.value(conn, "fetch_shown_from", key=device_key)


def fetch_devices_by_key(conn: Connection, keys: frozenset[int]) -> dict[int, Device]:
    """Devices by key, for a caller that has decided already who may see them."""
    return {device.key: device for device in _queries.all(conn, "fetch_devices_by_key", Device, keys=sorted(keys))}


def fetch_devices_of_agent(conn: Connection, agent_id: str) -> list[Device]:
    """What one agent carries."""
    return _queries.all(conn, "fetch_devices_of_agent", Device, agent_id=agent_id)


def create_team(conn: Connection, actor: Actor, name: str, now: datetime) -> Team:
    """A new team without members. Raises Conflict for a taken name."""
    _refuse_taken(conn, name)
    team = Team(new_id("t"), name, now, [])
    _queries.run(conn, "add_team", id=team.id, name=name, now=now)
    record(conn, actor, "create", f"team/{team.id}", now, name=name)
    return team


def _refuse_taken(conn: Connection, name: str, but: str = "") -> None:
    """No two teams have one name: people would take one for the other. `but`: the id of the team that may have it."""
    if _queries.value(conn, "team_name_taken", name=name, id=but) is True:
        raise Conflict("Another team has this name.")


def rename_team(conn: Connection, actor: Actor, team_id: str, name: str, now: datetime) -> None:
    """Another name. Raises NotFound, Conflict for a taken name."""
    fetch_team(conn, team_id)
    _refuse_taken(conn, name, team_id)
    _queries.run(conn, "rename_team", id=team_id, name=name)
    record(conn, actor, "change", f"team/{team_id}", now, name=name)


def delete_team(conn: Connection, actor: Actor, team_id: str, now: datetime) -> None:
    """A team is no more; what other areas know of it must have gone before.

    Raises NotFound, or Conflict while traps are its own: without a team they would be every hunter's at a stroke.
    """
    team = fetch_team(conn, team_id)
    if _queries.value(conn, "team_has_devices", id=team_id) is True:
        raise Conflict("This team still has traps.")
    _queries.run(conn, "drop_members", id=team_id)
    _queries.run(conn, "delete_team", id=team_id)
    record(conn, actor, "delete", f"team/{team_id}", now, name=team.name, members=sorted(team.members))


def fetch_teams(conn: Connection, *, after: str = "", limit: int = 500) -> list[Team]:
    """Teams by id, those behind `after`."""
    return _queries.all(conn, "fetch_teams", Team, after=after, limit=limit)


def fetch_team(conn: Connection, team_id: str) -> Team:
    """One team; raises NotFound."""
    team = _queries.one(conn, "fetch_team", Team, id=team_id) if is_id(team_id) else None
    if team is None:
        raise NotFound("There is no such team.")
    return team


def add_member(conn: Connection, actor: Actor, team_id: str, person_id: str, now: datetime) -> Team:
    """A person joins a team (twice changes nothing). Raises NotFound."""
    fetch_team(conn, team_id)
    if not is_id(person_id) or _queries.value(conn, "person_exists", id=person_id) is not True:
        raise NotFound("There is no such person.")
    _queries.run(conn, "add_member", team_id=team_id, person_id=person_id)
    record(conn, actor, "add_member", f"team/{team_id}", now, person=person_id)
    return fetch_team(conn, team_id)


def remove_member(conn: Connection, actor: Actor, team_id: str, person_id: str, now: datetime) -> None:
    """A person leaves a team. Raises NotFound when the person is not in it."""
    fetch_team(conn, team_id)
    if not is_id(person_id) or _queries.run(conn, "remove_member", team_id=team_id, person_id=person_id) == 0:
        raise NotFound("This person is not in the team.")
    record(conn, actor, "remove_member", f"team/{team_id}", now, person=person_id)


def fetch_counts(conn: Connection) -> dict[str, int]:
    """How many agents are enrolled and online, and how many devices there are."""
    counts = _queries.one(conn, "fetch_counts", _Counts)
    return {} if counts is None else asdict(counts)


def _parameters(scope: Scope) -> dict[str, object]:
    return {
        "everything": scope.everything,
        "traps": scope.traps,
        "plots": scope.plots,
        "teams": list(scope.teams),
        "person_id": scope.person_id,
    }
