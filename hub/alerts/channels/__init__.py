"""Ways to a person. Each is one file behind `Channel`; what went wrong says whether trying again can help."""

from typing import Protocol

from hub.alerts.notices import Notice
from hub.errors import HubError

__all__ = ["Channel", "DeliveryError", "Refused", "Session", "Unreached"]


class DeliveryError(HubError):
    """A notice could not be delivered."""


class Refused(DeliveryError):
    """The notice was refused for good: this person cannot be reached on this channel."""

    permanent = True


class Unreached(DeliveryError):
    """The notice did not get through this time."""

    permanent = False


class Session(Protocol):
    """One thread's use of a channel; it may keep a connection between notices."""

    def send(self, notice: Notice) -> None:
        """Deliver. Raises Refused or Unreached; returns only when the other side has taken it."""
        ...

    def close(self) -> None:
        """Give up what is kept open; the next `send` opens it again. Never raises."""
        ...


class Channel(Protocol):
    """A way to people. `threads` is how many notices may be underway at once."""

    @property
    def name(self) -> str:
        """As it stands in plans and deliveries."""
        ...

    @property
    def threads(self) -> int:
        """Notices underway at once."""
        ...

    def open_session(self) -> Session:
        """A session for one thread; opens no connection yet."""
        ...
