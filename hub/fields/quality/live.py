"""What stations said themselves. What came with a logger's file is history, however young: it ends no silence, makes no
sensor stuck or late, and says nothing of a neighbour. Every function takes the caller's transaction first.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.fields.imports.history import fetch_devices, fetch_imported, fetch_newest_imported
from hub.fields.imports.own_values import own_values
from hub.fields.quality import store
from hub.fields.quality.hours import HOUR_S
from hub.fields.quality.rules import rule_of
from hub.fields.quality.store import Newest, Row
from hub.store import Connection

__all__ = ["fetch_hours", "fetch_newest", "fetch_rows"]

# What a station said last lies behind a file's newest line by so much at most; further back its memory knows.
_SOUGHT = timedelta(days=14)


def fetch_newest(
    conn: Connection, device_keys: Collection[int], last_s: Mapping[tuple[int, str], int], now: datetime
) -> dict[int, list[Newest]]:
    """By device, when each of its sensors last said something.

    `last_s`: by device and quantity, the newest instant (seconds since 1970) that is remembered already. A sensor that
    is known from files alone is left out.
    """
    imported = fetch_newest_imported(conn, device_keys)
    found: dict[int, list[Newest]] = defaultdict(list)
    for key, newest in store.fetch_newest(conn, device_keys).items():
        for one in newest:
            own = _before(conn, one, last_s, now) if (key, one.quantity) in imported else one
            if own is not None:
                found[key].append(own)
    return dict(found)


def _before(conn: Connection, one: Newest, last_s: Mapping[tuple[int, str], int], now: datetime) -> Newest | None:
    """The newest that did not come with a file."""
    known_s = last_s.get((one.device_key, one.quantity), 0)
    known_at = datetime.fromtimestamp(known_s, UTC)
    own = store.fetch_newest_live(conn, one, max(known_at, now - _SOUGHT))
    if own is not None or not known_s:
        return own
    return replace(one, measured_at=known_at, received_at=known_at)


def fetch_rows(
    conn: Connection, device_key: int, quantities: Sequence[str], since: datetime, until: datetime
) -> list[Row]:
    """A device's rows in [since, until) without the values that came with a file. Raises KeyError for an unknown
    quantity.
    """
    imported = fetch_imported(conn, device_key, since, until)
    if not imported:
        return store.fetch_rows(conn, device_key, quantities, since, until)
    kept: list[Row] = []
    for at, row in store.fetch_timed_rows(conn, device_key, quantities, since, until):
        gone = imported.get(at, ())
        values = own_values(row[2:], quantities, gone)
        if not gone or any(value is not None for value in values):
            kept.append((*row[:2], *values))
    return kept


def fetch_hours(
    conn: Connection, device_keys: Collection[int], quantities: Sequence[str], first: int, last: int
) -> dict[tuple[int, str], dict[int, tuple[float, int]]]:
    """As `store.fetch_hours`, without the values that came with a file: they are added up here, which is rare."""
    since, until = datetime.fromtimestamp(first * HOUR_S, UTC), datetime.fromtimestamp(last * HOUR_S, UTC)
    mixed = fetch_devices(conn, device_keys, since, until)
    found = store.fetch_hours(conn, set(device_keys) - mixed, quantities, first, last)
    for key in mixed:
        rows = fetch_rows(conn, key, quantities, since, until)
        for place, name in enumerate(quantities):
            hours = _by_hour([(row[0], row[2 + place]) for row in rows], as_total=rule_of(name).by_total)
            if hours:
                found[key, name] = hours
    return found


def _by_hour(values: Sequence[tuple[int, float | None]], *, as_total: bool) -> dict[int, tuple[float, int]]:
    by_hour: dict[int, list[float]] = defaultdict(list)
    for at_s, value in values:
        if value is not None:
            by_hour[at_s // HOUR_S].append(value)
    return {
        number: (sum(known) if as_total else sum(known) / len(known), len(known)) for number, known in by_hour.items()
    }
