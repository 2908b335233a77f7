"""What stands around an agent in these tests: a broker that can be killed, and a hub just big
enough to give receipts.
"""

import datetime as dt
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.agent import Agent
from edge.config import AgentConfig, ClockConfig, Credentials, LinkConfig, MqttCredentials, OutboxConfig
from edge.wire.codec import decode
from edge.wire.topics import HUB_ANNOUNCEMENT, parse_topic, receipt_of
from hub.local.programs import find_mosquitto
from tests.servers import answers, free_port, wait_until

# As quick as it may be set: tests wait for events, and this is how long the slowest of them take.
QUICK_LINK = LinkConfig(keepalive_s=5, retry_first_s=0.05, retry_most_s=0.3, refused_s=0.3)
QUICK_OUTBOX = OutboxConfig(resend_first_s=0.5, resend_most_s=1.0, spread_s=0.05)


class KillableBroker:
    """A Mosquitto without accounts and without any memory, always on the same port."""

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        self.port = free_port()
        self._conf = folder / "mosquitto.conf"
        # As root it would drop to a user of its own; it writes nothing, so it may as well stay.
        self._conf.write_text(f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\nlog_dest none\n")
        if certificate is not None:
            with self._conf.open("a") as conf:
                conf.write(f"certfile {certificate}\nkeyfile {certificate}\n")
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._server = subprocess.Popen(
            [str(find_mosquitto()), "-c", str(self._conf)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(lambda: answers("127.0.0.1", self.port), "the broker does not start")

    def kill(self) -> None:
        assert self._server is not None
        self._server.kill()
        self._server.wait()
        self._server = None

    def stop(self) -> None:
        if self._server is not None:
            self.kill()


class TinyHub:
    """Keeps all that comes up and gives receipts while `giving`. `announce` is what a hub says when it comes up."""

    def __init__(self, port: int, username: str | None = None, password: str | None = None) -> None:
        self.giving = True
        self.got: list[tuple[str, dict]] = []
        self._lock = threading.Lock()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        if username:
            self._client.username_pw_set(username, password)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 1)
        self._ready = threading.Event()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(30)

    def announce(self, retain: bool = False) -> None:
        payload = json.dumps({"process": "tiny", "at": "2026-11-23T00:00:00Z"})
        self._client.publish(HUB_ANNOUNCEMENT, payload, qos=1, retain=retain)

    def tell(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1).wait_for_publish(30)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # Out of the cycle, so that paho closes its sockets now.
        self._client.on_connect = self._client.on_message = self._client.on_subscribe = None
        del self._client

    def of(self, kind: str, device: str | None = None) -> list[dict]:
        """The envelopes of a kind that came so far, in the order of coming, repetitions too."""
        with self._lock:
            return [
                envelope
                for topic, envelope in self.got
                if topic.endswith(f"/{kind}") and (device is None or f"/{device}/" in topic)
            ]

    def ids(self, kind: str) -> set[str]:
        return {envelope["id"] for envelope in self.of(kind)}

    def sequences(self, outbox: str) -> dict[int, set[str]]:
        """Of one outbox: which event ids came under which number."""
        found: dict[int, set[str]] = {}
        with self._lock:
            for _, envelope in self.got:
                if envelope.get("outbox") == outbox:
                    found.setdefault(int(envelope["sequence"]), set()).add(envelope["id"])
        return found

    def _on_connect(self, client, *_) -> None:
        client.subscribe("wanamori/v1/up/#", 1)

    def _on_message(self, client, _, message) -> None:
        topic = parse_topic(message.topic)
        decode(topic, message.payload)  # whatever an agent sends can be read
        envelope = json.loads(message.payload)
        with self._lock:
            self.got.append((message.topic, envelope))
        if self.giving and "sequence" in envelope:
            number = int(envelope["sequence"])
            receipt = {"outbox": envelope["outbox"], "sequences": [[number, number]]}
            client.publish(receipt_of(topic.agent), json.dumps(receipt), qos=1)


def make_certificate(pem: Path) -> Path:
    """A certificate for `localhost` that is its own authority, with its key, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, pem.stem)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    return pem


def credentials(port: int, agent: str = "ag-test", password: str = "secret") -> Credentials:
    mqtt_part = MqttCredentials(host="127.0.0.1", port=port, username=agent, password=password)
    return Credentials(agent=agent, mqtt=mqtt_part)


def quick(data: Path, **settings) -> AgentConfig:
    """A configuration whose waits are short."""
    defaults = {"clock": ClockConfig(source="assume_set"), "link": QUICK_LINK, "outbox": QUICK_OUTBOX}
    return AgentConfig(data=data, **(defaults | settings))


@contextmanager
def running(config: AgentConfig, with_credentials: Credentials, pin_factory=None, clock=None) -> Iterator[None]:
    """An agent in a thread of this process; leaving the block stops it, and fails if it fails."""
    stop, failed = threading.Event(), []
    agent = Agent(config, with_credentials, pin_factory=pin_factory, clock=clock)

    def work() -> None:
        try:
            agent.run(stop)
        except BaseException as error:  # noqa: BLE001 - it is told to the test's own thread
            failed.append(error)

    thread = threading.Thread(target=work, name="agent")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive(), "the agent does not stop"
    assert failed == []
