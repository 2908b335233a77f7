"""The line between a phone and the hub, as it is in a valley: it can be gone, silent, or lose what the hub answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from typing_extensions import override

from tests.faults.proxy import Proxy, _shut


class _OneWay(Proxy):
    """May lose answers: the hub hears and acts, the phone hears nothing."""

    losing: bytes | None = None  # answers are lost from the request on that begins so
    lost: threading.Event

    @override
    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            is_answer = source.getpeername()[1] == self.target
        except OSError:
            is_answer = False
        super()._pump(_Heard(self, source, sink, is_answer=is_answer), sink)  # as much of a socket as is used


class _Heard:
    """A socket whose bytes the line looks at."""

    def __init__(self, line: _OneWay, source: socket.socket, sink: socket.socket, *, is_answer: bool) -> None:
        self._line, self._source, self._sink, self._is_answer = line, source, sink, is_answer

    def recv(self, size: int) -> bytes:
        content = self._source.recv(size)
        if not self._is_answer and self._line.losing is not None and content.startswith(self._line.losing):
            self._line.lost.set()
        if content and self._is_answer and self._line.lost.is_set():
            _shut(self._sink)
            return b""
        return content

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)


class Line:
    """A line to `target`, on one port for all its life."""

    def __init__(self, target: int) -> None:
        self._target, self._port = target, 0
        self._proxy: _OneWay | None = None
        self.up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def up(self) -> None:
        """There is a signal, and nothing is lost."""
        if self._proxy is not None and self._proxy.losing is not None:
            self.down()
        if self._proxy is None:
            self._proxy = _OneWay(self._target, port=self._port)
            self._proxy.lost = threading.Event()
            self._proxy.start()
            self._port = self._proxy.port

    def down(self) -> None:
        """There is none: connections end, and no new one opens."""
        if self._proxy is not None:
            self._proxy.stop()
            self._proxy = None

    def lose_answers(self, *, to: bytes = b"") -> None:
        """What the phone sends arrives; what the hub answers does not, from the first request on that begins so."""
        assert self._proxy is not None
        self._proxy.losing = to


@contextmanager
def line_to(target: int) -> Iterator[Line]:
    """A line that is up."""
    line = Line(target)
    try:
        yield line
    finally:
        line.down()
