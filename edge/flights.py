"""The drones of an agent: their duties, loaded only where there are drones, and what these ask of their agent."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from edge import host
from edge.config import AgentConfig, Credentials
from edge.core.clock import Moment
from edge.core.readings import Row, stale_after_s
from edge.errors import ExtraMissingError
from edge.keeper import Keeper
from edge.wire.topics import down

__all__ = ["Flights", "Said"]


@dataclass(frozen=True, slots=True)
class Said:
    """Something to be sent now or never."""

    device: str
    kind: str
    data: BaseModel
    event_id: str


class Measuring(Protocol):
    """A station as it is seen from here."""

    device: str
    latest: Row


class _Duty(Protocol):
    device: str
    name: str
    beat_s: float
    faults: tuple[str, ...]

    def take(self, payload: bytes) -> None: ...
    def nudge(self) -> None: ...
    def run(self, stop: threading.Event) -> None: ...


class Flights:
    """All flight duties of an agent. `on_said`, `on_kept` and `on_status` must not block.

    Raises ConfigError when the libraries for flying are not installed, or the town's key is missing.
    """

    def __init__(
        self,
        config: AgentConfig,
        credentials: Credentials,
        keeper: Keeper,
        now: Callable[[], Moment],
        stations: Sequence[Measuring],
        *,
        on_said: Callable[[Said], None],
        on_kept: Callable[[], None],
        on_status: Callable[[str], None],
    ) -> None:
        self._data, self._now, self._stations = config.data, now, stations
        self._stale_after_s = {one.device: stale_after_s(one.every_s, one.timeout_s) for one in config.stations}
        self._on_said, self.wake, self.want_status = on_said, on_kept, on_status
        self.duties: list[_Duty] = []
        if config.flights:
            try:
                from edge.flight.duty import FlightDuty  # noqa: PLC0415 - other agents have no libraries for it
            except ImportError as error:
                raise ExtraMissingError(error) from error
            self.duties += [
                FlightDuty(one, credentials.agent, credentials.command_key, keeper, now, self) for one in config.flights
            ]
        self._by_topic = {down(credentials.agent, duty.device, "command"): duty for duty in self.duties}

    def take(self, topic: str, payload: bytes) -> bool:
        """Hand a command to the drone that it is for; False when there is no such drone here."""
        duty = self._by_topic.get(topic)
        if duty is not None:
            duty.take(payload)
        return duty is not None

    def faults(self, device: str) -> tuple[str, ...] | None:
        """What is wrong with a drone; None when it is none of these."""
        return next((duty.faults for duty in self.duties if duty.device == device), None)

    def nudge(self) -> None:
        """Wake the threads, so that they notice that they are to stop."""
        for duty in self.duties:
            duty.nudge()

    # -- what the duties ask

    def say(self, device: str, kind: str, data: BaseModel, event_id: str) -> None:
        """Send something now or never."""
        self._on_said(Said(device, kind, data, event_id))

    def wind_mps(self, station: str) -> float | None:
        """The stronger of wind and gust that a station of this agent measures; None when it has not of late."""
        latest = next((one.latest for one in self._stations if one.device == station), None)
        if latest is None or self._now().uptime_s - latest.moment.uptime_s > self._stale_after_s[station]:
            return None
        winds = [latest.values.get(name) for name in ("wind_speed", "wind_gust")]
        return max((wind for wind in winds if wind is not None), default=None)

    def disk_free_mb(self) -> float | None:
        """Room on the disk of the outbox."""
        return host.disk_free_mb(self._data)
