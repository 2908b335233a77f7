"""What can go wrong in a simulator. The docstring is the message, for the person at the terminal (exit code 2)."""

__all__ = ["HubRefused", "NotReady", "PortTaken", "SimulatorError", "Stopped", "Unsuitable"]


class SimulatorError(Exception):
    """Something went wrong in the simulator."""

    permanent = True

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class NotReady(SimulatorError):
    """The hub is not ready: start `wanamori-hub local --data DIR` first and name DIR/ready.json."""

    permanent = False


class HubRefused(SimulatorError):
    """The hub refused a request of the simulator."""


class PortTaken(SimulatorError):
    """Another program listens on that port; choose another one."""


class Unsuitable(SimulatorError):
    """These settings cannot be played."""


class Stopped(Exception):
    """A person asked the simulator to stop; no fault of anybody."""
