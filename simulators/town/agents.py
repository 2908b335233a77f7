"""An agent of the town in a thread of its own: started, ended, and asked whether it has given up."""

from __future__ import annotations

from threading import Event, Thread

from edge.agent import Agent
from edge.errors import EdgeError
from simulators.errors import Unsuitable

__all__ = ["AgentThread"]

_STOP_S = 8.0


class AgentThread:
    """Runs one agent after another under one name; at most one at a time."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._running: tuple[Thread, Event] | None = None
        self._fault: EdgeError | None = None

    @property
    def is_on(self) -> bool:
        """Whether it was started and not ended since."""
        return self._running is not None

    def start(self, agent: Agent) -> None:
        """Start it, if none runs."""
        if self._running is None:
            stop = Event()
            thread = Thread(target=self._run, args=(agent, stop), name=f"agent {self._label}", daemon=True)
            self._running = thread, stop
            thread.start()

    def ask_to_end(self) -> None:
        """Tell it to end, without waiting."""
        if self._running is not None:
            self._running[1].set()

    def end(self) -> None:
        """End it and wait for that."""
        if self._running is not None:
            thread, stop = self._running
            stop.set()
            thread.join(_STOP_S)
            self._running = None

    def check(self) -> None:
        """Raise Unsuitable when it has given up."""
        if self._fault is not None:
            raise Unsuitable(f"The agent of {self._label} cannot run: {self._fault}")

    def _run(self, agent: Agent, stop: Event) -> None:
        try:
            agent.run(stop)
        except EdgeError as error:
            self._fault = error
