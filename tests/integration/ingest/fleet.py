"""Agents as they behave on the wire: an outbox each, sent again until the hub's receipt has come; a cable to cut."""

import contextlib
import json
import random
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.wire.topics import HUB_ANNOUNCEMENT, receipt_of
from tests.integration.ingest.town import AGENTS, START, STATIONS, TRAPS, event, reading, topic
from tests.servers import Broker, free_port

_RESEND_S = 1.0
_WINDOW = 60
FIRST = START - timedelta(days=1)
"""Where the readings of every fleet begin: message n has the three seconds from FIRST + 3 n on."""


class FleetAgent:
    """One agent: `produce` puts messages into its outbox; each is sent again every second until it is receipted."""

    def __init__(self, name: str, host: str, port: int, broker: Broker) -> None:
        self.name = name
        self.produced = 0
        self._outbox: dict[int, tuple[str, bytes]] = {}
        self._sent: set[int] = set()
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(broker.username, broker.password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect_async(host, port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def produce(self, seed: random.Random) -> None:
        """The next message: a firing, a heartbeat, or readings of three moments."""
        self.produced += 1
        number, trap, station = self.produced, TRAPS[self.name], STATIONS[self.name]
        choice = seed.random()
        if choice < 0.1:
            name, envelope = topic(self.name, trap, "sprung"), event(self.name, trap, "sprung", number)
        elif choice < 0.3:
            name, envelope = topic(self.name, "-", "status"), event(self.name, "-", "status", number)
        else:
            times = [FIRST + timedelta(seconds=3 * number + step) for step in range(3)]
            name = topic(self.name, station, "readings")
            envelope = reading(self.name, station, number, times, co2=[float(number % 9000)] * 3)
        with self._changed:
            self._outbox[number] = (name, json.dumps(envelope).encode())
            self._changed.notify_all()

    def unreceipted(self) -> int:
        with self._changed:
            return len(self._outbox)

    def close(self) -> None:
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(10)
        self._client.disconnect()
        self._client.loop_stop()

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                window = sorted(self._outbox)[:_WINDOW]
                due = [(number, *self._outbox[number]) for number in window if number not in self._sent]
                self._sent.update(number for number, _, _ in due)
            for _, name, payload in due:
                self._client.publish(name, payload, qos=1)
            with self._changed:
                if not self._changed.wait_for(lambda: self._fresh() or self._stop.is_set(), _RESEND_S):
                    self._sent.clear()

    def _fresh(self) -> bool:
        return any(number not in self._sent for number in sorted(self._outbox)[:_WINDOW])

    def _on_connect(self, client: Client, *_: Any) -> None:
        client.subscribe([(receipt_of(self.name), 1), (HUB_ANNOUNCEMENT, 1)])

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self._changed:
            if message.topic == HUB_ANNOUNCEMENT:
                self._sent.clear()
            else:
                for low, high in json.loads(message.payload)["sequences"]:
                    for number in range(low, high + 1):
                        self._outbox.pop(number, None)
            self._changed.notify_all()


@contextmanager
def running_fleet(broker: Broker) -> Iterator[list[FleetAgent]]:
    agents = [FleetAgent(name, broker.host, broker.port, broker) for name in AGENTS]
    try:
        yield agents
    finally:
        for agent in agents:
            agent.close()


class Cable:
    """A TCP relay that can be cut: connections end, and new ones are refused until it is mended."""

    def __init__(self, host: str, port: int) -> None:
        self.port = free_port()
        self._target = (host, port)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()

    def mend(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._pairs.append((near, far))
            threading.Thread(target=self._relay, args=(near, far), daemon=True).start()

    @staticmethod
    def _relay(near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far:
            while True:
                try:
                    readable, _, _ = select.select([near, far], [], [], 60)
                    for end in readable:
                        data = end.recv(65_536)
                        if not data:
                            return
                        other[end].sendall(data)
                except (OSError, ValueError):
                    return
