"""Groups of farmers, such as a co-op's section: staff keep them, owners let them look into plots.

Every function takes the caller's transaction first; none commits or reads a clock.
"""

from datetime import datetime

from hub.errors import Conflict, Invalid, NotFound
from hub.fields.plots import store
from hub.fields.plots.tables import Group
from hub.registry.audit import record
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.registry.service import fetch_person
from hub.store import Connection, notify

__all__ = [
    "add_member", "create_group", "delete_group", "fetch_group", "fetch_groups", "remove_member", "rename_group",
]  # fmt: skip

_TAKEN = "Another group has this name."


def fetch_groups(conn: Connection, actor: Actor) -> list[Group]:
    """The groups that the actor is in, by name; city staff see all."""
    return store.fetch_groups(conn, person_id=None if actor.is_staff else actor.person_id)


def fetch_group(conn: Connection, actor: Actor, group_id: str) -> Group:
    """One group; raises NotFound when there is none or the actor is not in it."""
    person_id = None if actor.is_staff else actor.person_id
    found = store.fetch_groups(conn, group_id=group_id, person_id=person_id) if is_id(group_id) else []
    if not found:
        raise NotFound("There is no such group.")
    return found[0]


def create_group(conn: Connection, actor: Actor, name: str, now: datetime) -> Group:
    """A new group without members. Raises Conflict for a taken name."""
    group = Group(new_id("fg"), name, now, [])
    if not store.add_group(conn, group.id, name, now):
        raise Conflict(_TAKEN)
    record(conn, actor, "create", f"farmer_group/{group.id}", now, name=name)
    return group


def rename_group(conn: Connection, actor: Actor, group_id: str, name: str, now: datetime) -> Group:
    """Another name. Raises NotFound, Conflict for a taken name."""
    fetch_group(conn, actor, group_id)
    if store.group_name_taken(conn, group_id, name):
        raise Conflict(_TAKEN)
    store.rename_group(conn, group_id, name)
    record(conn, actor, "change", f"farmer_group/{group_id}", now, name=name)
    return fetch_group(conn, actor, group_id)


def delete_group(conn: Connection, actor: Actor, group_id: str, now: datetime) -> None:
    """A group is no more, and what owners allowed it neither. Raises NotFound."""
    group = fetch_group(conn, actor, group_id)
    store.delete_group(conn, group_id)
    record(conn, actor, "delete", f"farmer_group/{group_id}", now, name=group.name)
    _tell(conn, group_id)


def add_member(conn: Connection, actor: Actor, group_id: str, person_id: str, now: datetime) -> Group:
    """A farmer joins a group (twice changes nothing). Raises NotFound, Invalid for somebody who is no farmer."""
    fetch_group(conn, actor, group_id)
    if "farmer" not in fetch_person(conn, person_id).roles:
        raise Invalid("Only farmers are members of such a group.")
    store.add_group_member(conn, group_id, person_id, now)
    record(conn, actor, "add_member", f"farmer_group/{group_id}", now, person=person_id)
    _tell(conn, group_id)
    return fetch_group(conn, actor, group_id)


def remove_member(conn: Connection, actor: Actor, group_id: str, person_id: str, now: datetime) -> None:
    """A farmer leaves a group. Raises NotFound when the farmer is not in it."""
    fetch_group(conn, actor, group_id)
    if not is_id(person_id) or store.remove_group_member(conn, group_id, person_id) == 0:
        raise NotFound("This person is not in the group.")
    record(conn, actor, "remove_member", f"farmer_group/{group_id}", now, person=person_id)
    _tell(conn, group_id)


def _tell(conn: Connection, group_id: str) -> None:
    """Whoever listens asks again what may be heard."""
    notify(conn, "live", {"what": "plot", "id": group_id})
