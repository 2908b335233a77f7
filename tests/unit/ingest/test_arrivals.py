"""Arrivals: read without exceptions; events of an outbox in the order of their sequence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.codec import encode
from hub.ingest.arrivals import in_order, read_arrival
from hub.ingest.intake import decide
from tests.unit.ingest.samples import NOW, TRAP, judged, minutes, of, readings, sprung


@given(st.text(max_size=60), st.binary(max_size=100))
def test_anything_can_arrive(name, payload) -> None:
    arrival = read_arrival(name, payload, NOW)

    assert (arrival.message is None) == (arrival.fault is not None)


def test_a_topic_of_nobody_is_a_fault() -> None:
    arrival = read_arrival("wanamori/v1/up/AG/boar-1/sprung", b"{}", NOW)

    assert arrival.topic is None
    assert arrival.fault is not None
    assert arrival.fault.reason == "bad_topic"


def test_a_refused_message_keeps_the_place_of_its_receipt() -> None:
    payload = json.dumps({"outbox": "o-1", "sequence": "7"}).encode()

    arrival = read_arrival("wanamori/v1/up/ag-1/boar-1/sprung", payload, NOW)

    assert arrival.fault is not None
    assert (arrival.fault.reason, arrival.outbox, arrival.sequence) == ("schema", "o-1", 7)


@pytest.mark.parametrize("message", [sprung(outbox="o", sequence=3), readings(minutes(4), outbox="o", sequence=3)])
def test_what_can_be_read_is_read(message) -> None:
    name = f"wanamori/v1/up/{message.agent}/{message.device}/{message.kind}"

    arrival = read_arrival(name, encode(message), NOW)

    assert arrival.message == message
    assert arrival.rows == (4 if message.kind == "readings" else 1)


@given(st.lists(st.tuples(st.sampled_from([None, "x", "y"]), st.integers(0, 50))))
def test_each_outbox_comes_in_order_and_everything_else_stays(events) -> None:
    batch = []
    for outbox, sequence in events:
        message = sprung(outbox=outbox, sequence=None if outbox is None else sequence)
        batch.append(judged(message, decide(message, of(TRAP), None, NOW, 900.0), of(TRAP)))

    ordered = in_order(batch)

    assert [one.arrival.outbox for one in ordered] == [one.arrival.outbox for one in batch], "places are kept"
    for outbox in ("x", "y"):
        sequences = [one.arrival.sequence for one in ordered if one.arrival.outbox == outbox]
        assert sequences == sorted(sequences)
    assert [one for one in ordered if one.arrival.outbox is None] == [
        one for one in batch if one.arrival.outbox is None
    ]
