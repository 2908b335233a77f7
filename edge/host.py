"""What the machine says: its boot, whether its clock was told the time, its disk, its radio; and talk with systemd."""

import contextlib
import os
import random
import shutil
import signal
import socket
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from edge.core.health import parse_wireless_dbm

__all__ = [
    "boot_id", "chance", "clock_is_told", "disk_free_mb", "notify_systemd", "read_number", "signal_dbm",
    "stop_at_signal",
]  # fmt: skip

_TIME_ERROR = 5
_TIMEX_BYTES = 512
_RANDOM = random.SystemRandom()


def stop_at_signal(*numbers: signal.Signals) -> threading.Event:
    """An event that these signals set. Once a process, in its main thread.

    A thread reads them from the pipe that the interpreter writes at once. A handler runs between two steps of the main
    thread, and that may wait for the event already: a signal that comes just before it does, or to another thread,
    would not wake it.
    """
    stop = threading.Event()
    told, tell = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in numbers:
        signal.signal(number, _left_to_the_thread)
    threading.Thread(target=_set_when_told, args=(stop, told, numbers), name="signals", daemon=True).start()
    return stop


def _set_when_told(stop: threading.Event, told: int, numbers: Sequence[int]) -> None:
    while os.read(told, 1)[0] not in numbers:
        pass
    stop.set()


def _left_to_the_thread(_number: int, _frame: FrameType | None) -> None:
    """A handler must be there for the pipe to be written."""


def boot_id() -> str:
    """The kernel's id of this boot; where there is none, one of this process (so that nothing is placed by a wrong
    uptime).
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return uuid.uuid4().hex


def chance() -> float:
    """A number in 0..1, to spread in time what a town's agents do."""
    return _RANDOM.random()


def clock_is_told() -> bool:
    """Whether the clock has been synchronised since boot: systemd-timesyncd's mark, or the kernel's own word (chrony,
    ntpd).
    """
    if Path("/run/systemd/timesync/synchronized").exists():
        return True
    try:
        import ctypes  # noqa: PLC0415 - a hardened kernel may refuse it, which must cost no more than this question

        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (ImportError, MemoryError, OSError, AttributeError):
        return False
    # struct timex with modes = 0 only asks; it is 208 bytes on 64-bit Linux, and the answer wanted is the return value.
    answer = int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return 0 <= answer < _TIME_ERROR


def disk_free_mb(folder: Path) -> float | None:
    """Free space where `folder` lies, in MB (10⁶ bytes)."""
    try:
        return shutil.disk_usage(folder).free / 1e6
    except OSError:
        return None


def read_number(path: Path, scale: float) -> float | None:
    """The number that a file (of sysfs, say) holds, times `scale`; None when it holds none."""
    try:
        return float(path.read_text(encoding="ascii")) * scale
    except (OSError, ValueError):
        return None


def signal_dbm(path: Path) -> float | None:
    """The signal of the first wireless interface in dBm, from the kernel's table at `path`."""
    try:
        return parse_wireless_dbm(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def notify_systemd(word: str) -> None:
    """Tell systemd `READY=1`, `WATCHDOG=1`, `STOPPING=1`; silently nothing when nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
        door.sendto(word.encode(), address.replace("@", "\0", 1))
