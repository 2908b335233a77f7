"""Sockets to ground stations: TCP, to which several may connect, and UDP either way."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector

from simulators.errors import PortTaken
from simulators.vehicle.options import Endpoint
from simulators.vehicle.values import Message
from simulators.vehicle.wire import Wire

__all__ = ["Links"]

_MOST_WAITING = 512 * 1024  # bytes for a station that does not read; what is beyond is lost, as on a radio


class _Link:
    """One station: where its bytes go, and what waits for it."""

    def __init__(self, wire: Wire, sock: socket.socket, address: tuple[str, int] | None) -> None:
        self.wire, self.sock, self.address = wire, sock, address
        self.waiting = bytearray()


class Links:
    """All links of one vehicle on one endpoint. Calls back with each message, and when a link comes or goes."""

    def __init__(
        self,
        endpoint: Endpoint,
        system_id: int,
        selector: BaseSelector,
        *,
        came: Callable[[int], None],
        went: Callable[[int], None],
        heard: Callable[[int, int, int, Message], None],
    ) -> None:
        self._endpoint, self._system_id, self._selector = endpoint, system_id, selector
        self._came, self._went, self._heard = came, went, heard
        self._links: dict[int, _Link] = {}
        self._numbers = count(1)
        self._socket = self._open()
        self.endpoint = Endpoint(endpoint.kind, endpoint.host, self._socket.getsockname()[1])
        if endpoint.kind == "udpout":
            self.endpoint = endpoint
            self._add(self._socket, (endpoint.host, endpoint.port))

    def _open(self) -> socket.socket:
        kind, host, port = self._endpoint.kind, self._endpoint.host, self._endpoint.port
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        try:
            if kind == "tcp":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if kind != "udpout":
                sock.bind((host, port))
            if kind == "tcp":
                sock.listen(8)
        except OSError as error:
            sock.close()
            raise PortTaken(f"{self._endpoint} cannot be opened: {error.strerror or error}.") from error
        sock.setblocking(False)
        self._selector.register(sock, EVENT_READ, self._accept if kind == "tcp" else self._datagram)
        return sock

    def send(self, link: int, message: Message, copies: int = 1) -> None:
        """Send to one link, so many times; to one that is gone, nothing."""
        found = self._links.get(link)
        if found is None:
            return
        frame = found.wire.encode(message)
        for _ in range(copies):
            if found.address is not None:
                with contextlib.suppress(OSError):
                    found.sock.sendto(frame, found.address)
            elif len(found.waiting) < _MOST_WAITING:
                found.waiting += frame

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        for number, link in list(self._links.items()):
            if link.waiting:
                self._write(number, link)

    def numbers(self) -> Iterator[int]:
        """The links that there are."""
        return iter(list(self._links))

    def close_links(self) -> None:
        """Close all connections; new ones are taken. UDP knows none."""
        for number, link in list(self._links.items()):
            if link.address is None:
                self._drop(number)

    def close(self) -> None:
        """Close everything."""
        self.close_links()
        self._selector.unregister(self._socket)
        self._socket.close()

    def _accept(self, _mask: int) -> None:
        try:
            sock, _ = self._socket.accept()
        except OSError:
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = self._add(sock, None)
        self._selector.register(sock, EVENT_READ, partial(self._stream, number))

    def _add(self, sock: socket.socket, address: tuple[str, int] | None) -> int:
        number = next(self._numbers)
        self._links[number] = _Link(Wire(self._system_id), sock, address)
        self._came(number)
        return number

    def _drop(self, number: int) -> None:
        link = self._links.pop(number)
        self._selector.unregister(link.sock)
        link.sock.close()
        self._went(number)

    def _stream(self, number: int, mask: int) -> None:
        link = self._links.get(number)
        if link is None:  # closed by what came on another one in the same moment
            return
        if mask & EVENT_WRITE:
            self._write(number, link)
        if not mask & EVENT_READ or number not in self._links:
            return
        try:
            data = link.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(number)
            return
        self._hear(number, link, data)

    def _datagram(self, _mask: int) -> None:
        try:
            data, address = self._socket.recvfrom(65536)
        except OSError:
            return
        known = next((number for number, link in self._links.items() if link.address == address), None)
        number = self._add(self._socket, address) if known is None else known
        self._hear(number, self._links[number], data)

    def _hear(self, number: int, link: _Link, data: bytes) -> None:
        for system, component, message in link.wire.decode(data):
            self._heard(number, system, component, message)

    def _write(self, number: int, link: _Link) -> None:
        try:
            sent = link.sock.send(link.waiting)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(number)
            return
        del link.waiting[:sent]
        wanted = EVENT_READ | EVENT_WRITE if link.waiting else EVENT_READ
        key = self._selector.get_key(link.sock)
        if key.events != wanted:
            self._selector.modify(link.sock, wanted, key.data)
