"""`make demo`: the service (`wanamori-hub local`) and a simulated town (`wanamori-sim town`), side by side.

A mail server that keeps every mail as a file stands beside them. Everything lies under `.data/`; a second start finds
what was there. Ctrl-C or SIGTERM stops all parts, the town first and the mail server last.
"""

from __future__ import annotations

import _thread
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, cast

_ROOT = Path(__file__).resolve().parents[1]
_PROGRAMS = _ROOT / ".venv/bin"
_START_S = 180
"""How long a part may take to start: a first start makes a database on a slow disk."""
_STOP_S = 20
_POLL_S = 0.2
_SETTINGS = {"WANAMORI_PUSH_CONTACT": "mailto:wanamori@example.jp"}
"""What the demo's town has set, unless the environment says otherwise: notifications of the browser on this machine."""


class DemoError(Exception):
    """The demo cannot start or go on; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """Where the demo of this checkout keeps its things."""

    data: Path
    mails: Path
    logs: Path

    @property
    def ready(self) -> Path:
        """The file that the service writes when all of it is up."""
        return self.data / "ready.json"


class Parts:
    """The programs of the demo, each in a session of its own, so that Ctrl-C reaches this program alone."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, argv: Sequence[str], *, shown: bool) -> None:
        """Start a part; what it says is shown, or kept in a log."""
        self._logs.mkdir(parents=True, exist_ok=True)
        # a part ends with this program even where this program is killed
        command = ["setpriv", "--pdeathsig", "TERM", "--", *argv]
        with self.log(name).open("wb") as log:
            output = None if shown else log
            self._running[name] = subprocess.Popen(
                command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                env={**_SETTINGS, **os.environ},
            )  # fmt: skip

    def log(self, name: str) -> Path:
        """The file that keeps what a part says."""
        return self._logs / f"{name}.log"

    def ended(self) -> tuple[str, int] | None:
        """Name and exit code of a part that has ended, if one has."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                return name, code
        return None

    def forget(self, name: str) -> None:
        """No longer watch a part that has done its work."""
        del self._running[name]

    def stop(self) -> None:
        """Stop all parts, the last one first, and wait for each."""
        for process in reversed(self._running.values()):
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


def main() -> int:
    """Run the demo until it is stopped; return 0 then, 1 when a part failed, 2 when it cannot start here."""
    parser = argparse.ArgumentParser(prog="make demo", description="The service with a simulated town, for a look.")
    parser.add_argument("--http-port", type=int, default=8080, help="where the pages are (8080)")
    parser.add_argument(
        "--folder", type=Path, default=_ROOT / ".data", help="where its data, mails and logs lie (.data)"
    )
    arguments = parser.parse_args()
    http_port: int = arguments.http_port
    folder: Path = arguments.folder.absolute()
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # not from here: the thread that is interrupted may just be waiting for it and hold its lock, for ever then
        _thread.start_new_thread(stopped.set, ())

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    place = Place(folder / "demo", folder / "demo-mail", folder / "demo-logs")
    parts = Parts(place.logs)
    try:
        if not is_free(http_port):
            print(
                f"port {http_port} is taken: stop what uses it, or use another one (make demo HTTP_PORT=8090)",
                file=sys.stderr,
            )
            return 2
        _start(parts, place, http_port, stopped)
        _watch(parts, stopped)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    finally:
        if stopped.is_set():
            print("\ndemo: stopping", flush=True)
        parts.stop()
    return 0


def is_free(port: int) -> bool:
    """Say whether a server could listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def greeting(ready: Mapping[str, Any], mails: Path) -> str:
    """Return what a visitor must know: where to look, and as whom to sign in."""
    staff = cast("Mapping[str, str]", ready["staff"])
    people = cast("Sequence[Mapping[str, str]]", ready.get("people", ()))
    rows = [("staff", staff["username"], staff["password"], "")]
    rows += [(person["role"], person["username"], person["password"], person["name"]) for person in people]
    lines = [
        "",
        f"  Wanamori is up: {ready['http']}",
        "",
        "  Sign in as     user name        password",
        *(f"  {role:<14} {username:<16} {password:<24} {name}".rstrip() for role, username, password, name in rows),
        "",
        f"  Mails lie in   {mails}",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def _start(parts: Parts, place: Place, http_port: int, stopped: threading.Event) -> None:
    mail_port = _free_port()
    place.mails.mkdir(parents=True, exist_ok=True)
    simulator, hub = str(_PROGRAMS / "wanamori-sim"), str(_PROGRAMS / "wanamori-hub")
    print("demo: starting the service (the first start makes its database)", flush=True)
    parts.start("mailbox", [simulator, "mailbox", "--port", str(mail_port), "--folder", str(place.mails)], shown=True)
    _await(parts, stopped, lambda: not is_free(mail_port))
    place.ready.unlink(missing_ok=True)
    local = [hub, "local", "--data", str(place.data), "--http-port", str(http_port), "--smtp", f"127.0.0.1:{mail_port}"]
    parts.start("hub", local, shown=False)
    _await(parts, stopped, place.ready.is_file)
    if stopped.is_set():
        return
    print(greeting(json.loads(place.ready.read_text(encoding="utf-8")), place.mails), flush=True)
    parts.start("town", [simulator, "town", "--ready", str(place.ready)], shown=True)


def _watch(parts: Parts, stopped: threading.Event) -> None:
    while not stopped.wait(_POLL_S):
        end = parts.ended()
        if end == ("town", 0):
            parts.forget("town")
            print("demo: the day in the town is over; the service goes on until Ctrl-C", flush=True)
        elif end:
            _complain(parts, *end)


def _await(parts: Parts, stopped: threading.Event, is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_S
    while not is_there() and not stopped.wait(_POLL_S):
        if end := parts.ended():
            _complain(parts, *end)
        if time.monotonic() > deadline:
            raise DemoError(f"nothing is up after {_START_S} s; look into {parts.log('hub')}")


def _complain(parts: Parts, name: str, code: int) -> None:
    log = parts.log(name)
    said = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    because = f": {said[-1].strip()} (log: {log})" if said else ""
    raise DemoError(f"{name} ended with code {code}{because}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return cast("int", probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
