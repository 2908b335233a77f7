"""What takes time: connecting, preparing, launching. One thread for a drone, one job at a time.

The duty decides and never waits; it gives a job and hears of its end. `cancel` ends a job soon: a vehicle that stands
armed on the ground is disarmed then, one that flies is left to whoever cancelled.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from edge.core.flying.ground import first_outside
from edge.core.flying.items import Item, fence_items, mission_items, rally_items
from edge.core.flying.preflight import Limits
from edge.errors import FlightError
from edge.flight.autopilot import Autopilot
from edge.flight.mavlink import dialect
from edge.flight.transfers import FENCE, MISSION, RALLY, has, put
from edge.wire.orders import CheckResult, Mission

__all__ = ["Ended", "Hands", "Job"]

_LOG = logging.getLogger(__name__)

_KNOWN_S = 5.0
_LOOK_S = 0.1
_ON_GROUND = 1  # MAV_LANDED_STATE_ON_GROUND
_CEILING, _POLYGON = 1, 4
_RETURN_HOME = 1
_ABOVE_M = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done, for an order (None: to connect)."""

    kind: Literal["connect", "prepare", "launch"]
    order: str | None = None
    mission: Mission | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A job has ended: well, or with a fault (reason, detail).

    `items`: where the mission surveys; `checks`: the list that it failed.
    """

    job: Job
    fault: tuple[str, str] | None = None
    items: tuple[int, int] | None = None
    checks: tuple[CheckResult, ...] = ()


class Hands:
    """Works for one drone while `run` runs. `on_end` is called in its thread."""

    def __init__(
        self,
        autopilot: Autopilot,
        limits: Limits,
        rally: Sequence[tuple[float, float, float]],
        on_end: Callable[[Ended], None],
    ) -> None:
        self._autopilot, self._limits, self._rally, self._on_end = autopilot, limits, tuple(rally), on_end
        self._jobs: queue.SimpleQueue[tuple[Job, threading.Event] | None] = queue.SimpleQueue()
        self._waiting: list[threading.Event] = []
        self._called_off = threading.Event()
        self._pause = threading.Event()

    def give(self, job: Job) -> None:
        """Have a job done after those that were given before."""
        called_off = threading.Event()
        self._waiting = [*(one for one in self._waiting if not one.is_set()), called_off][-10:]
        self._jobs.put((job, called_off))

    def cancel(self) -> None:
        """All that was given so far is to end."""
        for called_off in self._waiting:
            called_off.set()

    def leave(self) -> None:
        """Let the thread end."""
        self.cancel()
        self._autopilot.end()
        self._jobs.put(None)

    def run(self) -> None:
        """Do what is given, until `leave`."""
        while (given := self._jobs.get()) is not None:
            job, self._called_off = given
            self._on_end(self._do(job))
        self._autopilot.close()

    def _do(self, job: Job) -> Ended:
        try:
            if job.kind == "connect":
                self._autopilot.open()
            elif job.mission is None:
                raise FlightError("not_prepared", "there is no mission")
            elif job.kind == "prepare":
                return Ended(job, items=self._prepare(job.mission))
            else:
                self._launch(job.mission)
        except FlightError as error:
            return Ended(job, (error.reason, error.detail))
        except Exception as error:  # noqa: BLE001 - whatever it is, the duty must hear that the job has ended
            _LOG.exception("%s failed", job.kind)
            return Ended(job, ("vehicle", repr(error)))
        return Ended(job)

    # -- preparing

    def _prepare(self, mission: Mission) -> tuple[int, int]:
        autopilot, route = self._autopilot, mission_items(mission)
        if autopilot.seen.armed:
            raise FlightError("busy", "the vehicle is armed")
        autopilot.command(dialect.MAV_CMD_DO_FENCE_ENABLE, 0)
        put(autopilot, FENCE, self._fence(mission), self._called_off.is_set)
        if self._rally:
            put(autopilot, RALLY, rally_items(self._rally), self._called_off.is_set)
        for name, value in self._parameters(mission):
            autopilot.set_parameter(name, value)
        put(autopilot, MISSION, route.items, self._called_off.is_set)
        autopilot.command(dialect.MAV_CMD_DO_FENCE_ENABLE, 1)
        self._get_to_know()
        return route.first, route.last

    def _get_to_know(self) -> None:
        """Just connected, an autopilot has not said everything yet that the preflight list asks for."""
        for _ in range(int(_KNOWN_S / _LOOK_S)):
            seen = self._autopilot.seen
            if None not in (seen.heartbeat_s, seen.position_s, seen.fix, seen.ekf_flags, seen.battery_percent):
                return
            self._go_on()
            self._pause.wait(_LOOK_S)

    def _fence(self, mission: Mission) -> tuple[Item, ...]:
        """The mission's own fence; and the owner's beside it, where the first is not within the second anyway."""
        ring = [(lon, lat) for lon, lat in mission.fence]
        is_within = first_outside([*ring, ring[0]], self._limits.fence) is None
        return fence_items([ring] if is_within else [ring, self._limits.fence])

    def _parameters(self, mission: Mission) -> tuple[tuple[str, float], ...]:
        highest_m = max(mission.highest_m, *(height + _ABOVE_M for _, _, height in mission.path))
        ceiling_m = min(highest_m, self._limits.highest_m + _ABOVE_M)
        return (
            # Without its type a circle of 150 m around the take-off place comes along.
            ("FENCE_TYPE", _CEILING | _POLYGON),
            ("FENCE_ACTION", _RETURN_HOME),
            ("FENCE_ALT_MAX", max(ceiling_m, mission.return_height_m + _ABOVE_M)),
            ("RTL_ALT", mission.return_height_m * 100),
            # A mission that was held goes on where it was held.
            ("MIS_RESTART", 0),
        )

    # -- launching

    def _launch(self, mission: Mission) -> None:
        """Arm in GUIDED (arming in AUTO is refused), then AUTO, then start the mission."""
        autopilot = self._autopilot
        for kind, items in ((FENCE, self._fence(mission)), (MISSION, mission_items(mission).items)):
            wrong = has(autopilot, kind, items, self._called_off.is_set)
            if wrong is not None:
                raise FlightError("mission_changed", wrong)
        autopilot.send("mission_set_current", 0, 1, 0)
        self._mode("GUIDED")
        self._go_on()
        try:
            self._arm()
            self._go_on()
            self._mode("AUTO")
            self._go_on()
            autopilot.command(dialect.MAV_CMD_MISSION_START, 0, 0, called_off=self._called_off.is_set)
        except FlightError as error:
            if error.reason != "arm_refused" and autopilot.seen.landed == _ON_GROUND and autopilot.is_alive:
                autopilot.command_unheard(dialect.MAV_CMD_COMPONENT_ARM_DISARM, 0)
            raise

    def _arm(self) -> None:
        with self._autopilot.listening("STATUSTEXT") as said:
            try:
                self._autopilot.command(dialect.MAV_CMD_COMPONENT_ARM_DISARM, 1, called_off=self._called_off.is_set)
            except FlightError as error:
                if error.reason == "link":
                    raise
                reasons: list[str] = []
                while (line := said.take(_LOOK_S)) is not None:
                    reasons.append(str(line.text))
                raise FlightError("arm_refused", "; ".join(reasons)[:400] or error.detail) from error

    def _mode(self, mode: str) -> None:
        try:
            self._autopilot.change_mode(mode, called_off=self._called_off.is_set)
        except FlightError as error:
            if error.reason == "link":
                raise
            raise FlightError("mode_refused", f"{mode}: {error.detail}") from error

    def _go_on(self) -> None:
        if self._called_off.is_set():
            raise FlightError("superseded", "it was called off")
