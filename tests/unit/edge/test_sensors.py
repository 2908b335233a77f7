"""What sensors' answers mean, byte by byte."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import ModbusRegister
from edge.errors import SensorError
from edge.sensors.modbus_rtu import decode_words, spans, words_of
from edge.sensors.one_wire import parse_w1
from edge.sensors.sht31 import checksum, decode_sht31

GOOD = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t={}\n"


@pytest.mark.parametrize(("thousandths", "celsius"), [(23125, 23.125), (-10125, -10.125), (0, 0.0), (84937, 84.937)])
def test_a_thermometer_on_one_wire(thousandths, celsius) -> None:
    assert parse_w1(GOOD.format(thousandths)) == celsius


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (GOOD.format(85000), "has not measured"),
        (GOOD.format(-127000), "has not measured"),
        (GOOD.format(23125).replace("YES", "NO"), "checksum"),
        ("", "checksum"),
        (GOOD.format("warm"), "no temperature"),
        (GOOD.replace("t={}", ""), "no temperature"),
    ],
)
def test_a_thermometer_that_lies_is_not_believed(text, why) -> None:
    with pytest.raises(SensorError, match=why):
        parse_w1(text)


@given(st.text(max_size=80))
def test_rubbish_from_a_thermometer_is_a_sensor_error_or_a_number(text) -> None:
    with suppress(SensorError):
        assert isinstance(parse_w1(text), float)


@pytest.mark.parametrize(
    ("kind", "form", "value"),
    [
        ("int16", ">h", -123),
        ("uint16", ">H", 60000),
        ("int32", ">i", -70000),
        ("uint32", ">I", 4_000_000_000),
        ("float32", ">f", 21.5),
    ],
)
@pytest.mark.parametrize("order", ["big", "little"])
def test_modbus_words_in_either_order(kind, form, value, order) -> None:
    raw = struct.pack(form, value)
    words = [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]
    assert decode_words(words if order == "big" else words[::-1], kind, order) == value


addresses = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from(["holding", "input"]), st.sampled_from(["int16", "float32"])),
    min_size=1,
    max_size=30,
)


@given(addresses)
def test_every_register_is_asked_for_once_and_no_gap_is_read(places) -> None:
    registers = [
        ModbusRegister(quantity="soil_ph", address=address, table=table, type=kind) for address, table, kind in places
    ]
    groups = spans(registers)
    assert sorted(map(id, registers)) == sorted(id(register) for group in groups for register in group)
    for group in groups:
        assert len({register.table for register in group}) == 1
        covered = sum(words_of(register) for register in group)
        assert covered == group[-1].address + words_of(group[-1]) - group[0].address
        assert covered <= 100


def test_the_checksum_of_the_datasheet() -> None:
    assert checksum(b"\xbe\xef") == 0x92


def test_sht31_formulas() -> None:
    answer = b"".join(word + bytes([checksum(word)]) for word in (b"\x66\x66", b"\x80\x00"))
    temperature_c, humidity = decode_sht31(answer)
    assert temperature_c == pytest.approx(25.0, abs=0.01)
    assert humidity == pytest.approx(50.0, abs=0.01)


@given(st.binary(max_size=8))
def test_rubbish_from_an_sht31_is_a_sensor_error_or_in_range(answer) -> None:
    try:
        temperature_c, humidity = decode_sht31(answer)
    except SensorError:
        return
    assert -45.0 <= temperature_c <= 130.0
    assert 0.0 <= humidity <= 100.0
