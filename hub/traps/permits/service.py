"""What the office does with permits. Every function takes the caller's transaction; none reads a clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.errors import Conflict, NotFound
from hub.registry.audit import record
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.traps.patrols.days import bounds_of
from hub.traps.permits import store
from hub.traps.permits.due import Matter, Permit, Report, Standing, matters_on
from hub.traps.permits.store import Heads, NewPermit, fetch_rules, fetch_seasons
from hub.traps.rules import rule_on

__all__ = [
    "NewPermit",
    "change_permit",
    "create_permit",
    "draft_report",
    "fetch_matters",
    "fetch_permit",
    "fetch_permits",
    "fetch_permits_of",
    "fetch_rules",
    "fetch_seasons",
    "hand_in",
]  # fmt: skip


def fetch_permits(conn: Connection) -> list[Permit]:
    """All permits, the last to end first."""
    return store.fetch_permits(conn)


def fetch_permits_of(conn: Connection, *, person_id: str | None = None, device_key: int | None = None) -> list[Permit]:
    """The permits of a hunter or of a trap."""
    return store.fetch_permits(conn, person_id=person_id, device_key=device_key)


def fetch_permit(conn: Connection, permit_id: str) -> Permit:
    """One permit. Raises NotFound."""
    found = store.fetch_permits(conn, permit_id=permit_id) if is_id(permit_id) else []
    if not found:
        raise NotFound("There is no such permit.")
    return found[0]


def create_permit(conn: Connection, actor: Actor, new: NewPermit, now: datetime) -> str:
    """Write down a new permit; returns its id. Raises Conflict when the authority gave this number already."""
    permit_id = new_id("pm")
    if not store.save_permit(conn, permit_id, new, now):
        raise Conflict("Another permit has this number already.")
    record(conn, actor, "create", f"permit/{permit_id}", now, number=new.number, until=new.valid_until.isoformat())
    return permit_id


def change_permit(conn: Connection, actor: Actor, permit_id: str, new: NewPermit, now: datetime) -> None:
    """The whole permit as it shall be. Raises NotFound, and Conflict for a taken number."""
    fetch_permit(conn, permit_id)
    if not store.save_permit(conn, permit_id, new, None):
        raise Conflict("Another permit has this number already.")
    detail = {"number": new.number, "until": new.valid_until.isoformat(), "sensor_replaces": new.sensor_replaces}
    traps, hunters = sorted(new.device_keys), sorted(new.hunters)
    record(conn, actor, "change", f"permit/{permit_id}", now, **detail, traps=traps, hunters=hunters)


def draft_report(conn: Connection, permit: Permit, zone: ZoneInfo) -> list[Heads]:
    """What was caught under the permit, by what hunters have recorded; an empty list is a catch of zero."""
    since, until = bounds_of(permit.valid_from, zone)[0], bounds_of(permit.valid_until, zone)[1]
    return store.count_heads(conn, permit, since, until)


def hand_in(conn: Connection, actor: Actor, permit_id: str, report: Report, now: datetime) -> None:
    """The report of the permit was handed in, with these figures. Raises NotFound."""
    fetch_permit(conn, permit_id)
    store.add_report(conn, permit_id, report, actor.person_id, now)
    on, heads = report.handed_in_on.isoformat(), dict(report.heads)
    record(conn, actor, "permit.report", f"permit/{permit_id}", now, on=on, heads=heads)


def fetch_matters(conn: Connection, today: date) -> list[Matter]:
    """All that the office must look at today."""
    most = rule_on(fetch_rules(conn), "traps_per_hunter", today)
    standing = Standing(
        store.fetch_in_service(conn),
        None if most is None or most.value is None else int(most.value),
        fetch_seasons(conn),
    )
    return matters_on(store.fetch_permits(conn), standing, today)
