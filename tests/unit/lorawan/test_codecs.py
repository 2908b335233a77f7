"""Payloads against the examples that their makers publish."""

import base64
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.ingest.lorawan.codecs import CODECS, BadPayload, Decoded, decode_dragino, decode_milesight, guess_codec


def near(said: Decoded, **values: float) -> bool:
    return dict(said.values) == pytest.approx(values)


def test_lse01_as_in_the_device_repository():
    # TheThingsNetwork/lorawan-devices, vendor/dragino/lse01-codec.yaml: 3.625 V, 19.57 %, 24.59 °C, 28200 µS/cm. It is
    # of a firmware that did not use bit 7 of the last byte yet.
    said = decode_dragino(2, bytes([0xCE, 0x29, 0x00, 0xF1, 0x07, 0xA5, 0x09, 0x9B, 0x6E, 0x28, 0x90 & 0x7F]))
    assert near(said, battery_voltage=3.625, soil_moisture=19.57, soil_temperature=24.59, soil_conductivity=28.2)


def test_lse01_as_heard_in_the_field():
    # 3.384 V, 0.00 %, 30.11 °C, 0 µS/cm
    said = decode_dragino(2, base64.b64decode("DTgAAAAAC8MAABA="))
    assert near(said, battery_voltage=3.384, soil_moisture=0.0, soil_temperature=30.11, soil_conductivity=0.0)


@pytest.mark.parametrize(
    ("place", "raw", "quantity", "value"),
    [
        # LSE01 user manual, 2.3.1 to 2.3.4
        (0, "0b45", "battery_voltage", 2.885),
        (0, "0b49", "battery_voltage", 2.889),
        (4, "05dc", "soil_moisture", 15.0),
        (6, "0105", "soil_temperature", 2.61),
        (6, "ff7e", "soil_temperature", -1.29),
        (8, "00c8", "soil_conductivity", 0.2),
    ],
)
def test_lse01_by_the_examples_of_its_manual(place, raw, quantity, value):
    frame = bytearray(11)
    frame[place : place + 2] = bytes.fromhex(raw)
    assert decode_dragino(2, bytes(frame)).values[quantity] == pytest.approx(value)


def test_lse01_that_sends_raw_registers_tells_its_battery_only():
    assert near(decode_dragino(2, bytes.fromhex("0b45000000000000000080")), battery_voltage=2.885)
    assert decode_dragino(5, b"\x26\x01\x00\x01\xff\x0b\x45") == Decoded()


def test_em500_as_in_its_makers_repository():
    # Milesight-IoT/SensorDecoders, EM500-SMTC: 017564 03671901 046873 057FF000
    said = decode_milesight(85, bytes.fromhex("01756403671901046873057ff000"))
    assert near(said, soil_temperature=28.1, soil_moisture=57.5, soil_conductivity=0.24)
    assert said.battery_percent == 100


def test_em500_with_fine_moisture_frost_an_alarm_and_what_it_had_stored():
    said = decode_milesight(85, bytes.fromhex("0367f1ff04ca570d057fffff83d7f6ff0a0002"))
    assert near(said, soil_temperature=-1.0, soil_moisture=34.15)
    said = decode_milesight(85, bytes.fromhex("20ce9e744663f0001901570d"))
    assert said.history == {
        datetime(2022, 10, 12, 8, 2, 38, tzinfo=UTC): {
            "soil_conductivity": 0.24, "soil_temperature": pytest.approx(28.1), "soil_moisture": 34.15,
        }
    }  # fmt: skip


def test_em500s_settings_measure_nothing():
    assert decode_milesight(85, bytes.fromhex("ff0101ff166126a10154320016")) == Decoded()


@pytest.mark.parametrize(
    ("codec", "port", "data"),
    [
        ("dragino-lse01", 2, ""),
        ("dragino-lse01", 3, "00" * 11),
        ("dragino-lse01", 2, "00" * 10),
        ("milesight-em500-smtc", 85, "0175"),
        ("milesight-em500-smtc", 85, "0999aa"),
        ("milesight-em500-smtc", 85, "01756403"),
        ("milesight-em500-smtc", 85, "20ce9e74"),
    ],
)
def test_what_is_none_of_the_probe_is_refused(codec, port, data):
    with pytest.raises(BadPayload):
        CODECS[codec].decode(port, bytes.fromhex(data))


@given(st.sampled_from(sorted(CODECS)), st.integers(0, 255), st.binary(max_size=60))
def test_any_bytes_are_known_quantities_or_refused(codec, port, data):
    with suppress(BadPayload):
        said = CODECS[codec].decode(port, data)
        rows = [said.values, *said.history.values()]
        assert {name for row in rows for name in row} <= set(QUANTITIES)


@pytest.mark.parametrize(
    ("profile", "port", "data", "codec"),
    [
        ("Dragino LSE01", 2, b"", "dragino-lse01"),
        ("SE01-LB AS923", 9, b"", "dragino-lse01"),
        ("EM500 SMTC", 85, b"", "milesight-em500-smtc"),
        ("soil", 2, bytes(11), "dragino-lse01"),
        ("soil", 85, bytes.fromhex("03671901"), "milesight-em500-smtc"),
        ("soil", 1, b"\xff", None),
    ],
)
def test_a_stranger_is_guessed(profile, port, data, codec):
    assert guess_codec(profile, port, data) == codec
