"""What staff do with the quarantine: replay after a repair, discard; and its bounds."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import Conflict, NotFound
from hub.ingest.events import AcceptedEvent
from hub.ingest.service import IngestAdmin, Replayed
from hub.ingest.store import quarantine as store
from hub.store import Connection, Database
from tests.integration.ingest.town import START, Publisher, Town, event, reading, running_ingest, topic
from tests.servers import Broker, wait_until

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, name="tests", max_size=4)
    yield opened
    opened.close()


def waiting(database: Database, admin: IngestAdmin) -> list[tuple[int, str]]:
    with database.transaction() as conn:
        return [(item.id, item.reason) for item in admin.list_quarantine(conn)]


def fails(_conn: Connection, _event: AcceptedEvent) -> None:
    raise RuntimeError("not today")


def test_after_the_repair_a_replay_stores_what_was_refused(
    town: Town, publisher: Publisher, broker: Broker, database: Database
) -> None:
    handled: list[AcceptedEvent] = []
    admin = IngestAdmin({"sprung": lambda _conn, accepted: handled.append(accepted)}, late_after_s=900.0)
    with running_ingest(town.url, broker, handlers={"sprung": fails}):
        publisher.send(event("ag-1", "boar-1", "sprung", 1))
        publisher.send(event("ag-1", "boar-9", "sprung", 2))
        publisher.await_receipts("ag-1", {1, 2})
        publisher.send(
            reading(
                "ag-1",
                "field-9",
                3,
                [START],
                co2=[
                    400.0,
                ],
            )
        )
        publisher.await_receipts("ag-1", {3})
    town.register("boar-9", "ag-1", "trap")
    town.register("field-9", "ag-1", "station")
    before = waiting(database, admin)
    assert sorted(reason for _, reason in before) == ["handler_failed", "unknown_device", "unknown_device"]

    for number, _ in before:
        with database.transaction() as conn:
            assert admin.replay(conn, number, "p-staff", NOW) == Replayed(is_settled=True)

    assert waiting(database, admin) == []
    assert sorted(accepted.id for accepted in handled) == ["sprung-1", "sprung-2"]
    assert town.rows("select occurred_at < received_at, late, time_quality from event") == [(True, False, "edge")] * 2
    assert town.rows("select co2 from reading") == [(400.0,)]
    assert town.rows("select quantity, value from latest") == [("co2", 400.0)]
    assert town.rows("select distinct state, settled_by, settled_at from quarantine") == [("replayed", "p-staff", NOW)]
    assert town.value("select count(*) from audit_entry where act = 'quarantine.replay'") == 3


def test_a_replay_keeps_the_original_time_of_receipt(
    town: Town, publisher: Publisher, broker: Broker, database: Database
) -> None:
    """With it an unset clock is placed where it would have been, days later."""
    admin = IngestAdmin({}, late_after_s=900.0)
    unset = {"time": "1970-01-01T00:10:00Z", "clock": "unset", "boot": "b", "uptime": 1200}
    with running_ingest(town.url, broker):
        publisher.send(event("ag-1", "boar-9", "sprung", 1, **unset))
        publisher.await_receipts("ag-1", {1})
    town.register("boar-9", "ag-1", "trap")
    ((number, _),) = waiting(database, admin)

    with database.transaction() as conn:
        admin.replay(conn, number, "p-staff", NOW)

    ((occurred_at, received_at, quality),) = town.rows("select occurred_at, received_at, time_quality from event")
    assert received_at == town.value("select received_at from quarantine")
    assert (received_at - occurred_at, quality) == (timedelta(minutes=10), "corrected")


def test_what_is_refused_again_goes_on_waiting_with_its_reason(
    town: Town, publisher: Publisher, broker: Broker, database: Database
) -> None:
    admin = IngestAdmin({"sprung": fails}, late_after_s=900.0)
    with running_ingest(town.url, broker):
        publisher.send(event("ag-1", "boar-9", "sprung", 1))
        publisher.await_receipts("ag-1", {1})
    ((number, _),) = waiting(database, admin)

    with database.transaction() as conn:
        assert admin.replay(conn, number, "p-staff", NOW).reason == "unknown_device"
    town.register("boar-9", "ag-1", "trap")
    with database.transaction() as conn:
        again = admin.replay(conn, number, "p-staff", NOW)

    assert (again.is_settled, again.reason) == (False, "handler_failed")
    assert waiting(database, admin) == [(number, "handler_failed")]
    assert town.count("event") == 0


def test_what_is_stored_in_part_stays_until_somebody_discards_it(
    town: Town, publisher: Publisher, broker: Broker, database: Database
) -> None:
    admin = IngestAdmin({}, late_after_s=900.0)
    with running_ingest(town.url, broker):
        publisher.send(reading("ag-1", "field-1", 1, [START], co2=[400.0], soil_ph=[99.0]))
        publisher.await_receipts("ag-1", {1})
    ((number, _),) = waiting(database, admin)

    with database.transaction() as conn:
        assert admin.replay(conn, number, "p-staff", NOW).reason == "out_of_range"
        admin.discard(conn, number, "p-staff", NOW)

    assert town.rows("select co2, soil_ph from reading") == [(400.0, None)]
    assert waiting(database, admin) == []
    with database.transaction() as conn:
        assert [item.state for item in admin.list_quarantine(conn, state=None)] == ["discarded"]


def test_what_cannot_be_replayed_says_why(town: Town, publisher: Publisher, broker: Broker, database: Database) -> None:
    admin = IngestAdmin({}, late_after_s=900.0)
    with running_ingest(town.url, broker):
        publisher.publish(topic("ag-1", "boar-1", "sprung"), b" " * 300_000)
        wait_until(lambda: town.count("quarantine") == 1, "it is not in quarantine")
    ((number, _),) = waiting(database, admin)

    with database.transaction() as conn, pytest.raises(Conflict, match="Only the beginning"):
        admin.replay(conn, number, "p-staff", NOW)
    with database.transaction() as conn:
        admin.discard(conn, number, "p-staff", NOW)
    with database.transaction() as conn, pytest.raises(Conflict, match="settled"):
        admin.discard(conn, number, "p-staff", NOW)
    with database.transaction() as conn, pytest.raises(NotFound):
        admin.replay(conn, number + 1, "p-staff", NOW)


def test_two_people_replaying_the_same_message_store_it_once(
    town: Town, publisher: Publisher, broker: Broker, database: Database
) -> None:
    handled: list[str] = []
    admin = IngestAdmin({"sprung": lambda _conn, accepted: handled.append(accepted.id)}, late_after_s=900.0)
    with running_ingest(town.url, broker):
        publisher.send(event("ag-1", "boar-9", "sprung", 1))
        publisher.await_receipts("ag-1", {1})
    town.register("boar-9", "ag-1", "trap")
    ((number, _),) = waiting(database, admin)
    results: list[str] = []

    def replay() -> None:
        try:
            with database.transaction() as conn:
                results.append(str(admin.replay(conn, number, "p-staff", NOW).is_settled))
        except Conflict:
            results.append("conflict")

    people = [threading.Thread(target=replay) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join(20)

    assert sorted(results) == ["True", "conflict"]
    assert handled == ["sprung-1"]


# --- bounds -----------------------------------------------------------------------------------------------------------


def bad(agent: str, number: int, payload: bytes = b"") -> store.Quarantined:
    return store.Quarantined(topic(agent, "boar-1", "sprung"), payload or b"%d" % number, "malformed", "", agent, NOW)


def test_a_flood_from_one_agent_pushes_out_its_own_and_nobody_elses(town: Town, database: Database) -> None:
    with database.transaction() as conn:
        store.add_quarantined(conn, [bad("ag-2", 0)])
        store.add_quarantined(conn, [bad("ag-1", number) for number in range(1010)])
        assert store.prune_quarantine(conn, NOW) == 10

    assert town.rows("select agent_id, count(*), min(id) from quarantine group by 1 order by 1") == [
        ("ag-1", 1000, town.value("select max(id) - 999 from quarantine")),
        ("ag-2", 1, 1),
    ]


def test_what_was_settled_long_ago_goes(town: Town, database: Database) -> None:
    with database.transaction() as conn:
        old, new, kept = store.add_quarantined(conn, [bad("ag-1", number) for number in range(3)])
        store.settle_quarantined(conn, old, "discarded", "p-staff", NOW - timedelta(days=91))
        store.settle_quarantined(conn, new, "replayed", "p-staff", NOW - timedelta(days=89))
        assert store.prune_quarantine(conn, NOW) == 1

    assert town.rows("select id from quarantine order by id") == sorted([(new,), (kept,)])


@pytest.mark.parametrize("detail", ["a\0b", "half a pair \ud800", "x" * 100_000])
def test_any_detail_can_be_kept(detail: str, database: Database) -> None:
    with database.transaction() as conn:
        item = store.Quarantined("t\0\udfff", b"\xff\0", "malformed", detail, None, NOW)
        (number,) = store.add_quarantined(conn, [item])
        found = store.lock_quarantined(conn, number)

    assert found is not None
    assert bytes(found.payload) == b"\xff\0"
    assert len(found.detail) <= 2000
