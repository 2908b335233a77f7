"""Permits in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from hub.store import Connection, Queries
from hub.traps.permits.due import Permit, PermitKind, Report
from hub.traps.rules import DatedRule, Season

__all__ = [
    "Heads", "NewPermit", "add_report", "count_heads", "fetch_in_service", "fetch_permits", "fetch_rules",
    "fetch_seasons", "save_permit",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class NewPermit:
    """A permit as staff write it down."""

    kind: PermitKind
    number: str
    authority: str
    holder: str
    holder_address: str
    species: str
    area: str
    valid_from: date
    valid_until: date
    most_traps: int
    sensor_replaces: bool
    report_within_days: int
    note: str | None
    hunters: frozenset[str]
    device_keys: frozenset[int]


@dataclass(frozen=True, slots=True)
class Heads:
    """How many animals of a species the reports name; those of the outcome `wrong_species` were let go."""

    species: str
    species_name: str
    outcome: str
    heads: int


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    kind: PermitKind
    number: str
    authority: str
    holder: str
    holder_address: str
    species: str
    area: str
    valid_from: date
    valid_until: date
    most_traps: int
    sensor_replaces: bool
    report_within_days: int
    note: str | None
    hunters: list[str]
    device_keys: list[int]
    handed_in_on: date | None
    heads: Mapping[str, int] | None
    report_note: str | None


@dataclass(frozen=True, slots=True)
class _Key:
    key: int


def fetch_permits(
    conn: Connection, *, permit_id: str | None = None, person_id: str | None = None, device_key: int | None = None
) -> list[Permit]:
    """Permits, the last to end first; None narrows by nothing."""
    rows = _queries.all(conn, "fetch_permits", _Row, id=permit_id, person_id=person_id, device_key=device_key)
    return [_permit(row) for row in rows]


def _permit(row: _Row) -> Permit:
    values = asdict(row)
    handed_in_on, heads, note = (values.pop(name) for name in ("handed_in_on", "heads", "report_note"))
    return Permit(**values, report=None if handed_in_on is None else Report(handed_in_on, heads or {}, note))


def save_permit(conn: Connection, permit_id: str, new: NewPermit, now: datetime | None) -> bool:
    """Write a permit with its hunters and traps, a new one when `now` is given; False when its number is taken."""
    values = {key: value for key, value in asdict(new).items() if key not in {"hunters", "device_keys"}}
    statement = "save_permit" if now is None else "add_permit"
    if _queries.value(conn, statement, id=permit_id, **values, **({} if now is None else {"now": now})) is None:
        return False
    _queries.run(conn, "clear_hunters", permit_id=permit_id)
    _queries.run(conn, "clear_traps", permit_id=permit_id)
    hunters = [{"permit_id": permit_id, "person_id": person} for person in sorted(new.hunters)]
    traps = [{"permit_id": permit_id, "device_key": key} for key in sorted(new.device_keys)]
    _queries.run_many(conn, "add_hunter", hunters)
    _queries.run_many(conn, "add_trap", traps)
    return True


def add_report(conn: Connection, permit_id: str, report: Report, person_id: str, now: datetime) -> None:
    """Note that the report was handed in."""
    _queries.run(
        conn, "add_report", permit_id=permit_id, handed_in_on=report.handed_in_on,
        heads=json.dumps(dict(report.heads), ensure_ascii=False), note=report.note, person_id=person_id, now=now,
    )  # fmt: skip


def count_heads(conn: Connection, permit: Permit, since: datetime, until: datetime) -> list[Heads]:
    """What was caught in [since, until) in the permit's traps, under its kind of permit."""
    keys = list(permit.device_keys)
    return _queries.all(
        conn, "count_heads", Heads, device_keys=keys, since=since, until=until, kind=permit.kind
    )  # fmt: skip


def fetch_rules(conn: Connection) -> list[DatedRule]:
    """Dated rules."""
    return _queries.all(conn, "fetch_rules", DatedRule)


def fetch_seasons(conn: Connection) -> list[Season]:
    """Seasons."""
    return _queries.all(conn, "fetch_seasons", Season)


def fetch_in_service(conn: Connection) -> frozenset[int]:
    """Every trap that is in service now."""
    return frozenset(row.key for row in _queries.all(conn, "fetch_in_service", _Key))
