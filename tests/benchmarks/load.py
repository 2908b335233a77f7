"""A load generator at the wire: ready-made packets over one socket, far faster than any client library in Python.

MQTT 3.1.1, QoS 1, acknowledgements counted as they come, no more than a window of them open.
"""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

__all__ = ["Load", "publish", "reading_messages"]

WINDOW = 2_000


def _field(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _packet(kind: int, body: bytes) -> bytes:
    length, size = len(body), b""
    while True:
        length, digit = divmod(length, 128)
        size += bytes([digit | (0x80 if length else 0)])
        if not length:
            return bytes([kind]) + size + body


class Load:
    """One connection to the broker, for publishing only."""

    def __init__(self, host: str, port: int, username: str, password: str) -> None:
        self._wire = socket.create_connection((host, port), timeout=60)
        login = _field(b"") + _field(username.encode()) + _field(password.encode())
        self._wire.sendall(_packet(0x10, b"\x00\x04MQTT\x04\xc2\x00\x00" + login))
        answer = self._wire.recv(4)
        assert answer[3:4] == b"\x00", f"the broker refuses: {answer!r}"
        self._next = 0
        self._open = 0
        self._rest = 0

    def publish(self, topic: str, payload: bytes) -> bytes:
        """One packet, not sent yet."""
        self._next = self._next % 65_535 + 1
        return _packet(0x32, _field(topic.encode()) + self._next.to_bytes(2, "big") + payload)

    def send(self, packets: list[bytes]) -> None:
        """Send packets, waiting whenever too many are unacknowledged."""
        for start in range(0, len(packets), 100):
            chunk = packets[start : start + 100]
            self._wire.sendall(b"".join(chunk))
            self._open += len(chunk)
            self.settle(WINDOW)

    def settle(self, window: int = 0) -> None:
        """Wait until no more than `window` packets are unacknowledged (a PUBACK has 4 bytes)."""
        while self._open > window:
            got = self._wire.recv(65_536)
            assert got, "the broker has closed the connection"
            acknowledged, self._rest = divmod(len(got) + self._rest, 4)
            self._open -= acknowledged

    def close(self) -> None:
        self._wire.sendall(b"\xe0\x00")
        self._wire.close()


def publish(load: Load, messages: Iterator[tuple[str, bytes]]) -> int:
    """Publish all and return how many."""
    packets = [load.publish(topic, payload) for topic, payload in messages]
    load.send(packets)
    load.settle()
    return len(packets)


def reading_messages(
    count: int, times: int, quantities: tuple[str, ...], devices: list[tuple[str, str]], start: datetime, outbox: str
) -> Iterator[tuple[str, bytes]]:
    """Messages of readings: `times` moments of `quantities` each, a second apart, spread over (agent, device) pairs."""
    for number in range(count):
        agent, device = devices[number % len(devices)]
        first = start + timedelta(seconds=number // len(devices) * times)
        moments = [(first + timedelta(seconds=step)).astimezone(UTC).isoformat() for step in range(times)]
        values = {name: [20 + (number + step) % 100 / 10 for step in range(times)] for name in quantities}
        yield (
            f"wanamori/v1/up/{agent}/{device}/readings",
            json.dumps({
                "specversion": "1.0",
                "id": f"{outbox}-{number}",
                "source": f"/agents/{agent}/devices/{device}",
                "type": "jp.wanamori.readings.v1",
                "time": moments[-1],
                "outbox": outbox,
                "sequence": str(number),
                "data": {"times": moments, "values": values},
            }, separators=(",", ":")).encode(),
        )  # fmt: skip
