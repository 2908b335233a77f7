"""What operators do about series: look at the rollups, have them computed again, look at what is kept how long."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hub import clock
from hub.config import Settings
from hub.errors import Invalid
from hub.fields.retention import service as retention
from hub.fields.rollups import service as rollups
from hub.store import Database
from hub.texts.words import numbered

__all__ = ["keep", "rebuild_rollups", "show_retention", "show_rollups"]


def show_rollups(settings: Settings) -> list[str]:
    """How far the rollups are, a line each."""
    database = Database(settings.database_url, name="wanamori rollups", max_size=2)
    try:
        with database.transaction() as conn:
            state = rollups.describe(conn)
    finally:
        database.close()
    return [
        f"{numbered(state.devices, 'device')} rolled up, kept: {numbered(state.hours, 'hour')}, "
        + numbered(state.days, "day"),
        f"{numbered(state.due, 'mark')} of what is due, of {numbered(state.due_devices, 'device')}"
        + (f", the oldest of {state.oldest:%Y-%m-%d %H:%M} UTC" if state.oldest else ""),
        f"days are those of {state.zone or 'nobody yet'}",
        f"readings before {state.raw_since:%Y-%m-%d} are dropped" if state.raw_since else "no readings are dropped",
    ]


def rebuild_rollups(settings: Settings) -> int:
    """Roll up everything again, to the end; returns in how many steps. Safe beside running processes."""
    database = Database(settings.database_url, name="wanamori rollups", max_size=2)
    zone, steps = ZoneInfo(settings.time_zone), 0
    try:
        with database.transaction() as conn:
            rollups.mark_everything(conn)
            rollups.mark_unreached(conn, clock.now())
        more = True
        while more:
            with database.transaction() as conn:
                more = rollups.roll_up(conn, clock.now(), zone, wait=True)
            steps += more
    finally:
        database.close()
    return steps


def show_retention(settings: Settings, *, apply: bool) -> list[str]:
    """What is kept how long, a line each; with `apply` what is too old goes now and not within ten minutes."""
    database = Database(settings.database_url, name="wanamori retention", max_size=2)
    try:
        with database.transaction() as conn:
            policies = retention.fetch_policies(conn, clock.now())
            uses_columnstore = retention.uses_columnstore(conn)
        steps = _apply(database) if apply else 0
    finally:
        database.close()
    lines: list[str] = []
    for one in policies.values():
        span = "for ever" if one.keep_days is None else numbered(one.keep_days, "day")
        lines.append(f"{one.what}: {span}, since {one.since}. {one.source}")
    lines.append(f"columnstore: {'used' if uses_columnstore else 'not in this edition of TimescaleDB'}")
    return [*lines, f"applied in {numbered(steps, 'step')}"] if apply else lines


def _apply(database: Database) -> int:
    steps, more = 0, True
    while more:
        with database.transaction() as conn:
            more = retention.apply_step(conn, clock.now())
        steps += 1
    return steps


def keep(settings: Settings, what: str, days: str, why: str) -> None:
    """From today on something is kept for so many days, or `ever`. Raises Invalid for what cannot be meant."""
    if days != "ever" and not (days.isascii() and days.isdigit() and len(days) < 6):
        raise Invalid(f"{days!r} is no number of days, and not `ever`")
    now: datetime = clock.now()
    database = Database(settings.database_url, name="wanamori retention", max_size=2)
    try:
        with database.transaction() as conn:
            retention.change_policy(conn, what, None if days == "ever" else int(days), why, now)
    finally:
        database.close()
