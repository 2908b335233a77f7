"""One agent of a fleet at the wire: paho driven by the fleet's own selector, the real agent's rules of resending."""

from __future__ import annotations

import math
import random
import selectors
import ssl
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import ValidationError

from edge.config import Credentials
from edge.core.backlog import Policy, Window, decide_again, decide_delay, decide_receipt, decide_sends, next_due_s
from edge.wire.codec import Message, encode, finish, freeze
from edge.wire.messages import Receipt, StatusData
from edge.wire.topics import HUB_ANNOUNCEMENT, NOBODY, commands_of, receipt_of, source_of, up

__all__ = ["Counts", "FleetAgent"]

_KEEPALIVE_S = 30
_TRIGGERS = ("sprung", "reset")


@dataclass
class Counts:
    """What the whole fleet has done: messages and the readings in them."""

    messages: int = 0
    readings: int = 0
    receipted_messages: int = 0
    receipted_readings: int = 0
    sent_again: int = 0
    connections: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    topic: str
    source: str
    frozen: bytes
    readings: int


@dataclass
class FleetAgent:
    """One agent: keeps each message until its receipt, sends it again as a real one would, connects anew with back-off.

    All seconds are of the fleet's measuring clock. `on_receipt` is told which sequence numbers a receipt settled.
    """

    credentials: Credentials
    selector: selectors.BaseSelector
    counts: Counts
    policy: Policy
    on_receipt: Callable[[str, list[int]], None] = field(default=lambda _outbox, _sequences: None)
    outbox: str = field(default_factory=lambda: uuid.uuid4().hex)
    connected: bool = False
    # Jitter only: it decides when something is sent again, never what.
    _chance: random.Random = field(default_factory=random.Random)
    _sequence: int = 0
    _triggers: dict[int, _Kept] = field(default_factory=dict[int, _Kept])
    _readings: dict[int, _Kept] = field(default_factory=dict[int, _Kept])
    _wake_s: float = 0.0
    _window: Window = field(default_factory=Window)
    _client: mqtt.Client | None = None
    _tries: int = 0
    _connect_at_s: float = 0.0
    _again: bool = False
    _session: str = ""

    @property
    def waiting(self) -> int:
        """How many messages have no receipt yet."""
        return len(self._triggers) + len(self._readings)

    def next_sequence(self) -> int:
        """The number that the next kept message gets."""
        return self._sequence + 1

    def keep(self, message: Message, readings: int) -> None:
        """Put a message into the outbox; `pump` sends it."""
        self._sequence += 1
        topic, source = up(message.agent, message.device, message.kind), source_of(message.agent, message.device)
        box = self._triggers if message.kind in _TRIGGERS else self._readings
        box[self._sequence] = _Kept(topic, source, freeze(message), readings)
        self._wake_s = 0.0
        self.counts.messages += 1
        self.counts.readings += readings

    def pump(self, now_s: float) -> None:
        """Connect when it is time, send what is due."""
        if self._client is None:
            if now_s >= self._connect_at_s:
                self._connect(now_s)
            return
        if self._again:
            self._again, self._wake_s = False, 0.0
            self._window = decide_again(self._window, now_s, self.policy, self._chance.random())
        if not self.connected or now_s < self._wake_s:
            return
        oldest = list(islice(self._readings, self.policy.readings_window))
        self._window, chosen = decide_sends(
            self._window, list(self._triggers), oldest, now_s, self.policy, self._chance.random()
        )
        due_s = next_due_s(self._window, now_s, self.policy)
        self._wake_s = math.inf if due_s is None else due_s
        for sequence in chosen:
            kept = self._triggers.get(sequence) or self._readings[sequence]
            self.counts.sent_again += self._window.sent[sequence].attempts > 1
            self._client.publish(kept.topic, finish(kept.frozen, kept.source, self.outbox, sequence, None), qos=1)

    def tend(self, now_s: float) -> None:
        """Keep the connection alive; to be called about once a second."""
        client = self._client
        if client is not None and client.loop_misc() is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost(now_s)

    def beat(self) -> None:
        """Say that it is alive, as agents do between their messages."""
        self._say("running")

    def serve(self, events: int, now_s: float) -> None:
        """Read and write what the selector says is possible."""
        client = self._client
        if client is None:
            return
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if events & selectors.EVENT_READ:
            code = client.loop_read()
        if events & selectors.EVENT_WRITE and code is MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = client.loop_write()
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost(now_s)

    def close(self) -> None:
        """Say goodbye; what waits is lost with this process."""
        if self._client is not None:
            self._say("offline")
            self._client.disconnect()
            self._client = None

    # -- the connection: a new client object each time, so that nothing of an old one is sent behind our back

    def _connect(self, now_s: float) -> None:
        to, self._session = self.credentials.mqtt, uuid.uuid4().hex[:16]
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{self.credentials.agent}-{self._session[:8]}",
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(self.policy.window)
        client.username_pw_set(to.username, to.password)
        if to.tls:
            context = ssl.create_default_context(cadata=to.ca)
            client.tls_set_context(context)  # pyright: ignore[reportUnknownMemberType]  # paho does not type it
        client.will_set(*self._status("offline"), qos=1)
        client.on_socket_open = self._on_open
        client.on_socket_close = self._on_close
        client.on_socket_register_write = self._on_wants_write
        client.on_socket_unregister_write = self._on_wrote
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        properties = Properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = 1000
        self._client = client
        try:
            client.connect(to.host, to.port, _KEEPALIVE_S, clean_start=True, properties=properties)
        except (OSError, ValueError):
            self._lost(now_s)

    def _lost(self, now_s: float) -> None:
        client, self._client = self._client, None
        self.counts.connections -= self.connected
        self.connected = False
        self._tries += 1
        self._connect_at_s = now_s + decide_delay(self._tries, 0.5, 10.0, self._chance.random())
        if client is not None and (sock := client.socket()) is not None:
            self._on_close(client, None, sock)
            sock.close()

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            return  # the broker closes the connection, which is noticed
        agent = self.credentials.agent
        client.subscribe([(commands_of(agent), 1), (HUB_ANNOUNCEMENT, 1)])
        self.connected, self._again, self._tries = True, True, 0
        self.counts.connections += 1
        self._say("online")

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if message.topic == HUB_ANNOUNCEMENT:
            self._again = True
        elif message.topic == receipt_of(self.credentials.agent):
            try:
                receipt = Receipt.model_validate_json(message.payload)
            except ValidationError:
                return
            if receipt.outbox == self.outbox:
                self._settle(receipt)

    def _settle(self, receipt: Receipt) -> None:
        self._window, settled = decide_receipt(self._window, receipt.sequences)
        for sequence in settled:
            kept = self._triggers.pop(sequence, None) or self._readings.pop(sequence)
            self.counts.receipted_messages += 1
            self.counts.receipted_readings += kept.readings
        if settled:
            self._wake_s = 0.0
            self.on_receipt(self.outbox, settled)

    def _say(self, state: str) -> None:
        if self._client is not None and self.connected:
            self._client.publish(*self._status(state), qos=1)

    def _status(self, state: str) -> tuple[str, bytes]:
        agent = self.credentials.agent
        data = StatusData.model_validate({"state": state, "session": self._session, "software": "fleet"})
        message = Message(agent, NOBODY, "status", uuid.uuid4().hex, None, data)
        return up(agent, NOBODY, "status"), encode(message)

    # -- paho tells which sockets to watch

    def _on_open(self, _client: mqtt.Client, _data: Any, sock: Any) -> None:
        self.selector.register(sock, selectors.EVENT_READ, self)

    def _on_close(self, _client: mqtt.Client, _data: Any, sock: Any) -> None:
        try:
            self.selector.unregister(sock)
        except (KeyError, ValueError):
            return  # it is unregistered already

    def _on_wants_write(self, _client: mqtt.Client, _data: Any, sock: Any) -> None:
        self._watch(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _on_wrote(self, _client: mqtt.Client, _data: Any, sock: Any) -> None:
        self._watch(sock, selectors.EVENT_READ)

    def _watch(self, sock: Any, events: int) -> None:
        try:
            self.selector.modify(sock, events, self)
        except (KeyError, ValueError):
            return  # it has just been closed
