"""The whole service, `wanamori-hub local --empty`, as a process of its own with a real mail server beside it.

It is reached through the contract alone: ready.json, HTTP, MQTT, mail, and SQL where a test must count rows.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import httpx
import psycopg

from simulators.mailbox import Mailbox
from tests.servers import free_port, wait_until

START_S = 90


@dataclass(frozen=True)
class Ports:
    """Where the service listens: the same again after a restart."""

    http: int
    mqtt: int


class Service:
    """A running service: `http`, `mqtt`, `database`, `token` come from ready.json; `mailbox` holds what it mailed."""

    def __init__(
        self, data: Path, mailbox: Mailbox, ports: Ports, environment: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.data, self.mailbox, self.ports, self.environment = data, mailbox, ports, environment
        self.log = data.parent / f"{data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for its ready file."""
        self.ready_file.unlink(missing_ok=True)
        command = [
            sys.executable, "-m", "hub", "local", "--data", str(self.data), "--http-port", str(self.ports.http),
            "--mqtt-port", str(self.ports.mqtt), "--smtp", f"{self.mailbox.host}:{self.mailbox.port}", "--empty",
        ]  # fmt: skip
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                env={**os.environ, **self.environment},
            )  # fmt: skip
        self.process = process
        wait_until(lambda: self.ready_file.exists() or process.poll() is not None, "ready.json", START_S * 20, 0.05)
        assert process.poll() is None, f"the service did not start:\n{self.tail()}"
        self.__dict__.pop("ready", None)

    def stop(self, *, seconds: float = 20) -> int:
        """End it as Ctrl-C or systemd does and return its exit code; kills it when it does not end."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"the service did not end within {seconds} s:\n{self.tail()}") from None

    @property
    def ready_file(self) -> Path:
        return self.data / "ready.json"

    @cached_property
    def ready(self) -> dict:
        return json.loads(self.ready_file.read_text(encoding="utf-8"))

    @property
    def http(self) -> str:
        """The address of pages and API, without a slash at its end."""
        return self.ready["http"]

    @property
    def mqtt(self) -> tuple[str, int]:
        return self.ready["mqtt"]["host"], self.ready["mqtt"]["port"]

    @property
    def token(self) -> str:
        """The staff token, which may call every route."""
        return self.ready["staff"]["token"]

    @cached_property
    def api(self) -> httpx.Client:
        """The HTTP API as staff; a path begins with `/api/v1/…`."""
        return self.client(self.token)

    def client(self, token: str | None = None) -> httpx.Client:
        """An HTTP client of the service, with a token or as nobody."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.http, headers=headers, timeout=30)

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """A connection of our own to the service's database, committing each statement."""
        with psycopg.connect(self.ready["database"], autocommit=True) as connection:
            yield connection

    def rows(self, statement: str, *values: object) -> list[tuple]:
        """The rows of one SQL statement."""
        with self.database() as connection:
            return connection.execute(statement, values or None).fetchall()

    def wait_for_rows(self, statement: str, *values: object, tries: int = 300) -> list[tuple]:
        """The rows of a statement as soon as there are any."""
        found: list[tuple] = []

        def look() -> bool:
            found[:] = self.rows(statement, *values)
            return bool(found)

        wait_until(look, f"no row of: {statement} {values}", tries, 0.1)
        return found

    def pids(self, *words: str) -> list[int]:
        """Its processes whose command line has all these words: `pids("hub", "ingest")`, `pids("mosquitto")`."""
        assert self.process
        return [pid for pid in descendants(self.process.pid) if all(word in command_of(pid) for word in words)]

    def tail(self, size: int = 6000) -> str:
        """The end of what it said."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-size:] if self.log.exists() else ""


@contextmanager
def running_service(
    folder: Path, *, ports: Ports | None = None, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Service]:
    """The whole service in `folder/hub` with a mailbox in `folder/mail`, for as long as the block runs.

    `environment` adds settings (WANAMORI_…) to those that `wanamori-hub local` makes itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mailbox = Mailbox(folder / "mail")
    mailbox.start()
    service = Service(folder / "hub", mailbox, ports or Ports(free_port(), free_port()), environment)
    try:
        service.start()
        yield service
    finally:
        if "api" in service.__dict__:
            service.api.close()
        if service.process:
            service.stop()
        mailbox.stop()


def descendants(root: int) -> list[int]:
    """All processes below one, as the kernel lists them."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [root]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def command_of(pid: int) -> str:
    """A process's command line; nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""
