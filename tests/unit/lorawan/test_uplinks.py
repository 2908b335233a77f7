from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.intake import Refusal
from hub.ingest.lorawan.uplinks import Uplink, is_uplink_topic, read_uplink
from tests.unit.lorawan.chirpstack import AT, DEV_EUI, LSE01, TOPIC, uplink

NOW = datetime(2026, 11, 26, 5, 0, 13, tzinfo=UTC)


def test_an_event_as_chirpstack_writes_it():
    assert read_uplink(TOPIC, uplink(), NOW) == Uplink(
        DEV_EUI, "畑の土", "上の畑の土", "Dragino LSE01", "3ac7e3c4-4401-4b8d-9386-000000000001", AT, 5, 2, LSE01,
        -94.0, 6.5, 2,
    )  # fmt: skip


def test_what_has_its_default_may_be_missing():
    said = read_uplink(TOPIC, uplink(b"", fCnt=None, fPort=None, rxInfo=None, time=None, deviceInfo=None), NOW)
    assert isinstance(said, Uplink)
    assert (said.f_cnt, said.f_port, said.data, said.rssi_dbm, said.gateways, said.at) == (0, 0, b"", None, 0, NOW)
    assert said.dev_eui == said.name == DEV_EUI


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x0a\x24protobuf", "malformed"),
        (b"[]", "schema"),
        (b"[" * 100_000, "too_large"),
        (b"[" * 60_000, "malformed"),
        (uplink(time="yesterday"), "schema"),
        (uplink(fCnt="5"), "schema"),
        (uplink(rxInfo=["x"]), "schema"),
        (uplink(dev_eui="0000000000000000"), "identity"),
    ],
)
def test_what_cannot_be_read_says_why(payload, reason):
    refusal = read_uplink(TOPIC, payload, NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


def test_whose_topics_these_are():
    assert is_uplink_topic(TOPIC)
    assert not any(map(is_uplink_topic, (TOPIC[:-3], TOPIC.replace("up", "join"), "wanamori/v1/up/a/b/readings", "")))


@given(st.binary(max_size=200))
def test_no_payload_breaks_it(payload):
    assert isinstance(read_uplink(TOPIC, payload, NOW), Uplink | Refusal)
