"""What can go wrong on an agent. The docstring is the message that a person reads; `permanent` says whether trying again helps."""

__all__ = ["ConfigError", "EdgeError", "EnrolmentError"]


class EdgeError(Exception):
    """Something went wrong on this agent."""

    permanent = True


class ConfigError(EdgeError):
    """The configuration cannot be used."""


class EnrolmentError(EdgeError):
    """The hub did not enrol this agent."""
