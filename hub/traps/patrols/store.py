"""The patrol ledger in the database. Every function works in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from hub.store import Connection, Queries
from hub.traps.patrols.days import Switch
from hub.traps.patrols.ledger import NewVisit, SensorRule, Spoken, Visit

__all__ = [
    "LastHeard", "NewRow", "VisitFilter", "add_evening", "add_visit", "evening_told", "fetch_found_at",
    "fetch_last_evening",
    "fetch_last_heard", "fetch_sensor_rules", "fetch_service_keys", "fetch_spoken", "fetch_switches", "fetch_visits",
    "lock_visit",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Which rows of the ledger; None narrows by nothing. `before` is the (visited_at, id) of a page's last row."""

    id: str | None = None
    key: UUID | None = None
    incident_id: str | None = None
    device_keys: Sequence[int] | None = None
    person_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, str] | None = None
    counting: bool = False
    limit: int = 20_000


@dataclass(frozen=True, slots=True)
class NewRow:
    """Whose visit to which trap; `corrects` names the row that this one puts right, `void` says that there was none."""

    id: str
    device_key: int
    person_id: str
    written_by: str
    corrects: str | None = None
    void: bool = False


@dataclass(frozen=True, slots=True)
class LastHeard:
    """When a device last said anything."""

    device_key: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class _SwitchRow:
    device_key: int
    at: datetime
    in_service: bool


@dataclass(frozen=True, slots=True)
class _Key:
    key: int


def add_visit(conn: Connection, row: NewRow, new: NewVisit, now: datetime) -> bool:
    """Write a row; False when there is one of this form or incident already, or of this correction."""
    added: str | None = _queries.value(conn, "add_visit", received_at=now, **asdict(row), **asdict(new))
    return added is not None


def fetch_visits(conn: Connection, which: VisitFilter) -> list[Visit]:
    """Rows of the ledger, newest first."""
    before_at, before_id = which.before or (None, None)
    keys = None if which.device_keys is None else list(which.device_keys)
    return _queries.all(
        conn, "fetch_visits", Visit, id=which.id, key=which.key, incident_id=which.incident_id, device_keys=keys,
        person_id=which.person_id, since=which.since, until=which.until, before_at=before_at, before_id=before_id,
        counting=which.counting, limit=which.limit,
    )  # fmt: skip


def lock_visit(conn: Connection, visit_id: str) -> None:
    """Hold a row until the transaction ends."""
    _queries.value(conn, "lock_visit", id=visit_id)


def fetch_switches(
    conn: Connection, device_keys: Sequence[int], since: datetime, until: datetime
) -> dict[int, list[Switch]]:
    """When each trap went into service and out of it, as far as it matters for [since, until)."""
    found: dict[int, list[Switch]] = {}
    rows = _queries.all(
        conn, "fetch_switches", _SwitchRow, device_keys=list(device_keys), since=since, until=until
    )  # fmt: skip
    for row in rows:
        found.setdefault(row.device_key, []).append(Switch(row.at, row.in_service))
    return found


def fetch_last_heard(conn: Connection, device_keys: Sequence[int]) -> dict[int, datetime]:
    """When each device last said anything; those that never did are left out."""
    rows = _queries.all(conn, "fetch_last_heard", LastHeard, device_keys=list(device_keys))
    return {row.device_key: row.last_at for row in rows}


def fetch_spoken(
    conn: Connection, device_keys: Sequence[int], since: datetime, until: datetime, zone: str
) -> dict[int, list[Spoken]]:
    """On which days each device said something."""
    found: dict[int, list[Spoken]] = {}
    rows = _queries.all(
        conn, "fetch_spoken", Spoken, device_keys=list(device_keys), since=since, until=until, zone=zone
    )
    for row in rows:
        found.setdefault(row.device_key, []).append(row)
    return found


def fetch_sensor_rules(conn: Connection, device_keys: Sequence[int]) -> dict[int, list[SensorRule]]:
    """The days on which sensors replace visits, by trap."""
    found: dict[int, list[SensorRule]] = {}
    for row in _queries.all(conn, "fetch_sensor_rules", SensorRule, device_keys=list(device_keys)):
        found.setdefault(row.device_key, []).append(row)
    return found


def fetch_service_keys(conn: Connection) -> list[int]:
    """Every trap that is in service now."""
    return [row.key for row in _queries.all(conn, "fetch_service_keys", _Key)]


def evening_told(conn: Connection, day: date) -> bool:
    """Whether the evening's notice of this day is out."""
    told: bool = _queries.value(conn, "evening_told", day=day)
    return told


def add_evening(conn: Connection, day: date, now: datetime, unvisited: int) -> bool:
    """Take the evening's notice of this day upon oneself; False when another worker has."""
    return _queries.value(conn, "add_evening", day=day, now=now, unvisited=unvisited) is not None


def fetch_last_evening(conn: Connection) -> date | None:
    """The last day for which hunters were told."""
    day: date | None = _queries.value(conn, "fetch_last_evening")
    return day


def fetch_found_at(conn: Connection, incident_id: str) -> datetime | None:
    """When the trap was looked at, by the record that settles this incident; None without one."""
    found_at: datetime | None = _queries.value(conn, "fetch_found_at", incident_id=incident_id)
    return found_at
