"""The connection to the town's broker: MQTT 5, clean start, a new session for each connection.

The link holds no message back and promises nothing: what the broker acknowledged may still be lost, so the outbox keeps
it until the hub's receipt. Hence no queue outlives a connection here, and each connection is a new client with a will
of its own session.
"""

import logging
import ssl
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import Credentials, LinkConfig
from edge.errors import ConfigError
from edge.link.staying import Staying
from edge.link.tls import make_context
from edge.wire.topics import HUB_ANNOUNCEMENT, NOBODY, commands_of, up

__all__ = ["Came", "Down", "Link", "LinkEvent", "Up"]

_LOG = logging.getLogger(__name__)

# CONNACK reasons that a retry alone will not mend: bad user name or password, not authorised, banned, bad method.
_REFUSED = frozenset({134, 135, 138, 140})


@dataclass(frozen=True, slots=True)
class Up:
    """The connection is there and what comes down is subscribed to; `session` names it."""

    session: str


@dataclass(frozen=True, slots=True)
class Down:
    """The connection is gone."""


@dataclass(frozen=True, slots=True)
class Came:
    """A message came down. `retained`: the broker had kept it, so it is history."""

    topic: str
    payload: bytes
    retained: bool


LinkEvent = Up | Down | Came


class Link:
    """Keeps a connection while `run` runs.

    `will` writes the Last Will of a session; `on_event` is called in the link's thread and must not block. Raises
    ConfigError when the credentials' certificate authority cannot be read.
    """

    def __init__(
        self,
        credentials: Credentials,
        config: LinkConfig,
        *,
        will: Callable[[str], bytes],
        on_event: Callable[[LinkEvent], None],
        uptime_s: Callable[[], float],
    ) -> None:
        self._credentials, self._config = credentials, config
        self._will, self._on_event = will, on_event
        self._where = f"{credentials.mqtt.host}:{credentials.mqtt.port}"
        self._staying = Staying(config, self._where, _LOG, uptime_s=uptime_s)
        self._tls = _tls_context(credentials)
        self._client: mqtt.Client | None = None
        self._is_up = False
        self._leaving = False

    def run(self, stop: threading.Event) -> None:
        """Connect, stay, and connect again until `stop`."""
        self._staying.run(lambda: self._stay(stop), stop.is_set, stop)

    def publish(self, topic: str, payload: bytes) -> bool:
        """Hand a message to the connection (QoS 1); False when there is none. True promises nothing."""
        client = self._client
        if client is None or not self._is_up:
            return False
        try:
            return client.publish(topic, payload, qos=1).rc == MQTTErrorCode.MQTT_ERR_SUCCESS
        except (OSError, ValueError) as error:
            _LOG.warning("a message on %s could not be sent: %s", topic, error)
            return False

    def leave(self) -> None:
        """Say goodbye: the broker then publishes the will, so that the hub knows at once."""
        self._leaving = True
        client = self._client
        if client is not None:
            client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))

    def _stay(self, stop: threading.Event) -> None:
        session = uuid.uuid4().hex
        client = self._new_client(session)
        broker = self._credentials.mqtt
        self._client = client
        try:
            with self._staying.saying_what_fails():
                client.connect(broker.host, broker.port, keepalive=self._config.keepalive_s)
                while not stop.is_set() or self._is_up:
                    if client.loop(timeout=1.0) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                        break
        finally:
            was_up, self._is_up, self._client = self._is_up, False, None
            if was_up:
                self._on_event(Down())

    def _new_client(self, session: str) -> mqtt.Client:
        broker = self._credentials.mqtt
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._credentials.agent,
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        client.connect_timeout = self._config.connect_timeout_s
        client.username_pw_set(broker.username, broker.password)
        if self._tls is not None:
            client.tls_set_context(self._tls)  # pyright: ignore[reportUnknownMemberType] - paho leaves it untyped
        client.will_set(up(self._credentials.agent, NOBODY, "status"), self._will(session), qos=1)
        self._listen(client, session)
        return client

    def _listen(self, client: mqtt.Client, session: str) -> None:
        # These must not hold on to `client`: in a cycle, its sockets would stay open until the collector comes by.
        def on_connect(this: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
            if reason.is_failure:
                self._staying.refused = reason.value in _REFUSED
                hint = "; enrol this agent again if that lasts" if self._staying.refused else ""
                self._staying.say(f"the broker refuses this agent: {reason}{hint}")
                this.disconnect()
                return
            this.subscribe([(commands_of(self._credentials.agent), 1), (HUB_ANNOUNCEMENT, 1)])
            self._is_up = True
            self._staying.is_there()
            self._on_event(Up(session))

        def on_disconnect(_client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
            if self._is_up and not self._leaving:
                self._staying.say(f"the connection to {self._where} is gone: {reason}")

        def on_message(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
            self._on_event(Came(message.topic, bytes(message.payload), message.retain))

        def on_publish(_client: mqtt.Client, _data: Any, _mid: int, reason: ReasonCode, _properties: Any) -> None:
            if reason.is_failure:
                self._staying.say(f"the broker takes no messages of this agent: {reason}")

        def on_write(_client: mqtt.Client, _data: Any, _socket: Any) -> None:
            """Nothing to do: the loop in `_stay` writes, and is woken by paho itself.

            That it is there tells paho that the loop is ours. Without it, `publish` writes in its caller's thread while
            this one reads, which a TLS connection does not survive.
            """

        client.on_socket_register_write = on_write
        client.on_connect, client.on_disconnect = on_connect, on_disconnect
        client.on_message, client.on_publish = on_message, on_publish


def _tls_context(credentials: Credentials) -> ssl.SSLContext | None:
    if not credentials.mqtt.tls:
        return None
    try:
        return make_context(cadata=credentials.mqtt.ca)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(f"the certificate authority in the credentials cannot be read: {error}") from error
