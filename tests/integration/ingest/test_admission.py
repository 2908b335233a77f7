"""What several processes must agree upon, and what a flood of strangers may cost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from edge.wire.codec import encode
from hub.ingest.admission import Admission
from hub.ingest.arrivals import Arrival, read_arrival
from hub.store import Connection, Database
from tests.integration.ingest.town import Town
from tests.unit.ingest.samples import sprung

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.fixture
def database(town: Town) -> Iterator[Database]:
    opened = Database(town.url, name="tests", max_size=10)
    yield opened
    opened.close()


def arrival(device: str = "boar-1", received_at: datetime = NOW, **more) -> Arrival:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=1)
    message = sprung(time, clock="unset", boot="b-1", uptime_s=3600.0, **more)
    payload = encode(message).replace(b"boar-1", device.encode())
    return read_arrival(f"wanamori/v1/up/ag-1/{device}/sprung", payload, received_at)


def test_processes_that_hear_of_a_boot_at_once_agree_upon_its_offset(town: Town, database: Database) -> None:
    """Each hears of it at another time, so each would fix another offset."""
    start = threading.Barrier(8)
    placed: list[datetime] = []

    def judge(number: int) -> None:
        admission = Admission(database.transaction, 900.0, lambda: 0.0)
        start.wait(20)
        (judged,) = admission.judge([arrival(received_at=NOW + timedelta(seconds=number))])
        assert judged.decision.event is not None
        placed.append(judged.decision.event.occurred_at)

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(placed) == 8
    assert len(set(placed)) == 1
    assert town.count("boot_clock") == 1


class Counted:
    """A database's transactions, counted."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        self._database = database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        self.count += 1
        with self._database.transaction() as conn:
            yield conn


def test_a_batch_of_strangers_costs_one_question(database: Database) -> None:
    counted = Counted(database)
    admission = Admission(counted.transaction, 900.0, lambda: 0.0)

    judged = admission.judge([arrival(f"ghost-{number}") for number in range(500)])

    assert {one.decision.refusal.reason for one in judged if one.decision.refusal} == {"unknown_device"}
    assert counted.count == 1


def test_who_is_known_is_not_asked_for_again_for_a_while(town: Town, database: Database) -> None:
    now_s = 0.0
    counted = Counted(database)
    admission = Admission(counted.transaction, 900.0, lambda: now_s)
    admission.judge([arrival()])
    asked = counted.count

    for _ in range(10):
        admission.judge([arrival()])
    assert counted.count == asked

    now_s = 61.0
    admission.judge([arrival()])
    assert counted.count == asked + 1


def test_a_boot_is_fixed_by_no_message_that_is_refused(town: Town, database: Database) -> None:
    admission = Admission(database.transaction, 900.0, lambda: 0.0)

    admission.judge([arrival("ghost"), arrival("boar-2"), arrival("field-1")])

    assert town.count("boot_clock") == 0
