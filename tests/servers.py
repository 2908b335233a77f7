"""Real servers for tests, started by the code that `wanamori-hub local` uses: one PostgreSQL with TimescaleDB, one
Mosquitto.

They are started once a test session, in a folder of their own, on a unix socket and a free port. Fsync is off in this
cluster only: databases are thrown away after each test; the tests of crashes start the whole service, with fsync on.
"""

import itertools
import os
import secrets
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from hub.local.broker import mosquitto_command, render_acl, render_mosquitto_conf
from hub.local.cluster import (
    DATABASE,
    create_database_script,
    database_url,
    is_accepting,
    postgres_command,
    render_hba,
    render_ident,
    render_postgres_conf,
)
from hub.local.folders import make_folder, prepare_folders, socket_folder, write_file
from hub.local.layout import Layout
from hub.local.owner import Owner, chosen_owner, drop_prefix, least_capability
from hub.local.ports import complaint_about_port
from hub.local.programs import find_mosquitto, find_postgres, find_setpriv
from hub.registry.broker_accounts import hash_broker_password, render_password_file
from hub.store import migrate

HUB_ACCOUNT = "hub"
_GIGABYTE = 1 << 30
_PAUSE = threading.Event()  # never set: waiting on it is a pause between two looks at another process


# Below the ranges from which the kernel takes ports for outgoing connections and a local service its own, so that
# nobody gets one by accident.
_BLOCKS, _BLOCK = range(10_000, 20_000, 50), 50
_CLAIMS: list[socket.socket] = []
_FREE: list[int] = []


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses, never the same one twice.

    No other test process on this machine gets it either, while this one runs: an agent that is to find nobody there
    must not find the broker of a test beside it.
    """
    while True:
        if not _FREE:
            _FREE.extend(_claimed_block())
        port = _FREE.pop()
        if complaint_about_port(port) is None:
            return port


def _claimed_block() -> range:
    """Some ports for this process alone: an abstract socket's name is had once, and free when its holder ends."""
    for first in secrets.SystemRandom().sample(_BLOCKS, len(_BLOCKS)):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0wanamori-test-ports-{first}")
        except OSError:
            claim.close()
            continue
        _CLAIMS.append(claim)
        return range(first, first + _BLOCK)
    raise AssertionError("test processes hold all ports")


def wait_until(condition, what: str | Callable[[], str], tries: int = 1500, pause_s: float = 0.02) -> None:
    """Look until `condition()` holds; fails with `what` (or what it says then) and the number of looks, generous enough
    for a busy machine."""
    for _ in range(tries):
        if condition():
            return
        _PAUSE.wait(pause_s)
    raise AssertionError(f"{what() if callable(what) else what}: not so after {tries} looks")


def answers(host: str, port: int) -> bool:
    """Whether something takes TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


@dataclass(frozen=True)
class Place:
    """A prepared folder and as whom its servers run."""

    layout: Layout
    owner: Owner
    prefix: list[str]


def prepared_place(folder: Path) -> Place:
    """Make the folders of a service below `folder`, for the user that its servers run as."""
    folder.mkdir(parents=True, exist_ok=True)
    layout = Layout(folder.resolve())
    owner = chosen_owner(layout.cluster)
    prepare_folders(layout, owner)
    setpriv = find_setpriv()
    return Place(layout, owner, drop_prefix(setpriv, owner, "KILL", least_capability(setpriv, owner, [layout.conf])))


@dataclass
class DatabaseServer:
    """The test session's PostgreSQL. `empty()` and `migrated()` make a database for one test, `drop` removes it."""

    socket_folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _template: str | None = None

    def url(self, database: str = DATABASE) -> str:
        return database_url(self.socket_folder, database)

    def empty(self) -> str:
        """URL of a new database with nothing in it."""
        return self._create("template0")

    def migrated(self) -> str:
        """URL of a new database with the hub's schema: a copy of one that was migrated once."""
        if self._template is None:
            template = self._create("template0")
            migrate(template)
            self._template = _database_of(template)
        return self._create(self._template)

    def drop(self, url: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_database_of(url))))

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self.url(name)


def _database_of(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@dataclass
class Broker:
    """The test session's Mosquitto. `username` and `password` are the hub's own account."""

    host: str
    port: int
    username: str
    password: str
    password_file: Path
    pid_file: Path
    log_file: Path
    _accounts: dict[str, str] = field(default_factory=dict)

    def add_account(self, name: str, password: str | None = None) -> str:
        """Add (or change) an account and return its password, once the broker knows it."""
        password = password or secrets.token_urlsafe(32)
        self._accounts[name] = hash_broker_password(password, os.urandom(12))
        self._write()
        os.kill(int(self.pid_file.read_text()), signal.SIGHUP)
        wait_until(lambda: self.admits(name, password), f"the broker does not admit {name}")
        return password

    def admits(self, name: str, password: str) -> bool:
        """Whether the broker takes this name and password: one MQTT 3.1.1 CONNECT by hand, no client library."""
        payload = b"".join(len(part).to_bytes(2, "big") + part for part in (b"", name.encode(), password.encode()))
        head = b"\x00\x04MQTT\x04\xc2\x00\x05"
        length = len(head) + len(payload)
        size = bytes([length]) if length < 128 else bytes([length % 128 | 0x80, length // 128])
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as connection:
                connection.sendall(b"\x10" + size + head + payload)
                return connection.recv(4)[3:4] == b"\x00"
        except OSError:
            return False

    def _write(self) -> None:
        text = render_password_file(self._accounts.items())
        temporary = self.password_file.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        # the broker runs as the folder's owner and reads the file again by itself
        folder = self.password_file.parent.stat()
        os.chown(temporary, folder.st_uid, folder.st_gid)
        temporary.replace(self.password_file)


@contextmanager
def running_database(folder: Path) -> Iterator[DatabaseServer]:
    """A private PostgreSQL with TimescaleDB, for as long as the block runs."""
    place = prepared_place(folder)
    layout, programs = place.layout, find_postgres()
    sockets = socket_folder(layout, place.owner)
    make_folder(layout.cluster, place.owner)
    made = subprocess.run(
        [*place.prefix, *create_database_script(programs, layout.cluster, "--no-sync")], capture_output=True
    )
    assert made.returncode == 0, made.stderr.decode(errors="replace")[-2000:]
    users = ("root", place.owner.name)
    write_file(layout.hba_conf, render_hba(), place.owner)
    write_file(layout.ident_conf, render_ident(users), place.owner)
    extra = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}
    write_file(layout.postgres_conf, render_postgres_conf(layout, sockets, _GIGABYTE, extra), place.owner)
    log = layout.logs / "postgres.log"
    with _running([*place.prefix, *postgres_command(programs, layout)], log, signal.SIGINT) as server:
        wait_until(
            lambda: is_accepting(layout.cluster, server.pid) or server.poll() is not None, "the database does not start"
        )
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        yield DatabaseServer(sockets)


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A private Mosquitto on a free port, for as long as the block runs."""
    place = prepared_place(folder)
    layout, port, log = place.layout, free_port(), place.layout.logs / "mosquitto.log"
    broker = Broker(
        "127.0.0.1", port, HUB_ACCOUNT, secrets.token_urlsafe(32), layout.broker_passwords, layout.broker_pid, log
    )
    hub = {HUB_ACCOUNT: hash_broker_password(broker.password, os.urandom(12))}
    write_file(layout.broker_passwords, render_password_file(hub.items()), place.owner)
    broker._accounts.update(hub)
    write_file(layout.mosquitto_acl, render_acl(), place.owner)
    write_file(layout.mosquitto_conf, render_mosquitto_conf(layout, port), place.owner)
    with _running([*place.prefix, *mosquitto_command(find_mosquitto(), layout)], log, signal.SIGTERM) as server:
        wait_until(
            lambda: broker.admits(HUB_ACCOUNT, broker.password) or server.poll() is not None,
            "the broker does not start",
        )
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        yield broker


@contextmanager
def _running(command: list[str], log: Path, stop: signal.Signals) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
