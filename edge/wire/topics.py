"""Topics of the contract: `wanamori/v1/up/{agent}/{device}/{kind}` and `wanamori/v1/down/{agent}/{device}/{kind}`.

Pure. The schema's version is in the topic. `-` stands for "the agent itself" in the place of a device, and for
"everyone" in the place of an agent.
"""

import re
from dataclasses import dataclass

__all__ = [
    "HUB_ANNOUNCEMENT", "ID_PATTERN", "KINDS_DOWN", "KINDS_UP", "NOBODY", "PREFIX", "SHARED_UP", "BadTopicError",
    "Topic",
    "commands_of", "down", "parse_topic", "receipt_of", "source_of", "type_of", "up",
]  # fmt: skip

PREFIX = "wanamori/v1"
NOBODY = "-"
KINDS_UP = ("sprung", "reset", "readings", "status", "photo", "flight", "reply")
KINDS_DOWN = ("receipt", "hub", "command")
HUB_ANNOUNCEMENT = f"{PREFIX}/down/-/-/hub"
SHARED_UP = f"$share/hub/{PREFIX}/up/#"
ID_PATTERN = r"[a-z0-9][a-z0-9-]{0,62}"
_ID = re.compile(ID_PATTERN)


class BadTopicError(ValueError):
    """The topic is not one of `wanamori/v1/up|down/{agent}/{device}/{kind}`."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic; `device` and `agent` may be `-`, `kind` is any word (the caller knows which it takes)."""

    direction: str
    agent: str
    device: str
    kind: str


def up(agent: str, device: str, kind: str) -> str:
    """The topic on which an agent publishes for one of its devices."""
    return f"{PREFIX}/up/{agent}/{device}/{kind}"


def down(agent: str, device: str, kind: str) -> str:
    """The topic on which the hub speaks to an agent about one of its devices."""
    return f"{PREFIX}/down/{agent}/{device}/{kind}"


def receipt_of(agent: str) -> str:
    """The topic of the hub's receipts for an agent."""
    return down(agent, NOBODY, "receipt")


def commands_of(agent: str) -> str:
    """The filter that matches all that is addressed to an agent."""
    return f"{PREFIX}/down/{agent}/#"


def source_of(agent: str, device: str) -> str:
    """The CloudEvents `source` that belongs to a topic."""
    return f"/agents/{agent}/devices/{device}"


def type_of(kind: str) -> str:
    """The CloudEvents `type` that belongs to a topic's kind."""
    return f"jp.wanamori.{kind}.v1"


def parse_topic(topic: str) -> Topic:
    """Split a topic into its parts; raises BadTopicError when it is none of ours."""
    parts = topic.split("/")
    if len(parts) != 6 or f"{parts[0]}/{parts[1]}" != PREFIX or parts[2] not in ("up", "down"):
        raise BadTopicError(topic)
    _, _, direction, agent, device, kind = parts
    if any(part != NOBODY and not _ID.fullmatch(part) for part in (agent, device)):
        raise BadTopicError(topic)
    return Topic(direction, agent, device, kind)
