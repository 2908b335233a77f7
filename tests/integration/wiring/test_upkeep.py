"""A worker's upkeep: one look rolls up what came without a mark, and a task that fails stops no other."""

import threading
from datetime import UTC, datetime, timedelta

from hub.config import Settings
from hub.fields.upkeep import Upkeep
from hub.store import Database
from hub.wiring.upkeep import make_upkeep


def test_one_look_rolls_up_whatever_else_fails(database_url: str) -> None:
    settings = Settings(database_url=database_url, secret="x" * 32)  # pyright: ignore[reportArgumentType]
    now = datetime.now(UTC)
    database = Database(database_url, name="upkeep", max_size=2)
    with database.transaction() as conn:
        conn.execute("insert into agent (id, name, created_at) values ('ag', 'x', now())")
        conn.execute(
            "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
            " values ('field-1', 'ag', 'station', 'x', 35, 140, now())"
        )
        conn.execute(
            "insert into reading (device_id, measured_at, received_at, air_temperature) values (1, %s, %s, 20)",
            (now - timedelta(hours=5), now),
        )

    def fail(conn, now) -> bool:
        raise ValueError("a defect")

    Upkeep(database, lambda: now, [fail, *make_upkeep(settings)]).look(threading.Event())
    with database.transaction() as conn:
        row = conn.execute("select count(*) from reading_hour").fetchone()
    database.close()
    assert row == (1,)
