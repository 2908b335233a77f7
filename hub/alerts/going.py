"""Going, not going after all, and coming back: what people's answers do to an incident, in the caller's transaction.

Locks are taken in the order trap, trip, incident.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.alerts import store
from hub.alerts.answers import PARTIES, Answered, Party
from hub.alerts.escalation import LONGEST_ETA, Escalation, Note, decide_answered
from hub.alerts.store import Incident
from hub.alerts.trips import store as trips
from hub.alerts.trips.decisions import LONGEST_RETURN, Trip, decide_back_at
from hub.errors import Conflict, Invalid, NotFound
from hub.store import Connection, notify

__all__ = ["GoingAnswer", "check_answer", "close_by_itself", "come_back", "end_trips", "go", "take_back"]

_ETA_MINUTES = range(1, LONGEST_ETA // timedelta(minutes=1) + 1)
_BACK_MINUTES = range(1, LONGEST_RETURN // timedelta(minutes=1) + 1)


@dataclass(frozen=True, slots=True)
class GoingAnswer:
    """What a person who goes says: there in `eta_minutes` (1 to 1440), alone, with somebody, or wanting a second one.

    `partner_id`: whom the person goes with, where that is somebody known. `back_minutes`: back so many minutes after
    being there (1 to 1440); None: as the plan says.
    """

    eta_minutes: int
    party: Party = "alone"
    partner_id: str | None = None
    back_minutes: int | None = None


def check_answer(answer: GoingAnswer, person_id: str) -> None:
    """Raises Invalid for an answer that cannot be."""
    if answer.eta_minutes not in _ETA_MINUTES:
        raise Invalid("eta_minutes is a whole number from 1 to 1440.")
    if answer.back_minutes is not None and answer.back_minutes not in _BACK_MINUTES:
        raise Invalid("back_minutes is a whole number from 1 to 1440.")
    if answer.party not in PARTIES:
        raise Invalid(f"party is one of {', '.join(PARTIES)}.")
    if answer.partner_id is not None and (answer.party != "with" or answer.partner_id == person_id):
        raise Invalid("partner: somebody else, and only with party “with”.")


def go(conn: Connection, incident_id: str, person_id: str, answer: GoingAnswer, now: datetime) -> Escalation:
    """A person is on the way. Raises NotFound, Conflict (settled already)."""
    trips.lock_trips(conn, incident_id)
    incident = _lock(conn, incident_id)
    eta_at = now + timedelta(minutes=answer.eta_minutes)
    others = [one for one in store.fetch_answered(conn, incident_id) if one.person_id != person_id]
    mine = Answered(person_id, eta_at, answer.party, answer.partner_id)
    # Refuse before anything is written.
    after = decide_answered(incident.escalation, incident.plan, [*others, mine], now)
    store.queries.run(
        conn, "save_answer", incident_id=incident_id, person_id=person_id, now=now, eta_at=eta_at,
        party=answer.party, partner_id=answer.partner_id,
    )  # fmt: skip
    back_at = decide_back_at(eta_at, answer.back_minutes, incident.plan.return_after_s)
    if back_at is not None:
        trips.start_trip(conn, incident_id, person_id, answer.partner_id, back_at, now)
        trips.pair_trips(conn, incident_id)
    detail: dict[str, object] = {"eta_minutes": answer.eta_minutes, "eta_at": eta_at.isoformat()}
    if answer.party != "alone":
        detail |= {"party": answer.party}
    if answer.partner_id is not None:
        detail |= {"partner": answer.partner_id}
    store.add_entry(conn, incident_id, Note("going", detail), now, person_id)
    return _save(conn, incident, after)


def take_back(conn: Connection, incident_id: str, person_id: str, now: datetime) -> Escalation:
    """A person cannot go after all: paged again at once, unless others go. Raises NotFound, Conflict (not going)."""
    mine = [trip for trip in trips.lock_trips(conn, incident_id) if trip.person_id == person_id]
    incident = _lock(conn, incident_id)
    if store.queries.run(conn, "drop_answer", incident_id=incident_id, person_id=person_id) == 0:
        raise Conflict("You were not on your way.")
    overdue = trips.end_trips(conn, mine, "did_not_go", now)
    store.add_entry(conn, incident_id, Note("taken_back", {}), now, person_id)
    after = decide_answered(incident.escalation, incident.plan, store.fetch_answered(conn, incident_id), now)
    after = _save(conn, incident, after)
    _end_overdue(conn, overdue, now)
    return after


def come_back(conn: Connection, incident_id: str, person_id: str, now: datetime) -> None:
    """A person is back. Who did not report has a while to do so. Raises NotFound, Conflict (was not out)."""
    mine = [trip for trip in trips.lock_trips(conn, incident_id) if trip.person_id == person_id]
    incident = _lock(conn, incident_id)
    is_open = incident.escalation.state != "resolved"
    # Who went stays readable on an incident that is settled.
    answered = is_open and store.queries.run(conn, "drop_answer", incident_id=incident_id, person_id=person_id) > 0
    if not mine and not answered:
        raise Conflict("You were not on your way.")
    overdue = trips.end_trips(conn, mine, "back", now)
    store.add_entry(conn, incident_id, Note("back", {}), now, person_id)
    if answered:
        answers = store.fetch_answered(conn, incident_id)
        _save(conn, incident, decide_answered(incident.escalation, incident.plan, answers, now, came_back=True))
    _end_overdue(conn, overdue, now)


def end_trips(conn: Connection, incident_id: str, person_id: str, now: datetime) -> list[str]:
    """A person has reported what was found: the person, and whoever goes with them, is out no more.

    Who settles an incident about somebody who is overdue ends that one's trip. Returns the incidents that looked for
    them; called before the incident itself is locked.
    """
    out = trips.lock_trips(conn, incident_id)
    sought = trips.lock_trips_of_overdue(conn, incident_id)
    ended = trips.end_trips(conn, _with(out, person_id), "reported", now)
    trips.end_trips(conn, sought, "settled", now)
    return ended


def _with(out: Sequence[Trip], person_id: str) -> list[Trip]:
    partners = {trip.partner_id for trip in out if trip.person_id == person_id}
    return [t for t in out if t.person_id == person_id or t.person_id in partners or t.partner_id == person_id]


def _end_overdue(conn: Connection, overdue: Sequence[str], now: datetime) -> None:
    for incident_id in sorted(overdue):
        close_by_itself(conn, incident_id, "came_back", now)


def close_by_itself(conn: Connection, incident_id: str, reason: str, now: datetime) -> None:
    """The reason for an incident has gone; nothing happens when it is settled already."""
    incident = store.lock_incident(conn, incident_id)
    if incident is not None and incident.escalation.state != "resolved":
        store.close(conn, incident, None, None, None, now)
        store.add_entry(conn, incident_id, Note("ended", {"reason": reason}), now)


def _lock(conn: Connection, incident_id: str) -> Incident:
    incident = store.lock_incident(conn, incident_id)
    if incident is None:
        raise NotFound
    return incident


def _save(conn: Connection, incident: Incident, after: Escalation) -> Escalation:
    """The answers have changed the incident: what was on its way to people is not, unless it still stands."""
    store.save_escalation(conn, incident.id, after)
    if after.state != incident.escalation.state or after.state == "going":
        store.queries.run(conn, "cancel_deliveries", incident_id=incident.id)
        store.drop_held(conn, incident.id)
    store.announce(conn, incident.id, after.state)
    notify(conn, "due", {"incident": incident.id})
    return after
