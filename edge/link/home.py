"""The connection to a broker of the farmer's own, at which messages for Home Assistant are retained: MQTT 5.

Nothing is queued here: a desk is asked for the next message whenever a few at most are on their way, and asked for all
of them anew by each new connection. One thread does it all, so that a broker that hangs holds up nobody else.
"""

import logging
import random
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
from edge.core.backlog import decide_delay
from edge.core.discovery import Retained
from edge.errors import ConfigError

__all__ = ["Desk", "HomeLink"]

_LOG = logging.getLogger(__name__)

_GOOD_AFTER_S = 30.0
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
        self._desk, self._will, self._uptime_s = desk, will, uptime_s
        self._where = f"Home Assistant's broker at {config.host}:{config.port}"
        self._on_the_way: dict[int, str] = {}
        self._is_up = self._refused = False
        self._said: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Connect, stay, and connect again, until `stop` or until the desk is finished."""
        attempts = 0
        while not stop.is_set() and not self._desk.finished:
            began_s = self._uptime_s()
            self._stay(stop)
            attempts = 1 if self._uptime_s() - began_s > _GOOD_AFTER_S else attempts + 1
            most_s = self._link.refused_s if self._refused else self._link.retry_most_s
            chance = random.random()  # noqa: S311 - nothing is secret about it
            if not self._desk.finished:
                stop.wait(decide_delay(attempts, self._link.retry_first_s, most_s, chance))

    def _stay(self, stop: threading.Event) -> None:
        self._is_up = self._refused = False
        self._on_the_way.clear()
        try:
            client = self._new_client()
            client.connect(self._config.host, self._config.port, keepalive=self._link.keepalive_s)
            while client.loop(timeout=_LOOK_EVERY_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                if stop.is_set() or self._desk.finished:
                    self._leave(client)
                    return
                if not self._hand_over(client):
                    return
        except ConfigError as error:
            self._say(str(error))
        except OSError as error:
            self._say(f"no connection to {self._where}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a peer's bytes do to the library, the agent goes on
            self._say(f"the connection to {self._where} broke: {error!r}")

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
                self._refused = True
                self._say(f"{self._where} refuses this agent: {reason}")
                this.disconnect()
                return
            self._is_up, self._said = True, None
            _LOG.info("connected to %s", self._where)
            self._desk.begin()

        def on_disconnect(_client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
            if self._is_up and reason.is_failure:
                self._say(f"the connection to {self._where} is gone: {reason}")
            self._is_up = False

        def on_publish(_client: mqtt.Client, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
            topic = self._on_the_way.pop(mid, None)
            if reason.is_failure:
                self._say(f"{self._where} takes no message on {topic}: {reason}")
            elif topic is not None:
                self._desk.taken(topic)

        client.on_connect, client.on_disconnect, client.on_publish = on_connect, on_disconnect, on_publish

    def _say(self, what: str) -> None:
        """Log what is wrong, once: somebody's Home Assistant may be off for weeks."""
        _LOG.log(logging.DEBUG if what == self._said else logging.WARNING, "%s", what)
        self._said = what


def _password(config: HomeAssistantConfig) -> str | None:
    if config.password_file is None:
        return config.password
    try:
        return config.password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the password in {config.password_file} cannot be read: {error}") from error


def _tls_context(config: HomeAssistantConfig) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=config.ca)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{config.ca} is no file of certificates (PEM): {error}") from error
