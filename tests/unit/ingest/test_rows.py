"""Rows of many messages: merged as the database would merge them, and written in the bytes that it reads."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.ingest import rows as module
from hub.ingest.rows import (
    EVERY_DEVICE,
    KEY_COLUMNS,
    RowBatch,
    format_copy,
    gather_marks,
    gather_rows,
    split_by_age,
    touched_hours,
)
from tests.unit.ingest.samples import DRONE, STATION, TRAP, accepted

quantities = st.sampled_from(list(QUANTITIES))
values = st.none() | st.floats(-100, 100, width=32)


@st.composite
def messages(draw: st.DrawFn):
    times = draw(st.lists(st.integers(0, 12), min_size=1, max_size=6))
    column = st.lists(values, min_size=len(times), max_size=len(times))
    columns = draw(st.dictionaries(quantities, column, min_size=1, max_size=4))
    device = draw(st.sampled_from([TRAP, STATION, DRONE]))
    return accepted(times, device, draw(st.integers(0, 10**16)), **columns)


def merged_one_by_one(batch) -> dict[tuple[int, int, str], float]:
    """The plain rule: for each device, moment and quantity, the first value that is one."""
    expected: dict[tuple[int, int, str], float] = {}
    for message in batch:
        for name, column in message.columns.items():
            for time, value in zip(message.times_us, column, strict=True):
                if value is not None:
                    expected.setdefault((message.device.key, time, name), value)
    return expected


@given(st.lists(messages(), max_size=8))
def test_messages_for_one_moment_merge_column_by_column_and_the_first_value_stays(batch) -> None:
    rows = gather_rows(batch).rows

    found = {
        (*key, name): value
        for key, (names, row, _) in rows.items()
        for name, value in zip(names, row, strict=True)
        if value is not None
    }
    assert found == merged_one_by_one(batch)
    assert all(any(value is not None for value in row) for _, row, _ in rows.values()), "no row of nothing"


def parse_copy(data: bytes, names: tuple[str, ...]) -> dict[tuple[int, int], dict[str, float | None]]:
    """A reader of PostgreSQL's binary COPY (its documentation, COPY, Binary Format), written for this test."""
    assert data[:11] == b"PGCOPY\n\xff\r\n\0"
    flags, extension = struct.unpack(">ii", data[11:19])
    assert (flags, extension) == (0, 0)
    at, rows, keys = 19, {}, []
    while True:
        (count,) = struct.unpack_from(">h", data, at)
        at += 2
        if count == -1:
            assert at == len(data)
            assert keys == sorted(keys)
            return rows
        assert count == len(KEY_COLUMNS) + len(names)
        fields = []
        for _ in range(count):
            (length,) = struct.unpack_from(">i", data, at)
            at += 4
            fields.append(None if length == -1 else data[at : at + length])
            at += max(length, 0)
        device, measured, _received = (
            struct.unpack(">i", fields[0])[0],
            *(struct.unpack(">q", f)[0] for f in fields[1:3]),
        )
        keys.append((device, measured))
        rows[device, measured] = {
            name: None if field is None else struct.unpack(">f", field)[0]
            for name, field in zip(names, fields[3:], strict=True)
        }


@given(st.lists(messages(), max_size=8))
def test_the_bytes_say_what_the_rows_say(batch) -> None:
    rows = gather_rows(batch)
    names = rows.quantities()

    parsed = parse_copy(format_copy(rows, names), names)

    assert set(parsed) == set(rows.rows)
    found = {(*key, name): value for key, row in parsed.items() for name, value in row.items() if value is not None}
    assert found == merged_one_by_one(batch)


def test_columns_stand_in_the_tables_order() -> None:
    rows = gather_rows([accepted([1], co2=[400.0], air_temperature=[8.0])])

    assert rows.quantities() == ("air_temperature", "co2")
    assert parse_copy(format_copy(rows, rows.quantities()), rows.quantities()) == {
        (2, 1): {"air_temperature": 8.0, "co2": 400.0}
    }


@given(st.lists(messages(), max_size=8), st.dictionaries(st.integers(1, 3), st.integers(0, 12)))
def test_what_is_not_newer_than_what_a_device_has_is_kept_apart(batch, newest) -> None:
    rows = gather_rows(batch)

    fresh, known = split_by_age(rows, newest)

    assert {**fresh.rows, **known.rows} == rows.rows
    assert all(device not in newest or time > newest[device] for device, time in fresh.rows)
    assert all(time <= newest[device] for device, time in known.rows)


def test_no_rows_are_an_empty_copy() -> None:
    assert parse_copy(format_copy(RowBatch(), ()), ()) == {}


@given(st.sets(st.tuples(st.integers(1, 3), st.integers(-3 * 10**10, 10**11)), max_size=40))
def test_the_touched_hours_hold_each_row_and_no_other_hour(keys) -> None:
    hours = touched_hours(sorted(keys))
    told = {(device, hour) for device, since, until in hours for hour in range(since, until)}
    assert told == {(device, measured // 3_600_000_000) for device, measured in keys}
    for one, other in itertools.pairwise(hours):
        assert one[0] < other[0] or one[2] < other[1]


@given(st.sets(st.tuples(st.integers(1, 6), st.integers(0, 2 * 10**10)), max_size=40), st.integers(1, 4))
def test_marks_hold_each_row_whether_of_one_device_or_of_every_one(keys, many) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_MANY", many)
        marks = gather_marks(sorted(keys))
    told = {(device, hour) for device, since, until in marks for hour in range(since, until)}
    for device, measured in keys:
        hour = measured // 3_600_000_000
        assert (device, hour) in told or (EVERY_DEVICE, hour) in told
    assert len(marks) <= len(touched_hours(sorted(keys)))


def test_a_batch_of_many_devices_in_one_hour_is_one_mark() -> None:
    hour_us = 3_600_000_000
    keys = [(device, 7 * hour_us + device) for device in range(1, 101)] + [(101, 3 * hour_us)]
    assert gather_marks(keys) == [(EVERY_DEVICE, 7, 8), (101, 3, 4)]
