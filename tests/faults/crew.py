"""Agents to be killed: real ones on simulated pins and thermometers, in a process of their own.

`python -m tests.faults.crew FOLDER` runs them; `Crew` is that process as a test sees it. The wires outlive the agents,
as real ones do: `Crew` knows where each was left, and a new process finds it there. Each agent's own record is kept by
a trigger inside its outbox, in the transaction that keeps the message itself.
"""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge.agent import Agent
from edge.config import (
    AgentConfig,
    ClockConfig,
    Credentials,
    HealthConfig,
    LinkConfig,
    OneWireConfig,
    OutboxConfig,
    StationConfig,
    TrapConfig,
)
from edge.outbox import Outbox
from edge.wire.codec import Message, decode, finish
from edge.wire.topics import parse_topic, source_of, up
from simulators.sensors.onewire import OneWireFolder
from simulators.sensors.pins import BOUNCES, TrapPins

_RECORD = """
CREATE TABLE IF NOT EXISTS record (sequence INTEGER PRIMARY KEY, device TEXT, kind TEXT, frozen BLOB);
CREATE TRIGGER IF NOT EXISTS keep_record AFTER INSERT ON entry BEGIN
    INSERT INTO record VALUES (new.sequence, new.device, new.kind, new.frozen);
END;
"""


@dataclass(frozen=True)
class Member:
    """One agent of the crew: its credentials, its traps, and its station if it has one."""

    name: str
    credentials: Credentials
    traps: tuple[str, ...]
    station: str | None = None

    def folder(self, crew: Path) -> Path:
        return crew / self.name


@dataclass(frozen=True)
class Recorded:
    """A message of an agent's own record, as the agent kept it."""

    outbox: str
    sequence: int
    message: Message


@dataclass
class Crew:
    """The crew's process. `move` moves a wire, whether the process lives or not."""

    folder: Path
    members: list[Member]
    _open: set[str] = field(default_factory=set)
    _process: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def traps(self) -> list[str]:
        return [trap for member in self.members for trap in member.traps]

    def start(self) -> None:
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            told = {
                "open": sorted(self._open),
                "members": [
                    {
                        "name": member.name,
                        "credentials": member.credentials.model_dump(mode="json"),
                        "traps": member.traps,
                        "station": member.station,
                    }
                    for member in self.members
                ],
            }
            (self.folder / "crew.json").write_text(json.dumps(told), encoding="utf-8")
            with (self.folder / "crew.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.faults.crew", str(self.folder)],
                    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log, text=True, bufsize=1,
                )  # fmt: skip

    def kill(self) -> None:
        """Kill -9: nothing is said, nothing is finished."""
        with self._lock:
            if self._process is not None:
                self._process.send_signal(signal.SIGKILL)
                self._end()

    def stop(self) -> None:
        """The end of its input ends it."""
        with self._lock:
            if self._process is not None and self._process.stdin:
                self._process.stdin.close()
                self._end()

    def _end(self) -> None:
        assert self._process
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        self._process.wait(30)
        self._process = None

    def move(self, trap: str, *, is_open: bool) -> None:
        """Open or close a trap's wire."""
        with self._lock:
            (self._open.add if is_open else self._open.discard)(trap)
            if self._process is not None and self._process.stdin:
                with contextlib.suppress(OSError):  # it has just been killed; the next one finds the wire so
                    self._process.stdin.write(f"{'open' if is_open else 'close'} {trap}\n")

    def phase(self, trap: str) -> str | None:
        """What the trap's agent has on disk about it: `new`, `armed`, `sprung`; None before it has begun."""
        member = next(member for member in self.members if trap in member.traps)
        if not (member.folder(self.folder) / "outbox.sqlite3").exists():
            return None
        with self._database(member) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'phase'").fetchone():
                return None
            found = database.execute("SELECT phase FROM phase WHERE device = ?", (trap,)).fetchone()
        return found[0] if found else None

    def waiting(self) -> int:
        """How many messages have no receipt yet."""
        total = 0
        for member in self.members:
            with self._database(member) as database:
                total += database.execute("SELECT count(*) FROM entry").fetchone()[0]
        return total

    def record(self) -> Iterator[Recorded]:
        """Everything that any agent of the crew has ever kept."""
        for member in self.members:
            agent = member.credentials.agent
            with self._database(member) as database:
                outbox = database.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()[0]
                rows = database.execute(
                    "SELECT sequence, device, kind, frozen FROM record ORDER BY sequence"
                ).fetchall()
            for sequence, device, kind, frozen in rows:
                payload = finish(frozen, source_of(agent, device), outbox, sequence, None)
                yield Recorded(outbox, sequence, decode(parse_topic(up(agent, device, kind)), payload))

    @contextlib.contextmanager
    def _database(self, member: Member) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(member.folder(self.folder) / "outbox.sqlite3", timeout=30)) as database:
            yield database


def run(folder: Path) -> None:
    """Run the agents until standard input ends."""
    told = json.loads((folder / "crew.json").read_text(encoding="utf-8"))
    stop, lines, threads = threading.Event(), {}, []
    for one in told["members"]:
        member = Member(
            one["name"], Credentials.model_validate(one["credentials"]), tuple(one["traps"]), one["station"]
        )
        home, pins = member.folder(folder), TrapPins()
        home.mkdir(parents=True, exist_ok=True)
        keep_record(home / "outbox.sqlite3")
        for pin, trap in enumerate(member.traps, 2):
            lines[trap] = pins, pin
            if trap not in told["open"]:
                pins.close(pin)
        OneWireFolder(home / "w1").show("28-000000000001", 12.5)
        agent = Agent(config_of(member, home), member.credentials, pin_factory=pins.factory)
        threads.append(threading.Thread(target=agent.run, args=(stop,)))
    for thread in threads:
        thread.start()
    for line in sys.stdin:
        word, trap = line.split()
        pins, pin = lines[trap]
        if word == "open":
            pins.open(pin, BOUNCES["reed"])
        else:
            pins.close(pin)
    stop.set()
    for thread in threads:
        thread.join()


def keep_record(file: Path) -> None:
    """Have the outbox keep a record of all that is ever put into it."""
    Outbox(file, 1_000_000_000).close()  # makes the tables
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.executescript(_RECORD)


def config_of(member: Member, home: Path) -> AgentConfig:
    """Pins from 2 on, a thermometer asked five times a second; resent and reconnected within seconds."""
    thermometer = OneWireConfig(kind="one_wire", path=home / "w1")
    return AgentConfig(
        data=home,
        clock=ClockConfig(source="assume_set"),
        outbox=OutboxConfig(resend_first_s=2.0, resend_most_s=10.0, spread_s=0.5),
        link=LinkConfig(keepalive_s=5, connect_timeout_s=5, retry_first_s=0.1, retry_most_s=2.0, refused_s=2.0),
        health=HealthConfig(heartbeat_s=5.0),
        traps=tuple(
            TrapConfig(device=trap, pin=pin, settle_s=0.05, reset_after_s=0.3)
            for pin, trap in enumerate(member.traps, 2)
        ),
        stations=(
            (StationConfig(device=member.station, every_s=0.2, send_every_s=1.0, sensors=(thermometer,)),)
            if member.station
            else ()
        ),
    )


if __name__ == "__main__":
    run(Path(sys.argv[1]))
