"""A box of the town out of reach of any broker: its agent senses and keeps what it will send one day."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from edge.config import Credentials, MqttCredentials
from edge.wire.codec import decode, finish
from edge.wire.topics import parse_topic, source_of, up
from simulators.town.boxes import RunningBox
from simulators.town.places import BOXES, box_of
from tests.servers import free_port, wait_until

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def running(tmp_path):
    """Makes boxes that are stopped at the end."""
    made = []

    def make(name: str) -> RunningBox:
        nowhere = MqttCredentials(host="127.0.0.1", port=free_port(), username="ag-test", password="secret")
        box = RunningBox(
            next(box for box in BOXES if box.name == name), Credentials(agent="ag-test", mqtt=nowhere), tmp_path / name,
            seed=1, world_now=lambda: NOON, every_s=0.1, world_interval=timedelta(minutes=10),
        )  # fmt: skip
        made.append((box, tmp_path / name))
        return box

    yield make
    for box, _ in made:
        box.power_off()
        box.stop_hardware()
        box.check()


def outbox_rows(folder: Path, statement: str) -> list[tuple]:
    """Rows of an agent's outbox; none while the agent has not made its tables yet."""
    try:
        database = sqlite3.connect(f"file:{folder / 'outbox.sqlite3'}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return []
    try:
        return database.execute(statement).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        database.close()


def kept(folder: Path) -> list:
    """The messages in an agent's outbox."""
    messages = []
    for device, kind, frozen, sequence in outbox_rows(folder, "SELECT device, kind, frozen, sequence FROM entry"):
        payload = finish(frozen, source_of("ag-test", device), "box", sequence, None)
        messages.append(decode(parse_topic(up("ag-test", device, kind)), payload))
    return messages


def kinds(folder: Path, device: str) -> list[str]:
    return [message.kind for message in kept(folder) if message.device == device]


def test_a_bouncing_trap_is_one_firing_and_one_reset(running, tmp_path):
    box, folder = running("yana"), tmp_path / "yana"
    for trap in box.box.traps:
        box.set_trap(trap.pin)
    box.start_hardware()
    box.power_on()
    wait_until(lambda: phase(folder, "yana-1") == "armed", "the trap is not armed")
    box.spring(box.box.traps[0].pin, "torn", Event())
    wait_until(lambda: kinds(folder, "yana-1") == ["sprung"], "no firing in the outbox")
    box.set_trap(box.box.traps[0].pin)
    wait_until(lambda: kinds(folder, "yana-1") == ["sprung", "reset"], "no reset in the outbox")
    assert kinds(folder, "yana-2") == []


def phase(folder: Path, device: str) -> str | None:
    return dict(outbox_rows(folder, "SELECT device, phase FROM phase")).get(device)


def test_a_station_measures_what_the_world_holds(running, tmp_path):
    box, folder = running("nakago"), tmp_path / "nakago"
    box.start_hardware()
    box.power_on()
    wait_until(lambda: "readings" in kinds(folder, "nakago-field"), "no readings in the outbox")
    message = next(message for message in kept(folder) if message.device == "nakago-field")
    assert set(message.data.values) == {
        "soil_moisture", "soil_conductivity", "air_temperature", "relative_humidity", "soil_temperature",
    }  # fmt: skip
    assert all(None not in column for column in message.data.values.values())


def test_a_wet_cable_costs_the_thermometer_only(running, tmp_path):
    box, folder = running("nakago"), tmp_path / "nakago"
    box.start_hardware()
    box.fail_thermometers(wet=True)
    box.power_on()
    wait_until(lambda: "readings" in kinds(folder, "nakago-field"), "no readings in the outbox")
    message = next(message for message in kept(folder) if message.device == "nakago-field")
    assert message.data.values["soil_temperature"] == [None]
    assert message.data.values["soil_moisture"] != [None]


def test_a_box_remembers_days_once(running, tmp_path):
    box = running("fukuta")
    assert box.remember_days(7, NOON) == 2 * 7 * 144
    assert box.remember_days(7, NOON) == 0
    times = [time for message in kept(tmp_path / "fukuta") for time in message.data.times]
    assert max(times) < NOON
    assert min(times) == NOON - timedelta(days=7)
    assert len(set(times)) == 7 * 144


def test_a_box_remembers_a_season_in_coarser_steps(running, tmp_path):
    box = running("fukuta")
    assert box.remember_days(1, NOON, season_days=10) == 2 * (144 + 10 * 12)
    times = sorted({time for message in kept(tmp_path / "fukuta") for time in message.data.times})
    assert times[0] == NOON - timedelta(days=11)
    assert times[1] - times[0] == timedelta(hours=2)
    assert times[119:121] == [NOON - timedelta(days=1, hours=2), NOON - timedelta(days=1)]


def test_each_device_has_one_box():
    for box in BOXES:
        for device in (*box.traps, *box.stations):
            assert box_of(device.id) is box
