"""Planning within a request: a valid plan at once, bettered as long as whoever waits can be kept waiting."""

from collections.abc import Callable
from threading import BoundedSemaphore

from hub import clock
from hub.errors import Unavailable
from hub.surveys.documents import PlanDocument
from hub.surveys.over_ground import plan_over
from hub.surveys.request import PlanRequest
from hub.surveys.terrain import Terrain

__all__ = ["Planner"]

_EFFORT = 4
_WAIT_S = 20.0


class Planner:
    """Plans for one process: few at once, since each takes a core. `terrain` is the ground, as far as it is known."""

    def __init__(self, better_for_s: float = 2.0, at_once: int = 2, terrain: Terrain | None = None) -> None:
        self.terrain = terrain
        self._better_for_s = better_for_s
        self._places = BoundedSemaphore(at_once)

    def plan(self, request: PlanRequest) -> PlanDocument:
        """Plan; it is bettered for some two seconds. Raises Invalid with one line, Unavailable when too many plan."""
        if not self._places.acquire(timeout=_WAIT_S):
            raise Unavailable("Too many plans are being made; try again.")
        try:
            return plan_over(request, self.terrain, _EFFORT, self._patience())
        finally:
            self._places.release()

    def _patience(self) -> Callable[[], bool]:
        until_s = clock.monotonic() + self._better_for_s
        return lambda: clock.monotonic() > until_s
