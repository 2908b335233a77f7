"""Stations in Home Assistant, at a broker of the farmer's own that comes, goes, and refuses."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.config import HomeAssistantConfig, OneWireConfig, StationConfig, TrapConfig
from hub.registry.broker_accounts import hash_broker_password, render_password_file
from simulators.sensors.onewire import OneWireFolder
from simulators.sensors.pins import TrapPins
from tests.integration.edge.parts import KillableBroker, credentials, make_certificate, quick, running
from tests.mqtt_client import connected
from tests.servers import free_port, wait_until

CONFIG = "homeassistant/sensor/ag-test_{}_soil_temperature/config"
STATE = "wanamori/home/ag-test/{}/soil_temperature"
BIRTH = "wanamori/home/ag-test/availability"
THERMOMETER = "28-00000000000a"


def a_broker(folder: Path, certificate: Path | None = None) -> KillableBroker:
    folder.mkdir()
    return KillableBroker(folder, certificate)


@pytest.fixture
def house(tmp_path) -> Iterator[KillableBroker]:
    """The farmer's broker, which does not run yet."""
    broker = a_broker(tmp_path / "house")
    yield broker
    broker.stop()


@pytest.fixture
def thermometers(tmp_path) -> OneWireFolder:
    folder = OneWireFolder(tmp_path / "w1")
    folder.show(THERMOMETER, 21.5)
    return folder


def kept_at(port: int) -> dict[str, str]:
    """What the broker keeps: all that it sends to somebody new."""
    with connected("127.0.0.1", port, None, None) as listener:
        listener.subscribe("#")
        # Retained messages come before the answer to a message that was published after subscribing.
        listener.publish("tests/end")
        listener.wait(lambda: "tests/end" in listener.topics(), "the broker does not answer")
        return {topic: payload.decode() for topic, payload in listener.received if topic != "tests/end"}


def keeps(port: int, wanted: dict[str, str]) -> bool:
    kept = kept_at(port)
    return all(kept.get(topic) == payload for topic, payload in wanted.items())


def stations(tmp_path: Path, *names: str) -> tuple[StationConfig, ...]:
    sensor = OneWireConfig(kind="one_wire", path=tmp_path / "w1", id=THERMOMETER)
    return tuple(StationConfig(device=name, every_s=0.1, send_every_s=0, sensors=(sensor,)) for name in names)


def told(tmp_path: Path, port: int, *names: str, **home):
    settings = {"host": "127.0.0.1", "port": port} | home
    return quick(tmp_path / "data", stations=stations(tmp_path, *names), home_assistant=HomeAssistantConfig(**settings))


def test_a_station_is_described_its_states_come_and_its_end_is_told(
    tmp_path, killable, hub, house, thermometers
) -> None:
    house.start()
    with running(told(tmp_path, house.port, "field-1"), credentials(killable.port)):
        wait_until(lambda: keeps(house.port, {STATE.format("field-1"): "21.5", BIRTH: "online"}), "no state")
        config = json.loads(kept_at(house.port)[CONFIG.format("field-1")])
        assert (config["state_topic"], config["availability_topic"]) == (STATE.format("field-1"), BIRTH)
        thermometers.show(THERMOMETER, -3.25)
        wait_until(lambda: keeps(house.port, {STATE.format("field-1"): "-3.25"}), "the new state does not come")
        thermometers.unplug(THERMOMETER)
        wait_until(lambda: keeps(house.port, {STATE.format("field-1"): "None"}), "the lost sensor is not told")
    wait_until(lambda: keeps(house.port, {BIRTH: "offline"}), "its end is not told")
    assert not [topic for topic, _ in hub.got if not topic.startswith("wanamori/v1/up/")]


def test_a_broker_that_is_away_at_the_start_and_later_holds_up_nothing(
    tmp_path, killable, hub, house, thermometers
) -> None:
    pins = TrapPins()
    pins.close(17)
    config = told(tmp_path, house.port, "field-1").model_copy(
        update={"traps": (TrapConfig(device="trap-1", pin=17, settle_s=0.02),)}
    )
    with running(config, credentials(killable.port), pins.factory):
        wait_until(lambda: len(hub.ids("readings")) >= 3, "the agent waits for the farmer's broker")
        house.start()
        wait_until(lambda: keeps(house.port, {STATE.format("field-1"): "21.5", BIRTH: "online"}), "no state")
        house.kill()
        before = len(hub.ids("readings"))
        pins.open(17)
        wait_until(lambda: hub.ids("sprung"), "the trap waits for the farmer's broker")
        wait_until(lambda: len(hub.ids("readings")) >= before + 3, "readings wait for the farmer's broker")
        thermometers.show(THERMOMETER, 4.0)
        # It has no memory: all of it must come anew.
        house.start()
        wait_until(lambda: keeps(house.port, {STATE.format("field-1"): "4", BIRTH: "online"}), "it does not come back")
        assert CONFIG.format("field-1") in kept_at(house.port)


def test_what_is_removed_left_out_or_turned_off_is_taken_back_by_the_next_run(
    tmp_path, killable, house, thermometers, caplog
) -> None:
    house.start()
    both = {CONFIG.format(name) for name in ("field-1", "field-2")}
    with running(told(tmp_path, house.port, "field-1", "field-2"), credentials(killable.port)):
        wait_until(lambda: both <= set(kept_at(house.port)), "not both are there")

    def is_left(expected: set[str]) -> bool:
        kept = {topic for topic, payload in kept_at(house.port).items() if payload}
        return kept & (both | {STATE.format("field-1"), STATE.format("field-2")}) == expected

    with running(told(tmp_path, house.port, "field-1"), credentials(killable.port)):
        wait_until(lambda: is_left({CONFIG.format("field-1"), STATE.format("field-1")}), "the removed one stays")
    with running(
        told(tmp_path, house.port, "field-1", leave_out=("field-1/soil_temperature",)), credentials(killable.port)
    ):
        wait_until(lambda: kept_at(house.port) == {}, "the one that is left out stays")
    with running(told(tmp_path, house.port, "field-1"), credentials(killable.port)):
        wait_until(lambda: is_left({CONFIG.format("field-1"), STATE.format("field-1")}), "it does not come back")
    with running(
        quick(tmp_path / "data", stations=stations(tmp_path, "field-1")), credentials(killable.port)
    ):  # without a word of it, nothing can be taken back, which is said
        wait_until(lambda: "there is no [home_assistant] any more" in caplog.text, "nothing is said")
    with running(told(tmp_path, house.port, "field-1", enabled=False), credentials(killable.port)):
        wait_until(lambda: kept_at(house.port) == {}, "it is not taken back")
    assert kept_at(house.port) == {}, "the last will of a run that shows nothing"


def test_a_broker_that_takes_the_connection_and_says_nothing_holds_up_neither_work_nor_stop(
    tmp_path, killable, hub, thermometers
) -> None:
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        running(told(tmp_path, port, "field-1"), credentials(killable.port)),
    ):
        wait_until(lambda: len(hub.ids("readings")) >= 3, "the agent waits for a silent broker")


def test_over_tls_files_that_are_missing_and_a_wrong_password_are_said_and_mended_without_a_restart(
    tmp_path, killable, hub, thermometers, caplog
) -> None:
    certificate = make_certificate(tmp_path / "house.pem")
    broker = a_broker(tmp_path / "house", certificate)
    accounts = tmp_path / "house" / "accounts"
    accounts.write_text(render_password_file([("wanamori", hash_broker_password("secret", os.urandom(12)))]))
    accounts.chmod(0o600)
    with broker._conf.open("a") as conf:
        conf.write(f"allow_anonymous false\npassword_file {accounts}\n")
    broker.start()
    word, authority = tmp_path / "word", tmp_path / "ca.pem"
    home = {"host": "localhost", "username": "wanamori", "password_file": word, "tls": True, "ca": authority}
    try:
        with running(told(tmp_path, broker.port, "field-1", **home), credentials(killable.port)):
            wait_until(lambda: f"the password in {word} cannot be read" in caplog.text, "the missing word is not said")
            word.write_text("wrong\n")
            wait_until(lambda: f"{authority} is no file of certificates" in caplog.text, "a missing file is not said")
            authority.write_bytes(certificate.read_bytes())
            wait_until(lambda: "refuses this agent" in caplog.text, "the wrong password is not said")
            before = len(hub.ids("readings"))
            wait_until(lambda: len(hub.ids("readings")) >= before + 3, "the agent waits for the farmer's broker")
            word.write_text("secret\n")
            wait_until(lambda: BIRTH in seen_over_tls(broker.port, certificate), "no connection over TLS")
    finally:
        broker.stop()
    assert "secret" not in caplog.text


def seen_over_tls(port: int, authority: Path) -> set[str]:
    """The topics of what the broker keeps."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set(str(authority))
    client.username_pw_set("wanamori", "secret")
    topics: list[str] = []
    ready, answered = threading.Event(), threading.Event()

    def on_message(_client, _data, message) -> None:
        topics.append(message.topic)
        if message.topic == "tests/end":
            answered.set()

    client.on_message, client.on_connect = on_message, lambda *_: ready.set()
    client.connect("localhost", port)
    client.loop_start()
    try:
        assert ready.wait(20)
        client.subscribe("#", 1)
        client.publish("tests/end", b"", 1)
        assert answered.wait(20)
    finally:
        client.disconnect()
        client.loop_stop()
        client.on_message = client.on_connect = None
    return set(topics)
