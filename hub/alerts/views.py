"""Incidents as others see them: values for pages, the API and notices. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.alerts.kinds import KINDS
from hub.alerts.plans import QuietHours

__all__ = [
    "Answer", "DeliveryView", "Entry", "IncidentPage", "IncidentView", "NewIncident", "ResolvedIncident", "pick_words",
]  # fmt: skip


def pick_words(words: Mapping[str, str] | None, locale: str) -> str:
    """Words that are kept in every language, in one: Japanese where that language is missing."""
    return "" if not words else words.get(locale) or words.get("ja") or next(iter(words.values()), "")


@dataclass(frozen=True, slots=True)
class NewIncident:
    """Something that people must act on, about a device or (without one) about an agent.

    `uncertain`: `occurred_at` is the time of receipt, since no other was to be had. `late`: the message was long on its
    way. `person_id`: the person whom it is about, who went to the device and has not come back.

    A matter of the field has a `plot_id`, whose farmers are told (without one: staff), and a `matter` that tells it
    from others of the same kind, plot and device (a warning's id, a quantity, a day). `words` are what is the matter, a
    sentence by language (`ja`, `ja_Hira`, `en`): no other place keeps them, so that a plot's deletion takes them away.
    `quiet_hours` and `repeat_after_s` (seconds; None: told once) go into its plan.
    """

    kind: str
    device_key: int | None
    agent_id: str | None
    occurred_at: datetime
    uncertain: bool = False
    late: bool = False
    detail: dict[str, Any] | None = None
    person_id: str | None = None
    plot_id: str | None = None
    matter: str = ""
    words: Mapping[str, str] | None = None
    quiet_hours: QuietHours | None = None
    repeat_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class ResolvedIncident:
    """A person has settled an incident; handed to whoever must know (traps)."""

    id: str
    kind: str
    device_key: int | None
    agent_id: str | None
    outcome: str
    person_id: str
    at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A person on the way to an incident; `party` is alone, with or wants_second (answers.py)."""

    incident_id: str
    person_id: str
    name: str
    given_at: datetime
    eta_at: datetime
    party: str = "alone"
    partner_id: str | None = None
    partner_name: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a timeline. `actor` is a person's id or `system`; what `detail` holds goes by the kind."""

    id: int
    at: datetime
    kind: str
    actor: str
    actor_name: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One notice to one person: `state` is due, leased, sent, given_up or cancelled."""

    id: int
    step: int
    person_id: str
    name: str
    channel: str
    state: str
    due_at: datetime
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with what it is about; `device_id` is null where it is about an agent. Instants are aware UTC.

    `person_id`: who has not come back. `seeking`: somebody goes and a second person is wanted. `waits_for`: why the
    next round waits until `round_due_at` (first_light, muted, quiet_hours); None when it does not. `plot_id`: whose
    matter it is.
    """

    id: str
    kind: str
    state: str
    device_key: int | None
    device_id: str | None
    agent_id: str | None
    name: str
    lat: float | None
    lon: float | None
    occurred_at: datetime
    uncertain: bool
    late: bool
    detail: dict[str, Any]
    opened_at: datetime
    events: int
    next_step: int
    next_due_at: datetime | None
    resolved_by: str | None
    resolved_by_name: str | None
    resolved_at: datetime | None
    outcome: str | None
    note: str | None
    going: tuple[Answer, ...] = ()
    person_id: str | None = None
    seeking: bool = False
    waits_for: str | None = None
    round_due_at: datetime | None = None
    plot_id: str | None = None
    plot_name: str | None = None
    matter: str = ""

    @property
    def of_field(self) -> bool:
        """Whether it is a matter of the field, which is seen or done and where nobody is waited for."""
        return self.kind in KINDS and KINDS[self.kind].of_field

    def said(self, locale: str, what: str = "words") -> str:
        """What is the matter, or (`after`) what became of it, in a language; empty when there are no such words."""
        return pick_words(self.detail.get(what), locale)

    def without_words(self) -> "IncidentView":
        """As somebody may read it who may know that it is, and nothing of what was measured or written."""
        return replace(self, detail={}, note=None)


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One incident with all that happened to it, oldest first."""

    incident: IncidentView
    timeline: tuple[Entry, ...]
    deliveries: tuple[DeliveryView, ...]
