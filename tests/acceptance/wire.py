"""An agent made of nothing but its credentials: any bytes a test wants on the wire, and the receipts for them."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.acceptance.service import Service


@dataclass
class WireAgent:
    """An enrolled agent at the broker. Sequence numbers and the outbox are its own; `receipted` grows by itself."""

    agent: str
    credentials: dict
    outbox: str = field(default_factory=lambda: uuid.uuid4().hex)
    receipted: set[int] = field(default_factory=set)
    _sequence: int = 0
    _changed: Condition = field(default_factory=Condition)
    _published: dict[int, str] = field(default_factory=dict)
    _subscribed: bool = False

    def connect(self, seconds: float = 30) -> "WireAgent":
        """Connect and hear receipts."""
        self.client = client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"{self.agent}-{uuid.uuid4().hex[:6]}",
            protocol=MQTTProtocolVersion.MQTTv5,
        )  # fmt: skip
        client.username_pw_set(self.credentials["username"], self.credentials["password"])
        client.on_connect = lambda client, *_: client.subscribe(f"wanamori/v1/down/{self.agent}/#", 1)
        client.on_subscribe = lambda *_: self._note(subscribed=True)
        client.on_message = self._on_message
        client.on_publish = lambda _client, _data, mid, reason, _properties: self._note(published=(mid, str(reason)))
        client.connect(self.credentials["host"], self.credentials["port"])
        client.loop_start()
        self._wait(lambda: self._subscribed, "no subscription", seconds)
        return self

    def close(self) -> None:
        """Leave the broker."""
        self.client.disconnect()
        self.client.loop_stop()

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def event(self, device: str, kind: str, data: object, **changed: object) -> dict:
        """A CloudEvent of this agent as a dict, as it should be but for what is `changed` (None takes away)."""
        envelope = {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": f"/agents/{self.agent}/devices/{device}",
            "type": f"jp.wanamori.{kind}.v1",
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "datacontenttype": "application/json",
            "outbox": self.outbox,
            "sequence": str(self.next_sequence()),
            "clock": "set",
            "data": data,
            **changed,
        }
        return {key: value for key, value in envelope.items() if value is not None}

    def send(self, device: str, kind: str, payload: dict | bytes, *, agent: str | None = None) -> str:
        """Publish and wait for the broker's word on it, which is returned ("Success", "Not authorized", …)."""
        content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        sent = self.client.publish(f"wanamori/v1/up/{agent or self.agent}/{device}/{kind}", content, qos=1)
        self._wait(lambda: sent.mid in self._published, "the broker said nothing")
        return self._published[sent.mid]

    def wait_receipt(self, *sequences: int, seconds: float = 30) -> None:
        """Wait until the hub has receipted these."""
        self._wait(lambda: set(sequences) <= self.receipted, f"no receipt of {sequences}", seconds)

    def _on_message(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("/receipt"):
            receipt = json.loads(message.payload)
            if receipt["outbox"] == self.outbox:
                self._note(ranges=receipt["sequences"])

    def _note(self, *, subscribed: bool = False, published: tuple[int, str] | None = None, ranges: list = ()) -> None:
        with self._changed:
            self._subscribed = self._subscribed or subscribed
            if published:
                self._published[published[0]] = published[1]
            for low, high in ranges:
                self.receipted.update(range(low, high + 1))
            self._changed.notify_all()

    def _wait(self, condition, what: str, seconds: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, seconds), what


def enrolled_agent(service: Service, name: str) -> WireAgent:
    """A new agent, enrolled through the API and connected."""
    made = service.api.post("/api/v1/agents", json={"name": name}).raise_for_status().json()
    with service.client() as nobody:
        answer = nobody.post("/api/v1/enrol", json={"code": made["enrolment_code"]}).raise_for_status().json()
    assert answer["agent"] == made["id"]
    return WireAgent(answer["agent"], answer["mqtt"]).connect()


def registered_device(service: Service, agent: WireAgent, kind: str, name: str = "") -> str:
    """A new device of that agent; returns its id."""
    device = f"{kind}-{uuid.uuid4().hex[:10]}"
    place = {"lat": 35.35, "lon": 139.98}
    body = {"agent": agent.agent, "id": device, "kind": kind, "name": name or device, "location": place}
    service.api.post("/api/v1/devices", json=body).raise_for_status()
    return device
