"""Orders from outside while the vehicles fly: a socket on this machine, or stdin; a line in, a line of JSON out."""

from __future__ import annotations

import json
import socketserver
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Lock, Thread

from simulators.errors import PortTaken, SimulatorError, Unsuitable
from simulators.vehicle.run import Vehicles

__all__ = ["answer", "ordering"]

_LONGEST = 500


def answer(vehicles: Vehicles, line: str) -> str:
    """What an order brings, as JSON: each vehicle's answer by its system id, or `{"error": …}`."""
    try:
        answers = vehicles.order(line[:_LONGEST])
    except SimulatorError as error:
        return json.dumps({"error": str(error)})
    return json.dumps({str(system): _plain(text) for system, text in answers.items()})


def _plain(text: str) -> object:
    return json.loads(text) if text.startswith("{") else text


@contextmanager
def ordering(vehicles: Vehicles, control: str | None, say: Callable[[str], None]) -> Generator[None]:
    """Take orders meanwhile: at HOST:PORT, from stdin (`-`), or from nobody (None)."""
    if control is None:
        yield
    elif control == "-":
        saying = Lock()
        Thread(target=_read_stdin, args=(vehicles, say, saying), name="orders", daemon=True).start()
        yield
        # never given back: a thread that is in the midst of saying something at the interpreter's end breaks it
        saying.acquire(timeout=5)
    else:
        with _server(vehicles, control) as server:
            thread = Thread(target=server.serve_forever, args=(0.1,), name="orders", daemon=True)
            thread.start()
            say(f"orders at {server.server_address[0]}:{server.server_address[1]}")
            try:
                yield
            finally:
                server.shutdown()
                thread.join(5)


def _read_stdin(vehicles: Vehicles, say: Callable[[str], None], saying: Lock) -> None:
    # without a buffer, whose lock would be held at the interpreter's end
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as orders:
        for line in iter(orders.readline, b""):
            if line.strip():
                answered = answer(vehicles, line.decode("utf-8", "replace"))
                with saying:
                    say(answered)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _server(vehicles: Vehicles, control: str) -> _Server:
    host, _, port = control.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdecimal() or int(port) > 65535:
        raise Unsuitable(f"{control} is no place for orders: 127.0.0.1:PORT, or - for stdin.")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in iter(lambda: self.rfile.readline(_LONGEST), b""):
                if line.strip():
                    self.wfile.write(f"{answer(vehicles, line.decode('utf-8', 'replace'))}\n".encode())

    try:
        return _Server((host, int(port)), Handler)
    except OSError as error:
        raise PortTaken(f"{control} cannot be opened: {error.strerror or error}.") from error
