"""The trap duty: watches the wires of all traps of this agent, and keeps what they say.

One thread for all. An edge of a pin wakes it; besides, it looks at every level once a second, since an interrupt can be
missed and a level cannot. What it decides is on disk before anything is sent.
"""

import logging
import queue
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from edge.config import TrapConfig
from edge.core.clock import Moment, earlier
from edge.core.draft import draft_trigger
from edge.core.trap import Effect, Line, LineChanged, Reset, Rules, Sprung, Trap, decide_trap, due_at_s
from edge.errors import SensorError
from edge.keeper import Keeper
from edge.sensors.base import Line as Pins
from edge.sensors.base import open_line
from edge.wire.messages import EmptyData, SprungData

__all__ = ["TrapDuty"]

_LOG = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_OPEN_AGAIN_S = 30.0
# The most that the wire's model takes.
_MAX_COUNT = 1_000_000


@dataclass(frozen=True, slots=True)
class _Edge:
    """A pin changed: of this trap, its wire (open?) or its button (pressed?), at this uptime."""

    device: str
    is_wire: bool
    level: bool
    at_s: float


@dataclass(slots=True)
class _Watched:
    """One trap, its pins while they could be had, and what is wrong with them."""

    config: TrapConfig
    rules: Rules
    trap: Trap
    pins: Pins | None = None
    open_at_s: float = 0.0
    is_open: bool = False
    is_pressed: bool = False
    faults: tuple[str, ...] = field(default=())


class TrapDuty:
    """Watches `traps` while `run` runs.

    `on_kept` is called when an event has been kept, `on_status` with a device whose line has changed; neither may
    block.
    """

    name = "traps"

    def __init__(
        self,
        traps: Sequence[TrapConfig],
        keeper: Keeper,
        now: Callable[[], Moment],
        *,
        on_kept: Callable[[], None],
        on_status: Callable[[str], None],
        pin_factory: object | None = None,
    ) -> None:
        self._keeper, self._now, self._pin_factory = keeper, now, pin_factory
        self._on_kept, self._on_status = on_kept, on_status
        self._edges: queue.SimpleQueue[_Edge | None] = queue.SimpleQueue()
        self._watched = {config.device: self._begin(config) for config in traps}
        self.beat_s = now().uptime_s

    def line(self, device: str) -> Line | None:
        """What a trap's wire says; None while it is not known."""
        watched = self._watched[device]
        return "fault" if watched.faults else watched.trap.line

    def faults(self, device: str) -> tuple[str, ...]:
        """What is wrong with a trap's pins."""
        return self._watched[device].faults

    def nudge(self) -> None:
        """Wake the thread, so that it notices that it is to stop."""
        self._edges.put(None)

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop`."""
        try:
            while not stop.is_set():
                for watched in self._watched.values():
                    self._look(watched)
                self.beat_s = self._now().uptime_s
                self._take_edges(self._wait_s())
        finally:
            for watched in self._watched.values():
                self._let_go(watched)

    def _begin(self, config: TrapConfig) -> _Watched:
        rules = Rules(config.settle_s, config.reset_after_s, config.tamper_after_s, config.reset_pin is not None)
        phase = self._keeper.phase(config.device)
        # Written back, so that a phase which was assumed after damage is still assumed after the next start.
        self._keeper.put_phase(config.device, phase)
        return _Watched(config, rules, Trap(phase=phase))

    def _wait_s(self) -> float:
        now_s = self._now().uptime_s
        dues = [due_at_s(watched.trap, watched.rules) for watched in self._watched.values() if watched.pins]
        return max(0.0, min([_LOOK_EVERY_S, *(due - now_s for due in dues if due is not None)]))

    def _take_edges(self, wait_s: float) -> None:
        try:
            edge = self._edges.get(timeout=wait_s)
            while True:
                if edge is not None:
                    self._follow(edge)
                edge = self._edges.get_nowait()
        except queue.Empty:
            return

    def _follow(self, edge: _Edge) -> None:
        watched = self._watched[edge.device]
        if edge.is_wire:
            watched.is_open = edge.level
        else:
            watched.is_pressed = edge.level
        self._decide(watched, edge.at_s)

    def _look(self, watched: _Watched) -> None:
        """Read the levels themselves, and open the pins if that has not been possible so far."""
        now_s = self._now().uptime_s
        try:
            if watched.pins is None:
                if now_s < watched.open_at_s:
                    return
                watched.pins = self._open(watched.config)
            watched.is_open, watched.is_pressed = watched.pins.is_open(), watched.pins.is_pressed()
            faults: tuple[str, ...] = ()
        except SensorError as error:
            self._let_go(watched)
            watched.open_at_s = now_s + _OPEN_AGAIN_S
            faults = (str(error),)
        if faults != watched.faults:
            watched.faults = faults
            _LOG.log(
                logging.ERROR if faults else logging.INFO,
                "trap %s: %s",
                watched.config.device,
                *(faults or ("works again",)),
            )
            self._on_status(watched.config.device)
        if not faults:
            self._decide(watched, now_s)

    def _open(self, config: TrapConfig) -> Pins:
        def noting(is_wire: bool) -> Callable[[bool], None]:
            return lambda level: self._edges.put(_Edge(config.device, is_wire, level, self._now().uptime_s))

        return open_line(config, on_wire=noting(True), on_button=noting(False), pin_factory=self._pin_factory)

    def _let_go(self, watched: _Watched) -> None:
        if watched.pins is not None:
            watched.pins.close()
            watched.pins = None

    def _decide(self, watched: _Watched, at_s: float) -> None:
        trap, effects = decide_trap(watched.trap, watched.is_open, watched.is_pressed, at_s, watched.rules)
        device = watched.config.device
        for effect in effects:
            self._keep(device, effect)
        if watched.trap.phase == "new" and trap.phase == "armed":
            self._keeper.put_phase(device, "armed")
        # Only after keeping: should that fail, it is decided again. Only before telling: who is told comes and looks.
        watched.trap = trap
        for effect in effects:
            if isinstance(effect, LineChanged):
                _LOG.info("trap %s: the line is %s", device, effect.line)
                self._on_status(device)

    def _keep(self, device: str, effect: Effect) -> None:
        now = self._now()
        match effect:
            case Sprung(at_s, count):
                data = SprungData(count=min(count, _MAX_COUNT))
                draft = draft_trigger(device, "sprung", data, earlier(now, at_s), uuid.uuid4().hex)
                self._keeper.append(draft, "sprung")
                self._on_kept()
                _LOG.warning("trap %s has sprung", device)
            case Reset(at_s):
                draft = draft_trigger(device, "reset", EmptyData(), earlier(now, at_s), uuid.uuid4().hex)
                self._keeper.append(draft, "armed")
                self._on_kept()
                _LOG.info("trap %s was set again", device)
            case LineChanged():
                pass
