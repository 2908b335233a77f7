"""What a worker does to series while nobody waits: rolling up, dropping what is kept no longer.

One thread beside the one that tells people, so that no alarm waits for a rollup. Any number of workers may run it.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from hub.errors import Unavailable
from hub.store import Connection, Database

__all__ = ["Task", "Upkeep"]

Task = Callable[[Connection, datetime], bool]
"""Does one small step in a transaction of its own, and says whether there may be more at once."""

_log = structlog.get_logger(__name__)
_REST_S = 5.0
# So many steps of one task, then it is the others' turn.
_STEPS = 20


class Upkeep:
    """Runs tasks one after the other, again and again, in steps."""

    def __init__(self, database: Database, clock: Callable[[], datetime], tasks: Sequence[Task]) -> None:
        self._database = database
        self._clock = clock
        self._tasks = tasks

    def start(self, stop: threading.Event) -> threading.Thread:
        """Work in a thread until `stop` is set; a step that is underway is finished, or undone."""
        thread = threading.Thread(target=self._run, args=(stop,), name="upkeep", daemon=True)
        thread.start()
        return thread

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if not self.look(stop):
                stop.wait(_REST_S)

    def look(self, stop: threading.Event) -> bool:
        """Give each task its steps; whether one of them has more to do."""
        more = [self._run_task(task, stop) for task in self._tasks]
        return any(more)

    def _run_task(self, task: Task, stop: threading.Event) -> bool:
        for _ in range(_STEPS):
            if stop.is_set():
                return False
            try:
                with self._database.transaction() as conn:
                    more = task(conn, self._clock())
            except Unavailable as error:
                _log.warning("upkeep_postponed", error=str(error))
                return False
            except Exception:  # noqa: BLE001  # one task that fails must stop neither the others nor the next look
                _log.exception("upkeep_failed")
                return False
            if not more:
                return False
        return True
