"""Who is in the air when a drone is to take off or go on: read from orders and what drones tell, of all surveys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from hub.store import Connection
from hub.surveys import store
from hub.surveys.aloft import Known, aloft_of
from hub.surveys.documents import PlanDocument
from hub.surveys.going_on import Held, who_stays
from hub.surveys.meeting import Aloft, Way, in_the_way, motion_in
from hub.surveys.states import MAY_FLY
from hub.surveys.values import Plan, SortieRow

__all__ = ["GoingOn", "Waiting", "fetch_waiting", "fetch_who_goes_on", "fetch_who_is_in_the_way"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sortie whose drone has its mission and may not have taken off yet; `person_id` ordered it, at `ordered_at`."""

    survey_id: str
    sortie_id: str
    person_id: str
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Sorties whose drones hold their places: those that may go on; those that stay, each with who is in its way."""

    going: Sequence[SortieRow]
    stays: Sequence[tuple[SortieRow, Aloft]]


@dataclass(frozen=True, slots=True)
class _HeldRow:
    sortie_id: str
    survey_id: str
    version: int
    place: int
    drone: str
    lat: float | None
    lon: float | None
    stopped_at: datetime | None
    held_at: datetime | None
    was_off: bool

    def held(self, way: Way) -> Held:
        """The same with its way."""
        place = None if self.lat is None or self.lon is None else (self.lon, self.lat)
        return Held(way, place, self.stopped_at, self.held_at, self.was_off)


@dataclass(frozen=True, slots=True)
class _Row(Known):
    """What is known of a sortie, and which one it is."""

    survey_id: str
    version: int
    place: int
    drone: str


def fetch_waiting(conn: Connection) -> list[Waiting]:
    """Sorties that only wait until they may take off, of surveys that fly, whoever waits longest first."""
    return store.queries.all(conn, "fetch_waiting", Waiting)


def fetch_who_is_in_the_way(conn: Connection, sortie: SortieRow, now: datetime) -> Aloft | None:
    """Find a drone that this sortie's would come near if it took off now; None: it may.

    Until the transaction ends no other drone is looked at, so that two do not take off past each other.
    """
    store.queries.run(conn, "lock_start")
    ways = _Ways(conn)
    aloft = _fetch_aloft(conn, ways, sortie.device_key, now)
    waits_s = cast("float | None", store.queries.value(conn, "fetch_starts_after", sortie_id=sortie.id))
    own = ways.of(sortie.survey_id, sortie.version, sortie.place, sortie.drone)
    return in_the_way(own, waits_s or 0.0, aloft)


def fetch_who_goes_on(conn: Connection, sorties: Sequence[SortieRow], now: datetime) -> GoingOn:
    """Find those of the sorties whose drones hold their places, and which of them may go on together.

    Until the transaction ends no other drone is looked at, as for a take-off.
    """
    store.queries.run(conn, "lock_start")
    ways = _Ways(conn)
    rows = store.queries.all(conn, "fetch_held", _HeldRow, ids=[one.id for one in sorties])
    held = {row.sortie_id: row.held(ways.of(row.survey_id, row.version, row.place, row.drone)) for row in rows}
    blocked = {one.way.drone: other for one, other in who_stays([*held.values()], _fetch_aloft(conn, ways, None, now))}
    holding = [one for one in sorties if one.id in held]
    return GoingOn(
        [one for one in holding if one.drone not in blocked],
        [(one, blocked[one.drone]) for one in holding if one.drone in blocked],
    )


class _Ways:
    """Ways of sorties by their plans, each plan read once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._plans: dict[tuple[str, int], Plan] = {}

    def of(self, survey_id: str, version: int, place: int, drone: str) -> Way:
        key = survey_id, version
        if key not in self._plans:
            self._plans[key] = store.fetch_plan(self._conn, survey_id, version)
        document = cast("PlanDocument", self._plans[key].document)
        return Way(survey_id, version, drone, document["sorties"][place], motion_in(self._plans[key].request, drone))


def _fetch_aloft(conn: Connection, ways: _Ways, but: int | None, now: datetime) -> list[Aloft]:
    """All in the air, but for one device."""
    rows = store.queries.all(conn, "fetch_aloft", _Row, device_key=but, may_fly=list(MAY_FLY))
    return [
        found
        for row in rows
        if (found := aloft_of(row, ways.of(row.survey_id, row.version, row.place, row.drone), now)) is not None
    ]
