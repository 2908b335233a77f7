"""What becomes of messages that nobody can take: kept with their reason, and no good one stops for them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.ingest.events import AcceptedEvent, Unreadable
from hub.store import Connection
from tests.integration.ingest.town import START, Publisher, Town, event, reading, running_ingest, topic
from tests.servers import Broker, wait_until


def packed(envelope: dict[str, Any]) -> bytes:
    return json.dumps(envelope).encode()


def sprung(agent: str, device: str, number: int, **more: Any) -> bytes:
    return packed(event(agent, device, "sprung", number, **more))


def station(number: int, time: datetime = START, device: str = "field-1", **columns: Any) -> bytes:
    return packed(reading("ag-1", device, number, [time], **columns))


TRAP_TOPIC, STATION_TOPIC = topic("ag-1", "boar-1", "sprung"), topic("ag-1", "field-1", "readings")
# Reason, topic, payload, and the sequence that gets a receipt: None where nobody could find one, or no agent listens.
BAD: list[tuple[str, str, bytes, int | None]] = [
    ("malformed", TRAP_TOPIC, b"{", None),
    ("malformed", TRAP_TOPIC, b"", None),
    ("malformed", TRAP_TOPIC, b'{"id": "\xff\xfe"}', None),
    ("malformed", STATION_TOPIC, b"null", None),
    ("too_large", TRAP_TOPIC, sprung("ag-1", "boar-1", 1, data={"more": "x" * 300_000}), 1),
    ("too_large", STATION_TOPIC, b"[" * 1_900_000, None),
    ("schema", TRAP_TOPIC, sprung("ag-1", "boar-1", 2, id=5), 2),
    ("schema", STATION_TOPIC, station(3, co2=["wet"]), 3),
    ("schema", STATION_TOPIC, station(4, co2=[float("nan")]), 4),
    ("identity", TRAP_TOPIC, sprung("ag-2", "boar-2", 5), 5),
    ("identity", topic("ag-1", "boar-1", "reset"), sprung("ag-1", "boar-1", 6), 6),
    ("unknown_kind", topic("ag-1", "boar-1", "sprng"), sprung("ag-1", "boar-1", 7), 7),
    ("bad_topic", "wanamori/v1/up/ag-1/BOAR/readings", b"{}", None),
    ("bad_topic", "wanamori/v1/up/ag-1/boar-1/sprung/more", b"{}", None),
    ("bad_topic", "wanamori/v1/up/what", b"{}", None),
    ("unknown_device", topic("ag-1", "ghost", "sprung"), sprung("ag-1", "ghost", 8), 8),
    ("unknown_agent", topic("ag-9", "ghost", "sprung"), sprung("ag-9", "ghost", 9), None),
    ("foreign_device", topic("ag-1", "boar-2", "sprung"), sprung("ag-1", "boar-2", 10), 10),
    ("wrong_kind", topic("ag-1", "field-1", "sprung"), sprung("ag-1", "field-1", 11), 11),
    ("wrong_kind", topic("ag-1", "-", "readings"), station(12, device="-", co2=[1.0]), 12),
    ("unknown_quantity", STATION_TOPIC, station(13, mood=[1.0]), 13),
    ("impossible_time", STATION_TOPIC, station(14, datetime(2100, 1, 1, tzinfo=UTC), co2=[1.0]), 14),
    ("impossible_time", STATION_TOPIC, station(15, datetime(1, 1, 1, tzinfo=UTC), co2=[1.0]), 15),
    ("impossible_time", STATION_TOPIC, station(16, datetime(1970, 1, 1, tzinfo=UTC), co2=[1.0]), 16),
    ("out_of_range", STATION_TOPIC, station(17, co2=[1e39]), 17),
]


def test_bad_messages_are_kept_with_their_reason_and_stop_no_good_ones(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    good: set[int] = set()
    with running_ingest(town.url, broker):
        for place, (_, name, payload, _) in enumerate(BAD):
            number = 100 + 2 * place
            publisher.publish(name, payload, wait=False)
            time = START + timedelta(seconds=place)
            publisher.send(reading("ag-1", "field-1", number, [time], soil_ph=[7.0]), wait=False)
            publisher.send(event("ag-1", "boar-1", "status", number + 1), wait=False)
            good |= {number, number + 1}
        publisher.await_receipts("ag-1", good | {number for *_, number in BAD if number is not None})
        wait_until(lambda: town.count("quarantine") == len(BAD), "not all are in quarantine")

    found = town.rows("select reason, topic, size_bytes from quarantine")
    assert sorted(found) == sorted((reason, name, len(payload)) for reason, name, payload, _ in BAD)
    sent = [payload for _, _, payload, _ in BAD]
    for stored, size in town.rows("select payload, size_bytes from quarantine"):
        assert len(stored) <= 256 * 1024
        assert any(len(payload) == size and payload.startswith(stored) for payload in sent)
    assert town.value("select count(soil_ph) from reading") == len(BAD)
    assert town.value("select count(*) from event where kind = 'status'") == len(BAD)
    assert town.value("select count(*) from event") == len(BAD)


def test_a_firing_at_an_impossible_time_alarms_all_the_same(town: Town, publisher: Publisher, broker: Broker) -> None:
    handled: list[AcceptedEvent] = []
    times = ["1970-01-01T03:00:00Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "yesterday", None, 17]
    with running_ingest(town.url, broker, handlers={"sprung": lambda _conn, e: handled.append(e)}):
        for number, time in enumerate(times):
            publisher.send(event("ag-1", "boar-1", "sprung", number, time=time))
        publisher.await_receipts("ag-1", set(range(len(times))))

    assert len(handled) == len(times)
    for accepted in handled:
        assert (accepted.uncertain, accepted.late) == (True, False)
        assert accepted.occurred_at == accepted.received_at


def test_staff_hear_of_a_traps_message_that_nobody_can_read(town: Town, publisher: Publisher, broker: Broker) -> None:
    told: list[Unreadable] = []
    with running_ingest(town.url, broker, on_unreadable=lambda _conn, message: told.append(message)):
        publisher.publish(topic("ag-1", "boar-1", "sprung"), b"crackle")
        publisher.publish(topic("ag-1", "boar-1", "status"), b"crackle")
        publisher.publish(topic("ag-1", "boar-1", "sprng"), b"crackle")
        publisher.publish(topic("ag-1", "ghost", "sprung"), b"crackle")
        publisher.publish(topic("ag-1", "boar-2", "sprung"), b"crackle")
        publisher.publish(topic("ag-1", "field-1", "readings"), b"crackle")
        publisher.publish(topic("ag-1", "field-1", "status"), b"crackle")
        publisher.send(reading("ag-1", "boar-1", 1, [START], battery_voltage=[-99.0]))
        wait_until(lambda: town.count("quarantine") == 8, "not all are in quarantine")

    trap = town.key("boar-1")
    assert sorted((one.topic.split("/", 4)[4], one.agent_id, one.device_key, one.device_kind) for one in told) == [
        ("boar-1/sprng", "ag-1", trap, "trap"),
        ("boar-1/sprung", "ag-1", trap, "trap"),
        ("boar-1/status", "ag-1", trap, "trap"),
        ("boar-2/sprung", "ag-1", None, None),
        ("ghost/sprung", "ag-1", None, None),
    ]


def test_a_hook_that_fails_does_not_keep_the_message_from_quarantine(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    def hook(conn: Connection, _message: Unreadable) -> None:
        conn.execute("select 1 / 0")

    with running_ingest(town.url, broker, on_unreadable=hook):
        publisher.publish(topic("ag-1", "boar-1", "sprung"), b"crackle")
        publisher.send(event("ag-1", "boar-1", "status", 2))
        publisher.await_receipts("ag-1", {2})

    assert town.refusals() == ["malformed"]


def test_the_same_bad_message_again_is_one_row_that_counts(town: Town, publisher: Publisher, broker: Broker) -> None:
    with running_ingest(town.url, broker), running_ingest(town.url, broker):
        for number in range(40):
            publisher.publish(topic("ag-1", "boar-1", "status"), b"crackle", wait=False)
            publisher.publish(topic("ag-1", "boar-1", "status"), b"rustle", wait=False)
            publisher.send(event("ag-1", "boar-1", "status", number), wait=False)
        publisher.await_receipts("ag-1", set(range(40)))
        wait_until(lambda: town.value("select sum(times) from quarantine") == 80, "not all are counted")

    assert town.count("quarantine") == 2


def test_a_device_is_accepted_in_the_moment_after_its_registration(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    with running_ingest(town.url, broker):
        publisher.send(event("ag-1", "boar-9", "sprung", 1))
        publisher.await_receipts("ag-1", {1})
        town.register("boar-9", "ag-1", "trap")
        publisher.send(event("ag-1", "boar-9", "sprung", 2))
        publisher.await_receipts("ag-1", {2})
        town.run("update device set agent_id = 'ag-2' where id = 'boar-9'")
        publisher.send(event("ag-2", "boar-9", "sprung", 3))
        publisher.await_receipts("ag-2", {3})

    assert town.refusals() == ["unknown_device"]
    assert town.rows("select event_id, agent_id from event order by id") == [("sprung-2", "ag-1"), ("sprung-3", "ag-2")]
