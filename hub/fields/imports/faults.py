"""What keeps a file from being looked at. Pure."""

from hub.errors import Invalid

__all__ = ["NoText", "NoTime"]


class NoText(Invalid):
    """This file is no text that a logger or Excel writes."""


class NoTime(Invalid):
    """No line of this file has a date and time that can be read."""
