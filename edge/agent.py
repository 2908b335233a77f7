"""The agent: wires its duties together and runs their loop. The only place in edge that reads a clock."""

import contextlib
import errno
import fcntl
import logging
import os
import queue
import threading
import time
import uuid
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from edge import host
from edge.config import AgentConfig, Credentials
from edge.core.backlog import Policy
from edge.core.clock import Clock, Moment, place
from edge.core.health import Health, State, agent_status, device_status
from edge.delivery import Delivery
from edge.errors import ConfigError
from edge.field import Buses, FieldDuty, seal_readings
from edge.flights import Flights, Said
from edge.home import Home
from edge.keeper import Keeper
from edge.link.town import Came, Down, Link, LinkEvent, Up
from edge.trap import TrapDuty
from edge.wire.codec import Message, encode
from edge.wire.messages import StatusData
from edge.wire.topics import HUB_ANNOUNCEMENT, NOBODY, receipt_of, up

__all__ = ["Agent", "SystemClock"]

_LOG = logging.getLogger(__name__)

# How long the loop may sleep: it bounds how late a stop is noticed.
_NAP_S = 0.5
_HEARTBEAT_SPREAD = 0.1
_TEND_EVERY_S = 10.0
_WATCHDOG_EVERY_S = 10.0
# A station may wait for its sensors for up to five minutes.
_STUCK_AFTER_S = 400.0
_RESTART_DUTY_S = 5.0
_STOP_WITHIN_S = 2.0
_DISK_FAILS = frozenset({errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO})
_UNKNOWN_COMMANDS_SAID = 20
_CLOCK_WAS_SET = "clock_set_in_boot"


class SystemClock:
    """This machine's clocks. Uptime counts through sleep (CLOCK_BOOTTIME)."""

    def __init__(self) -> None:
        self._boot = host.boot_id()

    @property
    def boot(self) -> str:
        """The kernel's boot id."""
        return self._boot

    def wall(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def uptime_s(self) -> float:
        """Seconds since boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


class _Moments:
    """What time it is, for the whole agent: whether the wall clock is believed is decided here alone."""

    def __init__(self, clock: Clock, source: str, keeper: Keeper) -> None:
        self._clock, self._source, self._keeper = clock, source, keeper
        self._is_set = source == "assume_set"
        # A clock that was set once keeps going: neither a restart of this program nor weeks without a network unset it.
        if source == "system":
            self._is_set = keeper.meta(_CLOCK_WAS_SET) == clock.boot
            self.look()

    def now(self) -> Moment:
        """The present moment."""
        return place(self._clock.wall(), self._clock.uptime_s(), self._clock.boot, is_set=self._is_set)

    def look(self) -> None:
        """Ask the machine whether its clock has been told the time meanwhile."""
        if self._is_set or self._source != "system" or not host.clock_is_told():
            return
        self._is_set = True
        self._keeper.put_meta(_CLOCK_WAS_SET, self._clock.boot)
        _LOG.info("the clock is set: %s", self._clock.wall().isoformat(timespec="seconds"))


class Agent:
    """One enrolled agent.

    `pin_factory` is a gpiozero factory for its pins (None: the machine's own); simulators hand in a MockFactory.
    `clock` replaces the machine's clock. Many agents may run in one process, each with a folder and a factory of its
    own.
    """

    def __init__(
        self,
        config: AgentConfig,
        credentials: Credentials,
        *,
        pin_factory: object | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._config, self._credentials, self._pin_factory = config, credentials, pin_factory
        self._clock: Clock = clock or SystemClock()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; returns within three seconds after it, with everything on disk.

        Raises ConfigError at the start.
        """
        with _alone_in(self._config.data):
            keeper = Keeper(self._config.data, int(self._config.outbox.max_mb * 1e6))
            try:
                _Run(self._config, self._credentials, keeper, self._clock, self._pin_factory).work(stop)
            finally:
                keeper.close()


class _Duty(Protocol):
    """Something that a thread of its own does; `beat_s` is the uptime at which it last showed that it lives."""

    name: str
    beat_s: float

    def run(self, stop: threading.Event) -> None: ...


@dataclass(frozen=True, slots=True)
class _StatusWanted:
    """A device has something new to say about itself."""

    device: str


class _Run:
    """One run of an agent: its parts, and the loop that holds them together."""

    def __init__(
        self, config: AgentConfig, credentials: Credentials, keeper: Keeper, clock: Clock, pin_factory: object | None
    ) -> None:
        self._config, self._agent, self._keeper = config, credentials.agent, keeper
        self._inbox: queue.SimpleQueue[LinkEvent | _StatusWanted | Said | None] = queue.SimpleQueue()
        self._halt = threading.Event()
        self._session: str | None = None
        self._changed: set[str] = set()
        self._unknown: set[str] = set()
        self._heartbeat_s = clock.uptime_s() + config.health.heartbeat_s
        self._moments = _Moments(clock, config.clock.source, keeper)
        self._now = self._moments.now
        self._link = Link(credentials, config.link, will=self._will, on_event=self._inbox.put, uptime_s=clock.uptime_s)
        outbox = config.outbox
        policy = Policy(outbox.window, outbox.resend_first_s, outbox.resend_most_s, outbox.spread_s)
        self._delivery = Delivery(self._agent, keeper, policy, self._now, self._link.publish)
        self._buses = Buses()
        self._traps = TrapDuty(
            config.traps, keeper, self._now, on_kept=self._wake, on_status=self._want_status, pin_factory=pin_factory
        )
        self._stations = [
            FieldDuty(station, keeper, self._buses, self._now, on_kept=self._wake, on_status=self._want_status)
            for station in config.stations
        ]
        self._flights = Flights(
            config, credentials, keeper, self._now, self._stations,
            on_said=self._inbox.put, on_kept=self._wake, on_status=self._want_status,
        )  # fmt: skip
        self._threads: dict[str, threading.Thread] = {}
        self._software = _software()
        self._home = Home(config, self._agent, self._software, self._stations, keeper, uptime_s=clock.uptime_s)

    def work(self, stop: threading.Event) -> None:
        """The loop; leaves with everything stopped."""
        # What an earlier run measured and could not batch any more goes first.
        for device in self._keeper.waiting_devices():
            seal_readings(self._keeper, device)
        try:
            self._start()
            host.notify_systemd("READY=1")
            _LOG.info(
                "agent %s watches %d traps, %d stations and %d drones",
                self._agent, len(self._config.traps), len(self._stations), len(self._config.flights),
            )  # fmt: skip
            self._loop(stop)
        finally:
            host.notify_systemd("STOPPING=1")
            self._stop()

    # -- the loop

    def _loop(self, stop: threading.Event) -> None:
        start_s = self._now().uptime_s
        tend_s = watchdog_s = start_s
        pump_s: float | None = start_s
        while not stop.is_set():
            news = self._take_news(pump_s)
            now_s = self._now().uptime_s
            if news or (pump_s is not None and now_s >= pump_s):
                pump_s = self._delivery.pump() if self._session else None
            # After the events that they follow from.
            while self._changed:
                device = self._changed.pop()
                self._tell(device, self._device_status("running", device))
            if now_s >= self._heartbeat_s:
                # A little early by chance, so that agents which heard the same announcement drift apart.
                early = _HEARTBEAT_SPREAD * host.chance()
                self._heartbeat_s = now_s + self._config.health.heartbeat_s * (1.0 - early)
                self._tell_all("running")
            if now_s >= tend_s:
                tend_s = now_s + _TEND_EVERY_S
                self._keeper.tend()
                self._moments.look()
            if now_s >= watchdog_s:
                watchdog_s = now_s + _WATCHDOG_EVERY_S
                if self._all_alive(now_s):
                    host.notify_systemd("WATCHDOG=1")

    def _take_news(self, pump_s: float | None) -> bool:
        """Wait a little for something to happen, and deal with it; returns whether there may be more to send."""
        now_s = self._now().uptime_s
        nap_s = _NAP_S if pump_s is None else min(_NAP_S, max(0.0, pump_s - now_s))
        news = False
        with contextlib.suppress(queue.Empty):
            event = self._inbox.get(timeout=nap_s)
            while True:
                news = True
                self._take(event)
                event = self._inbox.get_nowait()
        return news

    def _take(self, event: LinkEvent | _StatusWanted | Said | None) -> None:
        match event:
            case Up(session):
                self._session = session
                self._tell_all("online")
                self._delivery.again()
            case Down():
                self._session = None
            case Came(topic, payload, retained):
                self._take_message(topic, payload, retained)
            case _StatusWanted(device):
                self._changed.add(device)
            case Said(device, kind, data, event_id):
                self._publish(device, kind, data, event_id)
            case None:
                pass

    def _take_message(self, topic: str, payload: bytes, retained: bool) -> None:
        if topic == receipt_of(self._agent):
            self._delivery.take_receipt(payload)
        elif topic == HUB_ANNOUNCEMENT:
            # One that the broker had kept says that a hub came up some day, which is no news.
            if not retained:
                _LOG.info("a hub has come up: sending again what has no receipt")
                self._heartbeat_s = self._delivery.again()
        elif not self._flights.take(topic, payload):
            self._note_unknown(topic)

    def _note_unknown(self, topic: str) -> None:
        """A command comes each second until it is answered or expires."""
        if topic not in self._unknown and len(self._unknown) < _UNKNOWN_COMMANDS_SAID:
            self._unknown.add(topic)
            _LOG.warning("a command on %s that this agent does not know", topic[:200])

    def _wake(self) -> None:
        self._inbox.put(None)

    def _want_status(self, device: str) -> None:
        self._inbox.put(_StatusWanted(device))

    # -- what it says about itself

    def _tell_all(self, state: State) -> None:
        if self._session is None:
            return
        self._tell(NOBODY, agent_status(state, self._session, self._health()))
        for device in self._config.devices:
            self._tell(device, self._device_status(state, device))

    def _tell(self, device: str, status: StatusData | None) -> None:
        """A status is about now: it is not kept, and the next one says more than an old one would."""
        if status is not None:
            self._publish(device, "status", status, uuid.uuid4().hex)

    def _publish(self, device: str, kind: str, data: BaseModel, event_id: str) -> None:
        """Send something now or never: it has no place in the outbox, and gets no receipt."""
        if self._session is None:
            return
        now = self._now()
        message = Message(
            self._agent, device, kind, event_id, now.time, data,
            clock=now.clock, boot=now.boot, uptime_s=round(now.uptime_s, 3),
        )  # fmt: skip
        self._link.publish(up(self._agent, device, kind), encode(message))

    def _will(self, session: str) -> bytes:
        """The Last Will of a connection. It has no time: nobody knows today when it will be published."""
        now = self._now()
        status = StatusData(state="offline", session=session)
        return encode(
            Message(self._agent, NOBODY, "status", uuid.uuid4().hex, None, status, clock=now.clock, boot=now.boot)
        )

    def _device_status(self, state: State, device: str) -> StatusData | None:
        if self._session is None:
            return None
        for station in self._stations:
            if station.device == device:
                return device_status(state, self._session, None, station.faults)
        faults = self._flights.faults(device)
        if faults is not None:
            return device_status(state, self._session, None, faults)
        return device_status(state, self._session, self._traps.line(device), self._traps.faults(device))

    def _health(self) -> Health:
        health = self._config.health
        faults = {NOBODY: self._keeper.faults()}
        faults |= {trap.device: self._traps.faults(trap.device) for trap in self._config.traps}
        faults |= {duty.device: duty.faults for duty in (*self._stations, *self._flights.duties)}
        battery_v = host.read_number(health.battery_file, health.battery_scale) if health.battery_file else None
        return Health(
            software=self._software,
            battery_v=self._measured("battery_voltage") if battery_v is None else battery_v,
            signal_dbm=self._measured("signal_strength") or host.signal_dbm(health.wireless_file),
            disk_free_mb=host.disk_free_mb(self._config.data),
            backlog=self._keeper.count(),
            dropped_readings=self._keeper.dropped(),
            faults=faults,
        )

    def _measured(self, quantity: str) -> float | None:
        values = (station.latest.values.get(quantity) for station in self._stations)
        return next((value for value in values if value is not None), None)

    # -- threads

    def _duties(self) -> list[_Duty]:
        return [*([self._traps] if self._config.traps else []), *self._stations, *self._flights.duties]

    def _start(self) -> None:
        for duty in self._duties():
            self._threads[duty.name] = threading.Thread(target=self._keep_at, args=(duty,), name=duty.name, daemon=True)
        self._threads["link"] = threading.Thread(target=self._link.run, args=(self._halt,), name="link", daemon=True)
        for thread in self._threads.values():
            thread.start()
        self._home.start(self._halt)

    def _keep_at(self, duty: _Duty) -> None:
        """Run a duty, and again if a defect of ours ends it: a trap must not go unwatched for that."""
        while not self._halt.is_set():
            try:
                duty.run(self._halt)
            except Exception:  # noqa: BLE001 - whatever it is; it is logged with its traceback
                _LOG.exception("%s failed; it starts again", duty.name)
                self._halt.wait(_RESTART_DUTY_S)

    def _all_alive(self, now_s: float) -> bool:
        stuck = [duty.name for duty in self._duties() if now_s - duty.beat_s > _STUCK_AFTER_S]
        stuck += [name for name, thread in self._threads.items() if not thread.is_alive()]
        if stuck:
            _LOG.critical("stuck: %s; systemd is not told that this agent lives", ", ".join(stuck))
        return not stuck

    def _stop(self) -> None:
        deadline_s = self._now().uptime_s + _STOP_WITHIN_S
        self._halt.set()
        self._traps.nudge()
        self._flights.nudge()
        self._link.leave()
        self._buses.close()
        for thread in self._threads.values():
            thread.join(max(0.0, deadline_s - self._now().uptime_s))
            if thread.is_alive():
                _LOG.warning("%s did not stop in time", thread.name)
        self._home.join(max(0.0, deadline_s - self._now().uptime_s))


@contextlib.contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Hold the agent's folder; raises ConfigError when it cannot be made or another agent holds it.

    A disk that only fails (full, read-only, broken) keeps no trap from being watched: then nothing is held.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _DISK_FAILS:
            raise ConfigError(f"the folder {folder} cannot be used: {error.strerror}") from error
        _LOG.critical("the folder %s cannot be written (%s): this agent works from memory", folder, error.strerror)
        yield
        return
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(f"another agent is running on {folder}") from None
        yield
    finally:
        os.close(lock)


def _software() -> str:
    try:
        return metadata.version("wanamori")
    except metadata.PackageNotFoundError:
        return "unknown"
