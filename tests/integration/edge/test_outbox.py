"""The outbox over restarts, at its bounds and in damage, on a real disk."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.clock import EPOCH, Moment
from edge.core.draft import Draft, draft_readings
from edge.core.readings import Row
from edge.errors import DamagedError, DiskFullError
from edge.outbox import Outbox, salvage, set_aside

BIG = 100_000_000


def trigger(name: str) -> Draft:
    return Draft("trap-1", "sprung", urgent=True, boot="b", frozen=b'{"id":"%s"}' % name.encode())


def reading(size: int = 10, rows: int = 1) -> Draft:
    return Draft("field-1", "readings", urgent=False, boot="b", frozen=b"x" * size, row_count=rows)


def row(number: int) -> Row:
    return Row(Moment(EPOCH, "unset", "b", float(number)), {"soil_ph": float(number), "co2": None})


def compose(rows) -> list[Draft]:
    return [draft_readings("field-1", rows, "id")] if rows else []


actions = st.lists(st.sampled_from(["trigger", "reading", "row", "seal", "restart", "remove"]), min_size=1, max_size=40)


@settings(max_examples=25, deadline=None)
@given(actions)
def test_whatever_the_order_of_keeping_sealing_and_restarting_nothing_is_lost_or_numbered_twice(doings) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outbox.sqlite3"
        outbox = Outbox(path, BIG)
        name, numbers, waiting, kept = outbox.id, [], [], {}
        for at, doing in enumerate(doings):
            if doing in ("trigger", "reading"):
                draft = trigger(str(at)) if doing == "trigger" else reading()
                number = outbox.append(draft)
                numbers.append(number)
                kept[number] = draft
            elif doing == "row":
                waiting.append(row(at))
                assert outbox.add_row("field-1", row(at)) == len(waiting)
            elif doing == "seal":
                before = set(outbox.readings(1000))
                made = outbox.seal("field-1", compose)
                assert made == bool(waiting)
                for number in set(outbox.readings(1000)) - before:
                    numbers.append(number)
                    kept[number] = compose(waiting)[0]
                waiting = []
            elif doing == "restart":
                outbox.close()
                outbox = Outbox(path, BIG)
            elif kept:
                gone = min(kept)
                outbox.remove([gone])
                del kept[gone]
            assert outbox.triggers() == sorted(number for number, draft in kept.items() if draft.urgent)
            assert outbox.readings(1000) == sorted(number for number, draft in kept.items() if not draft.urgent)
        assert outbox.id == name
        assert numbers == sorted(set(numbers)), "a number was given twice, or went back"
        for number, draft in kept.items():
            found = outbox.entry(number)
            assert found is not None
            assert found.draft == draft
        outbox.close()


def test_a_new_file_is_a_new_outbox(tmp_path) -> None:
    ids = []
    for name in ("one", "two"):
        outbox = Outbox(tmp_path / name, BIG)
        ids.append(outbox.id)
        outbox.close()
    assert ids[0] != ids[1]


def test_a_trigger_and_its_phase_are_kept_together(tmp_path) -> None:
    outbox = Outbox(tmp_path / "o", BIG)
    outbox.append(trigger("one"), "sprung")
    outbox.close()
    outbox = Outbox(tmp_path / "o", BIG)
    assert outbox.phases() == {"trap-1": "sprung"}
    assert len(outbox.triggers()) == 1
    outbox.close()


def test_a_bound_outbox_drops_the_oldest_readings_counts_them_and_never_a_trigger(tmp_path) -> None:
    outbox = Outbox(tmp_path / "o", 200_000)
    triggers = [outbox.append(trigger(str(at))) for at in range(50)]
    readings = [outbox.append(reading(5_000, rows=3)) for _ in range(200)]
    assert outbox.triggers() == triggers
    left = outbox.readings(1000)
    assert left == readings[-len(left) :]
    assert 10 < len(left) < 100
    assert outbox.dropped() == 3 * (200 - len(left))
    outbox.close()


def test_an_outbox_full_of_triggers_keeps_them_all(tmp_path) -> None:
    outbox = Outbox(tmp_path / "o", 100_000)
    for at in range(2_000):
        outbox.append(trigger(str(at)))
    assert len(outbox.triggers()) == 2_000
    assert outbox.append(reading()) > 0
    assert outbox.readings(10) == []
    outbox.close()


def test_a_full_disk_says_so_and_leaves_what_was_there(tmp_path) -> None:
    outbox = Outbox(tmp_path / "o", BIG)
    numbers = [outbox.append(reading(5_000)) for _ in range(10)]
    pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
    outbox._db.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DiskFullError):
        outbox.append(reading(50_000))
    assert outbox.readings(100) == numbers
    outbox.remove(numbers[:8])
    outbox.append(reading(20_000))
    outbox.close()


@pytest.mark.parametrize("rubbish", [b"this is no database", bytes(100_000)])
def test_a_file_that_is_no_outbox_is_damaged(tmp_path, rubbish) -> None:
    (tmp_path / "o").write_bytes(rubbish)
    with pytest.raises(DamagedError):
        Outbox(tmp_path / "o", BIG)


def test_of_a_damaged_outbox_the_triggers_that_can_be_read_are_saved(tmp_path) -> None:
    path = tmp_path / "o.sqlite3"
    outbox = Outbox(path, BIG)
    for at in range(20):
        outbox.append(trigger(str(at)), "sprung")
        outbox.append(reading(20_000))
    outbox.fold_log()
    outbox.close()
    content = bytearray(path.read_bytes())
    content[-200_000:-100_000] = b"\xa5" * 100_000
    path.write_bytes(content)
    with pytest.raises(DamagedError):
        Outbox(path, BIG)
    kept = salvage(path)
    assert kept.phases == {"trap-1": "sprung"}
    assert len(kept.drafts) >= 1
    assert {draft.kind for draft in kept.drafts} == {"sprung"}


def test_a_damaged_file_is_set_aside_with_its_log_and_only_the_last_few_are_kept(tmp_path) -> None:
    path = tmp_path / "outbox.sqlite3"
    for _ in range(5):
        path.write_bytes(b"broken")
        path.with_name("outbox.sqlite3-wal").write_bytes(b"log")
        aside = set_aside(path)
        assert aside.read_bytes() == b"broken"
        assert not path.exists()
    assert len(list(tmp_path.glob("outbox.damaged-*.sqlite3"))) == 2
    assert len(list(tmp_path.glob("outbox.damaged-*.sqlite3-wal"))) == 2


def moment_of_flight(size: int = 10) -> Draft:
    return Draft("drone-1", "flight", urgent=False, boot="b", frozen=b"x" * size, row_count=1, fresh=True)


def test_where_a_drone_was_is_dropped_before_what_was_measured(tmp_path) -> None:
    """And it is no reading: it goes newest first, and comes back from disk as what it is."""
    path = tmp_path / "outbox.sqlite3"
    outbox = Outbox(path, 400_000)
    readings = [outbox.append(reading(4000)) for _ in range(30)]
    for _ in range(120):
        outbox.append(moment_of_flight(4000))
    assert outbox.readings(1000) == readings, "not one reading is lost to it"
    fresh = outbox.fresh()
    assert fresh == sorted(fresh, reverse=True)
    assert 20 < len(fresh) < 120
    assert outbox.dropped() == 120 - len(fresh)
    entry = outbox.entry(fresh[0])
    assert entry is not None
    assert entry.draft == moment_of_flight(4000)
    assert outbox.triggers() == []
    outbox.close()
