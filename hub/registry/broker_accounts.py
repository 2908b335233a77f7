"""The broker's password file: rendered from the accounts in the database, and kept so by `wanamori-hub accounts`.

Mosquitto 2 knows a line as `name:$7$iterations$salt$hash`, where hash is PBKDF2-HMAC-SHA512 of the password, 64
bytes, and salt and hash are base64. The passwords are 256 random bits, so stretching adds nothing: few iterations
keep a reload short, in which the broker hashes the password of every connected client again.
"""

import base64
import hashlib
import os
import re
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import structlog

from hub.errors import HubError

__all__ = [
    "BROKER_ITERATIONS",
    "hash_broker_password",
    "keep_password_file",
    "own_broker_account",
    "render_password_file",
]

BROKER_ITERATIONS = 101
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HASH = re.compile(r"\$7\$[1-9][0-9]*\$[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]+=*")
_LOOKS_BETWEEN_READINGS = 10
_log = structlog.get_logger()


def hash_broker_password(password: str, salt: bytes, iterations: int = BROKER_ITERATIONS) -> str:
    """A password as Mosquitto's password file holds it, without the name; `salt` is 12 random bytes or more."""
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, dklen=64)
    return f"$7${iterations}${base64.b64encode(salt).decode()}${base64.b64encode(hashed).decode()}"


def own_broker_account(username: str, password: str) -> tuple[str, str]:
    """The hub's own account as a (user name, hash) pair, which stands in no table but in the settings.

    The salt comes from the password, so that whoever renders the file gets the same text; a random password loses
    nothing by it.
    """
    return username, hash_broker_password(
        password, hashlib.sha256(b"wanamori broker account " + password.encode()).digest()[:12]
    )


def render_password_file(accounts: Iterable[tuple[str, str]]) -> str:
    """The file's text from (user name, hash) pairs, ordered by name so that equal accounts make equal files.

    Raises ValueError for a name or hash that would break the file's format, or mean something in an access rule.
    """
    lines: list[str] = []
    for name, hashed in sorted(accounts):
        if not _NAME.fullmatch(name) or not _HASH.fullmatch(hashed):
            raise ValueError(f"not a broker account: {name!r}")
        lines.append(f"{name}:{hashed}\n")
    return "".join(lines)


@dataclass(slots=True)
class _Broker:
    """The broker as its pid file shows it; `told` is the process that knows the present file, None when none does."""

    pid_file: Path | None
    told: int | None = None

    def present(self) -> int | None:
        """The broker's process id, None when there is none. The name is checked: the number in a stale file may be
        somebody else's.
        """
        if self.pid_file is None:
            return None
        try:
            pid = int(self.pid_file.read_text(encoding="ascii"))
            return pid if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "mosquitto" else None
        except (OSError, ValueError):
            return None

    def tell(self) -> None:
        """Make the broker read its passwords again, once for each file and each broker that started since."""
        pid = self.present()
        if pid is not None and pid != self.told:
            try:
                os.kill(pid, signal.SIGHUP)
            except ProcessLookupError:
                pid = None
        self.told = pid


def keep_password_file(
    listen: Callable[[Event], Iterable[object | None]],
    fetch_accounts: Callable[[], Iterable[tuple[str, str]]],
    path: Path,
    pid_file: Path | None,
    stop: Event,
    on_first: Callable[[], None] = lambda: None,
) -> None:
    """Keep Mosquitto's password file equal to the accounts in the database, until `stop` is set.

    `listen(stop)` yields something when accounts changed and None about once a second; `fetch_accounts()` gives all
    of them, the hub's own included; `on_first` is called when the file has been written once. What cannot be done now
    (database gone, disk full) is tried again at the next look. A broker that started in between is told too, since it
    may have read the file too early.
    """
    broker, written, looks = _Broker(pid_file), _text_of(path), 0
    for notice in listen(stop):
        if stop.is_set():
            return
        if notice is not None or looks % _LOOKS_BETWEEN_READINGS == 0:
            try:
                text = render_password_file(fetch_accounts())
                if text != written:
                    _replace(path, text)
                    broker.told, written = None, text
            except (HubError, OSError, ValueError) as error:
                _log.warning("broker accounts not written", error=str(error), permanent=isinstance(error, ValueError))
                looks = 0
                continue
            if looks == 0:
                on_first()
                on_first = _nothing
        looks += 1
        broker.tell()


def _nothing() -> None:
    """Nothing is left to announce."""


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def _replace(path: Path, text: str) -> None:
    """Write beside it and rename: the broker reads the old file or the new one, never half of one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
