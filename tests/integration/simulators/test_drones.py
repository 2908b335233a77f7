"""The town's drones: found by their agent, which keeps what it tells, and given fresh batteries after a flight."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.config import Credentials, MqttCredentials
from simulators.town.drones import DRONES, RunningDrones
from tests.servers import free_port, wait_until


@pytest.fixture
def drones(tmp_path: Path):
    nowhere = MqttCredentials(host="127.0.0.1", port=free_port(), username="ag-test", password="secret")
    key = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    running = RunningDrones(Credentials(agent="ag-test", mqtt=nowhere, command_key=key), tmp_path / "sky")
    running.power_on()
    yield running
    running.power_off()


def test_their_agent_meets_all_of_them(drones: RunningDrones) -> None:
    numbers = range(1, len(DRONES) + 1)
    wait_until(lambda: all(drones._vehicles.status(number)["links"] for number in numbers), "an agent is missing")
    assert drones.tend() == [], "nobody has flown"
    drones.check()


def test_whoever_has_flown_gets_a_fresh_battery(drones: RunningDrones) -> None:
    drones._vehicles.order("2 battery 40")
    drones._flown.add(2)
    assert drones.tend() == [DRONES[1].name]
    assert drones._vehicles.status(2)["battery_percent"] > 99
    assert drones.tend() == [], "once a flight"
