"""What every process of the hub needs: to be told to stop, a database, to say that it is ready."""

import _thread
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from hub.config import Settings
from hub.store import Database

__all__ = ["opened_database", "say_ready", "stop_at_signal"]


def stop_at_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        # Not from here: the thread that is interrupted may just be waiting for it and hold its lock, for ever then.
        _thread.start_new_thread(stop.set, ())

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    return stop


@contextmanager
def opened_database(settings: Settings, name: str, max_size: int, *, timeout_s: float = 10.0) -> Generator[Database]:
    """The database of one process, closed when the block ends; who cannot have a connection knows after `timeout_s`."""
    database = Database(settings.database_url, name=f"wanamori {name}", max_size=max_size, timeout_s=timeout_s)
    try:
        yield database
    finally:
        database.close()


def say_ready() -> None:
    """The supervisor's sign: what is started after this one may rely on it."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
