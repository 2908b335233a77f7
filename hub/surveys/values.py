"""Surveys as values: rows of the database, frozen. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.surveys.states import SortieState, SurveyState

__all__ = ["Drone", "DroneChange", "Entry", "Plan", "SortieRow", "Survey"]


@dataclass(frozen=True, slots=True)
class Survey:
    """A request to look at an area. `version` is that of its newest plan."""

    id: str
    name: str
    state: SurveyState
    drill: bool
    version: int
    asked_by: str
    asked_at: datetime
    launched_by: str | None
    launched_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a survey's plan, frozen. `document` is the contract's plan; `gaps` GeoJSON of what was left."""

    survey_id: str
    version: int
    request: Mapping[str, object]
    document: Mapping[str, object]
    gaps: Mapping[str, object] | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SortieRow:
    """One flight of one drone. `place` is its index in the plan's sorties; `device_key` None: no real drone."""

    id: str
    survey_id: str
    version: int
    place: int
    device_key: int | None
    drone: str
    state: SortieState
    answered_by: str | None
    answered_at: datetime | None
    reason: str | None
    phase: str | None
    phase_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a survey's timeline. `at` is when it happened, `recorded_at` when the hub wrote it."""

    id: int
    survey_id: str
    at: datetime
    recorded_at: datetime
    actor: str
    what: str
    sortie_id: str | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Drone:
    """A registered drone and what its partner says of it. Without a partner it is the town's own.

    `is_told` is false where nobody has said anything of it yet. Degrees, seconds, metres a second, percent.
    """

    device_key: int
    id: str
    agent_id: str
    name: str
    lat: float
    lon: float
    partner_id: str | None
    is_told: bool
    is_ready: bool
    battery_percent: float | None
    endurance_s: float | None
    change_s: float | None
    speed_mps: float | None
    camera: str | None
    home_lat: float | None
    home_lon: float | None
    note: str | None
    changed_at: datetime | None
    changed_by: str | None

    @property
    def home(self) -> tuple[float, float]:
        """Where it takes off: as its partner says, or where it was registered (lat, lon)."""
        if self.home_lat is None or self.home_lon is None:
            return self.lat, self.lon
        return self.home_lat, self.home_lon


@dataclass(frozen=True, slots=True)
class DroneChange:
    """A drone as its partner wants it from now on."""

    partner_id: str | None
    is_ready: bool
    battery_percent: float | None = None
    endurance_s: float | None = None
    change_s: float | None = None
    speed_mps: float | None = None
    camera: str | None = None
    home: tuple[float, float] | None = None
    note: str | None = None
