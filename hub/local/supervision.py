"""Which part of the service is started, signalled or waited for next. Pure: (state, input, now) -> state and effects.

    waiting ──all of `after` are up──▶ starting ──ready──▶ up        (a task: ──exit 0──▶ done)
       ▲                                  │                │
       └──────back-off is over── paused ◀─┴──── exited ────┘
    any ──stop──▶ stopping, wave by wave ──exited──▶ gone

Instants are seconds of one monotonic clock.
"""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

__all__ = [
    "AllUp", "Exited", "Fail", "Finish", "Part", "Phase", "Ready", "Signal", "Start", "State", "Stop", "Tick", "Went",
    "decide", "initial", "next_due",
]  # fmt: skip

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 15.0
HEALTHY_AFTER_S = 60.0
"""A part that was up for so long starts with the shortest pause again."""
MOST_FAILURES_AT_START = 5
WAVES_AT_ONCE_S = 6.0
"""Seconds after a stop was asked for from which a later wave no longer waits for an earlier one."""
LAST_KILL_S = 9.0
"""Seconds after a stop was asked for at which everything left is killed; the contract allows ten."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process that is supervised. A `task` runs once and must succeed; `wave` orders the stop, lower first.

    `stop` are the signals to try, each with how many seconds after the stop was asked for the next one follows.
    """

    name: str
    after: tuple[str, ...] = ()
    task: bool = False
    wave: int = 0
    stop: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 4.0), (signal.SIGKILL, LAST_KILL_S))


class Phase(Enum):
    """Where a part is."""

    WAITING = auto()
    STARTING = auto()
    UP = auto()
    PAUSED = auto()
    DONE = auto()
    GONE = auto()


_RUNNING = (Phase.STARTING, Phase.UP)


@dataclass(frozen=True, slots=True)
class PartState:
    """What is known of one part; `signals` were sent to it already in this stop."""

    phase: Phase = Phase.WAITING
    failures: int = 0
    since: float = 0.0
    due: float = 0.0
    signals: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """The whole service. `stop_at` is when stopping began; a second request moves it into the past, so that every
    step is due sooner.
    """

    parts: Mapping[str, Part]
    states: Mapping[str, PartState]
    all_up: bool = False
    stop_at: float | None = None
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A part says, or shows, that it does its work."""

    name: str


@dataclass(frozen=True, slots=True)
class Exited:
    """A part's process is gone; `ok` when it ended with exit code 0."""

    name: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop everything and end with this exit code; a second one hurries."""

    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """Start the part's process."""

    name: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Send this signal to the part's process."""

    name: str
    signal: signal.Signals


@dataclass(frozen=True, slots=True)
class Went:
    """Tell people that a part ended without being asked, and when it is started again."""

    name: str
    pause_s: float


@dataclass(frozen=True, slots=True)
class AllUp:
    """Everything is up for the first time."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The start failed because of this part; a stop has begun."""

    name: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing runs any more: end with this exit code."""

    exit_code: int


Input = Tick | Ready | Exited | Stop
Effect = Start | Signal | Went | AllUp | Fail | Finish


@dataclass(slots=True)
class _Draft:
    """A state being changed, and the effects so far."""

    state: State
    now: float
    effects: list[Effect] = field(default_factory=list["Effect"])

    def put(self, name: str, **changes: object) -> None:
        self.state = replace(
            self.state, states={**self.state.states, name: replace(self.state.states[name], **changes)}
        )


def initial(parts: tuple[Part, ...]) -> State:
    """Nothing runs yet; the first Tick starts what waits for nobody."""
    return State({part.name: part for part in parts}, {part.name: PartState() for part in parts})


def decide(state: State, happened: Input, now: float) -> tuple[State, list[Effect]]:
    """Take one input in; returns the next state and what is to be done, in this order."""
    draft = _Draft(state, now)
    match happened:
        case Ready(name) if state.states[name].phase is Phase.STARTING and not state.parts[name].task:
            draft.put(name, phase=Phase.UP, since=now)
        case Exited(name, ok):
            _take_exit(draft, name, ok)
        case Stop(exit_code):
            _take_stop(draft, exit_code)
        case _:
            pass
    if draft.state.stop_at is None:
        _start_what_may(draft)
    else:
        _go_on_stopping(draft, draft.state.stop_at)
    return draft.state, draft.effects


def next_due(state: State) -> float | None:
    """When the next Tick changes something; None when only an input can."""
    if state.stop_at is None:
        return min((s.due for s in state.states.values() if s.phase is Phase.PAUSED), default=None)
    offsets_s = [LAST_KILL_S]
    for name, part_state in state.states.items():
        if part_state.phase in _RUNNING:
            offsets_s.append(
                state.parts[name].stop[part_state.signals - 1][1] if part_state.signals else WAVES_AT_ONCE_S
            )
    return state.stop_at + min(offsets_s)


def _take_exit(draft: _Draft, name: str, ok: bool) -> None:
    part, before = draft.state.parts[name], draft.state.states[name]
    if draft.state.stop_at is not None:
        draft.put(name, phase=Phase.GONE)
    elif part.task:
        draft.put(name, phase=Phase.DONE if ok else Phase.GONE)
        if not ok:
            _fail(draft, name)
    else:
        healthy = before.phase is Phase.UP and draft.now - before.since >= HEALTHY_AFTER_S
        failures = 1 if healthy else before.failures + 1
        pause_s = min(FIRST_PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S)
        draft.put(name, phase=Phase.PAUSED, failures=failures, due=draft.now + pause_s)
        if not draft.state.all_up and failures >= MOST_FAILURES_AT_START:
            _fail(draft, name)
        else:
            draft.effects.append(Went(name, pause_s))


def _fail(draft: _Draft, name: str) -> None:
    draft.effects.append(Fail(name))
    draft.state = replace(draft.state, stop_at=draft.now, exit_code=1)


def _take_stop(draft: _Draft, exit_code: int) -> None:
    if draft.state.stop_at is None:
        draft.state = replace(draft.state, stop_at=draft.now, exit_code=exit_code)
    else:  # asked again, by somebody who does not want to wait: one second is left
        draft.state = replace(draft.state, stop_at=min(draft.state.stop_at, draft.now - LAST_KILL_S + 1.0))


def _start_what_may(draft: _Draft) -> None:
    states = draft.state.states
    for name, part in draft.state.parts.items():
        waits = states[name].phase is Phase.WAITING or (
            states[name].phase is Phase.PAUSED and states[name].due <= draft.now
        )
        if waits and all(states[other].phase in (Phase.UP, Phase.DONE) for other in part.after):
            draft.put(name, phase=Phase.STARTING, since=draft.now)
            draft.effects.append(Start(name))
    if not draft.state.all_up and all(s.phase in (Phase.UP, Phase.DONE) for s in draft.state.states.values()):
        draft.state = replace(draft.state, all_up=True)
        draft.effects.append(AllUp())


def _go_on_stopping(draft: _Draft, stop_at: float) -> None:
    running = {name: s for name, s in draft.state.states.items() if s.phase in _RUNNING}
    if not running:
        draft.effects.append(Finish(draft.state.exit_code))
        return
    elapsed_s = draft.now - stop_at
    last = elapsed_s >= WAVES_AT_ONCE_S
    wave = (
        max(part.wave for part in draft.state.parts.values())
        if last
        else min(draft.state.parts[name].wave for name in running)
    )
    for name, part_state in running.items():
        part, sent = draft.state.parts[name], part_state.signals
        if elapsed_s >= LAST_KILL_S:
            draft.effects.append(Signal(name, signal.SIGKILL))
        elif part.wave <= wave and sent < len(part.stop) and (sent == 0 or elapsed_s >= part.stop[sent - 1][1]):
            draft.put(name, signals=sent + 1)
            draft.effects.append(Signal(name, part.stop[sent][0]))
