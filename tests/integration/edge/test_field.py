"""Stations on real buses: RTU over a socket, RTU over a serial line (a pty), a folder of
thermometers; and each thing that breaks.
"""

import os
import select
import socket
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from edge.config import ModbusRegister, ModbusRtuConfig, OneWireConfig, Sht31Config, StationConfig, TrapConfig
from edge.errors import SensorError
from edge.sensors.base import open_sensor
from simulators.sensors.modbus import BusFault, ModbusBus, Probe, int16
from simulators.sensors.onewire import OneWireFolder
from simulators.sensors.pins import TrapPins
from tests.integration.edge.parts import TinyHub, credentials, quick, running
from tests.servers import wait_until

SOIL = (
    ModbusRegister(quantity="soil_moisture", address=0, scale=0.1),
    ModbusRegister(quantity="soil_temperature", address=1, scale=0.1),
    ModbusRegister(quantity="soil_ph", address=3, scale=0.01, absent=-1),
)


@pytest.fixture
def registers() -> dict[int, int]:
    return {0: 315, 1: int16(-52), 2: 0, 3: 650}


@pytest.fixture
def bus(registers) -> Iterator[ModbusBus]:
    made = ModbusBus([Probe(1, lambda: registers), Probe(2, lambda: registers)])
    made.start()
    yield made
    made.stop()


# How long an answer is waited for: where one is expected, and where none is.
PATIENT_S, QUICK_S = 10.0, 0.3


def probe(port: str, unit: int = 1, **settings) -> ModbusRtuConfig:
    return ModbusRtuConfig(
        kind="modbus_rtu",
        port=port,
        unit=unit,
        registers=SOIL,
        timeout_s=settings.pop("timeout_s", PATIENT_S),
        retries=0,
        **settings,
    )


@contextmanager
def serial_line(bus: ModbusBus) -> Iterator[str]:
    """A serial port (the slave of a pty) whose other end is the bus."""
    master, slave = os.openpty()
    tty.setraw(slave)
    wire, woken = os.pipe()
    far = socket.create_connection(("127.0.0.1", bus.port))

    def carry() -> None:
        while True:
            ready, _, _ = select.select([master, far, wire], [], [])
            if wire in ready:
                return
            if master in ready:
                far.sendall(os.read(master, 4096))
            if far in ready:
                os.write(master, far.recv(4096))

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield os.ttyname(slave)
    finally:
        os.write(woken, b"x")
        thread.join()
        far.close()
        for descriptor in (master, slave, wire, woken):
            os.close(descriptor)


GOOD = {"soil_moisture": pytest.approx(31.5), "soil_temperature": pytest.approx(-5.2), "soil_ph": pytest.approx(6.5)}


def test_modbus_over_a_socket(bus) -> None:
    assert open_sensor(probe(bus.url)).read() == GOOD


def test_modbus_over_a_serial_line(bus) -> None:
    with serial_line(bus) as port:
        sensor = open_sensor(probe(port))
        assert sensor.read() == GOOD
        assert sensor.read() == GOOD


def test_a_value_that_the_sensor_says_it_has_not_is_none(bus, registers) -> None:
    registers[3] = 0xFFFF
    assert open_sensor(probe(bus.url)).read() == GOOD | {"soil_ph": None}


@pytest.mark.parametrize("fault", [BusFault.SILENT, BusFault.GARBAGE, BusFault.DEVICE_FAILURE])
def test_a_broken_bus_is_a_sensor_error_and_works_again_after(bus, fault) -> None:
    # Both on one sensor: none is expected, and then one.
    sensor = open_sensor(probe(bus.url, timeout_s=1.0))
    bus.fault = fault
    with pytest.raises(SensorError) as error:
        sensor.read()
    assert "unit 1" in str(error.value)
    assert "\n" not in str(error.value)
    bus.fault = BusFault.NONE
    assert sensor.read() == GOOD


def test_garbage_on_a_serial_line_is_a_sensor_error(bus) -> None:
    bus.fault = BusFault.GARBAGE
    with serial_line(bus) as port, pytest.raises(SensorError):
        open_sensor(probe(port, timeout_s=QUICK_S)).read()


@pytest.mark.parametrize("port", ["/dev/does-not-exist", "socket://127.0.0.1:1"])
def test_a_port_that_is_not_there_is_a_sensor_error(port) -> None:
    with pytest.raises(SensorError, match="cannot be opened"):
        open_sensor(probe(port)).read()


def test_a_unit_that_is_not_there_is_a_sensor_error(bus) -> None:
    with pytest.raises(SensorError, match="unit 9"):
        open_sensor(probe(bus.url, unit=9, timeout_s=QUICK_S)).read()


def test_thermometers_in_a_folder(tmp_path) -> None:
    folder = OneWireFolder(tmp_path)
    folder.show("28-00000000000a", 21.5)
    only = open_sensor(OneWireConfig(kind="one_wire", path=tmp_path))
    assert only.read() == {"soil_temperature": 21.5}
    folder.show("28-00000000000b", -3.25)
    with pytest.raises(SensorError, match="2 thermometers"):
        only.read()
    named = open_sensor(OneWireConfig(kind="one_wire", path=tmp_path, id="28-00000000000b", quantity="air_temperature"))
    assert named.read() == {"air_temperature": -3.25}
    folder.crc_fault = True
    folder.show("28-00000000000b", -3.25)
    with pytest.raises(SensorError, match="28-00000000000b: the checksum"):
        named.read()
    folder.unplug("28-00000000000b")
    with pytest.raises(SensorError, match="cannot be read"):
        named.read()


def test_a_machine_without_that_i2c_bus_says_so() -> None:
    with pytest.raises(SensorError, match="/dev/i2c-255"):
        open_sensor(Sht31Config(kind="sht31", bus=255)).read()


def station(device: str, *sensors, **settings) -> StationConfig:
    return StationConfig(device=device, every_s=0.1, send_every_s=0, sensors=sensors, **({"timeout_s": 2.0} | settings))


def latest(hub: TinyHub, device: str) -> dict:
    found = hub.of("readings", device)
    return {name: column[-1] for name, column in found[-1]["data"]["values"].items()} if found else {}


def faults(hub: TinyHub, device: str) -> list[str]:
    found = hub.of("status", device)
    return found[-1]["data"]["faults"] if found else []


def test_a_field_from_its_probes_to_the_hub(tmp_path, killable, hub, bus, registers) -> None:
    OneWireFolder(tmp_path / "w1").show("28-00000000000a", 21.5)
    air = OneWireConfig(kind="one_wire", path=tmp_path / "w1", quantity="air_temperature")
    calibration = {"quantity": "soil_moisture", "since": "2026-01-01T00:00:00+09:00", "gain": 1.1, "offset": -0.5}
    patient = station("field-1", probe(bus.url), air, calibrations=(calibration,), timeout_s=3 * PATIENT_S)
    config = quick(tmp_path / "data", stations=(patient,))
    with running(config, credentials(killable.port)):
        wait_until(lambda: latest(hub, "field-1") != {}, "nothing is measured")
        expected = {"soil_moisture": 34.15, "soil_temperature": -5.2, "soil_ph": 6.5, "air_temperature": 21.5}
        assert latest(hub, "field-1") == pytest.approx(expected)
        registers[0] = 0x7FFF  # a probe torn off its cable
        wait_until(lambda: latest(hub, "field-1")["soil_moisture"] is None, "a wrong value is sent")
        assert latest(hub, "field-1")["soil_ph"] == 6.5
        wait_until(lambda: any("cannot be" in fault for fault in faults(hub, "field-1")), "no fault is told")
        registers[0] = 315
        wait_until(lambda: latest(hub, "field-1")["soil_moisture"] is not None, "it does not come back")
        wait_until(lambda: faults(hub, "field-1") == [], "the fault stays")


def test_a_dead_sensor_blocks_neither_its_neighbours_nor_the_traps(tmp_path, killable, hub, bus) -> None:
    """A thermometer whose file never ends (a FIFO that nobody writes) hangs for ever; a unit that
    is not there times out.
    """
    stuck = tmp_path / "w1" / "28-00000000000c"
    stuck.mkdir(parents=True)
    os.mkfifo(stuck / "w1_slave")
    pins = TrapPins()
    pins.close(17)
    config = quick(
        tmp_path / "data",
        traps=(TrapConfig(device="trap-1", pin=17, settle_s=0.02),),
        stations=(
            station("stuck", OneWireConfig(kind="one_wire", path=tmp_path / "w1"), timeout_s=0.2),
            station("absent", probe(bus.url, unit=9, timeout_s=QUICK_S)),
            station("well", probe(bus.url, unit=2)),
        ),
    )
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: latest(hub, "well").get("soil_ph") == 6.5, "the healthy station is blocked")
        wait_until(lambda: any("busy" in fault for fault in faults(hub, "stuck")), "the stuck one is not noticed")
        wait_until(lambda: any("unit 9" in fault for fault in faults(hub, "absent")), "the absent one is not noticed")
        pins.open(17)
        wait_until(lambda: hub.ids("sprung"), "the trap is blocked")
        count = len(hub.of("readings", "well"))
        wait_until(lambda: len(hub.of("readings", "well")) >= count + 3, "the healthy station stopped")
        assert set(latest(hub, "stuck").values()) == {None}
    # Let the hanging thread go.
    os.close(os.open(stuck / "w1_slave", os.O_WRONLY))


def test_rows_are_gathered_and_sent_together(tmp_path, killable, hub) -> None:
    OneWireFolder(tmp_path / "w1").show("28-00000000000a", 21.5)
    air = OneWireConfig(kind="one_wire", path=tmp_path / "w1", quantity="air_temperature")
    gathering = StationConfig(device="field-1", every_s=0.05, send_every_s=3600, batch_rows=7, sensors=(air,))
    with running(quick(tmp_path / "data", stations=(gathering,)), credentials(killable.port)):
        wait_until(lambda: len(hub.of("readings")) >= 3, "no batches")
    sizes = [len(envelope["data"]["times"]) for envelope in hub.of("readings")]
    assert sizes[0] == 1, "the first row goes at once, to show that the station works"
    assert set(sizes[1:]) == {7}
    times = [datetime.fromisoformat(time) for envelope in hub.of("readings") for time in envelope["data"]["times"]]
    assert times == sorted(set(times))


def test_drivers_are_loaded_when_used() -> None:
    """An agent with traps only needs no Modbus library, and the other way round; checked in a fresh interpreter."""
    code = (
        "import sys, edge.agent, edge.__main__\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'pymodbus', 'gpiozero', 'serial', 'hub', 'simulators'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
