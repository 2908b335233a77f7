"""What can go wrong on an agent. The docstring is the message for a person; `permanent`: it will stay so."""

from typing import ClassVar

__all__ = [
    "ConfigError",
    "DamagedError",
    "DiskError",
    "DiskFullError",
    "EdgeError",
    "EnrolmentError",
    "ExtraMissingError",
    "FlightError",
    "SensorError",
]


class EdgeError(Exception):
    """Something went wrong on this agent."""

    permanent: ClassVar[bool] = True

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class ConfigError(EdgeError):
    """The configuration cannot be used."""


class ExtraMissingError(ConfigError):
    """The libraries for drones are not installed."""

    def __init__(self, error: ImportError) -> None:
        super().__init__(f"drones need the extra: pip install 'wanamori[edge,flight]' ({error})")


class EnrolmentError(EdgeError):
    """The hub did not enrol this agent."""


class DiskError(EdgeError):
    """The disk does not take what this agent must keep."""

    permanent = False


class DiskFullError(DiskError):
    """The disk is full."""


class DamagedError(DiskError):
    """The outbox on the disk is damaged."""

    permanent = True


class SensorError(EdgeError):
    """The sensor gave no usable value."""

    permanent = False


class FlightError(EdgeError):
    """The vehicle did not do what it was to do. `reason` is a code of docs/reference/wire.md."""

    permanent = False

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail
