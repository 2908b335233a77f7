"""Child processes of the supervisor: started in a session of their own, their output read into logs, their ends
collected.

Everything runs in one thread, and must: the parent-death signal comes when the *thread* that started a child ends
(prctl(2)).
"""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, BaseSelector

from hub.local.logs import PartLog

__all__ = ["Child", "Children", "Ended", "Launch"]

_CHUNK_BYTES = 65_536
_RESULT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Launch:
    """How a part is started. With `result`, standard output is an answer to be kept from the log; else it is logged."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    result: bool = False


@dataclass(slots=True)
class Child:
    """One running process; `said_ready` once it printed the line `ready`."""

    name: str
    process: subprocess.Popen[bytes]
    log: PartLog
    result: bool
    answer: bytes = b""
    said_ready: bool = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that is gone: its exit code, negative for the signal that killed it, and its answer where one was asked
    for.
    """

    name: str
    code: int
    answer: bytes


class Children:
    """All children by name. Pipes are registered with the selector; the data of a key is the (child, which pipe) to
    read.
    """

    def __init__(self, selector: BaseSelector, logs: Path) -> None:
        self._selector = selector
        self._logs_folder = logs
        self._logs: dict[str, PartLog] = {}
        self.running: dict[str, Child] = {}

    def log_of(self, name: str) -> PartLog:
        """The part's log; it goes on through restarts."""
        return self._logs.setdefault(name, PartLog(self._logs_folder / f"{name}.log"))

    def start(self, name: str, launch: Launch) -> Child:
        """Start a process. Raises OSError when it cannot be started."""
        process = subprocess.Popen(
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(launch.environment),
            cwd=launch.folder,
            start_new_session=True,
        )
        child = Child(name, process, self.log_of(name), launch.result)
        child.log.last.clear()  # what an earlier process said does not explain how this one ends
        self.running[name] = child
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                self._selector.register(pipe, EVENT_READ, (child, pipe is process.stdout))
        return child

    def read(self, child: Child, is_stdout: bool) -> None:
        """Take what has come on one of a child's pipes."""
        pipe = child.process.stdout if is_stdout else child.process.stderr
        if pipe is None or pipe.closed:
            return
        try:
            chunk = os.read(pipe.fileno(), _CHUNK_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            self._selector.unregister(pipe)
            pipe.close()
        elif is_stdout and child.result:
            child.answer = (child.answer + chunk)[:_RESULT_BYTES]
        elif "ready" in child.log.take(chunk) and is_stdout:
            child.said_ready = True

    def send(self, name: str, what: signal.Signals) -> None:
        """Signal a part; the last signal goes to all that its process has started in its own group."""
        child = self.running.get(name)
        if child is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if what is signal.SIGKILL:
                os.killpg(child.pid, what)
            else:
                os.kill(child.pid, what)

    def collect(self) -> list[Ended]:
        """The children that have ended since the last call. Adopted orphans are collected as well, and not told
        about.
        """
        ended: list[Ended] = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return ended
            if pid == 0:
                return ended
            child = next((child for child in self.running.values() if child.pid == pid), None)
            if child is not None:
                ended.append(self._bury(child, os.waitstatus_to_exitcode(status)))

    def _bury(self, child: Child, code: int) -> Ended:
        child.process.returncode = code  # collected here, by waitpid: Popen must not look for it again
        for pipe, is_stdout in ((child.process.stdout, True), (child.process.stderr, False)):
            while pipe is not None and not pipe.closed:
                before = len(child.answer), child.log.written
                self.read(child, is_stdout)
                if not pipe.closed and before == (
                    len(child.answer),
                    child.log.written,
                ):  # somebody else still holds its other end
                    self._selector.unregister(pipe)
                    pipe.close()
        del self.running[child.name]
        return Ended(child.name, code, child.answer)
