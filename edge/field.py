"""The field duty: measures stations on their schedule, and keeps what they say.

A thread for each station waits for its moments; a thread for each bus asks the sensors on it in turn, so that a sensor
that does not answer, or never comes back from the kernel, costs its own station one timeout and nobody else anything.
"""

import itertools
import logging
import queue
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from edge.config import SensorConfig, StationConfig
from edge.core.clock import Moment
from edge.core.draft import Draft, draft_readings
from edge.core.readings import Row, batches, calibrate, check_plausible
from edge.core.sampling import Schedule, decide_tick
from edge.errors import SensorError
from edge.keeper import Keeper
from edge.sensors.base import Sensor, bus_of, open_sensor
from edge.wire.messages import MAX_TIMES

__all__ = ["Buses", "FieldDuty", "seal_readings"]

_LOG = logging.getLogger(__name__)

_WAIT_AT_MOST_S = 10.0


@dataclass(slots=True)
class _Question:
    """A sensor asked to measure; `answered` is set when `values` or `fault` are there. A `late` one
    is waited for no more.
    """

    sensor: Sensor
    answered: threading.Event = field(default_factory=threading.Event)
    values: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    fault: str | None = None
    late: bool = False


# First those that answered last time (0), then those that did not (1), each in the order of asking; last of all the
# end.
_Turn = tuple[int, int, _Question | None]
_END = 2


class Buses:
    """The threads that ask sensors, one for each bus, made when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._queues: dict[str, queue.PriorityQueue[_Turn]] = {}

    def ask(self, bus: str, sensor: Sensor, *, failed_before: bool = False) -> _Question:
        """Have a sensor measured when its bus is free; one that failed before comes after those that did not."""
        question = _Question(sensor)
        with self._lock:
            if bus not in self._queues:
                self._queues[bus] = queue.PriorityQueue()
                threading.Thread(target=_serve, args=(self._queues[bus],), name=f"bus {bus}", daemon=True).start()
            self._queues[bus].put((int(failed_before), next(self._numbers), question))
        return question

    def close(self) -> None:
        """Let the threads end when their sensors let them."""
        with self._lock:
            for turns in self._queues.values():
                turns.put((_END, next(self._numbers), None))
            self._queues.clear()


class FieldDuty:
    """Measures one station while `run` runs.

    `on_kept` is called when a batch is ready to be sent, `on_status` when its faults have changed; neither may block.
    """

    def __init__(
        self,
        station: StationConfig,
        keeper: Keeper,
        buses: Buses,
        now: Callable[[], Moment],
        *,
        on_kept: Callable[[], None],
        on_status: Callable[[str], None],
    ) -> None:
        self.name = f"station {station.device}"
        self.device = station.device
        self._station, self._keeper, self._buses, self._now = station, keeper, buses, now
        self._on_kept, self._on_status = on_kept, on_status
        self._measuring, self._sending = Schedule(station.every_s), Schedule(max(station.send_every_s, station.every_s))
        self._sensors: dict[SensorConfig, Sensor] = {}
        self._asked: dict[SensorConfig, _Question] = {}
        self.faults: tuple[str, ...] = ()
        self.latest = Row(now(), {})
        self.beat_s = now().uptime_s

    def run(self, stop: threading.Event) -> None:
        """Measure until `stop`."""
        while not stop.is_set():
            now = self._now()
            self.beat_s = now.uptime_s
            self._measuring, due, wait_s = decide_tick(self._measuring, now)
            if due:
                row = self._measure(now, stop)
                # What was cut short by stopping says nothing about the sensors.
                if not stop.is_set():
                    self._keep(row)
                continue
            stop.wait(min(wait_s, _WAIT_AT_MOST_S))

    def _measure(self, now: Moment, stop: threading.Event) -> Row:
        """Ask all sensors, and take what has come when the station's timeout is over; None where nothing has."""
        questions = {config: self._ask(config) for config in self._station.sensors}
        values: dict[str, float | None] = {}
        faults: list[str] = []
        for config, question in questions.items():
            got, fault = self._await(question, now.uptime_s + self._station.timeout_s, stop)
            if fault:
                faults.append(f"{config.kind}: {fault}")
            for quantity in config.quantities:
                values[quantity], doubt = self._judge(quantity, got.get(quantity), now)
                if doubt and not fault:
                    faults.append(doubt)
        row = Row(now, values)
        if not stop.is_set():
            self._note(tuple(faults))
            self.latest = row
        return row

    def _ask(self, config: SensorConfig) -> _Question | str:
        earlier = self._asked.get(config)
        if earlier is not None and not earlier.answered.is_set():
            return "still busy with an earlier measurement"
        try:
            if config not in self._sensors:
                self._sensors[config] = open_sensor(config)
        except SensorError as error:
            return str(error)
        failed = earlier is not None and (earlier.late or earlier.fault is not None)
        self._asked[config] = self._buses.ask(bus_of(config), self._sensors[config], failed_before=failed)
        return self._asked[config]

    def _await(
        self, question: _Question | str, until_s: float, stop: threading.Event
    ) -> tuple[Mapping[str, float | None], str | None]:
        if isinstance(question, str):
            return {}, question
        while not question.answered.wait(min(0.2, max(0.0, until_s - self._now().uptime_s))):
            if stop.is_set() or self._now().uptime_s >= until_s:
                question.late = True
                return {}, "no answer in time"
        return question.values, question.fault

    def _judge(self, quantity: str, value: float | None, now: Moment) -> tuple[float | None, str | None]:
        if value is None:
            return None, f"{quantity}: no value"
        return check_plausible(quantity, calibrate(quantity, value, self._station.calibrations, now))

    def _note(self, faults: tuple[str, ...]) -> None:
        if faults == self.faults:
            return
        for fault in faults:
            if fault not in self.faults:
                _LOG.error("station %s: %s", self.device, fault)
        if not faults:
            _LOG.info("station %s: all sensors answer again", self.device)
        self.faults = faults
        self._on_status(self.device)

    def _keep(self, row: Row) -> None:
        waiting = self._keeper.add_row(self.device, row)
        self._sending, due, _ = decide_tick(self._sending, row.moment)
        if due or waiting >= self._station.batch_rows:
            seal_readings(self._keeper, self.device, self._station.batch_rows)
            self._on_kept()


def seal_readings(keeper: Keeper, device: str, batch_rows: int = MAX_TIMES) -> None:
    """Make messages of all measured rows of a device that wait."""

    def compose(rows: Sequence[Row]) -> list[Draft]:
        return [draft_readings(device, batch, uuid.uuid4().hex) for batch in batches(rows, batch_rows)]

    keeper.seal(device, compose)


def _serve(turns: queue.PriorityQueue[_Turn]) -> None:
    while (question := turns.get()[2]) is not None:
        if not question.late:
            try:
                question.values = question.sensor.read()
            except SensorError as error:
                question.fault = str(error)
            except Exception as error:  # noqa: BLE001 - a driver's defect must not end the measuring of the whole bus
                _LOG.exception("a sensor's driver failed")
                question.fault = f"the driver failed: {error!r}"
        question.answered.set()
