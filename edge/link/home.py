"""The connection to a broker of the farmer's own, at which messages for Home Assistant are retained: MQTT 5.

Nothing is queued here: a desk is asked for the next message whenever a few at most are on their way, and asked for all
of them anew by each new connection. One thread does it all, so that a broker that hangs holds up nobody else.
"""

import logging
import ssl
import threading
from collections.abc import Callable
from typing import Any, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import HomeAssistantConfig, LinkConfig
from edge.core.discovery import Retained
from edge.errors import ConfigError
from edge.link.staying import Staying
from edge.link.tls import make_context

__all__ = ["Desk", "HomeLink"]

_LOG = logging.getLogger(__name__)

# How late a new state may be noticed, and a stop.
_LOOK_EVERY_S = 0.5
_MOST_ON_THE_WAY = 10


class Desk(Protocol):
    """Who knows what is to be retained. All of it is called in the link's thread."""

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to say, ever."""
        ...

    def begin(self) -> None:
        """A new connection is there, at which nothing is taken as told."""
        ...

    def next(self) -> Retained | None:
        """The next message; None when there is none now."""
        ...

    def taken(self, topic: str) -> None:
        """The broker has taken the message on this topic."""
        ...


class HomeLink:
    """Keeps a connection while `run` runs; `will` is published by the broker when it ends (None: nothing is)."""

    def __init__(
        self,
        config: HomeAssistantConfig,
        link: LinkConfig,
        client_id: str,
        desk: Desk,
        will: Retained | None,
        *,
        uptime_s: Callable[[], float],
    ) -> None:
        self._config, self._link, self._client_id = config, link, client_id
        self._desk, self._will = desk, will
        self._where = f"Home Assistant's broker at {config.host}:{config.port}"
        self._on_the_way: dict[int, str] = {}
        self._staying = Staying(link, self._where, _LOG, uptime_s=uptime_s)
        self._is_up = False

    def run(self, stop: threading.Event) -> None:
        """Connect, stay, and connect again, until `stop` or until the desk is finished."""

        def is_over() -> bool:
            return stop.is_set() or self._desk.finished

        self._staying.run(lambda: self._stay(is_over), is_over, stop)

    def _stay(self, is_over: Callable[[], bool]) -> None:
        self._is_up = False
        self._on_the_way.clear()
        with self._staying.saying_what_fails():
            client = self._new_client()
            client.connect(self._config.host, self._config.port, keepalive=self._link.keepalive_s)
            while client.loop(timeout=_LOOK_EVERY_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                if is_over():
                    self._leave(client)
                    return
                if not self._hand_over(client):
                    return

    def _hand_over(self, client: mqtt.Client) -> bool:
        """Publish as much as may be on the way; False when the connection is lost."""
        while self._is_up and len(self._on_the_way) < _MOST_ON_THE_WAY and (message := self._desk.next()) is not None:
            properties = None
            if message.expires_s is not None:
                properties = Properties(PacketTypes.PUBLISH)
                properties.MessageExpiryInterval = message.expires_s
            sent = client.publish(message.topic, message.payload, qos=1, retain=True, properties=properties)
            if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return False
            self._on_the_way[sent.mid] = message.topic
        return True

    def _leave(self, client: mqtt.Client) -> None:
        """Say goodbye, with the will at once."""
        word = "Disconnect with will message" if self._will else "Normal disconnection"
        client.disconnect(ReasonCode(PacketTypes.DISCONNECT, word))

    def _new_client(self) -> mqtt.Client:
        config = self._config
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=self._client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        client.connect_timeout = self._link.connect_timeout_s
        if config.username is not None:
            client.username_pw_set(config.username, _password(config))
        if config.tls:
            client.tls_set_context(_tls_context(config))  # pyright: ignore[reportUnknownMemberType] - paho leaves it untyped
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, qos=1, retain=True)
        self._listen(client)
        return client

    def _listen(self, client: mqtt.Client) -> None:
        # These must not hold on to `client`: in a cycle, its sockets would stay open until the collector comes by.
        def on_connect(this: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
            if reason.is_failure:
                self._staying.refused = True
                self._staying.say(f"{self._where} refuses this agent: {reason}")
                this.disconnect()
                return
            self._is_up = True
            self._staying.is_there()
            self._desk.begin()

        def on_disconnect(_client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
            if self._is_up and reason.is_failure:
                self._staying.say(f"the connection to {self._where} is gone: {reason}")
            self._is_up = False

        def on_publish(_client: mqtt.Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
            topic = self._on_the_way.pop(mid, None)
            if reason.is_failure:
                self._staying.say(f"{self._where} takes no message on {topic}: {reason}")
            elif topic is not None:
                self._desk.taken(topic)

        client.on_connect, client.on_disconnect, client.on_publish = on_connect, on_disconnect, on_publish


def _password(config: HomeAssistantConfig) -> str | None:
    if config.password_file is None:
        return config.password
    try:
        return config.password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the password in {config.password_file} cannot be read: {error}") from error


def _tls_context(config: HomeAssistantConfig) -> ssl.SSLContext:
    try:
        return make_context(cafile=config.ca)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{config.ca} is no file of certificates (PEM): {error}") from error
