"""A TCP proxy that can be a bad network: it passes, swallows, delays, cuts and resets."""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field

from tests.servers import free_port

_BLOCK = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends RST


@dataclass
class Proxy:
    """Listens on a free port of 127.0.0.1 and passes to `target`. Set `delay_s` at any time; see `cut` and `heal`."""

    target: int
    delay_s: float = 0.0
    port: int = 0
    _open: threading.Event = field(default_factory=threading.Event)
    _closed: threading.Event = field(default_factory=threading.Event)
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        self._open.set()
        # One that no outgoing connection gets while the proxy is down.
        self.port = self.port or free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self._accepting = threading.Thread(target=self._accept, name=f"proxy {self.port}", daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        self._closed.set()
        self._open.set()
        # Wakes the accepting thread. While one is in `accept`, closing alone leaves the port in use.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        self.reset()

    def cut(self) -> None:
        """The network is gone: nothing passes, no connection opens, and nobody is told."""
        self._open.clear()

    def heal(self) -> None:
        """The network is back, for connections that still think they live and for new ones."""
        self._open.set()

    def reset(self) -> None:
        """Every connection ends at once with a reset."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                _shut(one)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        self._open.wait()  # a cut network answers nobody
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
        except OSError:
            _shut(near)
            return
        far.settimeout(None)
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._pairs.append((near, far))
        if self._closed.is_set():
            self.reset()
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        pause = threading.Event()
        with contextlib.suppress(OSError):
            while content := source.recv(_BLOCK):
                self._open.wait()
                if self.delay_s:
                    pause.wait(self.delay_s)
                sink.sendall(content)
        for one in (source, sink):
            _shut(one)
        with self._lock:
            self._pairs = [pair for pair in self._pairs if source not in pair]


def _shut(one: socket.socket) -> None:
    """Close with a reset; shutting down first wakes a thread that reads."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RDWR)
    one.close()
