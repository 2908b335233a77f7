"""What a worker keeps in order: rollups, and what is kept how long."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.config import Settings
from hub.fields.retention import service as retention
from hub.fields.rollups import service as rollups
from hub.fields.upkeep import Task
from hub.store import Connection

__all__ = ["make_upkeep"]

_SELDOM = timedelta(minutes=10)


def make_upkeep(settings: Settings) -> list[Task]:
    """The tasks of one worker."""
    zone = ZoneInfo(settings.time_zone)

    def roll_up(conn: Connection, now: datetime) -> bool:
        return rollups.roll_up(conn, now, zone)

    def mark_unreached(conn: Connection, now: datetime) -> bool:
        return bool(rollups.mark_unreached(conn, now))

    return [_seldom(mark_unreached), roll_up, _seldom(retention.apply_step)]


def _seldom(task: Task) -> Task:
    """The same task, not sooner again than ten minutes after it had nothing more to do."""
    next_at: datetime | None = None

    def act(conn: Connection, now: datetime) -> bool:
        nonlocal next_at
        if next_at is not None and now < next_at <= now + _SELDOM:
            return False
        more = task(conn, now)
        next_at = None if more else now + _SELDOM
        return more

    return act
