"""Ways to a person. Each is one file behind `Channel`; what went wrong says whether trying again can help."""

from collections.abc import Sequence
from typing import Protocol

from hub.alerts.messages import Message, Sent
from hub.errors import HubError

__all__ = ["Channel", "DeliveryError", "Refused", "Session", "Unreached"]


class DeliveryError(HubError):
    """A message could not be delivered.

    `gone` are the ids of those of the person's addresses that the other side says are no more: they are ended, and not
    tried again.
    """

    def __init__(self, message: str | None = None, *, gone: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.gone = tuple(gone)


class Refused(DeliveryError):
    """The message was refused for good: this person cannot be reached on this channel."""

    permanent = True


class Unreached(DeliveryError):
    """The message did not get through this time."""

    permanent = False


class Session(Protocol):
    """One thread's use of a channel; it may keep a connection between messages."""

    def send(self, message: Message) -> Sent:
        """Deliver to every address of the person. Returns only when the other side has taken it for one of them.

        Raises Refused when no try can help, Unreached when another one may. A message that is tried again has the same
        `key`, so the other side can tell it from a new one.
        """
        ...

    def close(self) -> None:
        """Give up what is kept open; the next `send` opens it again. Never raises."""
        ...


class Channel(Protocol):
    """A way to people. `threads` is how many messages may be underway at once."""

    @property
    def name(self) -> str:
        """As it stands in plans and deliveries."""
        ...

    @property
    def threads(self) -> int:
        """Messages underway at once."""
        ...

    def open_session(self) -> Session:
        """A session for one thread; opens no connection yet."""
        ...
