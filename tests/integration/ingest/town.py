"""A small town for tests of ingest: registered things, publishers, a running ingest process, and what came of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from psycopg import sql

from edge.wire.topics import receipt_of
from hub.bus import BrokerAddress
from hub.ingest.subscriber import IngestOptions, IngestProcess
from hub.store import Database
from tests.servers import Broker

AGENTS = ("ag-1", "ag-2", "ag-3")
TRAPS = {"ag-1": "boar-1", "ag-2": "boar-2", "ag-3": "boar-3"}
STATIONS = {"ag-1": "field-1", "ag-2": "field-2", "ag-3": "field-3"}
START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)


def address(broker: Broker) -> BrokerAddress:
    return BrokerAddress(broker.host, broker.port, broker.username, broker.password)


class Town:
    """Three agents with a trap and a station each, and questions to their database."""

    def __init__(self, url: str) -> None:
        self.url = url
        for agent in AGENTS:
            self.run("insert into agent (id, name, created_at) values (%s, %s, now())", agent, agent)
            self.register(TRAPS[agent], agent, "trap")
            self.register(STATIONS[agent], agent, "station")

    def register(self, device: str, agent: str, kind: str) -> None:
        self.run(
            "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
            " values (%s, %s, %s, 'x', 35, 140, now())",
            device,
            agent,
            kind,
        )

    def run(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(statement.encode(), values)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as conn:
            return conn.execute(statement.encode(), values).fetchall()

    def value(self, statement: str, *values: Any) -> Any:
        rows = self.rows(statement, *values)
        return rows[0][0] if rows else None

    def count(self, table: str) -> int:
        with psycopg.connect(self.url, autocommit=True) as conn:
            row = conn.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
            assert row is not None
            return row[0]

    def refusals(self) -> list[str]:
        return [reason for (reason,) in self.rows("select reason from quarantine order by id")]

    def key(self, device: str) -> int:
        return self.value("select key from device where id = %s", device)


def topic(agent: str, device: str, kind: str) -> str:
    return f"wanamori/v1/up/{agent}/{device}/{kind}"


def _topic_of(envelope: dict[str, Any]) -> str:
    _, _, agent, _, device = envelope["source"].split("/")
    return topic(agent, device, envelope["type"].split(".")[2])


def event(agent: str, device: str, kind: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """An envelope with the time that is now; `more` overrides attributes, None removes one."""
    envelope = {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": f"/agents/{agent}/devices/{device}",
        "type": f"jp.wanamori.{kind}.v1",
        "time": datetime.now(UTC).isoformat(),
        "outbox": f"{agent}-box",
        "sequence": str(number),
        "data": {},
        **more,
    }
    return {key: value for key, value in envelope.items() if value is not None}


def reading(
    agent: str, device: str, number: int, times: list[datetime], **columns: list[float | None]
) -> dict[str, Any]:
    data = {"times": [time.isoformat() for time in times], "values": columns}
    return event(agent, device, "readings", number, data=data)


class Publisher:
    """Publishes as anybody (it has the hub's account) and hears every receipt and announcement."""

    def __init__(self, broker: Broker) -> None:
        self.receipts: dict[str, set[tuple[str, int]]] = {}
        self.receipt_messages: list[str] = []
        self.announcements = 0
        self.others: list[str] = []
        self._heard = threading.Condition()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(broker.username, broker.password)
        self._client.max_inflight_messages_set(200)
        self._client.on_message = self._hear
        ready = threading.Event()
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_connect = lambda *_: self._client.subscribe("wanamori/v1/down/#", qos=1)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        assert ready.wait(20)

    def publish(self, name: str, payload: bytes | dict[str, Any], *, wait: bool = True) -> None:
        body = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
        info = self._client.publish(name, body, qos=1)
        if wait:
            info.wait_for_publish(20)

    def reason_of(self, envelope: dict[str, Any]) -> int:
        """Publish, and return the reason in the broker's acknowledgement (0: taken, 0x10: nobody has subscribed)."""
        answers: list[int] = []
        answered = threading.Event()

        def on_publish(_client: Client, _data: object, mid: int, reason: Any, _more: object) -> None:
            # Held while publishing, so that the answer does not come before its number is known.
            with self._heard:
                if mid == info.mid:
                    answers.append(reason.value)
                    answered.set()

        self._client.on_publish = on_publish
        with self._heard:
            info = self._client.publish(_topic_of(envelope), json.dumps(envelope).encode(), qos=1)
        assert answered.wait(20)
        return answers[0]

    def send(self, envelope: dict[str, Any], *, wait: bool = True) -> None:
        """Publish an envelope where its source and type say that it belongs."""
        self.publish(_topic_of(envelope), envelope, wait=wait)

    def await_receipts(self, agent: str, sequences: set[int]) -> None:
        """Wait until the hub has receipted all of these."""
        with self._heard:
            found = self._heard.wait_for(lambda: sequences <= self.receipted(agent), 60)
        assert found, f"{agent} has no receipt for {sorted(sequences - self.receipted(agent))[:10]}"

    def await_announcement(self, number: int) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: self.announcements >= number, 60)

    def receipted(self, agent: str) -> set[int]:
        return {sequence for _, sequence in self.receipts.get(agent, set())}

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self._heard:
            if message.topic.endswith("/-/hub"):
                self.announcements += 1
            elif message.topic.endswith("/receipt"):
                agent = message.topic.split("/")[3]
                assert message.topic == receipt_of(agent)
                self.receipt_messages.append(agent)
                body = json.loads(message.payload)
                for low, high in body["sequences"]:
                    owed = {(body["outbox"], number) for number in range(low, high + 1)}
                    self.receipts.setdefault(agent, set()).update(owed)
            else:
                self.others.append(message.topic)
            self._heard.notify_all()


@contextmanager
def running_ingest(url: str, broker: Broker | BrokerAddress, **hooks: Any) -> Iterator[IngestProcess]:
    """An ingest process in a thread of this one, ready."""
    ready, stop = threading.Event(), threading.Event()
    options = hooks.pop("options", IngestOptions())
    where = broker if isinstance(broker, BrokerAddress) else address(broker)
    database = Database(url, name="test ingest", max_size=6, timeout_s=2.0)
    hooks.setdefault("handlers", {})
    process = IngestProcess(database, where, options, on_ready=ready.set, **hooks)
    thread = threading.Thread(target=process.run, args=(stop,))
    thread.start()
    try:
        assert ready.wait(30), "ingest is not ready"
        yield process
    finally:
        stop.set()
        thread.join(20)
        database.close()
    assert not thread.is_alive()
