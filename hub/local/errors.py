"""What can keep `wanamori-hub local` from starting. Each says in one line what to do, and with which exit code the
command ends.
"""

from typing import ClassVar

from hub.errors import SetupError

__all__ = ["DiskFullError", "LocalError", "ServerFailedError"]


class LocalError(SetupError):
    """`wanamori-hub local` cannot start as it was asked to."""

    exit_code: ClassVar[int] = 2


class DiskFullError(LocalError):
    """The disk is full."""

    permanent = False
    exit_code = 1


class ServerFailedError(LocalError):
    """A part of the service does not start."""

    exit_code = 1
