"""What a fleet measures, and what it writes down about it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from simulators.errors import Unsuitable
from simulators.fleet.load import QUANTITY, Batch, Load
from simulators.fleet.record import Published, Record, read_record

examples = settings(max_examples=60, deadline=None)  # no opinion on how fast this machine is
BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LOADS = st.builds(Load, st.integers(1, 50), st.floats(1, 50_000), st.integers(1, 60))


@examples
@given(LOADS, st.floats(0, 60))
def test_the_rate_is_the_asked_one(load, seconds):
    made = sum(load.ready_messages(agent, seconds) for agent in range(load.agents)) * load.batch
    # a reading is published when its message is full; an agent's step is whole microseconds
    slack = load.agents * load.batch + seconds * load.rate * 0.5 / load.step_us
    assert abs(made - load.rate * seconds) <= slack + load.agents


@examples
@given(LOADS, st.integers(0, 20))
def test_no_two_readings_of_an_agent_share_a_time(load, numbers):
    for agent in {0, load.agents - 1}:
        times = [at for number in range(numbers) for at in load.batch_of(agent, number, BEGAN).times()]
        assert len(set(times)) == len(times)
        assert times == sorted(times)


@examples
@given(LOADS, st.floats(0, 60))
def test_nothing_is_published_before_it_was_measured(load, seconds):
    for agent in {0, load.agents - 1}:
        ready = load.ready_messages(agent, seconds)
        if ready:
            assert load.batch_of(agent, ready - 1, BEGAN).times()[-1] <= BEGAN + timedelta(
                seconds=seconds, microseconds=1
            )


@examples
@given(st.builds(Batch, st.just(BEGAN), st.integers(1, 10**7), st.integers(1, 500)))
def test_values_are_plausible_and_repeatable(batch):
    values = batch.values()
    assert len(values) == batch.count == len(batch.times())
    assert all(QUANTITIES[QUANTITY].low <= value <= QUANTITIES[QUANTITY].high for value in values)
    assert values == batch.values()


def test_more_than_a_clock_can_tell_apart_is_refused():
    with pytest.raises(Unsuitable, match="1 agent cannot"):
        Load(1, 3e6, 30)


def test_a_record_reads_back_what_was_written(tmp_path):
    batch = Batch(BEGAN, 2000, 30)
    written = [
        Published("ag-1", "field", "readings", "a", "box", 1, BEGAN, batch),
        Published("ag-1", "trap", "sprung", "b", "box", 2, BEGAN + timedelta(milliseconds=7)),
    ]
    with Record(tmp_path / "record") as record:
        for message in written:
            record.published(message)
        record.receipted("box", [1])
        record.receipted("box", [2])
    assert read_record(tmp_path / "record") == (written, {"box": {1, 2}})
    assert len(written[0].times) == 30
    assert written[1].times == [written[1].time]


def test_a_torn_line_is_left_out(tmp_path):
    with Record(tmp_path / "record") as record:
        record.published(Published("ag-1", "trap", "sprung", "b", "box", 1, BEGAN))
    with (tmp_path / "record").open("a") as file:
        file.write('{"agent": "ag-1", "dev')
    assert len(read_record(tmp_path / "record")[0]) == 1


def test_no_file_no_record(tmp_path):
    with Record(None) as record:
        record.published(Published("ag-1", "trap", "sprung", "b", "box", 1, BEGAN))
    assert not list(tmp_path.iterdir())


def test_a_record_that_cannot_be_written_is_one_clear_line(tmp_path):
    with pytest.raises(Unsuitable):
        Record(tmp_path / "no" / "folder")
