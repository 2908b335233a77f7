"""Directions that were rolled up before they were vectors, corrected vanes, and what pages' series say of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from hub.fields.rollups.service import roll_up
from hub.fields.rollups.store.series import fetch_series
from hub.store import Database, migrate, migrations
from tests.servers import DatabaseServer

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 11, 1, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATION = """
    insert into agent (id, name, created_at) values ('ag', 'x', now());
    insert into device (id, agent_id, kind, name, lat, lon, created_at)
    values ('field-1', 'ag', 'station', 'x', 35, 140, now());
"""


def settle(database: Database) -> None:
    while True:
        with database.transaction() as conn:
            if not roll_up(conn, START + 2 * DAY, TOKYO):
                return


def series(database: Database, width: timedelta) -> list[tuple[float, float | None, int]]:
    with database.transaction() as conn:
        found = fetch_series(conn, 1, "wind_direction", None, None, width)
    return [(round(one.mean, 6), one.shown_mean and round(one.shown_mean, 6), one.count) for one in found]


def test_what_was_rolled_up_as_degrees_is_computed_again(
    database_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An hour of 350° and 10°, one of 40° whose readings are gone, one of two directions whose readings are gone."""
    url, folder = database_server.empty(), migrations.FOLDER
    for file in folder.glob("*.sql"):
        if int(file.name[:4]) < 45:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "FOLDER", tmp_path)
        migrate(url)
    with psycopg.connect(url) as conn:
        conn.execute(STATION)
        conn.execute("insert into raw_drop values (1, %s, now())", [START + 2 * HOUR])
        conn.execute("insert into rollup_reach values (1, %s)", [START + 3 * HOUR])
        for number, degrees in enumerate(((40.0, 40.0), (350.0, 10.0), (350.0, 10.0))):
            conn.execute(
                "insert into reading_hour (device_id, drops, hour_at, wind_direction_sum, wind_direction_min,"
                " wind_direction_max, wind_direction_count) values (1, 0, %s, %s, %s, %s, 2)",
                (START + number * HOUR, sum(degrees), min(degrees), max(degrees)),
            )
        for minute, degrees in ((0, 350), (30, 10)):
            conn.execute(
                "insert into reading (device_id, measured_at, received_at, wind_direction) values (1, %s, now(), %s)",
                (START + 2 * HOUR + timedelta(minutes=minute), degrees),
            )
    assert migrate(url) >= 1
    database = Database(url, name="directions")
    wanted = [(40.0, 40.0, 2), (0.0, None, 2), (0.0, 0.0, 2)]
    assert series(database, HOUR) == wanted
    settle(database)
    assert series(database, HOUR) == wanted
    assert [count for *_, count in series(database, DAY)] == [6]
    database.close()
    database_server.drop(url)


def test_a_corrected_vane_goes_round(database_url: str) -> None:
    database = Database(database_url, name="directions")
    with database.transaction() as conn:
        conn.execute(STATION)
        for minute, degrees in ((0, 340.0), (30, 20.0)):
            conn.execute(
                "insert into reading (device_id, measured_at, received_at, wind_direction) values (1, %s, now(), %s)",
                (START + timedelta(minutes=minute), degrees),
            )
        conn.execute(
            "insert into correction (device_key, quantity, from_at, shift) values (1, 'wind_direction', %s, 30)",
            [START],
        )
        points = fetch_series(conn, 1, "wind_direction", None, None)
    assert [point.value for point in points] == [10.0, 50.0]
    assert series(database, HOUR) == [(30.0, 30.0, 2)]
    database.close()
