"""What the rest of the hub asks of alerts: open, answer, settle, look. Each use case works in the caller's transaction.

Locks are taken in the order trap, trip, incident: so `resolve` tells traps first and only then locks the incident.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.alerts import going, store
from hub.alerts.answers import Party
from hub.alerts.escalation import Note, decide_again, decide_opened
from hub.alerts.going import GoingAnswer
from hub.alerts.kinds import FIELD_OUTCOMES, KINDS, OUTCOMES
from hub.alerts.planning import Farmers, Hunters, Planner, Staff
from hub.alerts.plans import Plan, PlanRules
from hub.alerts.store import Incident
from hub.alerts.trips import store as trips
from hub.alerts.trips.decisions import decide_overdue
from hub.alerts.trips.store import Out
from hub.alerts.views import IncidentPage, IncidentView, NewIncident, ResolvedIncident
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.registry.people import Recipient
from hub.registry.secrets import new_id
from hub.store import Connection, notify

__all__ = ["UNRESOLVED", "Alerts", "Farmers", "Hunters", "OnResolved", "Staff"]

UNRESOLVED = ("open", "going")
OnResolved = Callable[[Connection, ResolvedIncident], None]

_NOTE_LENGTH = 2000
# A trap that bounces, an agent gone mad: the timeline shows the first few events, then one a minute; all are counted.
_ENTRIES_AT_ONCE = 10
_ENTRY_PAUSE = timedelta(minutes=1)
_TRIPS_AT_ONCE = 50
_TOKYO = ZoneInfo("Asia/Tokyo")


def _no_farmers(_conn: Connection, _plot_id: str) -> Sequence[Recipient]:
    return ()


class Alerts:
    """The incidents of a town.

    `hunters(conn, device_key)`, `farmers(conn, plot_id)` and `staff(conn)` say who is to be told; `channels` are those
    that the town has, the best first; `on_resolved` is told, in the same transaction, when a person settles an
    incident. `zone` is the town's: who is on duty goes by its days.
    """

    def __init__(
        self,
        *,
        hunters: Hunters,
        staff: Staff,
        on_resolved: OnResolved,
        repeat_after_s: int,
        channels: Sequence[str] = ("mail",),
        zone: ZoneInfo = _TOKYO,
        farmers: Farmers = _no_farmers,
    ) -> None:
        self._on_resolved = on_resolved
        self._planner = Planner(hunters, staff, PlanRules(repeat_after_s, tuple(channels)), zone, farmers=farmers)

    # --- what happens ---------------------------------------------------------------------------------------------

    def open_incident(self, conn: Connection, new: NewIncident, now: datetime) -> str:
        """Open an incident with its frozen plan and first due step, or add to the unresolved one; returns its id."""
        kind = KINDS[new.kind]
        if new.device_key is not None and new.agent_id is not None:
            new = replace(new, agent_id=None)
        while True:
            known = store.lock_unresolved(conn, new)
            if known is not None:
                return self._add_event(conn, known, new, now)
            if kind.of_field:
                plan = self._planner.field_plan(conn, new.plot_id, new.quiet_hours, new.repeat_after_s)
            else:
                plan = self._planner.plan_for(conn, kind.key, new.device_key, now, new.person_id)
            escalation, incident_id = decide_opened(plan, now), new_id("i")
            # Somebody else may have opened it between the two statements; then it is found by the next look.
            if store.add_incident(conn, incident_id, new, plan, escalation, now):
                break
        detail = {"occurred_at": new.occurred_at.isoformat(), "uncertain": new.uncertain, "late": new.late}
        unreachable = [target.name for target in plan.people if not target.channels]
        store.add_entry(
            conn, incident_id, Note("opened", detail | {"unreachable": unreachable} | (new.detail or {})), now
        )
        self._announce(conn, incident_id, "open")
        notify(conn, "due", {"incident": incident_id})
        return incident_id

    def note_covered(
        self, conn: Connection, kind: str, device_key: int, occurred_at: datetime, now: datetime
    ) -> str | None:
        """An event that a person's newer record covers already: an entry on that incident.

        Returns its id, None when there is none.
        """
        incident_id: str | None = store.queries.value(
            conn, "fetch_covering_incident", kind=kind, device_key=device_key, at=occurred_at
        )
        if incident_id is not None:
            store.add_entry(conn, incident_id, Note("covered", {"occurred_at": occurred_at.isoformat()}), now)
        return incident_id

    def end_incident(
        self, conn: Connection, kind: str, device_key: int | None, agent_id: str | None, reason: str, now: datetime
    ) -> str | None:
        """The reason for an incident has gone by itself; returns its id, None when none is unresolved.

        A matter of the field ends by matters.py.
        """
        about = NewIncident(kind, device_key, None if device_key is not None else agent_id, now)
        incident = store.lock_unresolved(conn, about)
        if incident is None:
            return None
        store.close(conn, incident, None, None, None, now)
        store.add_entry(conn, incident.id, Note("ended", {"reason": reason}), now)
        return incident.id

    # --- what people do -------------------------------------------------------------------------------------------

    def going(
        self,
        conn: Connection,
        incident_id: str,
        person_id: str,
        eta_minutes: int,
        now: datetime,
        *,
        party: Party = "alone",
        partner_id: str | None = None,
        back_minutes: int | None = None,
    ) -> IncidentView:
        """A person is on the way and means to be there in `eta_minutes` (1 to 1440): see GoingAnswer for the rest.

        Paging stops until the latest ETA of all who are going, and the plan's grace more, has passed without a report;
        where a second person is wanted the others are asked for that. Raises Invalid, NotFound, Forbidden (no longer an
        active person), Conflict (settled already).
        """
        answer = GoingAnswer(eta_minutes, party, partner_id, back_minutes)
        going.check_answer(answer, person_id)
        self._check_person(conn, person_id)
        if partner_id is not None and not store.queries.value(conn, "is_active_person", person_id=partner_id):
            raise Invalid("partner: there is no such person.")
        going.go(conn, incident_id, person_id, answer, now)
        return self.fetch_view(conn, incident_id)

    def not_going(self, conn: Connection, incident_id: str, person_id: str, now: datetime) -> IncidentView:
        """A person cannot go after all: others are told again at once, unless somebody else goes.

        Raises NotFound, Forbidden (no longer an active person), Conflict (was not going).
        """
        self._check_person(conn, person_id)
        going.take_back(conn, incident_id, person_id, now)
        return self.fetch_view(conn, incident_id)

    def came_back(self, conn: Connection, incident_id: str, person_id: str, now: datetime) -> IncidentView:
        """A person who went is back; nobody looks for them any more. What was found is to be reported all the same.

        `incident_id` is what they went to, or the incident that looks for them. Raises NotFound, Forbidden (no longer
        an active person), Conflict (was not out).
        """
        self._check_person(conn, person_id)
        view = self.fetch_view(conn, incident_id)
        looked_for = view.person_id == person_id and "incident" in view.detail
        going.come_back(conn, str(view.detail["incident"]) if looked_for else incident_id, person_id, now)
        return self.fetch_view(conn, incident_id)

    def resolve(
        self, conn: Connection, incident_id: str, person_id: str, outcome: str, note: str | None, now: datetime
    ) -> IncidentView:
        """A person reports what was found: captured, empty, wrong_species or visited, of a matter of the field seen or
        done, with a note if they like.

        Raises Invalid, NotFound, Forbidden (no longer an active person), Conflict (settled already, or an outcome of
        other kinds); nothing has happened then.
        """
        if outcome not in OUTCOMES | FIELD_OUTCOMES:
            raise Invalid(f"outcome is one of {', '.join(sorted(OUTCOMES | FIELD_OUTCOMES))}.")
        if note is not None and (len(note) > _NOTE_LENGTH or "\x00" in note):
            raise Invalid(f"note has at most {_NOTE_LENGTH} characters.")
        self._check_person(conn, person_id)
        view = self.fetch_view(conn, incident_id)
        if view.state == "resolved":
            raise Conflict("This is settled already.")
        outcomes = KINDS[view.kind].outcomes if view.kind in KINDS else OUTCOMES
        if outcome not in outcomes:
            raise Conflict(f"outcome is one of {', '.join(sorted(outcomes))} here.")
        resolved = ResolvedIncident(view.id, view.kind, view.device_key, view.agent_id, outcome, person_id, now, note)
        with conn.transaction():
            self._on_resolved(conn, resolved)
            came_back = going.end_trips(conn, incident_id, person_id, now)
            store.close(conn, self._lock(conn, incident_id), person_id, outcome, note, now)
            # A farmer's words stay where a plot's deletion finds them.
            detail: dict[str, object] = {"outcome": outcome, "note": None if view.plot_id else note}
            store.add_entry(conn, incident_id, Note("resolved", detail), now, person_id)
            for overdue in sorted(set(came_back) - {incident_id}):
                going.close_by_itself(conn, overdue, "came_back", now)
        return self.fetch_view(conn, incident_id)

    # --- looking --------------------------------------------------------------------------------------------------

    def fetch_view(self, conn: Connection, incident_id: str) -> IncidentView:
        """One incident. Raises NotFound."""
        found = store.fetch_views(conn, incident_id=incident_id)
        if not found:
            raise NotFound
        return found[0]

    def fetch_incident(self, conn: Connection, incident_id: str) -> IncidentPage:
        """One incident with its timeline and its deliveries. Raises NotFound."""
        view = self.fetch_view(conn, incident_id)
        entries, deliveries = store.fetch_entries(conn, incident_id), store.fetch_deliveries(conn, incident_id)
        return IncidentPage(view, tuple(entries), tuple(deliveries))

    def fetch_incidents(
        self,
        conn: Connection,
        *,
        states: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
        device_keys: Collection[int] | None = None,
        plot_ids: Collection[str] = (),
        before: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[IncidentView]:
        """Incidents, newest first, at most `limit`; None does not narrow. `device_keys`: only matters of these devices
        that are no plot's, and those of the plots `plot_ids`.

        `before` is the (opened_at, id) of the last one on the page before.
        """
        return store.fetch_views(
            conn, states=states, kinds=kinds, device_keys=device_keys, plot_ids=plot_ids, before=before, limit=limit
        )

    def fetch_out(self, conn: Connection, incident_id: str) -> list[Out]:
        """Who is out for an incident, and when they are expected back."""
        return trips.fetch_out(conn, incident_id)

    # --- for the dispatch -----------------------------------------------------------------------------------------

    def plan_again(self, conn: Connection, incident: Incident, now: datetime) -> Plan:
        """The plan that an incident would get now."""
        if KINDS[incident.kind].of_field:
            plan = incident.plan
            repeat_after_s = plan.repeat_after_s if len(plan.steps) == 1 else None
            return self._planner.field_plan(conn, incident.plot_id, plan.quiet_hours, repeat_after_s)
        return self._planner.plan_for(conn, incident.kind, incident.device_key, now, incident.person_id)

    def open_overdue(self, conn: Connection, now: datetime) -> int:
        """Open an incident for each person who has not come back in time, a few at once; returns how many."""
        opened = 0
        for trip in trips.claim_overdue(conn, now, _TRIPS_AT_ONCE):
            after, overdue = decide_overdue(trip, now)
            if after != trip:
                trips.save_trip(conn, after)
            if overdue:
                new = NewIncident(
                    "person_overdue",
                    trips.fetch_device_key(conn, trip.incident_id),
                    None,
                    trip.back_at,
                    detail={"incident": trip.incident_id, "person": trip.person_id, "partner": trip.partner_id},
                    person_id=trip.person_id,
                )
                trips.save_overdue(conn, trip, self.open_incident(conn, new, now))
                opened += 1
        return opened

    # --- parts ----------------------------------------------------------------------------------------------------

    def _add_event(self, conn: Connection, incident: Incident, new: NewIncident, now: datetime) -> str:
        said = incident.events < _ENTRIES_AT_ONCE or incident.again_at is None or _is_past(incident.again_at, now)
        store.queries.run(conn, "count_event", id=incident.id, again_at=now if said else None)
        if said:
            detail = {"occurred_at": new.occurred_at.isoformat(), "uncertain": new.uncertain, "late": new.late}
            detail |= {"events": incident.events + 1} | (new.detail or {})
            store.add_entry(conn, incident.id, Note("again", detail), now)
            self._announce(conn, incident.id, incident.escalation.state)
        after = decide_again(incident.escalation, incident.plan, now)
        if after != incident.escalation:
            store.save_escalation(conn, incident.id, after)
        if after.next_due_at != incident.escalation.next_due_at:
            notify(conn, "due", {"incident": incident.id})
        return incident.id

    def _lock(self, conn: Connection, incident_id: str) -> Incident:
        incident = store.lock_incident(conn, incident_id)
        if incident is None:
            raise NotFound
        return incident

    def _check_person(self, conn: Connection, person_id: str) -> None:
        if not store.queries.value(conn, "is_active_person", person_id=person_id):
            raise Forbidden

    def _announce(self, conn: Connection, incident_id: str, state: str) -> None:
        store.announce(conn, incident_id, state)


def _is_past(again_at: datetime, now: datetime) -> bool:
    return abs(now - again_at) >= _ENTRY_PAUSE
