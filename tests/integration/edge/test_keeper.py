"""Keeping while the disk refuses, is full, or is damaged: never a trigger lost, never a number believed twice."""

import json

import pytest

from edge.core.backlog import Policy
from edge.core.clock import EPOCH, Moment
from edge.core.draft import draft_readings, draft_trigger
from edge.core.readings import Row
from edge.delivery import Delivery
from edge.keeper import Keeper
from edge.wire.messages import EmptyData

BIG = 100_000_000


class Wire:
    """What a delivery hands out, and receipts for it."""

    def __init__(self, keeper: Keeper) -> None:
        self.uptime_s = 100.0
        self.sent: list[dict] = []
        self.delivery = Delivery("ag-1", keeper, Policy(), self.now, self._publish)

    def now(self) -> Moment:
        return Moment(EPOCH, "unset", "b", self.uptime_s)

    def _publish(self, topic: str, payload: bytes) -> bool:
        self.sent.append(json.loads(payload))
        return True

    def ids(self) -> list[str]:
        return [envelope["id"] for envelope in self.sent]

    def receipt_for(self, envelope: dict) -> None:
        number = int(envelope["sequence"])
        self.delivery.take_receipt(json.dumps({"outbox": envelope["outbox"], "sequences": [[number, number]]}).encode())


def moment() -> Moment:
    return Moment(EPOCH, "unset", "b", 1.0)


def sprung(event_id: str):
    return draft_trigger("trap-1", "sprung", EmptyData(), moment(), event_id)


def keep_reading(keeper: Keeper, event_id: str) -> None:
    keeper.add_row("field-1", Row(moment(), {"soil_ph": 6.5}))
    keeper.seal("field-1", lambda rows: [draft_readings("field-1", rows, event_id)])


@pytest.fixture
def keeper(tmp_path):
    made = Keeper(tmp_path, BIG)
    yield made
    made.close()


def refuse(keeper: Keeper, on: bool) -> None:
    """The disk becomes read-only, as a worn SD card does (SQLite answers the same: SQLITE_READONLY)."""
    keeper._disk._db.execute(f"PRAGMA query_only={'ON' if on else 'OFF'}")


def test_a_trigger_that_the_disk_refuses_is_sent_from_memory(keeper) -> None:
    refuse(keeper, True)
    keeper.append(sprung("one"), "sprung")
    keep_reading(keeper, "two")
    assert keeper.faults()
    assert keeper.phase("trap-1") == "sprung"
    wire = Wire(keeper)
    wire.delivery.pump()
    assert wire.ids() == ["one", "two"]
    for envelope in wire.sent:
        wire.receipt_for(envelope)
    wire.uptime_s += 1000
    wire.delivery.pump()
    assert len(wire.sent) == 2
    assert keeper.count() == 0


def test_when_the_disk_works_again_memory_moves_to_it(keeper, tmp_path) -> None:
    refuse(keeper, True)
    keeper.append(sprung("one"), "sprung")
    keep_reading(keeper, "two")
    wire = Wire(keeper)
    wire.delivery.pump()
    refuse(keeper, False)
    keeper.tend()
    assert keeper.faults() == ()
    wire.delivery.pump()
    assert wire.ids() == ["one", "two", "one", "two"], (
        "under new numbers they are new to the window; the id tells the hub"
    )
    assert wire.sent[0]["outbox"] != wire.sent[2]["outbox"]
    keeper.close()
    again = Keeper(tmp_path, BIG)
    assert again.count() == 2
    assert again.phase("trap-1") == "sprung"
    again.close()


def test_what_memory_holds_goes_to_disk_at_the_stop(keeper, tmp_path) -> None:
    refuse(keeper, True)
    keeper.append(sprung("one"), "sprung")
    refuse(keeper, False)
    keeper.close()
    again = Keeper(tmp_path, BIG)
    assert again.count() == 1
    again.close()


def test_a_receipt_counts_even_if_the_disk_will_not_forget(keeper) -> None:
    keeper.append(sprung("one"))
    wire = Wire(keeper)
    wire.delivery.pump()
    refuse(keeper, True)
    wire.receipt_for(wire.sent[0])
    wire.uptime_s += 1000
    wire.delivery.pump()
    assert wire.ids() == ["one"]
    assert keeper.count() == 0
    refuse(keeper, False)
    keeper.tend()
    assert keeper.count() == 0


def test_a_full_disk_drops_readings_and_takes_the_trigger(keeper) -> None:
    for at in range(100):
        keep_reading(keeper, f"reading-{at}")
    disk = keeper._disk
    disk.fold_log()
    pages = disk._db.execute("PRAGMA page_count").fetchone()[0]
    disk._db.execute(f"PRAGMA max_page_count={pages}")
    for at in range(60):
        keeper.append(sprung(f"trigger-{at}"), "sprung")
    assert len(keeper.waiting(disk, 1000)[0]) == 60
    assert keeper.dropped() > 0
    assert keeper.faults() == ()


def test_a_full_disk_with_nothing_to_drop_keeps_triggers_in_memory(keeper) -> None:
    disk = keeper._disk
    disk.fold_log()
    pages = disk._db.execute("PRAGMA page_count").fetchone()[0]
    disk._db.execute(f"PRAGMA max_page_count={pages}")
    for at in range(100):
        keeper.append(sprung(f"trigger-{at}"), "sprung")
    assert keeper.count() == 100
    assert keeper.faults()
    disk._db.execute("PRAGMA max_page_count=100000")
    keeper.tend()
    assert keeper.faults() == ()
    assert len(keeper.waiting(disk, 10)[0]) == 100


def test_a_damaged_outbox_is_set_aside_and_its_traps_are_taken_as_armed(tmp_path) -> None:
    (tmp_path / "outbox.sqlite3").write_bytes(b"not at all a database" * 1000)
    keeper = Keeper(tmp_path, BIG)
    assert "set aside" in keeper.faults()[0]
    assert keeper.phase("trap-1") == "armed"
    keeper.append(sprung("one"), "sprung")
    assert keeper.count() == 1
    assert len(list(tmp_path.glob("outbox.damaged-*"))) == 1
    keeper.close()


def test_damage_met_in_use_costs_the_outbox_and_not_the_trigger(tmp_path) -> None:
    keeper = Keeper(tmp_path, BIG)
    for at in range(100):
        keep_reading(keeper, f"reading-{at}")
    keeper.put_phase("trap-2", "sprung")
    disk = keeper._disk
    disk.fold_log()
    file = tmp_path / "outbox.sqlite3"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    disk._db.execute("PRAGMA cache_size=0")
    keeper.append(sprung("one"), "sprung")
    wire = Wire(keeper)
    wire.delivery.pump()
    assert "one" in wire.ids()
    assert keeper.phase("trap-2") == "sprung"
    assert any("set aside" in fault for fault in keeper.faults())
    keeper.close()


def test_without_any_disk_it_works_from_memory_and_takes_traps_as_armed(tmp_path) -> None:
    (tmp_path / "outbox.sqlite3").mkdir()
    keeper = Keeper(tmp_path, BIG)
    assert keeper.faults()
    assert keeper.phase("trap-1") == "armed"
    keeper.append(sprung("one"), "sprung")
    wire = Wire(keeper)
    wire.delivery.pump()
    assert wire.ids() == ["one"]
    (tmp_path / "outbox.sqlite3").rmdir()
    keeper.tend()
    assert keeper.faults() == ()
    keeper.close()
    again = Keeper(tmp_path, BIG)
    assert again.count() == 1
    again.close()


def test_a_fresh_agent_has_new_traps(keeper) -> None:
    assert keeper.phase("trap-1") == "new"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"\xff",
        b'{"outbox": 1}',
        b'{"outbox": "x", "sequences": [[1]]}',
        b'{"outbox": "x", "sequences": [["a", 2]]}',
    ],
)
def test_a_receipt_that_cannot_be_read_is_no_receipt(keeper, payload) -> None:
    keeper.append(sprung("one"))
    wire = Wire(keeper)
    wire.delivery.pump()
    wire.delivery.take_receipt(payload)
    assert keeper.count() == 1


def test_a_receipt_for_another_outbox_or_for_what_was_never_sent_empties_nothing(keeper) -> None:
    keeper.append(sprung("one"))
    wire = Wire(keeper)
    wire.delivery.take_receipt(
        json.dumps({"outbox": keeper.outboxes()[0].id, "sequences": [[-(10**30), 10**30]]}).encode()
    )
    assert keeper.count() == 1
    wire.delivery.pump()
    wire.delivery.take_receipt(json.dumps({"outbox": "another", "sequences": [[0, 100]]}).encode())
    assert keeper.count() == 1
    wire.delivery.take_receipt(
        json.dumps({"outbox": keeper.outboxes()[0].id, "sequences": [[-(10**30), 10**30]]}).encode()
    )
    assert keeper.count() == 0
