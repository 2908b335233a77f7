"""`wanamori-hub local` as a test's subject: started as a user would, killed in parts, stopped, seen from outside."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import wait_until

PROJECT = Path(__file__).resolve().parent.parent
REAL = (sys.executable, "-m", "hub")
STANDIN = (sys.executable, str(PROJECT / "tests/integration/local/start_standin.py"))
"""The real supervisor and servers, with small processes in the place of the hub's own."""


@dataclass
class LocalService:
    """A started `wanamori-hub local`. `output` is the file with what it printed."""

    process: subprocess.Popen[bytes]
    folder: Path
    output: Path
    ready_before: int | None

    @property
    def ready(self) -> dict[str, Any]:
        """`ready.json`."""
        return json.loads((self.folder / "ready.json").read_text(encoding="utf-8"))

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_ready(self) -> dict[str, Any]:
        ready = self.folder / "ready.json"
        # one that a killed run has left stands there until the new run removes it
        wait_until(
            lambda: written_at(ready) not in (None, self.ready_before) or self.process.poll() is not None,
            "the service does not get ready",
            tries=6000,
        )
        assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.said}"
        return self.ready

    def wait_ended(self, timeout_s: float = 60) -> int:
        return self.process.wait(timeout_s)

    def stop(self, what: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for at most the ten seconds of the contract; returns the exit code."""
        self.process.send_signal(what)
        return self.process.wait(10)

    def parts(self) -> dict[str, list[int]]:
        """Process ids by what runs: `postgres`, `mosquitto`, and the hub's commands."""
        found: dict[str, list[int]] = {}
        for pid in descendants(self.process.pid):
            arguments = command_line(pid)
            if arguments:
                name = Path(arguments[0]).name
                found.setdefault(arguments[-1] if "python" in name else name.split(":")[0], []).append(pid)
        return found


def written_at(path: Path) -> int | None:
    """When a file was last written, in nanoseconds; None when there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def command_line(pid: int) -> list[str]:
    """A process's arguments; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def descendants(ancestor: int) -> list[int]:
    """Every process below one, oldest first."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, front = [], {ancestor}
    while front:
        front = {pid for pid, parent in parents.items() if parent in front}
        found += sorted(front)
    return found


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def left_of(folder: Path) -> list[list[str]]:
    """Command lines of all processes that name the folder: none is to be left after a stop."""
    lines = [command_line(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [line for line in lines if any(str(folder) in argument for argument in line)]


@contextmanager
def running_local(
    folder: Path,
    *options: str,
    command: Sequence[str] = REAL,
    environment: dict[str, str] | None = None,
    wait: bool = True,
    output: Path | None = None,
) -> Iterator[LocalService]:
    """Start it on `folder`; at the end of the block it is stopped, hard if it must be.

    What it prints goes to `output`, by default a file beside the folder.
    """
    output = output or folder.parent / f"{folder.name}.out"
    before = written_at(folder / "ready.json")
    with output.open("ab") as log:
        process = subprocess.Popen(
            [*command, "local", "--data", str(folder), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    service = LocalService(process, folder, output, before)
    try:
        if wait:
            service.wait_ready()
        yield service
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
