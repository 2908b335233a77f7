"""What becomes of messages: a real broker in front, a real database behind."""

import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from hub.ingest.events import AcceptedEvent, Heard, Unreadable
from hub.ingest.subscriber import IngestOptions
from hub.store import Connection, Database
from tests.integration.ingest.town import START, Publisher, Town, event, reading, running_ingest, topic
from tests.servers import Broker, free_port, wait_until


def moments(count: int, start: datetime = START) -> list[datetime]:
    return [start + timedelta(seconds=step) for step in range(count)]


# --- events -----------------------------------------------------------------------------------------------------------


def test_a_firing_is_stored_handed_on_and_receipted(town: Town, publisher: Publisher, broker: Broker) -> None:
    handled: list[AcceptedEvent] = []
    with running_ingest(town.url, broker, handlers={"sprung": lambda _conn, e: handled.append(e)}):
        publisher.send(event("ag-1", "boar-1", "sprung", 7, data={"count": 3}))
        publisher.await_receipts("ag-1", {7})

    ((source, event_id, kind, quality, late, data, outbox, sequence),) = town.rows(
        "select source, event_id, kind, time_quality, late, data, outbox, sequence from event"
    )
    assert (source, event_id, kind, quality, late) == (
        "/agents/ag-1/devices/boar-1",
        "sprung-7",
        "sprung",
        "edge",
        False,
    )
    assert (data, outbox, sequence) == ({"count": 3}, "ag-1-box", 7)
    (accepted,) = handled
    assert (accepted.id, accepted.device_id, accepted.device_kind) == ("sprung-7", "boar-1", "trap")
    assert accepted.device_key == town.key("boar-1")


def test_the_same_event_again_is_swallowed_and_receipted(town: Town, publisher: Publisher, broker: Broker) -> None:
    handled: list[AcceptedEvent] = []
    with running_ingest(town.url, broker, handlers={"sprung": lambda _conn, e: handled.append(e)}):
        first = event("ag-1", "boar-1", "sprung", 1)
        publisher.send(first)
        publisher.send(first)
        publisher.send({**first, "sequence": "2", "data": {"count": 9}})
        publisher.await_receipts("ag-1", {1, 2})

    assert town.rows("select data from event") == [({"count": 1},)]
    assert len(handled) == 1


def test_an_event_of_a_kind_without_handler_is_just_stored(town: Town, publisher: Publisher, broker: Broker) -> None:
    with running_ingest(town.url, broker):
        publisher.send(event("ag-1", "boar-1", "photo", 1, data={"url": "file:1", "size": [640, 480]}))
        publisher.await_receipts("ag-1", {1})

    assert town.rows("select kind, data from event") == [("photo", {"url": "file:1", "size": [640, 480]})]


def test_a_handler_that_fails_stops_no_other_event(town: Town, publisher: Publisher, broker: Broker) -> None:
    unreadable: list[Unreadable] = []

    def handle(conn: Connection, accepted: AcceptedEvent) -> None:
        conn.execute(
            "insert into audit_entry (at, actor, act, object) values (now(), 'test', 'handled', %s)", (accepted.id,)
        )
        if accepted.id == "sprung-2":
            conn.execute("select 1 / 0")

    with running_ingest(
        town.url, broker, handlers={"sprung": handle}, on_unreadable=lambda _c, u: unreadable.append(u)
    ):
        for number in (1, 2, 3):
            publisher.send(event("ag-1", "boar-1", "sprung", number), wait=False)
        publisher.await_receipts("ag-1", {1, 2, 3})

    assert town.rows("select event_id from event order by id") == [("sprung-1",), ("sprung-3",)]
    assert town.rows("select object from audit_entry order by id") == [("sprung-1",), ("sprung-3",)]
    ((reason, detail),) = town.rows("select reason, detail from quarantine")
    assert reason == "handler_failed"
    assert "DivisionByZero" in detail
    assert [(u.reason, u.device_key) for u in unreadable] == [("handler_failed", town.key("boar-1"))]


def test_a_handler_that_the_database_itself_throws_out_is_tried_again_and_then_stops_no_other(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    """A deadlock would succeed the second time; what fails each time so is as poisonous as any other failure."""
    tries: dict[str, int] = {}

    def handle(conn: Connection, accepted: AcceptedEvent) -> None:
        tries[accepted.id] = tries.get(accepted.id, 0) + 1
        if accepted.id == "sprung-2" or (accepted.id == "sprung-3" and tries[accepted.id] == 1):
            conn.execute("set local statement_timeout = '20ms'")
            conn.execute("select pg_sleep(10)")

    with running_ingest(town.url, broker, handlers={"sprung": handle}):
        for number in (1, 2, 3):
            publisher.send(event("ag-1", "boar-1", "sprung", number), wait=False)
        publisher.await_receipts("ag-1", {1, 2, 3})

    assert town.rows("select event_id from event order by event_id") == [("sprung-1",), ("sprung-3",)]
    assert town.refusals() == ["handler_failed"]
    assert (tries["sprung-2"], tries["sprung-3"]) == (4, 2)


def test_readings_that_the_hub_itself_fails_over_stop_no_others(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    town.run("alter table reading add check (co2 <> 666)")
    with running_ingest(town.url, broker):
        for number, co2 in enumerate((400.0, 666.0, 402.0)):
            publisher.send(reading("ag-1", "field-1", number, moments(1, START + timedelta(seconds=number)), co2=[co2]))
        publisher.await_receipts("ag-1", {0, 1, 2})

    assert town.rows("select co2 from reading order by measured_at") == [(400.0,), (402.0,)]
    ((reason, detail),) = town.rows("select reason, detail from quarantine")
    assert reason == "not_stored"
    assert "CheckViolation" in detail


def test_readings_that_break_a_limit_of_the_server_stop_no_others(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    """To the driver such an error looks like a database that is not there."""
    town.run(
        "create function refuse() returns trigger language plpgsql as $$"
        " begin raise exception 'too much of a good thing' using errcode = 'program_limit_exceeded'; end $$"
    )
    town.run(
        "create trigger refuse before insert on reading for each row when (new.co2 = 666) execute function refuse()"
    )
    with running_ingest(town.url, broker):
        for number, co2 in enumerate((400.0, 666.0, 402.0)):
            publisher.send(reading("ag-1", "field-1", number, moments(1, START + timedelta(seconds=number)), co2=[co2]))
        publisher.await_receipts("ag-1", {0, 1, 2})

    assert town.rows("select co2 from reading order by measured_at") == [(400.0,), (402.0,)]
    assert town.refusals() == ["not_stored"]


def test_each_process_shows_its_figures(town: Town, publisher: Publisher, broker: Broker) -> None:
    port = free_port()
    with running_ingest(town.url, broker, options=IngestOptions(metrics_port=port)):
        publisher.send(event("ag-1", "boar-1", "sprung", 1))
        publisher.publish(topic("ag-1", "boar-1", "status"), b"crackle")
        publisher.send(reading("ag-1", "field-1", 2, moments(3), co2=[1.0, 2.0, 3.0]))
        publisher.await_receipts("ag-1", {1, 2})
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()

    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("wanamori_ingest_"))
    for name in (
        'wanamori_ingest_messages_total{path="events"}',
        'wanamori_ingest_messages_total{path="readings"}',
        "wanamori_ingest_rows_total",
        'wanamori_ingest_refused_total{reason="malformed"}',
        "wanamori_ingest_receipts_total",
        'wanamori_ingest_batch_seconds_count{path="events"}',
    ):
        assert float(figures[name]) > 0, name
    assert 'wanamori_ingest_queue_messages{path="readings"}' in figures


def test_the_events_of_an_outbox_are_handled_in_their_order(town: Town, publisher: Publisher, broker: Broker) -> None:
    """They come mixed up, as from a shared subscription; the database is busy while they gather."""
    handled: list[int | None] = []
    with (
        running_ingest(town.url, broker, handlers={"status": lambda _conn, e: handled.append(e.sequence)}) as process,
        psycopg.connect(town.url) as blocking,
    ):
        blocking.execute("lock table event")
        publisher.send(event("ag-2", "-", "status", 0))
        waiting = "select count(*) from pg_locks where not granted and relation = 'event'::regclass"
        wait_until(lambda: town.value(waiting) == 1, "the first batch does not wait for the lock")
        for number in (5, 3, 1, 4, 2):
            publisher.send(event("ag-1", "-", "status", number))
        # The broker has them; they are one batch once the process has them all.
        wait_until(lambda: len(process._events.inbox) == 5, "not all wait for the first batch")
        blocking.rollback()
        publisher.await_receipts("ag-1", {1, 2, 3, 4, 5})

    assert handled == [0, 1, 2, 3, 4, 5]


def test_a_firing_does_not_wait_for_readings(town: Town, publisher: Publisher, broker: Broker) -> None:
    with running_ingest(town.url, broker) as process, psycopg.connect(town.url) as blocking:
        blocking.execute("lock table reading in exclusive mode")
        for number in range(50):
            publisher.send(
                reading("ag-1", "field-1", number, moments(1, START + timedelta(seconds=number)), co2=[400.0])
            )
        wait_until(lambda: not process._readings.is_idle, "no readings wait")

        publisher.send(event("ag-2", "boar-2", "sprung", 1))
        publisher.await_receipts("ag-2", {1})

        assert publisher.receipted("ag-1") == set()
        blocking.rollback()
        publisher.await_receipts("ag-1", set(range(50)))

    assert town.count("reading") == 50


def test_what_an_agent_says_late_is_marked_late(town: Town, publisher: Publisher, broker: Broker) -> None:
    fired_at = datetime.now(UTC) - timedelta(hours=5)
    with running_ingest(town.url, broker):
        publisher.send(event("ag-1", "boar-1", "sprung", 1, time=fired_at.isoformat()))
        publisher.await_receipts("ag-1", {1})

    assert town.rows("select late, time_quality, occurred_at from event") == [(True, "edge", fired_at)]


# --- clocks -----------------------------------------------------------------------------------------------------------


def unset(uptime_at_event_s: float, uptime_s: float | None, boot: str = "b-1") -> dict[str, Any]:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=uptime_at_event_s)
    return {"time": time.isoformat(), "clock": "unset", "boot": boot, "uptime": uptime_s}


def test_an_unset_clock_is_corrected_by_the_boots_first_message(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    """Three hours after boot it sends what fired two hours ago; later the same again, and one more with no uptime."""
    with running_ingest(town.url, broker):
        first = event("ag-1", "boar-1", "sprung", 1, **unset(3600, 10_800))
        publisher.send(first)
        publisher.await_receipts("ag-1", {1})
        second = event("ag-1", "boar-1", "sprung", 2, **unset(3600 + 60, None))
        publisher.send(second)
        publisher.await_receipts("ag-1", {2})

    (one, two) = town.rows("select occurred_at, time_quality, late, received_at from event order by id")
    assert abs(one[3] - timedelta(hours=2) - one[0]) < timedelta(milliseconds=1)
    assert (one[1], one[2]) == ("corrected", True)
    assert two[0] - one[0] == timedelta(seconds=60)
    assert two[1] == "corrected"


def test_readings_of_a_boot_land_on_the_same_rows_however_often_they_are_sent(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    times = [epoch + timedelta(seconds=step * 60) for step in range(5)]
    with running_ingest(town.url, broker), running_ingest(town.url, broker):
        for number, uptime in enumerate((400.0, 500.0, 900.0, 4000.0, 90_000.0)):
            envelope = reading("ag-1", "field-1", number, times, co2=[1.0, 2.0, 3.0, 4.0, 5.0])
            publisher.send({**envelope, **unset(300, uptime)})
        publisher.await_receipts("ag-1", set(range(5)))

    rows = town.rows("select measured_at, co2 from reading order by measured_at")
    assert [value for _, value in rows] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert {b[0] - a[0] for a, b in pairwise(rows)} == {timedelta(seconds=60)}


def test_an_earlier_boot_of_which_nobody_heard_cannot_be_placed(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    with running_ingest(town.url, broker):
        publisher.send(event("ag-1", "boar-1", "sprung", 1, **unset(3600, None, "lost")))
        envelope = reading("ag-1", "field-1", 2, [datetime(1970, 1, 1, 1, tzinfo=UTC)], co2=[400.0])
        publisher.send({key: v for key, v in {**envelope, **unset(3600, None, "lost")}.items() if v is not None})
        publisher.await_receipts("ag-1", {1, 2})

    assert town.rows("select occurred_at = received_at, time_quality, late from event") == [(True, "uncertain", False)]
    assert town.count("reading") == 0
    assert town.refusals() == ["clock_unknown"]


# --- readings ---------------------------------------------------------------------------------------------------------


def test_readings_of_one_moment_merge_column_by_column(town: Town, publisher: Publisher, broker: Broker) -> None:
    times = moments(3)
    with running_ingest(town.url, broker), running_ingest(town.url, broker):
        publisher.send(reading("ag-1", "field-1", 1, times, co2=[400.0, None, 402.0]))
        publisher.await_receipts("ag-1", {1})
        publisher.send(reading("ag-1", "field-1", 2, times[::-1], co2=[9.0, 401.0, 9.0], soil_ph=[6.0, 6.1, None]))
        publisher.await_receipts("ag-1", {2})
        for number in range(3, 9):
            publisher.send(reading("ag-1", "field-1", number, times, co2=[7.0, 7.0, 7.0]), wait=False)
        publisher.await_receipts("ag-1", set(range(3, 9)))

    assert town.rows("select co2, soil_ph from reading order by measured_at") == [
        (400.0, None),
        (401.0, pytest.approx(6.1)),
        (402.0, 6.0),
    ]


def test_latest_values_are_the_newest_and_open_pages_are_told(town: Town, publisher: Publisher, broker: Broker) -> None:
    told: list[dict[str, Any]] = []
    stop = threading.Event()
    database = Database(town.url, name="test listener", max_size=2)
    listening = threading.Event()

    def listen() -> None:
        for notice in database.listen("live", stop=stop, idle_s=0.2):
            listening.set()
            if notice is not None:
                told.append(dict(notice.payload))

    listener = threading.Thread(target=listen)
    listener.start()
    assert listening.wait(20)
    with running_ingest(town.url, broker):
        publisher.send(reading("ag-1", "field-1", 1, moments(3), co2=[400.0, 401.0, None], soil_ph=[6.0, None, 6.2]))
        publisher.send(reading("ag-1", "field-1", 2, moments(2, START - timedelta(days=2)), co2=[1.0, 2.0]))
        publisher.await_receipts("ag-1", {1, 2})
        wait_until(lambda: town.count("latest") == 2, "latest is not flushed")
    wait_until(lambda: {"what": "reading", "id": "field-1"} in told, "no page is told")
    stop.set()
    listener.join(10)
    database.close()

    assert town.rows("select quantity, value, measured_at from latest order by quantity") == [
        ("co2", 401.0, START + timedelta(seconds=1)),
        ("soil_ph", pytest.approx(6.2), START + timedelta(seconds=2)),
    ]
    assert town.value("select last_heard_at from device where id = 'field-1'") == START + timedelta(seconds=2)
    assert town.value("select last_heard_at > %s from agent where id = 'ag-1'", START) is True


def test_latest_values_that_a_dead_process_had_not_saved_are_found_at_the_next_start(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    with running_ingest(town.url, broker):
        publisher.send(reading("ag-1", "field-1", 1, moments(2), co2=[400.0, 401.0], soil_ph=[6.0, None]))
        publisher.send(reading("ag-2", "field-2", 1, moments(1), co2=[402.0]))
        publisher.await_receipts("ag-1", {1})
        publisher.await_receipts("ag-2", {1})
    saved = town.rows("select device_id, quantity, measured_at, value from latest order by 1, 2")
    town.run("delete from latest where device_id = %s", town.key("field-1"))
    town.run("update latest set measured_at = measured_at - interval '1 minute', value = 1")

    with running_ingest(town.url, broker):
        wait_until(
            lambda: town.rows("select device_id, quantity, measured_at, value from latest order by 1, 2") == saved,
            "latest is not rebuilt",
        )


def test_devices_are_heard_when_they_measured_not_when_it_arrived(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    heard: list[Heard] = []
    yesterday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    with running_ingest(town.url, broker, on_heard=lambda _conn, found: heard.extend(found)):
        publisher.send(reading("ag-1", "boar-1", 1, [yesterday], battery_voltage=[3.9]))
        publisher.await_receipts("ag-1", {1})

    assert [(one.device_id, one.device_kind, one.at) for one in heard] == [("boar-1", "trap", yesterday)]
