"""The broker as a town runs it, in a real Mosquitto: TLS for agents, nobody anonymous, each under its own name."""

import getpass
import os
import queue
import re
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hub.local.broker import render_acl, render_mosquitto_conf
from hub.local.layout import Layout
from hub.local.programs import find_mosquitto
from hub.registry.broker_accounts import hash_broker_password, render_password_file
from tests.architecture.tree import ROOT
from tests.servers import answers, free_port, wait_until

FOLDER = ROOT / "deploy/mosquitto"
PASSWORDS = {"hub": "pass-of-hub", "ag-one": "pass-of-one", "ag-two": "pass-of-two"}


@dataclass(frozen=True)
class TownBroker:
    hub_port: int
    tls_port: int
    certificate: Path

    def client(self, name: str, password: str | None = None, *, tls: bool = True) -> "Client":
        return Client(self, name, PASSWORDS[name] if password is None else password, tls=tls)


class Client:
    """A connected client; `refused` says why the broker turned it away, `received` holds topics and payloads."""

    def __init__(self, broker: TownBroker, name: str, password: str, *, tls: bool) -> None:
        self.received: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._answers: queue.Queue[str] = queue.Queue()
        self._acknowledged: queue.Queue[str] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{name}", protocol=mqtt.MQTTv5)
        self._client.username_pw_set(name, password)
        if tls:
            self._client.tls_set_context(ssl.create_default_context(cafile=str(broker.certificate)))
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._answers.put(str(reason))
        self._client.on_publish = lambda _c, _u, _m, reason, _p: self._acknowledged.put(str(reason))
        self._client.on_subscribe = lambda _c, _u, _m, _reasons, _p: self._acknowledged.put("subscribed")
        self._client.on_message = lambda _c, _u, message: self.received.put((message.topic, message.payload))
        self._client.connect("127.0.0.1", broker.tls_port if tls else broker.hub_port)
        self._client.loop_start()
        self.answer = self._answers.get(timeout=30)

    def publish(self, topic: str, payload: bytes) -> str:
        """Publish at QoS 1 and return the broker's reason."""
        self._client.publish(topic, payload, qos=1)
        return self._acknowledged.get(timeout=30)

    def subscribe(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)
        self._acknowledged.get(timeout=30)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # paho closes its inner sockets when it is forgotten; through its callbacks it would not be before the end
        del self._client


@pytest.fixture(scope="module")
def town_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TownBroker]:
    """The town's configuration with the paths and ports of this test."""
    folder = tmp_path_factory.mktemp("town-broker")
    certificate, key = folder / "server.pem", folder / "server.key"
    _make_certificate(certificate, key)
    salt = os.urandom(12)
    hashes = {name: hash_broker_password(password, salt) for name, password in PASSWORDS.items()}
    (folder / "passwords").write_text(render_password_file(hashes.items()))
    broker = TownBroker(free_port(), free_port(), certificate)
    text = (FOLDER / "mosquitto.conf").read_text()
    for before, after in {
        "/run/mosquitto/mosquitto.pid": folder / "pid",
        "/var/lib/wanamori-broker/passwords": folder / "passwords",
        "/etc/mosquitto/wanamori.acl": FOLDER / "wanamori.acl",
        "/etc/mosquitto/certs/server.pem": certificate,
        "/etc/mosquitto/certs/server.key": key,
        "listener 1883 127.0.0.1": f"listener {broker.hub_port} 127.0.0.1",
        "listener 8883\n": f"listener {broker.tls_port} 127.0.0.1\n",
        "log_dest syslog": "log_dest stderr",
    }.items():
        assert text.count(before) == 1, before
        text = text.replace(before, str(after))
    # in a town Mosquitto drops to its own user, who could not read this folder
    (folder / "mosquitto.conf").write_text(f"user {getpass.getuser()}\n{text}")
    with (folder / "log").open("wb") as log:
        command = [str(find_mosquitto()), "-c", str(folder / "mosquitto.conf")]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until(lambda: answers("127.0.0.1", broker.tls_port) or server.poll() is not None, "no broker")
        assert server.poll() is None, (folder / "log").read_text()
        yield broker
    finally:
        server.terminate()
        server.wait(30)


def _make_certificate(certificate: Path, key: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )


def test_an_agent_writes_under_its_own_name_only(town_broker: TownBroker) -> None:
    hub, agent = town_broker.client("hub", tls=False), town_broker.client("ag-one")
    try:
        assert (hub.answer, agent.answer) == ("Success", "Success")
        hub.subscribe("wanamori/v1/up/#")
        assert agent.publish("wanamori/v1/up/ag-two/t1/sprung", b"forged") == "Not authorized"
        assert agent.publish("wanamori/v1/down/ag-one/-/receipt", b"forged") == "Not authorized"
        assert agent.publish("wanamori/v1/up/ag-one/t1/sprung", b"true") in ("Success", "No matching subscribers")
        assert hub.received.get(timeout=30) == ("wanamori/v1/up/ag-one/t1/sprung", b"true")
        assert hub.received.empty()
    finally:
        agent.close()
        hub.close()


def test_an_agent_reads_what_is_meant_for_it_only(town_broker: TownBroker) -> None:
    hub, agent = town_broker.client("hub", tls=False), town_broker.client("ag-one")
    try:
        agent.subscribe("wanamori/v1/#")
        hub.publish("wanamori/v1/down/ag-two/-/receipt", b"another's")
        hub.publish("wanamori/v1/down/-/-/hub", b"announcement")
        hub.publish("wanamori/v1/down/ag-one/-/receipt", b"mine")
        got = [agent.received.get(timeout=30) for _ in range(2)]
        assert got == [("wanamori/v1/down/-/-/hub", b"announcement"), ("wanamori/v1/down/ag-one/-/receipt", b"mine")]
    finally:
        agent.close()
        hub.close()


def test_who_has_no_account_or_a_wrong_password_stays_outside(town_broker: TownBroker) -> None:
    for name, password in (("ag-one", "wrong"), ("ag-stranger", "pass-of-one")):
        client = town_broker.client(name, password)
        client.close()
        assert client.answer == "Not authorized"


def test_the_rules_and_limits_are_those_of_the_service_on_one_machine(tmp_path: Path) -> None:
    def lines(text: str) -> set[str]:
        return {line for line in text.splitlines() if line and not line.startswith("#")}

    assert lines((FOLDER / "wanamori.acl").read_text()) == lines(render_acl())
    # what decides who gets in and what is kept; how much memory the broker may use is the machine's matter
    limits = re.compile(r"^(max_packet_size|max_inflight_messages|persist|allow_anonymous|sys_interval|per_listener)")
    local = {line for line in lines(render_mosquitto_conf(Layout(tmp_path), 1)) if limits.match(line)}
    assert local == {line for line in lines((FOLDER / "mosquitto.conf").read_text()) if limits.match(line)}
