"""Who is in the air when a drone is to take off: read from orders and from what drones tell, of all surveys."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from hub.store import Connection
from hub.surveys import store
from hub.surveys.aloft import Known, aloft_of
from hub.surveys.documents import PlanDocument
from hub.surveys.meeting import Aloft, Way, in_the_way, motion_in
from hub.surveys.states import MAY_FLY
from hub.surveys.values import Plan, SortieRow

__all__ = ["Waiting", "fetch_waiting", "fetch_who_is_in_the_way"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sortie whose drone has its mission and may not have taken off yet; `person_id` ordered it, at `ordered_at`."""

    survey_id: str
    sortie_id: str
    person_id: str
    ordered_at: datetime


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
    plans: dict[tuple[str, int], Plan] = {}

    def way(survey_id: str, version: int, place: int, drone: str) -> Way:
        plan = plans.setdefault((survey_id, version), store.fetch_plan(conn, survey_id, version))
        document = cast("PlanDocument", plan.document)
        return Way(survey_id, version, drone, document["sorties"][place], motion_in(plan.request, drone))

    rows = store.queries.all(conn, "fetch_aloft", _Row, device_key=sortie.device_key, may_fly=list(MAY_FLY))
    aloft = [
        found
        for row in rows
        if (found := aloft_of(row, way(row.survey_id, row.version, row.place, row.drone), now)) is not None
    ]
    waits_s = cast("float | None", store.queries.value(conn, "fetch_starts_after", sortie_id=sortie.id))
    own = way(sortie.survey_id, sortie.version, sortie.place, sortie.drone)
    return in_the_way(own, waits_s or 0.0, aloft)
