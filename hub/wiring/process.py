"""What every process of the hub needs: to be told to stop, a database, to say that it is ready."""

import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from hub.config import Settings
from hub.signals import pipe_of_signals
from hub.store import Database

__all__ = ["opened_database", "say_ready", "stop_at_signal"]

_STOPS = (signal.SIGTERM, signal.SIGINT)


def stop_at_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set. Once a process, in its main thread."""
    stop, told = threading.Event(), pipe_of_signals(_STOPS)
    threading.Thread(target=_set_when_told, args=(stop, told), name="signals", daemon=True).start()
    return stop


def _set_when_told(stop: threading.Event, told: int) -> None:
    while os.read(told, 1)[0] not in _STOPS:
        pass
    stop.set()


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
