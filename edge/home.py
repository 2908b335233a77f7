"""The stations in a farmer's own Home Assistant: a guest of the agent, never part of its duty.

It looks at what the stations have measured last and shows that; no duty calls it, waits for it or knows of it, and the
watchdog does not ask after it. What it has told a broker to keep is remembered, so that it can be taken back later.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from edge.config import AgentConfig, HomeAssistantConfig, StationConfig
from edge.core.discovery import (
    OFFLINE,
    ONLINE,
    House,
    Place,
    Retained,
    availability,
    decide_withdrawals,
    describe,
    format_remembered,
    parse_remembered,
    quantities_shown,
    states,
    topics_of,
)
from edge.core.readings import Row, stale_after_s
from edge.keeper import Keeper
from edge.link.home import HomeLink

__all__ = ["Home", "Measuring"]

_LOG = logging.getLogger(__name__)

_REMEMBERED = "home_assistant_topics"
_AGAIN_AFTER_S = 60.0


class Measuring(Protocol):
    """A station as it is seen from here; `latest` is replaced whole with each measurement."""

    device: str
    latest: Row


class Home:
    """Shows stations to Home Assistant from `start` to `stop`, as far as the configuration wants it."""

    def __init__(
        self,
        config: AgentConfig,
        agent: str,
        software: str,
        stations: Sequence[Measuring],
        keeper: Keeper,
        *,
        uptime_s: Callable[[], float],
    ) -> None:
        self._config, self._agent, self._software = config, agent, software
        self._stations, self._keeper, self._uptime_s = stations, keeper, uptime_s
        self._thread: threading.Thread | None = None

    def start(self, stop: threading.Event) -> None:
        """Begin; it ends by itself after `stop`."""
        if self._config.home_assistant is None:
            self._mention_what_is_left()
            return
        self._thread = threading.Thread(
            target=self._keep_at, args=(self._config.home_assistant, stop), name="home assistant", daemon=True
        )
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for its end, not longer than `timeout_s`: nothing of the agent's hangs on it."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _keep_at(self, settings: HomeAssistantConfig, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._show(settings, stop)
                return
            except Exception:  # noqa: BLE001 - whatever it is; it is logged with its traceback
                _LOG.exception("showing stations to Home Assistant failed; it starts again")
                stop.wait(_AGAIN_AFTER_S)

    def _show(self, settings: HomeAssistantConfig, stop: threading.Event) -> None:
        house = House(self._agent, settings.prefix, settings.language, self._software)
        every = [_place(station, settings) for station in self._config.stations] if settings.enabled else []
        places = [place for place in every if place.quantities]
        shelf = _Shelf(house, places, self._stations, self._keeper)
        will = availability(house, OFFLINE) if places else None
        HomeLink(settings, self._config.link, f"wanamori-{self._agent}", shelf, will, uptime_s=self._uptime_s).run(stop)

    def _mention_what_is_left(self) -> None:
        if parse_remembered(self._keeper.meta(_REMEMBERED)):
            _LOG.warning(
                "there is no [home_assistant] any more, but its broker still keeps this agent's sensors: "
                "put it back with enabled = false, and they are taken back"
            )


class _Shelf:
    """What is to be retained, and of each topic only the newest; see edge.link.home.Desk."""

    def __init__(self, house: House, places: Sequence[Place], stations: Sequence[Measuring], keeper: Keeper) -> None:
        self._house, self._keeper = house, keeper
        self._places = {place.device: place for place in places}
        self._stations = [station for station in stations if station.device in self._places]
        self._wanted = topics_of(house, places)
        self._remembered = parse_remembered(keeper.meta(_REMEMBERED))
        self._waiting: dict[str, Retained] = {}
        self._leaving: set[str] = set()
        self._shown: dict[str, Row] = {}

    @property
    def finished(self) -> bool:
        """Whether nothing is shown, and nothing is left to be taken back."""
        return not self._places and not self._remembered

    def begin(self) -> None:
        """Tell everything to a broker that may have kept nothing of it."""
        # First remembered, then told: what was told and forgotten could never be taken back.
        self._remember(self._remembered | self._wanted)
        leaving = decide_withdrawals(self._remembered, self._wanted)
        self._leaving = {message.topic for message in leaving}
        places = tuple(self._places.values())
        births = [availability(self._house, ONLINE)] if places else []
        told = (*leaving, *describe(self._house, places), *births)
        self._waiting = {message.topic: message for message in told}
        self._shown.clear()

    def next(self) -> Retained | None:
        """The next message: first what sensors there are, then their states."""
        for station in self._stations:
            row = station.latest
            if self._shown.get(station.device) is not row:
                self._shown[station.device] = row
                for message in states(self._house, self._places[station.device], row.values):
                    self._waiting[message.topic] = message
        return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None

    def taken(self, topic: str) -> None:
        """Forget what was taken back, once all of it was."""
        if topic in self._leaving:
            self._leaving.discard(topic)
            if not self._leaving:
                self._remember(self._wanted)

    def _remember(self, topics: frozenset[str]) -> None:
        if topics != self._remembered:
            self._keeper.put_meta(_REMEMBERED, format_remembered(topics))
            self._remembered = topics


def _place(station: StationConfig, settings: HomeAssistantConfig) -> Place:
    measured = [name for sensor in station.sensors for name in sensor.quantities]
    return Place(
        station.device,
        station.name or station.device,
        quantities_shown(station.device, measured, settings.leave_out),
        stale_after_s(station.every_s, station.timeout_s),
    )
