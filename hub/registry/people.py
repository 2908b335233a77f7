"""People, their roles, and what an actor may see. Pure values and rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = [
    "LANGUAGES",
    "ROLES",
    "Actor",
    "Language",
    "NewPerson",
    "Person",
    "PersonChange",
    "Recipient",
    "Role",
    "Scope",
    "scope_of",
]

Role = Literal["hunter", "farmer", "responder", "partner", "staff"]
ROLES: tuple[Role, ...] = ("hunter", "farmer", "responder", "partner", "staff")
Language = Literal["ja", "en", "ja_Hira"]
LANGUAGES: tuple[Language, ...] = ("ja", "en", "ja_Hira")


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts in a request: a person with the rights of the moment."""

    person_id: str
    name: str
    roles: frozenset[str]
    language: str = "ja"
    teams: frozenset[str] = frozenset()

    @property
    def is_staff(self) -> bool:
        """City staff see and may do everything."""
        return "staff" in self.roles

    def has(self, *roles: str) -> bool:
        """Whether the actor has one of the roles; staff have every right."""
        return self.is_staff or not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told; `email` is None when no mail can reach the person.

    `reaches` are the channels beside mail that do; `prefers` is the person's own order of channels, the best first.
    `night` is the person's own choice for the night, `wake` or `first_light`; None leaves it to the team.
    """

    person_id: str
    name: str
    email: str | None
    language: str
    reaches: Sequence[str] = ()
    prefers: Sequence[str] = ()
    night: str | None = None

    def is_reached_by(self, channel: str) -> bool:
        """Whether there is a way to the person on this channel."""
        return bool(self.email) if channel == "mail" else channel in self.reaches


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the registry keeps one (without secrets)."""

    id: str
    name: str
    username: str | None
    email: str | None
    language: str
    roles: Sequence[str]
    teams: Sequence[str]
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who is to be added. With `username` and `password` the person can sign in to the pages."""

    name: str
    roles: frozenset[str]
    email: str | None = None
    language: str = "ja"
    username: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class PersonChange:
    """A person as staff want it from now on."""

    name: str
    roles: frozenset[str]
    email: str | None
    language: str
    username: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices an actor may see, as the store needs it.

    `everything`: no limit. `traps`: traps of the teams, and traps that have no team. `plots`: the stations on plots
    that the person owns or that are shared with the person. Nobody else sees where a trap stands.
    """

    everything: bool
    traps: bool
    plots: bool
    teams: tuple[str, ...]
    person_id: str


def scope_of(actor: Actor) -> Scope:
    """The devices that the actor may see.

    Responders and partners have none (their surveys and drones are other rooms).
    """
    return Scope(
        everything=actor.is_staff,
        traps="hunter" in actor.roles,
        plots="farmer" in actor.roles,
        teams=tuple(sorted(actor.teams)),
        person_id=actor.person_id,
    )
