"""What is kept how long, against a real TimescaleDB; and what is left of readings that were dropped."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from hub.errors import Invalid
from hub.fields.retention import service
from hub.fields.retention.policies import Policy, Server, current, has_columnstore, keep_since
from hub.fields.rollups import mark_due
from hub.fields.rollups.service import mark_unreached, roll_up
from hub.fields.rollups.store.series import fetch_series
from hub.store import Database
from tests.integration.fields.test_rollups import DAY, EPOCH, HOUR, MINUTE, TOKYO
from tests.integration.fields.test_rollups import database as database  # a fixture

NOW = datetime(2026, 11, 26, tzinfo=UTC)
# A Thursday: chunks of seven days begin there.
OLD = datetime(2025, 1, 2, tzinfo=UTC)


@pytest.fixture
def conn(database: Database) -> Iterator:
    with database.transaction() as connection:
        service.change_policy(connection, "readings", 400, "a small disk", NOW)
        yield connection


def measure(conn, at: datetime, value: float, device_key: int = 1) -> None:
    conn.execute(
        "insert into reading (device_id, measured_at, received_at, air_temperature) values (%s, %s, %s, %s)"
        " on conflict (device_id, measured_at) do nothing",
        (device_key, at, NOW, value),
    )
    mark_due(conn, device_key, at, at + MINUTE)


def series(conn, width: timedelta = HOUR) -> list[tuple[datetime, float, int]]:
    found = fetch_series(conn, 1, "air_temperature", OLD - DAY, NOW, width)
    return [(bucket.time, bucket.mean, bucket.count) for bucket in found]


def settle(conn) -> None:
    while roll_up(conn, NOW, TOKYO):
        pass


def apply(conn) -> None:
    while service.apply_step(conn, NOW):
        pass


def chunks(conn) -> int:
    return conn.execute("select count(*) from show_chunks('reading')").fetchone()[0]


def test_readings_go_when_they_are_rolled_up_and_hours_and_days_stay(conn) -> None:
    for step in range(40):
        measure(conn, OLD + step * 12 * HOUR, float(step))
    measure(conn, NOW - DAY, 7.0)
    before = series(conn), series(conn, DAY)
    assert chunks(conn) == 4

    apply(conn)
    assert chunks(conn) == 4  # nothing is rolled up

    settle(conn)
    apply(conn)
    assert chunks(conn) == 1
    assert conn.execute("select count(*) from reading").fetchone()[0] == 1
    assert (series(conn), series(conn, DAY)) == before
    assert [row[0] for row in conn.execute("select act from audit_entry where act = 'retention.drop'")] == [
        "retention.drop"
    ] * 3


def test_what_came_without_a_mark_is_not_dropped_before_it_is_rolled_up(conn) -> None:
    conn.execute(
        "insert into reading (device_id, measured_at, received_at, air_temperature) values (1, %s, %s, 4)", (OLD, NOW)
    )
    apply(conn)
    assert chunks(conn) == 1
    assert mark_unreached(conn, NOW) == 1
    settle(conn)
    apply(conn)
    assert chunks(conn) == 0
    assert series(conn) == [(OLD, 4.0, 1)]


def test_an_hour_whose_readings_were_dropped_never_changes_and_an_empty_one_is_filled(conn) -> None:
    measure(conn, OLD, 1.0)
    measure(conn, OLD + MINUTE, 3.0)
    measure(conn, NOW - DAY, 7.0)
    settle(conn)
    apply(conn)

    # The same again from an agent that was away for long, and what nobody has had yet, in two messages.
    measure(conn, OLD, 9.0)
    measure(conn, OLD + 2 * HOUR, 5.0)
    settle(conn)
    measure(conn, OLD + 2 * HOUR + MINUTE, 6.0)
    settle(conn)
    told = [(OLD, 2.0, 2), (OLD + 2 * HOUR, 5.5, 2), (NOW - DAY, 7.0, 1)]
    assert series(conn) == told

    apply(conn)
    assert chunks(conn) == 1
    assert series(conn) == told
    mark_due(conn, 1, None, None)
    assert series(conn) == told
    settle(conn)
    assert series(conn) == told
    assert [(mean, count) for _, mean, count in series(conn, DAY)] == [(3.75, 4), (7.0, 1)]


def test_a_reading_that_somebody_deletes_leaves_no_hour(conn) -> None:
    measure(conn, NOW - DAY, 7.0)
    settle(conn)
    conn.execute("delete from reading")
    mark_due(conn, 1, NOW - DAY, NOW - DAY + MINUTE)
    settle(conn)
    assert series(conn) == []
    assert conn.execute("select count(*) from reading_hour").fetchone()[0] == 0


def test_heartbeats_go_and_those_around_an_incident_stay(conn) -> None:
    conn.execute(
        "insert into event (source, event_id, agent_id, device_key, kind, occurred_at, time_quality, received_at, late,"
        " data)"
        " select 's', n::text, 'ag', 1, case when n = 3 then 'sprung' else 'status' end,"
        " %s + n * interval '10 days', 'edge', now(), false, '{}' from generate_series(0, 60) n",
        (OLD,),
    )
    conn.execute(
        "insert into incident (id, kind, device_key, state, occurred_at, opened_at, resolved_at, outcome,"
        " plan, due_set_at, acute_until)"
        " values ('in-1', 'trap_sprung', 1, 'resolved', %s, %s, %s, 'empty', '{}', now(), now())",
        (OLD + 50 * DAY, OLD + 50 * DAY, OLD + 50 * DAY + HOUR),
    )
    apply(conn)
    left = [int(number) for (number,) in conn.execute("select event_id from event order by event_id::integer")]
    assert left == [3, 5, *range(30, 61)]


# --- pure -------------------------------------------------------------------------------------------------------------


def test_the_newest_policy_that_has_begun_holds() -> None:
    old = Policy("readings", date(2026, 4, 1), 1827, "default")
    new = Policy("readings", date(2026, 12, 1), None, "for ever")
    assert current([new, old], date(2026, 11, 30)) == {"readings": old}
    assert current([new, old], date(2026, 12, 1)) == {"readings": new}
    assert keep_since(old, EPOCH) == EPOCH - timedelta(days=1827)
    assert keep_since(new, EPOCH) is keep_since(None, EPOCH) is None


@pytest.mark.parametrize(("what", "days"), [("incidents", 100), ("readings", 29)])
def test_evidence_has_no_policy_and_nothing_goes_at_once(conn, what, days) -> None:
    with pytest.raises(Invalid):
        service.change_policy(conn, what, days, "x", NOW)


@pytest.mark.parametrize(
    ("licence", "converts", "expected"),
    [("timescale", True, True), ("timescale", False, False), ("apache", True, False), ("", False, False)],
)
def test_the_columnstore_is_used_where_licence_and_code_are(licence, converts, expected) -> None:
    assert has_columnstore(Server(licence, converts)) is expected


def test_this_server_says_which_edition_it_is(conn) -> None:
    licence = conn.execute("show timescaledb.license").fetchone()[0]
    assert service.uses_columnstore(conn) is (licence == "timescale")
