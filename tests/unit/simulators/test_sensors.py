"""What the simulated hardware shows to an agent: pins and the kernel's text. Buses are in tests/integration."""

from gpiozero import DigitalInputDevice
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.sensors.modbus import int16
from simulators.sensors.onewire import crc8, scratchpad, w1_slave
from simulators.sensors.pins import BOUNCES, TrapPins

examples = settings(max_examples=100, deadline=None)  # no opinion on how fast this machine is


def test_a_thermometers_text_is_the_kernels():
    # from the kernel's own documentation of w1_therm, but for the byte that counts sixteenths
    assert w1_slave(23.125) == "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"


def test_a_bad_cable_fails_the_checksum():
    assert " NO\n" in w1_slave(12.0, crc_fault=True)


@examples
@given(st.floats(-55, 125))
def test_a_scratchpad_carries_its_own_checksum(celsius):
    content = scratchpad(celsius)
    assert len(content) == 9
    assert crc8(content) == 0
    assert abs(int.from_bytes(content[:2], "little", signed=True) / 16 - celsius) <= 1 / 32


@examples
@given(st.floats(-1e6, 1e6))
def test_a_register_holds_what_fits(value):
    register = int16(value)
    assert 0 <= register <= 0xFFFF
    signed = register - 0x10000 if register & 0x8000 else register
    assert abs(signed - max(-32768, min(32767, value))) <= 0.5


def test_a_set_trap_reads_low_although_the_agent_pulls_the_pin_up():
    pins = TrapPins()
    pins.close(17)
    with DigitalInputDevice(17, pull_up=True, pin_factory=pins.factory) as line:
        assert line.is_active
        assert not pins.is_open(17)


def test_contacts_chatter_before_they_rest():
    pins = TrapPins()
    pins.close(17)
    with DigitalInputDevice(17, pull_up=True, pin_factory=pins.factory) as line:
        seen = []
        line.when_activated = lambda: seen.append("closed")
        line.when_deactivated = lambda: seen.append("open")
        pins.open(17, BOUNCES["reed"])
        assert seen == ["open", "closed", "open", "closed", "open"]
        pins.close(17)
        assert seen[-1] == "closed"
