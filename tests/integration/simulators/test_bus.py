"""The simulated RS-485 bus beneath the agent's own Modbus sensor."""

import pytest

from edge.config import ModbusRegister, ModbusRtuConfig
from edge.errors import SensorError
from edge.sensors.modbus_rtu import open_sensor
from simulators.errors import Unsuitable
from simulators.sensors.modbus import BusFault, ModbusBus, Probe, int16


@pytest.fixture
def bus():
    counts = {0: int16(312), 1: int16(-15)}
    running = ModbusBus([Probe(1, lambda: counts), Probe(2, lambda: {0: 7})])
    running.start()
    yield running
    running.stop()


def sensor(bus: ModbusBus, unit: int = 1, timeout_s: float = 10.0):
    """Of a probe, with how long its answer is waited for."""
    registers = (
        ModbusRegister(quantity="soil_moisture", address=0, scale=0.1),
        ModbusRegister(quantity="soil_temperature", address=1, scale=0.1),
    )
    wanted = registers if unit == 1 else registers[:1]
    return open_sensor(
        ModbusRtuConfig(kind="modbus_rtu", port=bus.url, unit=unit, timeout_s=timeout_s, retries=0, registers=wanted)
    )


def test_an_agents_sensor_reads_what_the_world_holds(bus):
    assert sensor(bus).read() == {"soil_moisture": pytest.approx(31.2), "soil_temperature": pytest.approx(-1.5)}
    assert sensor(bus, unit=2).read() == {"soil_moisture": pytest.approx(0.7)}


@pytest.mark.parametrize("fault", [BusFault.SILENT, BusFault.GARBAGE, BusFault.DEVICE_FAILURE])
def test_a_fault_is_the_sensors_fault_and_passes(bus, fault):
    bus.fault = fault
    with pytest.raises(SensorError):
        sensor(bus, timeout_s=0.2).read()
    bus.fault = BusFault.NONE
    assert sensor(bus).read()["soil_moisture"] == pytest.approx(31.2)


def test_a_unit_that_is_not_there_does_not_answer(bus):
    with pytest.raises(SensorError):
        sensor(bus, unit=9, timeout_s=0.2).read()


def test_two_sensors_of_one_number_are_refused():
    with pytest.raises(Unsuitable):
        ModbusBus([Probe(1, lambda: {0: 1}), Probe(1, lambda: {0: 1})])
