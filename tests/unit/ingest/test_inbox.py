"""The inbox: bounded in messages and bytes; whoever finds it full waits, or is turned away."""

import threading

from hub.bus import Delivery
from hub.ingest.inbox import Inbox
from tests.unit.ingest.samples import NOW


def delivery(payload: bytes = b"") -> Delivery:
    return Delivery("t", payload, NOW, 0.0, lambda: None)


def test_what_is_put_is_taken_in_order() -> None:
    inbox = Inbox(10)
    for number in range(5):
        inbox.put(delivery(bytes([number])))

    assert [one.payload[0] for one in inbox.take(3, 0.0)] == [0, 1, 2]
    assert [one.payload[0] for one in inbox.take(3, 0.0)] == [3, 4]
    assert inbox.take(3, 0.0) == []


def test_whoever_finds_it_full_waits_for_room() -> None:
    inbox = Inbox(1)
    inbox.put(delivery())
    put = threading.Thread(target=inbox.put, args=(delivery(b"second"),))
    put.start()

    assert len(inbox.take(9, 0.0)) == 1
    put.join(10)
    assert not put.is_alive()
    assert inbox.take(9, 0.0)[0].payload == b"second"


def test_bytes_count_too() -> None:
    inbox = Inbox(1000, most_bytes=10_000)
    inbox.turn_away(True)

    taken = [inbox.put(delivery(bytes(3000))) for _ in range(5)]

    assert taken == [True, True, False, False, False]


def test_a_message_greater_than_the_bound_gets_in_alone() -> None:
    inbox = Inbox(1000, most_bytes=10_000)
    inbox.turn_away(True)

    assert inbox.put(delivery(bytes(20_000)))
    assert not inbox.put(delivery())


def test_turning_away_frees_whoever_waits() -> None:
    inbox = Inbox(1)
    inbox.put(delivery())
    results: list[bool] = []
    put = threading.Thread(target=lambda: results.append(inbox.put(delivery())))
    put.start()

    inbox.turn_away(True)

    put.join(10)
    assert results == [False]
    assert len(inbox) == 1
