"""Marks of what is to be rolled up again, and how far rollups reach."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.errors import SetupError
from hub.fields.rollups.planning import Due, Reach, Standing
from hub.fields.rollups.stretches import EARLIEST, LATEST, Stretch, hour_above, hour_below
from hub.store import Connection, Queries

__all__ = [
    "RollupState", "add_marks", "fetch_measured", "fetch_reaches", "fetch_standing", "fetch_state", "mark_due",
    "mark_everything", "mark_unreached", "save_reaches",
    "take_due",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Standing:
    reach: datetime | None
    raw_since: datetime | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class RollupState:
    """How far the rollups are: what there is, what is due, since when readings are."""

    devices: int
    hours: int
    days: int
    due: int
    due_devices: int
    oldest: datetime | None
    zone: str | None
    raw_since: datetime | None


@dataclass(frozen=True, slots=True)
class _Mark:
    device_key: int
    since: datetime
    until: datetime


def mark_due(conn: Connection, device_key: int, since: datetime | None, until: datetime | None) -> None:
    """Have a device's hours and days over [since, until) rolled up again; an open end is None.

    To be called in the very transaction that adds, changes or deletes readings there, or changes how they are shown.
    Until a worker has done it, charts read the readings themselves, so nothing wrong is ever shown.
    """
    add_marks(conn, [Due(device_key, Stretch(since or EARLIEST, until or LATEST))])


def add_marks(conn: Connection, marks: Sequence[Due]) -> None:
    """The same for many stretches of any devices at once."""
    if marks:
        _queries.run(
            conn,
            "add_marks",
            device_keys=[mark.device_key for mark in marks],
            sinces=[hour_below(mark.stretch.since) for mark in marks],
            untils=[hour_above(mark.stretch.until) for mark in marks],
        )


def mark_everything(conn: Connection) -> int:
    """Have all that was ever measured rolled up again; returns how many devices."""
    return _queries.run(conn, "mark_everything", since=EARLIEST, until=LATEST)


def mark_unreached(conn: Connection, ready: datetime) -> int:
    """Mark devices that have readings before `ready` behind what is rolled up, and no mark there; returns how many."""
    return _queries.run(conn, "mark_unreached", ready=ready)


def fetch_standing(conn: Connection, device_key: int, since: datetime | None, until: datetime | None) -> Standing:
    """What of a device's window [since, until) is rolled up."""
    row = _queries.one(conn, "fetch_standing", _Standing, device_key=device_key)
    window = {"since": max(since or EARLIEST, EARLIEST), "until": min(until or LATEST, LATEST)}
    due = _queries.all(conn, "fetch_due", Stretch, device_key=device_key, **window)
    return Standing(row and row.reach, due, row and row.raw_since, row and row.zone)


def take_due(conn: Connection, ready: datetime, most: int) -> list[Due]:
    """Take away at most so many marks of what lies before `ready`, wholly or in part."""
    marks = _queries.all(conn, "take_due", _Mark, ready=ready, most=most)
    return [Due(mark.device_key, Stretch(mark.since, mark.until)) for mark in marks]


def fetch_measured(conn: Connection, stretches: Sequence[Stretch]) -> list[Due]:
    """The devices that have readings in some stretches, for each of these."""
    found: list[Due] = []
    # One by one, so that of the table's parts only those are opened in which the stretch lies.
    for one in stretches:
        marks = _queries.all(conn, "fetch_measured", _Mark, since=one.since, until=one.until)
        found += [Due(mark.device_key, one) for mark in marks]
    return found


def fetch_reaches(conn: Connection, device_keys: Collection[int]) -> list[Reach]:
    """Where devices' rollups begin and how far they reach."""
    return _queries.all(conn, "fetch_reaches", Reach, device_keys=sorted(device_keys))


def save_reaches(conn: Connection, reaches: Mapping[int, datetime]) -> None:
    """Devices are rolled up so far."""
    if reaches:
        _queries.run(conn, "save_reaches", device_keys=list(reaches), untils=list(reaches.values()))


def fetch_state(conn: Connection) -> RollupState:
    """How far the rollups are."""
    state = _queries.one(conn, "fetch_state", RollupState)
    if state is None:
        raise SetupError("rollup_state has lost its row")
    return state
