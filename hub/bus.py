"""The hub's only door to the MQTT broker: subscriptions acknowledged by hand, publishing beside them, a try of a login.

The broker is a pipe (docs/decisions/0010): sessions end with their connection, and whatever is lost with one is sent
again by its agent. So every connection is a new object, and a message is acknowledged on the connection that brought it
or never.
"""

import secrets
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions
from typing_extensions import override

from hub import clock
from hub.config import Settings
from hub.errors import Unavailable

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

__all__ = ["BrokerAddress", "Delivery", "Subscriber", "check_login"]

_log = structlog.get_logger(__name__)
_KEEPALIVE_S = 30
_ANSWER_S = 10.0
_FAREWELL_S = 1.0
_BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
_RECEIVE_MOST = 65_535


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """How to reach the broker and as whom; TLS is used when there is a `ca_file` (PEM)."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    ca_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> "BrokerAddress":
        """The hub's own way to the broker."""
        password = settings.mqtt_password.get_secret_value()
        return cls(settings.mqtt_host, settings.mqtt_port, settings.mqtt_username, password, settings.mqtt_ca_file)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message off the broker.

    `received_at` is when this process read it, `arrived_s` the same instant on the measuring clock.
    """

    topic: str
    payload: bytes
    received_at: datetime
    arrived_s: float
    _acknowledge: Callable[[], None]

    def acknowledge(self) -> None:
        """Tell the broker that it may forget the message; without effect once its connection has ended."""
        self._acknowledge()


class _TlsSocket(ssl.SSLSocket):
    @override
    def do_handshake(self, block: bool = False) -> None:
        # paho would leave it to the garbage collector, one a try (edge/link/tls.py does the same)
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


class _Connection:
    """One connection from CONNECT to its end, never used again. `ended` is set when it is gone, for whatever reason."""

    def __init__(self, address: BrokerAddress, name: str, receive_maximum: int = _RECEIVE_MOST) -> None:
        self.ended = Event()
        self._settled = Event()
        self._unsubscribed = Event()
        self._fault = "no answer"
        self._address = address
        self._receive_maximum = receive_maximum
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{name}-{secrets.token_hex(6)}",
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.username_pw_set(address.username, address.password)
        if address.ca_file is not None:
            context = ssl.create_default_context(cafile=str(address.ca_file))
            context.sslsocket_class = _TlsSocket
            client.tls_set_context(context)  # pyright: ignore[reportUnknownMemberType]  # paho does not type it
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_disconnect = self._on_disconnect
        self._filters: Sequence[str] = ()
        self._runs = False
        self.refused = False

    def open(self, filters: Sequence[str], on_delivery: Callable[[Delivery], None] | None = None) -> None:
        """Connect and subscribe (without filters: only connect); raises Unavailable when that does not succeed."""
        self._filters = filters
        if on_delivery is not None:
            self._client.on_message = self._taker(on_delivery)
        properties = Properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = self._receive_maximum
        address = self._address
        try:
            self._client.connect(address.host, address.port, _KEEPALIVE_S, clean_start=True, properties=properties)
        except (OSError, ValueError) as error:
            raise Unavailable(f"The broker {address.host}:{address.port} cannot be reached: {error}") from error
        self._client.loop_start()
        self._runs = True
        if not self._settled.wait(_ANSWER_S) or self._fault:
            fault = self._fault
            self.close()
            raise Unavailable(f"The broker {address.host}:{address.port} does not take us: {fault}")

    def unsubscribe(self, wait_s: float) -> None:
        """Ask for no more; what is on its way still comes."""
        if self._filters and not self.ended.is_set():
            self._client.unsubscribe(list(self._filters))
            self._unsubscribed.wait(wait_s)

    def publish(self, topic: str, payload: bytes, expiry_s: int) -> bool:
        """Send at QoS 1; False when the connection is gone or too much waits."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=1, properties=properties)
        return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def close(self) -> None:
        """Leave in order when the other side listens, by force when it does not."""
        client = self._client
        client.disconnect()
        if self._runs and not self.ended.wait(_FAREWELL_S):
            wire = client.socket()
            if isinstance(wire, socket.socket):
                with suppress(OSError):
                    wire.shutdown(socket.SHUT_RDWR)
            self.ended.wait(_FAREWELL_S)
        self.ended.set()
        # The client and we know each other; without this its sockets would stay open until somebody collects garbage.
        client.on_connect = client.on_subscribe = client.on_unsubscribe = None
        client.on_message = client.on_disconnect = None

    def _taker(self, on_delivery: Callable[[Delivery], None]) -> Callable[[Client, Any, MQTTMessage], None]:
        ack = self._client.ack

        def take(_client: Client, _userdata: object, message: MQTTMessage) -> None:
            try:
                topic = message.topic
            except UnicodeDecodeError:
                topic = "?"
            mid, qos = message.mid, message.qos
            payload = bytes(message.payload)
            on_delivery(Delivery(topic, payload, clock.now(), clock.monotonic(), lambda: _ignore(ack(mid, qos))))

        return take

    def _on_connect(self, client: Client, _data: object, _flags: object, reason: "ReasonCode", _more: object) -> None:
        if reason.is_failure:
            self.refused = True
            self._settle(str(reason))
        elif not self._filters:
            self._settle("")
        else:
            client.subscribe([(name, SubscribeOptions(qos=1)) for name in self._filters])

    def _on_subscribe(self, _c: Client, _data: object, _mid: int, reasons: "list[ReasonCode]", _more: object) -> None:
        failures = [str(reason) for reason in reasons if reason.is_failure]
        self._settle("; ".join(failures))

    def _on_unsubscribe(self, *_: object) -> None:
        self._unsubscribed.set()

    def _on_disconnect(self, *_: object) -> None:
        self.ended.set()
        self._unsubscribed.set()
        self._settled.set()

    def _settle(self, fault: str) -> None:
        self._fault = fault
        self._settled.set()


def _ignore(_: object) -> None:
    """For calls whose answer changes nothing."""


class Subscriber:
    """Keeps one subscription while it is wanted, by as many connections as that takes.

    `on_delivery` is called in the network's thread: while it waits, nothing more is read off the socket, and that is
    the way to slow the broker down. `on_up` is called each time that a subscription stands.
    """

    def __init__(
        self,
        address: BrokerAddress,
        filters: Sequence[str],
        *,
        on_delivery: Callable[[Delivery], None],
        on_up: Callable[[], None] = lambda: None,
        receive_maximum: int = _RECEIVE_MOST,
        name: str = "wanamori-hub",
    ) -> None:
        self._address = address
        self._filters = tuple(filters)
        self._on_delivery = on_delivery
        self._on_up = on_up
        self._receive_maximum = min(receive_maximum, _RECEIVE_MOST)
        self._name = name
        self._lock = Lock()
        self._connection: _Connection | None = None
        self._times_up = 0
        self._wanted = Event()
        self._stopping = Event()
        # Set on every change of what is wanted, so that no wait outlives it.
        self._changed = Event()
        self._thread = Thread(target=self._run, name=f"{name} subscription", daemon=True)
        self._thread.start()

    @property
    def is_up(self) -> bool:
        """Whether the subscription stands at this moment."""
        with self._lock:
            return self._connection is not None

    @property
    def times_up(self) -> int:
        """How often the subscription has come to stand."""
        with self._lock:
            return self._times_up

    def join(self) -> None:
        """Want the subscription; it is kept, over any number of connections, until `leave`."""
        self._wanted.set()
        self._changed.set()

    def unsubscribe(self, wait_s: float = 1.0) -> None:
        """Ask for nothing more but stay, so that what is on its way can still be taken and acknowledged."""
        with self._lock:
            connection = self._connection
        if connection is not None:
            connection.unsubscribe(wait_s)

    def leave(self) -> None:
        """Disconnect and stay away until `join`."""
        self._wanted.clear()
        self._changed.set()
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def stop(self) -> None:
        """Leave for good and end the thread."""
        self._stopping.set()
        self.leave()
        self._thread.join(_FAREWELL_S)

    def publish(self, topic: str, payload: bytes, expiry_s: int = 3600) -> bool:
        """Send on this subscription's connection, QoS 1; the broker may drop it after `expiry_s`.

        False when there is no connection, or too much waits on it.
        """
        with self._lock:
            connection = self._connection
        return connection is not None and connection.publish(topic, payload, expiry_s)

    def _run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            self._changed.clear()
            if not self._wanted.is_set():
                self._changed.wait()
                continue
            connection = _Connection(self._address, self._name, self._receive_maximum)
            try:
                connection.open(self._filters, self._on_delivery)
            except Unavailable as error:
                _log.warning("no_subscription", fault=str(error), tries=tries + 1)
                self._changed.wait(self._pause(tries))
                tries += 1
                continue
            tries = 0
            self._hold(connection)

    def _hold(self, connection: _Connection) -> None:
        with self._lock:
            stays = self._wanted.is_set() and not self._stopping.is_set()
            if stays:
                self._connection = connection
                self._times_up += 1
        if not stays:
            connection.close()
            return
        self._on_up()
        connection.ended.wait()
        with self._lock:
            lost, self._connection = self._connection is connection, None
        if lost:
            _log.warning("subscription_lost", broker=f"{self._address.host}:{self._address.port}")
            connection.close()
            self._changed.wait(self._pause(0))

    @staticmethod
    def _pause(tries: int) -> float:
        longest = _BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)]
        return longest * (0.5 + secrets.randbelow(512) / 1024)


def check_login(host: str, port: int, username: str, password: str, ca: Path | None = None) -> bool:
    """Whether the broker takes this name and password, by a real connection.

    Raises Unavailable when the broker cannot be reached or gives no answer.
    """
    connection = _Connection(BrokerAddress(host, port, username, password, ca), "wanamori-login")
    try:
        connection.open(())
    except Unavailable:
        if connection.refused:
            return False
        raise
    connection.close()
    return True
