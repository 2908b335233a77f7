"""From what sensors say to what is sent."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import Calibration
from edge.core.clock import EPOCH, Moment
from edge.core.draft import draft_readings, draft_trigger
from edge.core.readings import Row, batches, calibrate, check_plausible, stale_after_s, to_data
from edge.wire.codec import decode, finish
from edge.wire.messages import ReadingsData, SprungData
from edge.wire.quantities import QUANTITIES
from edge.wire.topics import Topic

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def moment(minutes=0.0, clock="set", boot="b"):
    time = NOON + timedelta(minutes=minutes) if clock == "set" else EPOCH + timedelta(minutes=minutes)
    return Moment(time, clock, boot, minutes * 60)


OLD = Calibration(quantity="soil_moisture", since=NOON - timedelta(days=30), gain=2.0)
NEW = Calibration(quantity="soil_moisture", since=NOON, gain=1.0, offset=-0.5)


@pytest.mark.parametrize(("minutes", "expected"), [(-1, 20.0), (0, 9.5), (60, 9.5)])
def test_the_newest_calibration_that_has_begun_counts(minutes, expected) -> None:
    assert calibrate("soil_moisture", 10.0, (NEW, OLD), moment(minutes)) == expected


def test_before_any_calibration_and_for_other_quantities_the_value_stays() -> None:
    assert calibrate("soil_moisture", 10.0, (OLD,), moment(-60 * 24 * 31)) == 10.0
    assert calibrate("soil_ph", 7.0, (OLD, NEW), moment()) == 7.0


def test_on_an_unset_clock_the_newest_calibration_counts() -> None:
    assert calibrate("soil_moisture", 10.0, (NEW, OLD), moment(5, "unset")) == 9.5


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 101.0, -0.1, 3276.7])
def test_a_value_that_cannot_be_is_none_and_a_fault(value) -> None:
    plausible, fault = check_plausible("soil_moisture", value)
    assert plausible is None
    assert fault is not None
    assert "soil_moisture" in fault


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_ends_of_the_range_are_plausible(quantity) -> None:
    known = QUANTITIES[quantity]
    assert check_plausible(quantity, known.low) == (known.low, None)
    assert check_plausible(quantity, known.high) == (known.high, None)


rows = st.lists(st.tuples(st.sampled_from(["set", "unset"]), st.sampled_from(["one", "two"])), max_size=40)


@given(rows, st.integers(1, 7))
def test_batches_keep_every_row_in_order_and_never_mix_clocks_or_boots(kinds, most) -> None:
    made = [Row(moment(i, clock, boot), {"soil_ph": float(i)}) for i, (clock, boot) in enumerate(kinds)]
    groups = batches(made, most)
    assert [row for group in groups for row in group] == made
    assert all(1 <= len(group) <= most for group in groups)
    assert all(len({(row.moment.clock, row.moment.boot) for row in group}) == 1 for group in groups)


def test_rows_become_columns_with_null_where_a_row_lacks_a_quantity() -> None:
    data = to_data(
        [Row(moment(0), {"soil_ph": 6.123456789, "co2": None}), Row(moment(1), {"air_temperature": -0.0001234567})]
    )
    assert data.times == [NOON, NOON + timedelta(minutes=1)]
    assert data.values == {"soil_ph": [6.12346, None], "co2": [None, None], "air_temperature": [None, -0.000123457]}


def test_a_kept_batch_reads_back_as_it_was_measured() -> None:
    draft = draft_readings("field-1", [Row(moment(i), {"soil_ph": 6.5 + i}) for i in range(3)], "an-id")
    message = decode(
        Topic("up", "ag-1", "field-1", "readings"),
        finish(draft.frozen, "/agents/ag-1/devices/field-1", "o", 7, 12.3456),
    )
    assert (message.outbox, message.sequence, message.uptime_s, message.id) == ("o", 7, 12.346, "an-id")
    assert (message.clock, message.boot, message.time) == ("set", "b", NOON + timedelta(minutes=2))
    assert isinstance(message.data, ReadingsData)
    assert message.data.values == {"soil_ph": [6.5, 7.5, 8.5]}
    assert (draft.row_count, draft.urgent) == (3, False)


def test_a_resend_differs_in_nothing_but_the_uptime() -> None:
    draft = draft_trigger("trap-1", "sprung", SprungData(count=3), moment(0, "unset"), "an-id")
    one, two = (
        json.loads(finish(draft.frozen, "/agents/ag-1/devices/trap-1", "o", 7, uptime_s)) for uptime_s in (10.0, 99.0)
    )
    assert one.pop("uptime") != two.pop("uptime")
    assert one == two
    assert one["time"] == "1970-01-01T00:00:00.000Z"
    assert "uptime" not in json.loads(finish(draft.frozen, "/agents/ag-1/devices/trap-1", "o", 7, None))


@pytest.mark.parametrize(("every_s", "timeout_s", "expected"), [(60, 10, 190), (0.05, 1, 60), (86400, 300, 259500)])
def test_when_a_value_is_too_old(every_s, timeout_s, expected) -> None:
    assert stale_after_s(every_s, timeout_s) == expected
