"""A small HTTP server on a free port of 127.0.0.1, which can be made unwell while it runs."""

import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Answer", "FakeServer", "Request"]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    """Hands a request to the fake, and its answer back."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        names = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.fake.take(Request(self.command, self.path, names, body))
        self.close_connection = True
        if answer is None:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815  # http.server calls them so

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: "FakeServer") -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """Whoever gave up waiting is what the test is about."""


class FakeServer:
    """Answers by `handle`, after `next_answers`. `hold`: requests wait for it; `drop_after`: so many get no answer."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.next_answers: deque[Answer] = deque()
        self.hold: threading.Event | None = None
        self.drop_after = 0
        self._server = _Server(self)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def take(self, request: Request) -> Answer | None:
        """What is answered, once nothing holds it; None for no answer."""
        self.requests.append(request)
        if self.hold is not None:
            self.hold.wait(30)
        answer = self.next_answers.popleft() if self.next_answers else self.handle(request)
        if self.drop_after > 0:
            self.drop_after -= 1
            return None
        return answer

    def handle(self, request: Request) -> Answer:
        return Answer(404)

    def close(self) -> None:
        if self.hold is not None:
            self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
