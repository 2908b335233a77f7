"""A sensor's past troubles, late values and work on it, as a chart asks for them."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.wire.quantities import QUANTITIES
from hub.fields.chart_service import Wanted, fetch_notes
from hub.fields.charts.derived import DERIVED
from hub.fields.charts.notes import Note
from hub.fields.charts.windows import Window
from hub.fields.plots.store import delete_readings
from hub.fields.quality.states import State, Verdict
from hub.fields.quality.store import save_state
from hub.store import Connection, Database

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOW = Window("own", NOW - 2 * DAY, NOW, NOW, None)
WANTED = [Wanted(1, "field-1", "x", QUANTITIES["soil_moisture"])]


@pytest.fixture
def conn(database_url: str):
    database = Database(database_url, name="notes")
    with database.transaction() as connection:
        connection.execute("insert into agent (id, name, created_at) values ('ag', 'x', now())")
        connection.execute(
            "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
            " values ('field-1', 'ag', 'station', 'x', 35, 140, now())"
        )
        yield connection
    database.close()


def judge(conn: Connection, state: State, since: datetime, quantity: str = "soil_moisture") -> None:
    save_state(conn, 1, quantity, Verdict(state, None, since), NOW)


def test_troubles_are_kept_with_their_ends(conn: Connection) -> None:
    judge(conn, "ok", NOW - 90 * HOUR)
    judge(conn, "stuck", NOW - 60 * HOUR)
    judge(conn, "stuck", NOW - 58 * HOUR)  # since when is known better
    judge(conn, "ok", NOW - 40 * HOUR)
    judge(conn, "late", NOW - 20 * HOUR)
    judge(conn, "drifting", NOW - 10 * HOUR)
    found = conn.execute("select since_at, until_at, state from sensor_past order by 1").fetchall()
    assert found == [
        (NOW - 58 * HOUR, NOW - 40 * HOUR, "stuck"),
        (NOW - 20 * HOUR, NOW - 10 * HOUR, "late"),
        (NOW - 10 * HOUR, None, "drifting"),
    ]
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == [
        Note("trouble", WINDOW.since, NOW - 40 * HOUR, 1, "soil_moisture", "stuck"),
        Note("trouble", NOW - 20 * HOUR, NOW - 10 * HOUR, 1, "soil_moisture", "late"),
        Note("trouble", NOW - 10 * HOUR, NOW, 1, "soil_moisture", "drifting", lasts=True),
    ]


def test_of_a_trouble_that_was_none_nothing_is_shown(conn: Connection) -> None:
    judge(conn, "silent", NOW - 5 * HOUR)
    judge(conn, "ok", NOW - 5 * HOUR)
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == []


def test_troubles_go_with_the_readings(conn: Connection) -> None:
    judge(conn, "stuck", NOW - 60 * HOUR)
    judge(conn, "ok", NOW - 40 * HOUR)
    judge(conn, "stuck", NOW - 30 * HOUR)
    delete_readings(conn, [1])
    judge(conn, "ok", NOW - 20 * HOUR)
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == []


def test_a_trouble_is_shown_from_the_handover_on(conn: Connection) -> None:
    judge(conn, "stuck", NOW - 30 * HOUR)
    conn.execute("update device set shown_from_at = %s", [NOW - 10 * HOUR])
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == [
        Note("trouble", NOW - 10 * HOUR, NOW, 1, "soil_moisture", "stuck", lasts=True)
    ]


def test_only_the_sensors_of_the_shown_lines_count(conn: Connection) -> None:
    judge(conn, "stuck", NOW - 5 * HOUR, "relative_humidity")
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == []
    (note,) = fetch_notes(conn, [Wanted(1, "field-1", "x", DERIVED["dew_point"].quantity)], WINDOW, NOW)
    assert (note.quantity, note.what) == ("relative_humidity", "stuck")


def test_late_values_are_marked_up_to_a_month_and_none_of_a_former_farmer(conn: Connection) -> None:
    for hours, way in ((30, 0), (20, 5), (19, 4), (5, 0.5)):
        at = NOW - hours * HOUR
        conn.execute(
            "insert into reading (device_id, measured_at, received_at, soil_moisture) values (1, %s, %s, 30)",
            (at, at + way * HOUR),
        )
    late = [Note("late", NOW - 20 * HOUR, NOW - 18 * HOUR, 1)]
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == late
    assert fetch_notes(conn, WANTED, Window("own", NOW - 180 * DAY, NOW, NOW, None), NOW) == []
    conn.execute("update device set shown_from_at = %s", [NOW - 10 * HOUR])
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == []


def test_work_is_marked_until_it_is_taken_back(conn: Connection) -> None:
    conn.execute("insert into person (id, name, language, created_at) values ('pe', 'x', 'ja', now())")
    add = (
        "insert into sensor_change (device_key, quantity, kind, happened_at, withdraws, written_by, written_at)"
        " values (1, 'soil_moisture', %s, %s, %s, 'pe', now()) returning id"
    )
    at = NOW - 6 * HOUR
    (change,) = conn.execute(add, ("replacement", at, None)).fetchone()
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == [Note("work", at, at, 1, "soil_moisture", "replacement")]
    conn.execute(add, ("withdrawal", NOW, change))
    assert fetch_notes(conn, WANTED, WINDOW, NOW) == []
