"""Keeping the rollups: each step in the caller's transaction, small enough that nobody waits for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from edge.wire.quantities import QUANTITIES
from hub.fields.rollups.planning import Due, has_whole_hours, plan_work, sort_marks, surrounding_days
from hub.fields.rollups.store import marks, rolling
from hub.fields.rollups.store.corrections import fetch_corrections, shown_value
from hub.fields.rollups.store.marks import RollupState, mark_everything
from hub.fields.rollups.stretches import hour_below
from hub.store import Connection

__all__ = ["RollupState", "describe", "mark_everything", "mark_unreached", "roll_up"]

# Agents send within seconds, so when an hour is rolled up, its last readings should be there. Later ones cost one more
# computation, and nothing wrong is shown meanwhile.
_SETTLE = timedelta(minutes=2)
_MOST_MARKS = 5_000
# Of all devices together: at a reading a minute this is a second's work.
_MOST_TIME = timedelta(hours=10_000)


def roll_up(conn: Connection, now: datetime, zone: ZoneInfo, *, wait: bool = False) -> bool:
    """Roll up some of what is due, and say whether there was anything.

    False too when somebody else is at it, unless the caller wants to `wait`.

    Exact beside any number of writers and workers: a mark is taken away before the readings are looked at, so what
    commits in between is either seen or has a mark that stays; and only one process does this at a time.
    """
    if wait:
        rolling.lock(conn)
    elif not rolling.try_lock(conn):
        return False
    if rolling.zone_of_days(conn) != zone.key and has_whole_hours(zone):
        rolling.save_zone(conn, zone)
    ready = hour_below(now - _SETTLE)
    taken = marks.take_due(conn, ready, _MOST_MARKS)
    if not taken:
        return False
    sorted_out = sort_marks(taken, ready)
    due = [*sorted_out.own, *marks.fetch_measured(conn, sorted_out.wide)]
    reaches = marks.fetch_reaches(conn, {mark.device_key for mark in due})
    work = plan_work(due, reaches, ready, _MOST_TIME)
    marks.add_marks(conn, [*work.rest, *sorted_out.rest])
    _renew(conn, work.pieces, zone)
    marks.save_reaches(conn, work.reaches)
    return True


def _renew(conn: Connection, pieces: Sequence[Due], zone: ZoneInfo) -> None:
    corrections = fetch_corrections(conn, {piece.device_key for piece in pieces})
    drops = rolling.count_drops(conn)
    as_measured = [piece for piece in pieces if piece.device_key not in corrections]
    rolling.renew_hours(conn, as_measured, {name: shown_value(name, {}) for name in QUANTITIES}, drops)
    for device_key, own in corrections.items():
        corrected = [piece for piece in pieces if piece.device_key == device_key]
        rolling.renew_hours(conn, corrected, {name: shown_value(name, own) for name in QUANTITIES}, drops)
    if has_whole_hours(zone):
        rolling.renew_days(conn, surrounding_days(pieces, zone), zone)


def mark_unreached(conn: Connection, now: datetime) -> int:
    """Mark what came without a mark, behind what each device's rollups reach; returns of how many devices."""
    return marks.mark_unreached(conn, hour_below(now - _SETTLE))


def describe(conn: Connection) -> RollupState:
    """How far the rollups are."""
    return marks.fetch_state(conn)
