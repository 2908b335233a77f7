"""A small MQTT 5 client for tests: what was received, and how the broker answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion


@dataclass
class Listener:
    """One connection. Waits are on conditions and end with an assertion, never with silence."""

    client: Client
    received: list[tuple[str, bytes]] = field(default_factory=list)
    published: dict[int, str] = field(default_factory=dict)
    granted: list[str] = field(default_factory=list)
    connected: str | None = None
    ended: str | None = None
    changed: Condition = field(default_factory=Condition)

    def wait(self, condition, what: str, timeout_s: float = 20) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, timeout_s), what

    def subscribe(self, topic: str) -> None:
        before = len(self.granted)
        self.client.subscribe(topic, qos=1)
        self.wait(lambda: len(self.granted) > before, f"no answer to the subscription to {topic}")

    def publish(self, topic: str, payload: bytes = b"{}") -> str:
        """Publish and return the broker's reason, such as `Success` or `Not authorized`."""
        number = self.client.publish(topic, payload, qos=1).mid
        self.wait(lambda: number in self.published or self.ended is not None, f"no answer to the publish on {topic}")
        return self.published.get(number, self.ended or "?")

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.received]

    def take(self, **changes: Any) -> None:
        with self.changed:
            for name, value in changes.items():
                setattr(self, name, value)
            self.changed.notify_all()


@contextmanager
def connected(
    host: str, port: int, username: str | None, password: str | None, *, wait: bool = True
) -> Iterator[Listener]:
    """An MQTT 5 connection for as long as the block runs; with `wait`, it must be admitted."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, reconnect_on_failure=False)
    if username is not None:
        client.username_pw_set(username, password)
    listener = Listener(client)
    client.on_connect = lambda _c, _u, _f, reason, _p: listener.take(connected=str(reason))
    client.on_disconnect = lambda _c, _u, _f, reason, _p: listener.take(ended=str(reason))
    client.on_message = lambda _c, _u, m: listener.take(received=[*listener.received, (m.topic, m.payload)])
    client.on_publish = lambda _c, _u, mid, reason, _p: listener.take(
        published={**listener.published, mid: str(reason)}
    )
    client.on_subscribe = lambda _c, _u, _m, reasons, _p: listener.take(granted=[*listener.granted, *map(str, reasons)])
    client.connect(host, port)
    client.loop_start()
    try:
        listener.wait(lambda: listener.connected is not None, "the broker does not answer")
        if wait:
            assert listener.connected == "Success", listener.connected
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()
