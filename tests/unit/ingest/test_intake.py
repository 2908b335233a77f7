"""Who is believed, when it was, which values can be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.messages import OpenData, StatusData
from edge.wire.quantities import QUANTITIES
from edge.wire.topics import KINDS_UP, NOBODY
from hub.ingest.instants import EPOCH, all_to_us, from_us, to_us
from hub.ingest.intake import Decision, Sender, boot_of, decide, decide_offset, decide_sender
from tests.unit.ingest.samples import DRONE, NOW, STATION, TRAP, minutes, of, readings, sprung

LATE_S = 900.0
UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def decided(message, device=TRAP, offset_us=None, received_at=NOW) -> Decision:
    return decide(message, of(device), offset_us, received_at, LATE_S)


# --- whose it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "device", "reason"),
    [
        ("sprung", TRAP, None),
        ("sprung", STATION, "wrong_kind"),
        ("sprung", DRONE, "wrong_kind"),
        ("reset", TRAP, None),
        ("reset", STATION, "wrong_kind"),
        ("readings", TRAP, None),
        ("readings", STATION, None),
        ("readings", DRONE, None),
        ("status", TRAP, None),
        ("photo", TRAP, None),
        ("flight", DRONE, None),
        ("flight", TRAP, "wrong_kind"),
        ("reply", DRONE, None),
    ],
)
def test_who_says_what(kind, device, reason) -> None:
    refusal = decide_sender("ag-1", device.id, kind, of(device))

    assert (refusal.reason if refusal else None) == reason


@pytest.mark.parametrize("kind", KINDS_UP)
def test_what_an_agent_says_of_itself(kind) -> None:
    refusal = decide_sender("ag-1", NOBODY, kind, of(None))

    assert (refusal is None) == (kind in {"status", "photo", "flight", "reply"})


@pytest.mark.parametrize("kind", KINDS_UP)
@pytest.mark.parametrize(
    ("agent", "sender", "reason"),
    [
        ("ag-9", Sender(agent_known=False, device=None), "unknown_agent"),
        ("ag-9", Sender(agent_known=False, device=TRAP), "unknown_agent"),
        (NOBODY, Sender(agent_known=True, device=TRAP), "unknown_agent"),
        ("ag-1", Sender(agent_known=True, device=None), "unknown_device"),
        ("ag-2", Sender(agent_known=True, device=TRAP), "foreign_device"),
    ],
)
def test_strangers_are_refused(kind, agent, sender, reason) -> None:
    refusal = decide_sender(agent, "boar-1", kind, sender)

    assert refusal is not None
    assert refusal.reason == reason


# --- events: when it was ----------------------------------------------------------------------------------------------


def test_a_set_clock_is_believed() -> None:
    event = decided(sprung(NOW - timedelta(seconds=2))).event

    assert event is not None
    assert (event.occurred_at, event.time_quality, event.late) == (NOW - timedelta(seconds=2), "edge", False)


@pytest.mark.parametrize(
    "time",
    [
        None,
        datetime(1970, 1, 1, 3, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
        NOW + timedelta(minutes=10, seconds=1),
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_a_firing_at_an_impossible_time_takes_the_time_of_receipt(time) -> None:
    event = decided(sprung(time)).event

    assert event is not None
    assert (event.occurred_at, event.time_quality, event.late) == (NOW, "uncertain", False)
    assert event.uncertain


@pytest.mark.parametrize("time", [NOW + timedelta(minutes=10), datetime(2000, 1, 1, tzinfo=UTC)])
def test_a_time_at_the_bounds_is_possible(time) -> None:
    event = decided(sprung(time)).event

    assert event is not None
    assert event.occurred_at == time


@pytest.mark.parametrize(("age_s", "late"), [(899.9, False), (900.0, False), (900.1, True), (86_400.0, True)])
def test_late_is_what_arrives_long_after(age_s, late) -> None:
    event = decided(sprung(NOW - timedelta(seconds=age_s))).event

    assert event is not None
    assert event.late is late


def test_an_unset_clock_is_corrected_by_its_boots_offset() -> None:
    message = sprung(UNIX + timedelta(hours=3), clock="unset", boot="b-1")
    offset_us = to_us(NOW - timedelta(hours=4)) - to_us(UNIX)

    event = decided(message, offset_us=offset_us).event

    assert event is not None
    assert (event.occurred_at, event.time_quality, event.late) == (NOW - timedelta(hours=1), "corrected", True)


def test_a_firing_of_an_unknown_boot_takes_the_time_of_receipt() -> None:
    event = decided(sprung(UNIX + timedelta(hours=3), clock="unset", boot="b-1")).event

    assert event is not None
    assert (event.occurred_at, event.time_quality) == (NOW, "uncertain")


@given(
    st.datetimes(timezones=st.just(UTC)), st.none() | st.integers(-(2**60), 2**60), st.sampled_from(["set", "unset"])
)
def test_whatever_the_clock_says_a_firing_is_an_event_at_a_possible_time(time, offset_us, clock) -> None:
    event = decided(sprung(time, clock=clock, boot="b-1", uptime_s=1.0), offset_us=offset_us).event

    assert event is not None
    assert EPOCH <= event.occurred_at <= NOW + timedelta(minutes=10)


def test_an_agents_own_status_has_no_device() -> None:
    message = sprung().__class__(agent="ag-1", device="-", kind="status", id="s", time=NOW, data=StatusData())

    event = decided(message, device=None).event

    assert event is not None
    assert (event.device_key, event.device_id, event.device_kind) == (None, None, None)
    assert event.source == "/agents/ag-1/devices/-"


def test_open_kinds_pass() -> None:
    message = sprung().__class__(agent="ag-1", device="boar-1", kind="photo", id="s", time=NOW, data=OpenData())

    assert decided(message).event is not None


# --- the offset of a boot ---------------------------------------------------------------------------------------------


def test_counting_from_1970_the_uptime_at_sending_says_when_that_was() -> None:
    message = sprung(UNIX + timedelta(hours=3), clock="unset", boot="b-1", uptime_s=5 * 3600.0)

    assert decide_offset(message, NOW) == to_us(NOW - timedelta(hours=5)) - to_us(UNIX)


def test_a_foreign_unset_clock_is_taken_as_read_at_receipt() -> None:
    message = sprung(datetime(2024, 3, 1, tzinfo=UTC), clock="unset", boot="b-1", uptime_s=60.0)

    assert decide_offset(message, NOW) == to_us(NOW) - to_us(datetime(2024, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "message",
    [
        sprung(UNIX + timedelta(hours=3), clock="unset", boot="b-1"),
        sprung(datetime(2024, 3, 1, tzinfo=UTC), clock="unset", boot="b-1"),
        sprung(None, clock="unset", boot="b-1", uptime_s=60.0),
        sprung(UNIX + timedelta(hours=3), clock="unset", boot="b-1", uptime_s=60.0),
        sprung(datetime(1969, 1, 1, tzinfo=UTC), clock="unset", boot="b-1", uptime_s=60.0),
        sprung(datetime(1, 1, 1, tzinfo=UTC), clock="unset", boot="b-1", uptime_s=60.0),
    ],
    ids=[
        "earlier boot",
        "earlier boot of a foreign clock",
        "no time",
        "after its own sending",
        "before 1970",
        "year 1",
    ],
)
def test_what_cannot_give_an_offset(message) -> None:
    assert decide_offset(message, NOW) is None


def test_readings_without_a_time_of_their_own_are_placed_by_the_newest() -> None:
    message = readings([datetime(2024, 3, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, 2, tzinfo=UTC)], uptime_s=60.0)

    assert decide_offset(message, NOW) == to_us(NOW) - to_us(datetime(2024, 3, 1, 2, tzinfo=UTC))


def test_only_an_unset_clock_with_a_boot_asks_for_an_offset() -> None:
    assert boot_of(sprung(clock="unset", boot="b-1")) == ("ag-1", "b-1")
    assert boot_of(sprung(clock="unset")) is None
    assert boot_of(sprung(clock="set", boot="b-1")) is None


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 50)), min_size=1, max_size=20),
    st.randoms(use_true_random=False),
)
def test_whatever_the_order_delay_and_repetition_a_reading_keeps_its_place(sendings, random) -> None:
    """Of one boot with an unset clock: measured at `uptime`, sent `delay` later, and again, in any order."""
    booted_at = NOW - timedelta(days=40)
    sent = [(measured, measured + delay, copies) for measured, delay, copies in sendings for _ in range(1 + copies % 3)]
    random.shuffle(sent)
    offset_us: int | None = None
    places: dict[int, set[int]] = {}
    for measured_s, sent_s, transit_s in sent:
        received_at = booted_at + timedelta(seconds=sent_s + transit_s)
        edge = UNIX + timedelta(seconds=measured_s)
        message = readings([edge], edge, clock="unset", boot="b-1", uptime_s=float(sent_s))
        if offset_us is None:
            offset_us = decide_offset(message, received_at)
        accepted = decided(message, STATION, offset_us, received_at).readings
        if accepted is not None:
            places.setdefault(measured_s, set()).update(accepted.times_us)

    assert all(len(found) == 1 for found in places.values())
    true_start = to_us(booted_at)
    shifts = {next(iter(found)) - measured_s * 1_000_000 - true_start for measured_s, found in places.items()}
    assert len(shifts) == 1, "all readings of a boot are moved by the same"
    assert 0 <= next(iter(shifts)) <= 50_000_000, "by the transit of the message that was first"


# --- readings ---------------------------------------------------------------------------------------------------------


def test_readings_are_accepted_as_columns() -> None:
    times = minutes(3)
    message = readings(times, values={"co2": [400.0, None, 410.0], "air_temperature": [1.0, 2.0, 3.0]})

    decision = decided(message, STATION)

    assert decision.refusal is None
    assert decision.readings is not None
    assert decision.readings.times_us == [to_us(time) for time in times]
    assert dict(decision.readings.columns) == {"co2": [400.0, None, 410.0], "air_temperature": [1.0, 2.0, 3.0]}


def test_readings_of_a_trap_are_readings() -> None:
    message = readings(minutes(1), device="boar-1", values={"battery_voltage": [3.9]})

    assert decided(message, TRAP).readings is not None


def test_an_unknown_quantity_refuses_the_whole_message() -> None:
    message = readings(minutes(1), values={"co2": [400.0], "mood": [1.0]})

    decision = decided(message, STATION)

    assert decision.readings is None
    assert decision.refusal is not None
    assert decision.refusal.reason == "unknown_quantity"
    assert "mood" in decision.refusal.detail


def test_a_value_outside_its_range_becomes_null_and_the_rest_is_stored() -> None:
    message = readings(minutes(3), values={"air_temperature": [8.0, -127.0, 9.0], "co2": [400.0, 401.0, 402.0]})

    decision = decided(message, STATION)

    assert decision.readings is not None
    assert dict(decision.readings.columns) == {"air_temperature": [8.0, None, 9.0], "co2": [400.0, 401.0, 402.0]}
    assert decision.refusal is not None
    assert decision.refusal.reason == "out_of_range"
    assert decision.refusal.detail == ("air_temperature -127 at 2026-11-23T04:01:00+00:00 is outside -40 … 60")


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda quantity: quantity.name)
def test_the_bounds_of_each_quantity_are_possible_and_what_lies_outside_is_not(quantity) -> None:
    inside = decided(readings(minutes(2), values={quantity.name: [quantity.low, quantity.high]}), STATION)
    outside = decided(readings(minutes(2), values={quantity.name: [quantity.low - 0.1, quantity.high + 0.1]}), STATION)

    assert inside.refusal is None
    assert outside.readings is not None
    assert list(outside.readings.columns[quantity.name]) == [None, None]


@given(
    st.sampled_from(list(QUANTITIES.values())),
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9),
)
def test_no_value_passes_that_a_float32_column_could_not_take(quantity, values) -> None:
    decision = decided(readings(minutes(len(values)), values={quantity.name: values}), STATION)

    assert decision.readings is not None
    for value in decision.readings.columns[quantity.name]:
        assert value is None or quantity.low <= value <= quantity.high


def test_rows_at_impossible_times_are_left_out() -> None:
    times = [NOW, datetime(1970, 1, 1, tzinfo=UTC), NOW - timedelta(days=1), datetime(2100, 1, 1, tzinfo=UTC)]
    message = readings(times, values={"co2": [1.0, 2.0, 3.0, 4.0]})

    decision = decided(message, STATION)

    assert decision.readings is not None
    assert decision.readings.times_us == [to_us(NOW), to_us(NOW - timedelta(days=1))]
    assert list(decision.readings.columns["co2"]) == [1.0, 3.0]
    assert decision.refusal is not None
    assert decision.refusal.reason == "impossible_time"


def test_when_no_time_is_possible_nothing_is_stored() -> None:
    decision = decided(readings([datetime(9999, 12, 31, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]), STATION)

    assert decision.readings is None
    assert decision.refusal is not None
    assert decision.refusal.reason == "impossible_time"


def test_both_faults_of_a_message_are_told() -> None:
    times = [NOW, datetime(1970, 1, 1, tzinfo=UTC)]

    decision = decided(readings(times, values={"co2": [-4.0, 4.0]}), STATION)

    assert decision.refusal is not None
    assert decision.refusal.reason == "impossible_time"
    assert "out_of_range: co2 -4" in decision.refusal.detail


def test_a_fault_a_row_is_told_in_few_words() -> None:
    decision = decided(readings(minutes(500, NOW - timedelta(days=1)), values={"co2": [-1.0] * 500}), STATION)

    assert decision.refusal is not None
    assert decision.refusal.detail.endswith("and 495 more")
    assert len(decision.refusal.detail) < 500


def test_readings_of_a_boot_without_offset_cannot_be_placed() -> None:
    decision = decided(readings([UNIX + timedelta(hours=1)], clock="unset", boot="b-1"), STATION)

    assert decision.readings is None
    assert decision.refusal is not None
    assert decision.refusal.reason == "clock_unknown"


# --- instants ---------------------------------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.timezones() | st.just(UTC), allow_imaginary=False))
def test_instants_are_counted_exactly_in_any_zone_and_year(instant) -> None:
    assert timedelta(microseconds=to_us(instant)) == instant - EPOCH
    assert all_to_us([instant], shift_us=7) == [to_us(instant) + 7]


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_come_back(instant) -> None:
    assert from_us(to_us(instant)) == instant
