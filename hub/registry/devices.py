"""Agents and devices as values, and the form of their names. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from edge.wire.topics import ID_PATTERN

__all__ = ["DEVICE_KINDS", "Agent", "Device", "DeviceChange", "DeviceKind", "Enrolled", "NewDevice", "Team", "is_id"]

DeviceKind = Literal["trap", "station", "drone"]
DEVICE_KINDS: tuple[DeviceKind, ...] = ("trap", "station", "drone")
_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Whether a text can be an id at all; what cannot be is never asked of the database."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Agent:
    """One Raspberry Pi; `enrolled_at` is None until its code was used. `health` is what it last said of itself."""

    id: str
    name: str
    created_at: datetime
    enrolled_at: datetime | None
    online: bool
    online_changed_at: datetime | None
    last_heard_at: datetime | None
    software: str | None
    health: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An agent's account at the broker, the only time that its password is told."""

    agent_id: str
    password: str


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device to be registered; `lat` and `lon` in degrees (WGS 84). `id` is what its agent calls it."""

    agent_id: str
    id: str
    kind: DeviceKind
    name: str
    lat: float
    lon: float
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """What staff change of a device; `team_id` None gives a trap back to every hunter."""

    name: str
    lat: float
    lon: float
    team_id: str | None


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device; `key` is the small number under which its readings are kept, `lat` and `lon` in degrees
    (WGS 84).
    """

    key: int
    id: str
    agent_id: str
    kind: str
    name: str
    lat: float
    lon: float
    team_id: str | None
    created_at: datetime
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Team:
    """Hunters who look after traps together."""

    id: str
    name: str
    created_at: datetime
    members: list[str]
