"""The hub's door to the broker: logins, connections that end, backpressure, and nothing left behind."""

import ipaddress
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.bus import BrokerAddress, Delivery, Subscriber, check_login
from hub.errors import Unavailable
from hub.local.programs import find_mosquitto
from tests.integration.ingest.fleet import Cable
from tests.integration.ingest.town import Publisher
from tests.servers import Broker, answers, free_port, wait_until


def test_a_login_is_tried_for_real(broker: Broker) -> None:
    password = broker.add_account("ag-login")

    assert check_login(broker.host, broker.port, "ag-login", password) is True
    assert check_login(broker.host, broker.port, "ag-login", "wrong") is False
    assert check_login(broker.host, broker.port, "nobody", password) is False


def test_a_broker_that_is_not_there_is_no_wrong_password() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        check_login("127.0.0.1", free_port(), "ag-1", "x")


def certificate(folder: Path) -> Path:
    """Key and self-signed certificate of 127.0.0.1 in one PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "broker.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return pem


def test_with_an_authority_only_its_broker_is_believed(tmp_path: Path) -> None:
    """Nor is the socket of a failed handshake left to the garbage collector, which would warn of it."""
    port, pem = free_port(), certificate(tmp_path)
    (tmp_path / "other").mkdir()
    other = certificate(tmp_path / "other")
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nlog_dest none\ncertfile {pem}\nkeyfile {pem}\n"
    )
    server = subprocess.Popen(
        [str(find_mosquitto()), "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers("127.0.0.1", port), "the broker does not start")

        assert check_login("127.0.0.1", port, "ag-1", "x", pem) is True
        with pytest.raises(Unavailable, match="certificate"):
            check_login("127.0.0.1", port, "ag-1", "x", other)
    finally:
        server.terminate()
        server.wait(10)


class Taker:
    """Keeps deliveries; waits with each while `gate` is shut."""

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.gate = threading.Event()
        self.gate.set()
        self.ups = 0

    def take(self, delivery: Delivery) -> None:
        self.gate.wait(30)
        self.taken.append(delivery)

    def up(self) -> None:
        self.ups += 1


@pytest.fixture
def taker() -> Taker:
    return Taker()


FILTER = "wanamori/v1/up/ag-bus/#"
TOPIC = "wanamori/v1/up/ag-bus/-/status"
DOWN = "wanamori/v1/down/ag-bus/-/command"


@contextmanager
def subscribed(broker: Broker, taker: Taker, port: int | None = None, window: int = 5) -> Iterator[Subscriber]:
    where = BrokerAddress(broker.host, port or broker.port, broker.username, broker.password)
    subscriber = Subscriber(where, [FILTER], on_delivery=taker.take, on_up=taker.up, receive_maximum=window)
    subscriber.join()
    try:
        wait_until(lambda: subscriber.is_up, "no subscription")
        yield subscriber
    finally:
        subscriber.stop()


def test_what_is_not_acknowledged_fills_the_window_and_no_more_comes(
    broker: Broker, publisher: Publisher, taker: Taker
) -> None:
    with subscribed(broker, taker):
        for number in range(12):
            publisher.publish(TOPIC, b"%d" % number)

        wait_until(lambda: len(taker.taken) == 5, "the window is not filled")
        # Mosquitto 2.0.11 sends all the rest after the first acknowledgement, later versions one for one
        for done in range(12):
            wait_until(lambda done=done: len(taker.taken) > done, "no further message")
            taker.taken[done].acknowledge()

    assert [int(one.payload) for one in taker.taken] == list(range(12))


def test_what_is_on_its_way_still_comes_after_unsubscribing(broker: Broker, publisher: Publisher, taker: Taker) -> None:
    with subscribed(broker, taker) as subscriber:
        for number in range(12):
            publisher.publish(TOPIC, b"%d" % number)

        subscriber.unsubscribe()
        publisher.publish(TOPIC, b"99")
        for done in range(12):
            wait_until(lambda done=done: len(taker.taken) > done, "no further message")
            taker.taken[done].acknowledge()

    assert [int(one.payload) for one in taker.taken] == list(range(12))


def test_a_connection_that_is_lost_is_made_again_and_nothing_old_is_acknowledged_on_it(
    broker: Broker, publisher: Publisher, taker: Taker
) -> None:
    cable = Cable(broker.host, broker.port)
    cable.mend()
    with subscribed(broker, taker, cable.port, window=2) as subscriber:
        publisher.publish(TOPIC, b"before")
        wait_until(lambda: len(taker.taken) == 1, "the message does not come")

        cable.cut()
        cable.mend()
        wait_until(lambda: taker.ups == 2 and subscriber.is_up, "no second subscription")
        for number in range(4):
            publisher.publish(TOPIC, b"after %d" % number)
        wait_until(lambda: len(taker.taken) == 3, "the window is not filled")
        taker.taken[0].acknowledge()
        assert subscriber.publish(DOWN, b"{}")
        wait_until(lambda: DOWN in publisher.others, "the command does not come")
        assert len(taker.taken) == 3, "an old acknowledgement has opened the window"
        for done in range(1, 5):
            wait_until(lambda done=done: len(taker.taken) > done, "no further message")
            taker.taken[done].acknowledge()
    cable.cut()

    assert not subscriber.publish(DOWN, b"{}")
    assert [one.payload for one in taker.taken] == [b"before", b"after 0", b"after 1", b"after 2", b"after 3"]


def test_connections_that_ended_leave_no_socket_open(broker: Broker, taker: Taker) -> None:
    with subscribed(broker, taker) as subscriber:
        before = _come_and_go(subscriber, taker, 3)
        after = _come_and_go(subscriber, taker, 10)

    assert after <= before + 3


def _come_and_go(subscriber: Subscriber, taker: Taker, times: int) -> int:
    for _ in range(times):
        subscriber.leave()
        ups = taker.ups
        subscriber.join()
        wait_until(lambda ups=ups: taker.ups > ups, "no subscription")
    return len(list(Path("/proc/self/fd").iterdir()))


def test_stopping_does_not_wait_for_a_broker_that_is_not_there(taker: Taker) -> None:
    subscriber = Subscriber(BrokerAddress("127.0.0.1", free_port(), "hub", "x"), [FILTER], on_delivery=taker.take)
    subscriber.join()

    subscriber.stop()

    assert not subscriber.is_up
    assert not subscriber._thread.is_alive()
