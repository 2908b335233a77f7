"""Who is in the air when a drone is to take off: read from orders and from what drones tell, of all surveys."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from hub.store import Connection
from hub.surveys import store
from hub.surveys.documents import PlanDocument
from hub.surveys.meeting import Aloft, Way, in_the_way, motion_in
from hub.surveys.states import SortieState
from hub.surveys.values import Plan, SortieRow

__all__ = ["Waiting", "fetch_waiting", "fetch_who_is_in_the_way"]

# An order to take off is heard or has expired by then.
_HEARD_WITHIN_S = 30.0
# A flight that lasts so much longer than it was planned is not where it was planned to be.
_OVERDUE_S = 60.0
# Who said nothing of a landing has landed all the same when no battery can last any more.
_LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sortie whose drone has its mission and may not have taken off yet; `person_id` ordered it, at `ordered_at`."""

    survey_id: str
    sortie_id: str
    person_id: str
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    survey_id: str
    version: int
    place: int
    drone: str
    state: SortieState
    started_at: datetime | None
    flown_at: datetime | None
    starts_after_s: float
    is_astray: bool
    endurance_s: float | None


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
        return Way(survey_id, drone, document["sorties"][place], motion_in(plan.request, drone))

    rows = store.queries.all(conn, "fetch_aloft", _Row, device_key=sortie.device_key)
    aloft = [
        found
        for row in rows
        if (found := _aloft(row, way(row.survey_id, row.version, row.place, row.drone), now)) is not None
    ]
    waits_s = cast("float | None", store.queries.value(conn, "fetch_starts_after", sortie_id=sortie.id))
    own = way(sortie.survey_id, sortie.version, sortie.place, sortie.drone)
    return in_the_way(own, waits_s or 0.0, aloft)


def _aloft(row: _Row, way: Way, now: datetime) -> Aloft | None:
    began_at = row.started_at or row.flown_at
    longest = max(_LONGEST, timedelta(seconds=row.endurance_s or 0.0))
    if began_at is None or began_at + longest < now:
        return None
    if row.state == "starting" or row.started_at is None:
        earliest_s = (began_at - now).total_seconds() + row.starts_after_s
        latest_s = max(0.0, earliest_s + _HEARD_WITHIN_S)
    else:
        earliest_s = latest_s = (began_at - now).total_seconds()
    is_overdue = latest_s + way.sortie["flight_s"] + _OVERDUE_S < 0
    is_timed = row.state in ("starting", "flying") and not row.is_astray and not is_overdue
    return Aloft(way, earliest_s, latest_s, is_timed, goes_home=row.state == "returning")
