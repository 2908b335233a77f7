"""What can go wrong in the hub.

One tree. The docstring is the message for a person where none is given; `permanent` says whether the same call may
succeed later; `status` is how the HTTP API says it. Whatever is not a HubError is our own defect.
"""

from typing import ClassVar

__all__ = [
    "Conflict", "Forbidden", "HubError", "Invalid", "NotFound", "NotSignedIn", "SetupError", "TooMany", "Unavailable",
]  # fmt: skip


class HubError(Exception):
    """Something went wrong."""

    permanent: ClassVar[bool] = True
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class Invalid(HubError):
    """What was sent cannot be used as it is."""

    status = 422


class NotSignedIn(HubError):
    """Sign in first."""

    status = 401


class Forbidden(HubError):
    """You may not do this."""

    status = 403


class NotFound(HubError):
    """There is no such thing."""

    status = 404


class Conflict(HubError):
    """This does not fit the present state."""

    status = 409


class TooMany(HubError):
    """Too many tries; wait a little."""

    permanent = False
    status = 429

    def __init__(self, message: str | None = None, retry_after_s: int = 60) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(HubError):
    """The service cannot do this just now; try again."""

    permanent = False
    status = 503


class SetupError(HubError):
    """The service cannot start."""
