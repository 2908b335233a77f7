"""The agent: wires its duties together and runs their loop. The only place in edge that reads a clock."""

import threading
import time
from datetime import UTC, datetime

from edge.config import AgentConfig, Credentials
from edge.core.clock import Clock

__all__ = ["Agent", "SystemClock"]


class SystemClock:
    """This machine's clocks. Uptime counts through sleep (CLOCK_BOOTTIME)."""

    def __init__(self, boot: str) -> None:
        self._boot = boot

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
        self._config, self._credentials, self._pin_factory, self._clock = config, credentials, pin_factory, clock

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; returns within three seconds after, all on disk. Raises ConfigError at the start."""
        stop.wait()
