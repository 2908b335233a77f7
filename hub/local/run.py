"""The supervisor: one thread that starts the parts, reads their output, restarts what dies and stops everything."""

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Event

from hub import clock
from hub.local import plan, supervision
from hub.local.announce import Prepared, ready_document, ready_lines
from hub.local.errors import DiskFullError, LocalError, ServerFailedError
from hub.local.folders import complaint_about, make_folder, write_file
from hub.local.kernel import adopt_orphans, children_of
from hub.local.owner import folder_owner
from hub.local.processes import Children, Ended
from hub.local.remains import clear_database_remains
from hub.local.site import Options, claimed_folder, lay_out, opened_folder, save_kept
from hub.local.supervision import Exited, Input, Phase, Ready, State, Stop, Tick, decide, initial, next_due
from hub.signals import pipe_of_signals

__all__ = ["run_local"]

_PROBE_EVERY_S = 0.03
_STILL_WAITING_AFTER_S = 20.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LAST_LOOKS = 20
_NO_SPACE = "No space left on device"


def run_local(options: Options, environment: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Run the whole service until it is asked to stop; returns the exit code.

    Raises LocalError, whose text is one line for the user, when it cannot start. Call it from a process's main thread
    only: it takes over the process's signals, and its children are tied to the life of the thread that started them.
    """
    wake = _Wake()
    layout = opened_folder(options.data)
    with claimed_folder(layout):
        try:
            ended_hard = layout.ready.exists()
            layout.ready.unlink(missing_ok=True)
            clear_database_remains(layout.cluster, gentle=True)
            site = lay_out(layout, options, environment, ended_hard=ended_hard)
        except OSError as error:
            raise complaint_about(layout.data, error) from None
        adopt_orphans()
        return _Supervisor(site, wake, say).run()


class _Wake:
    """Signals as bytes on a pipe, so that the one loop waits for them as for everything else."""

    def __init__(self) -> None:
        # whoever started us with `nohup` wants us to outlive the terminal
        outlives = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        numbers = [one for one in (*_STOP_SIGNALS, signal.SIGCHLD) if not (outlives and one is signal.SIGHUP)]
        self.read_end = pipe_of_signals(numbers)
        os.set_blocking(self.read_end, False)

    def take(self) -> list[int]:
        """The signals that came since the last call."""
        try:
            return list(os.read(self.read_end, 4096))
        except BlockingIOError:
            return []


class _Supervisor:
    """Carries out what `supervision.decide` says, and tells it what happens."""

    def __init__(self, site: plan.Site, wake: _Wake, say: Callable[[str], None]) -> None:
        self._site = site
        self._wake = wake
        self._say = say
        self._selector = DefaultSelector()
        self._selector.register(wake.read_end, EVENT_READ, None)
        self._children = Children(self._selector, site.layout.logs)
        self._state: State = initial(plan.parts_of(site))
        self._why: dict[str, str] = {}
        self._failure: LocalError | None = None
        self._finished: int | None = None
        self._waiting_since = clock.monotonic()

    def run(self) -> int:
        """Go on until everything has stopped; returns the exit code. Raises LocalError when the start failed."""
        self._say(f"starting, with all data in {self._site.layout.data}")
        self._take(Tick())
        while self._finished is None:
            for key, _ in self._selector.select(self._patience_s()):
                if key.data is None:
                    self._take_signals()
                else:
                    self._children.read(*key.data)
            for ended in self._children.collect():
                self._take_end(ended)
            self._probe()
            self._take(Tick())
        self._leave_nothing()
        if self._failure is not None:
            raise self._failure
        self._say("stopped")
        return self._finished

    # --- inputs

    def _take_signals(self) -> None:
        if any(number in _STOP_SIGNALS for number in self._wake.take()):
            if self._state.stop_at is None:
                self._say("stopping")
            self._withdraw()
            self._take(Stop())

    def _take_end(self, ended: Ended) -> None:
        self._why[ended.name] = self._reason(ended)
        ok = ended.code == 0
        if ok and self._state.stop_at is None and self._state.parts[ended.name].task:
            try:
                self._after_task(ended)
            except (OSError, ValueError) as error:
                ok, self._why[ended.name] = False, str(error)
        if ended.name == plan.PREPARE and ended.code == LocalError.exit_code:
            # it has said in one line what the user can do
            self._failure = LocalError(self._why[ended.name])
        self._take(Exited(ended.name, ok))

    def _probe(self) -> None:
        for name, part_state in self._state.states.items():
            child = self._children.running.get(name)
            starts = part_state.phase is Phase.STARTING and not self._state.parts[name].task
            if starts and child and plan.probe_of(self._site, name)(child):
                if self._state.all_up:
                    self._say(f"{name} is up again")
                self._take(Ready(name))
        starting = [name for name, part_state in self._state.states.items() if part_state.phase is Phase.STARTING]
        now = clock.monotonic()
        if not starting:
            self._waiting_since = now
        elif now - self._waiting_since > _STILL_WAITING_AFTER_S and self._state.stop_at is None:
            self._waiting_since = now
            self._say(f"still waiting for {', '.join(starting)}; logs are in {self._site.layout.logs}")

    def _take(self, happened: Input) -> None:
        self._state, effects = decide(self._state, happened, clock.monotonic())
        for effect in effects:
            match effect:
                case supervision.Start(name):
                    self._start(name)
                case supervision.Signal(name, what):
                    self._children.send(name, what)
                case supervision.Went(name, pause_s):
                    self._say(f"{name} ended ({self._why.get(name, '?')}); it is started again in {pause_s:.1f} s")
                case supervision.Fail(name):
                    self._withdraw()
                    self._failure = self._failure or self._failed(name)
                case supervision.AllUp():
                    self._announce()
                case supervision.Finish(exit_code):
                    self._finished = exit_code

    # --- effects

    def _start(self, name: str) -> None:
        layout = self._site.layout
        try:
            if name == plan.MAKE_CLUSTER:
                shutil.rmtree(layout.cluster_unfinished, ignore_errors=True)
                make_folder(layout.cluster_unfinished, self._site.owner)
            elif name == plan.DATABASE:
                clear_database_remains(layout.cluster, gentle=False)
            self._children.start(name, plan.launch_of(self._site, name))
        except OSError as error:
            self._why[name] = str(error)
            self._take(Exited(name, ok=False))

    def _after_task(self, ended: Ended) -> None:
        if ended.name == plan.MAKE_CLUSTER:
            self._site.layout.cluster_unfinished.replace(self._site.layout.cluster)
        elif ended.name == plan.PREPARE:
            prepared = Prepared.model_validate_json(ended.answer)
            kept = prepared.added_to(self._site.kept, self._site.programs.timescaledb)
            save_kept(self._site.layout, kept)
            self._site = plan.with_kept(self._site, kept)

    def _announce(self) -> None:
        layout = self._site.layout
        try:
            write_file(layout.ready, ready_document(self._site), folder_owner(layout.data))
        except OSError as error:
            self._failure = complaint_about(layout.ready, error)
            self._take(Stop(1))
            return
        for line in ready_lines(self._site):
            self._say(line)

    def _withdraw(self) -> None:
        with suppress(OSError):
            self._site.layout.ready.unlink(missing_ok=True)

    def _leave_nothing(self) -> None:
        """Kill what the parts may have left behind (adopted by us), and take away the socket's folder when it is
        outside of `--data`.
        """
        pause = Event()
        for _ in range(_LAST_LOOKS):
            left = children_of(os.getpid())
            if not left:
                break
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._children.collect()
            pause.wait(_PROBE_EVERY_S)
        if self._site.sockets != self._site.layout.run:
            with suppress(OSError):
                self._site.sockets.rmdir()

    # --- words

    def _reason(self, ended: Ended) -> str:
        last = self._children.log_of(ended.name).last
        if any(_NO_SPACE in line for line in last):
            return str(DiskFullError(f"the disk that holds {self._site.layout.data} is full"))
        if ended.code < 0:
            return f"killed by signal {-ended.code}"
        return last[-1] if last and ended.code else f"exit code {ended.code}"

    def _failed(self, name: str) -> LocalError:
        why, log = self._why.get(name, ""), self._site.layout.logs / f"{name}.log"
        if _NO_SPACE in why or why.endswith("is full"):
            return DiskFullError(
                f"the disk that holds {self._site.layout.data} is full: free some space and start again"
            )
        return ServerFailedError(f"{name} does not start: {why} (its log is {log})")

    def _patience_s(self) -> float | None:
        due = next_due(self._state)
        waits = any(part_state.phase is Phase.STARTING for part_state in self._state.states.values())
        if due is None:
            return _PROBE_EVERY_S if waits else None
        until_due_s = max(due - clock.monotonic(), _PROBE_EVERY_S / 3)
        return min(until_due_s, _PROBE_EVERY_S) if waits else until_due_s
