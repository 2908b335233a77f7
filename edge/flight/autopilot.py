"""One autopilot behind one class: dronekit's connection, with its pitfalls mended.

A connection is made anew with a new vehicle of dronekit's, since one whose link has died notices nothing, keeps its
last values and takes orders in silence. The listener runs in dronekit's receiving thread and must never wait; whoever
waits for an answer does so in a thread of its own, on a box that the listener puts messages into. Nothing of dronekit's
own mission code is used (see edge.flight.transfers).
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from edge.core.flying.seen import Seen, Shot, Text
from edge.errors import FlightError
from edge.flight.listening import hear, read_shot, read_text
from edge.flight.mavlink import MODE_NUMBERS, Vehicle, connect, dialect

__all__ = ["Autopilot", "Box", "CameraSet", "Heard"]

_ANSWER_S = 1.5
_TRIES = 4
_FIRST_HEARTBEAT_S = 5.0
_ONBOARD = 255  # the system id of a ground station, which the autopilot's failsafe listens for
# MAV_DATA_STREAM: state, position, HUD, the rest; and how often a second.
_STREAMS = ((2, 2), (6, 4), (11, 1), (12, 1))
_STATE_US = 500_000
_ACCEPTED, _BUSY, _IN_PROGRESS = 0, 1, 5


@dataclass(frozen=True, slots=True)
class CameraSet:
    """The autopilot has taken what was asked of its camera."""


Heard = Shot | Text | CameraSet | None
"""A photo, a line, the camera's answer, or a mode or arming that has changed (None)."""


class Box:
    """Messages of certain kinds, from when it was opened on."""

    def __init__(self, is_alive: Callable[[], bool]) -> None:
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._is_alive = is_alive
        self.put = self._messages.put

    def take(self, timeout_s: float) -> Any | None:
        """The next message; None when none came in time. Raises FlightError when the link is gone."""
        with contextlib.suppress(queue.Empty):
            return self._messages.get(timeout=timeout_s)
        if not self._is_alive():
            raise FlightError("link", "the connection is gone")
        return None


class _Quiet(Vehicle):
    """dronekit's vehicle without its parameter download and its watch over the link, both of which may never end."""

    def __init__(self, handler: Any, stop: threading.Event) -> None:
        super().__init__(handler)  # pyright: ignore[reportUnknownMemberType] - dronekit has types that it does not give
        self._stop = stop

    def initialize(self, heartbeat_timeout: float = 30, **_rest: object) -> None:
        self._message_listeners.pop("PARAM_VALUE", None)
        heard = threading.Event()

        def listen(*_message: object) -> None:
            if self._heartbeat_system:
                heard.set()

        self.add_message_listener("HEARTBEAT", listen)
        self._handler.start()
        for _ in range(int(heartbeat_timeout * 10)):
            if heard.wait(0.1):
                self._handler.target_system = self._heartbeat_system
                return
            if self._stop.is_set() or not _runs(self._handler):
                break
        raise FlightError("link", "no heartbeat came")


class Autopilot:
    """The way to one autopilot. `on_heard` is called in the receiving thread and must not block."""

    def __init__(
        self, connection: str, baud: int, *, on_heard: Callable[[Heard], None], uptime_s: Callable[[], float]
    ) -> None:
        self._connection, self._baud = connection, baud
        self._on_heard, self._uptime_s = on_heard, uptime_s
        self._vehicle: Any = None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._boxes: dict[str, list[Box]] = {}
        self.seen = Seen()

    @property
    def is_alive(self) -> bool:
        """Whether the connection's threads run; that somebody is at its other end, only heartbeats tell."""
        vehicle = self._vehicle
        return vehicle is not None and _runs(vehicle._handler)  # noqa: SLF001 - dronekit gives it nowhere else

    def open(self) -> None:
        """Connect anew; returns with the first heartbeat. Raises FlightError. May take some seconds."""
        self.close()

        def quiet(handler: Any) -> Any:
            return _Quiet(handler, self._stop)

        try:
            vehicle = connect(
                self._connection, baud=self._baud, vehicle_class=quiet, heartbeat_timeout=_FIRST_HEARTBEAT_S,
                source_system=_ONBOARD,
            )  # fmt: skip
        except FlightError:
            raise
        except Exception as error:  # whatever a serial port, a socket or the library says
            raise FlightError("link", f"no connection to {self._connection}: {error}") from error
        # What an earlier connection heard is not news; what the vehicle was doing is the best that is known until then.
        self.seen = Seen(armed=self.seen.armed, mode=self.seen.mode)
        vehicle.add_message_listener("*", self._take)
        self._vehicle = vehicle

    def end(self) -> None:
        """Let go: whoever connects or waits in another thread stops that soon."""
        self._stop.set()

    def close(self) -> None:
        """End the connection; harmless when there is none."""
        vehicle, self._vehicle = self._vehicle, None
        if vehicle is not None:
            with contextlib.suppress(Exception):
                vehicle.close()

    # -- asking

    def ask_streams(self) -> None:
        """Ask for what is to be told all the time; an autopilot forgets that when it starts anew."""
        for stream, rate_hz in _STREAMS:
            self.send("request_data_stream", 0, 1, stream, rate_hz, 1)
        self.command_unheard(dialect.MAV_CMD_SET_MESSAGE_INTERVAL, dialect.MAVLINK_MSG_ID_EXTENDED_SYS_STATE, _STATE_US)

    def command(self, command: int, *params: float, called_off: Callable[[], bool] | None = None) -> None:
        """Have something done; raises FlightError with the autopilot's refusal, or `link` when it says nothing.

        It is not asked for again once `called_off` says so: whether it was done is then as little known.
        """
        with self.listening("COMMAND_ACK") as box:
            for attempt in range(_TRIES):
                if attempt and called_off is not None and called_off():
                    break
                self.command_unheard(command, *params, confirmation=attempt)
                result = self._result(box, command)
                if result == _ACCEPTED:
                    return
                if result not in (None, _BUSY, _IN_PROGRESS):
                    raise FlightError("vehicle", f"command {command}: {_result_name(result)}")
        raise FlightError("link", f"no answer to command {command}")

    def command_unheard(self, command: int, *params: float, confirmation: int = 0) -> None:
        """Ask for something and do not wait for the answer."""
        filled = [*params, *(0.0 for _ in range(7 - len(params)))]
        self.send("command_long", 0, 1, command, confirmation, *filled)

    def ask_mode(self, mode: str) -> None:
        """Ask for a flight mode; the heartbeats tell whether it was taken."""
        self.command_unheard(dialect.MAV_CMD_DO_SET_MODE, dialect.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, MODE_NUMBERS[mode])

    def change_mode(self, mode: str, *, called_off: Callable[[], bool]) -> None:
        """Have a flight mode taken, as `command`; raises FlightError."""
        flag, number = dialect.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, MODE_NUMBERS[mode]
        self.command(dialect.MAV_CMD_DO_SET_MODE, flag, number, called_off=called_off)

    def trigger_camera(self, every_m: float) -> None:
        """Ask for a photo each so many metres (0: none) and do not wait for the answer, which is heard."""
        self.command_unheard(dialect.MAV_CMD_DO_SET_CAM_TRIGG_DIST, every_m, 0.0, 1.0 if every_m else 0.0)

    def set_parameter(self, name: str, value: float) -> None:
        """Set a parameter and see that it is set; raises FlightError."""
        with self.listening("PARAM_VALUE") as box:
            for _ in range(_TRIES):
                self.send("param_set", 0, 1, name.encode(), value, dialect.MAV_PARAM_TYPE_REAL32)
                while (message := box.take(_ANSWER_S)) is not None:
                    if message.param_id == name:
                        if abs(message.param_value - value) <= 1e-3 * max(1.0, abs(value)):
                            return
                        break
        raise FlightError("upload", f"the parameter {name} cannot be set to {value:g}")

    def send(self, message: str, *fields: Any) -> None:
        """Send a message by its name; raises FlightError when there is no connection."""
        vehicle = self._vehicle
        if vehicle is None:
            raise FlightError("link", "there is no connection")
        factory = vehicle.message_factory
        vehicle.send_mavlink(getattr(factory, f"{message}_encode")(*fields))

    # -- hearing

    @contextmanager
    def listening(self, *kinds: str) -> Generator[Box]:
        """A box for all messages of these kinds that come meanwhile."""
        box = Box(lambda: self.is_alive)
        with self._lock:
            for kind in kinds:
                self._boxes[kind] = [*self._boxes.get(kind, []), box]
        try:
            yield box
        finally:
            with self._lock:
                for kind in kinds:
                    self._boxes[kind] = [one for one in self._boxes[kind] if one is not box]

    def _take(self, vehicle: Any, kind: str, message: Any) -> None:
        if vehicle is not self._vehicle or message.get_srcComponent() != dialect.MAV_COMP_ID_AUTOPILOT1:
            return
        now_s, before = self._uptime_s(), self.seen
        self.seen = hear(before, message, now_s)
        if kind == "CAMERA_FEEDBACK":
            self._on_heard(read_shot(message, now_s))
        elif kind == "STATUSTEXT":
            self._on_heard(read_text(message))
        elif kind == "COMMAND_ACK" and message.command == dialect.MAV_CMD_DO_SET_CAM_TRIGG_DIST:
            if message.result == _ACCEPTED:
                self._on_heard(CameraSet())
        elif (before.mode, before.armed) != (self.seen.mode, self.seen.armed):
            self._on_heard(None)
        for box in self._boxes.get(kind, ()):
            box.put(message)

    def _result(self, box: Box, command: int) -> int | None:
        while (message := box.take(_ANSWER_S)) is not None:
            if message.command == command:
                return int(message.result)
        return None


def _runs(handler: Any) -> bool:
    """Whether both threads of a connection run, the one that reads and the one that writes; a closed one has none."""
    threads = (handler.mavlink_thread_in, handler.mavlink_thread_out)
    return all(thread is not None and thread.is_alive() for thread in threads)


def _result_name(result: int) -> str:
    entry = dialect.enums["MAV_RESULT"].get(result)
    return entry.name.removeprefix("MAV_RESULT_").lower() if entry else str(result)
