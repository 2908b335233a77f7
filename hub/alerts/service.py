"""What the rest of the hub asks of alerts: open, answer, settle, look. Each use case works in the caller's transaction.

Locks are taken in the order trap, then incident: so `resolve` tells traps first and only then locks the incident.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from hub.alerts import store
from hub.alerts.escalation import (
    LONGEST_ETA,
    Escalation,
    Note,
    decide_again,
    decide_going,
    decide_opened,
    decide_resolved,
)
from hub.alerts.kinds import KINDS, OUTCOMES
from hub.alerts.plans import Plan, PlanRules, make_plan
from hub.alerts.store import Incident
from hub.alerts.views import IncidentPage, IncidentView, NewIncident, ResolvedIncident
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.registry.people import Recipient
from hub.registry.secrets import new_id
from hub.store import Connection, notify

__all__ = ["UNRESOLVED", "Alerts", "Hunters", "OnResolved", "Staff"]

UNRESOLVED = ("open", "going")
Hunters = Callable[[Connection, int], Sequence[Recipient]]
Staff = Callable[[Connection], Sequence[Recipient]]
OnResolved = Callable[[Connection, ResolvedIncident], None]

_ETA_MINUTES = range(1, LONGEST_ETA // timedelta(minutes=1) + 1)
_NOTE_LENGTH = 2000
# A trap that bounces, an agent gone mad: the timeline shows the first few events, then one a minute; all are counted.
_ENTRIES_AT_ONCE = 10
_ENTRY_PAUSE = timedelta(minutes=1)


class Alerts:
    """The incidents of a town.

    `hunters(conn, device_key)` and `staff(conn)` say who is to be told; `channels` are those that the town has, the
    best first; `on_resolved` is told, in the same transaction, when a person settles an incident.
    """

    def __init__(
        self,
        *,
        hunters: Hunters,
        staff: Staff,
        on_resolved: OnResolved,
        repeat_after_s: int,
        channels: Sequence[str] = ("mail",),
    ) -> None:
        self._hunters = hunters
        self._staff = staff
        self._on_resolved = on_resolved
        self._rules = PlanRules(repeat_after_s, tuple(channels))

    # --- what happens ---------------------------------------------------------------------------------------------

    def open_incident(self, conn: Connection, new: NewIncident, now: datetime) -> str:
        """Open an incident with its frozen plan and first due step, or add to the unresolved one; returns its id."""
        kind = KINDS[new.kind]
        if new.device_key is not None and new.agent_id is not None:
            new = NewIncident(new.kind, new.device_key, None, new.occurred_at, new.uncertain, new.late, new.detail)
        while True:
            known = store.lock_unresolved(conn, new.kind, new.device_key, new.agent_id)
            if known is not None:
                return self._add_event(conn, known, new, now)
            plan = self.make_plan(conn, kind.key, new.device_key)
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
        """The reason for an incident has gone by itself; returns its id, None when none is unresolved."""
        incident = store.lock_unresolved(conn, kind, device_key, None if device_key is not None else agent_id)
        if incident is None:
            return None
        self._close(conn, incident, None, None, None, now)
        store.add_entry(conn, incident.id, Note("ended", {"reason": reason}), now)
        return incident.id

    # --- what people do -------------------------------------------------------------------------------------------

    def going(
        self, conn: Connection, incident_id: str, person_id: str, eta_minutes: int, now: datetime
    ) -> IncidentView:
        """A person is on the way and means to be there in `eta_minutes` (1 to 1440).

        Paging stops until the latest ETA of all who are going, and half an hour more, has passed without a report.
        Raises Invalid, NotFound, Forbidden (no longer an active person), Conflict (settled already).
        """
        if eta_minutes not in _ETA_MINUTES:
            raise Invalid("eta_minutes is a whole number from 1 to 1440.")
        self._check_person(conn, person_id)
        incident = self._lock(conn, incident_id)
        eta_at = now + timedelta(minutes=eta_minutes)
        # Refuse before anything is written.
        decide_going(incident.escalation, incident.plan, eta_at, now)
        store.queries.run(conn, "save_answer", incident_id=incident_id, person_id=person_id, now=now, eta_at=eta_at)
        expected_at: datetime = store.queries.value(conn, "fetch_latest_eta", incident_id=incident_id)
        self._save(conn, incident, decide_going(incident.escalation, incident.plan, expected_at, now))
        store.queries.run(conn, "cancel_deliveries", incident_id=incident_id)
        detail: dict[str, object] = {"eta_minutes": eta_minutes, "eta_at": eta_at.isoformat()}
        store.add_entry(conn, incident_id, Note("going", detail), now, person_id)
        return self.fetch_view(conn, incident_id)

    def resolve(
        self, conn: Connection, incident_id: str, person_id: str, outcome: str, note: str | None, now: datetime
    ) -> IncidentView:
        """A person reports what was found: captured, empty, wrong_species or visited, with a note if they like.

        Raises Invalid, NotFound, Forbidden (no longer an active person), Conflict (settled already); nothing has
        happened then.
        """
        if outcome not in OUTCOMES:
            raise Invalid(f"outcome is one of {', '.join(sorted(OUTCOMES))}.")
        if note is not None and (len(note) > _NOTE_LENGTH or "\x00" in note):
            raise Invalid(f"note has at most {_NOTE_LENGTH} characters.")
        self._check_person(conn, person_id)
        view = self.fetch_view(conn, incident_id)
        if view.state == "resolved":
            raise Conflict("This is settled already.")
        resolved = ResolvedIncident(view.id, view.kind, view.device_key, view.agent_id, outcome, person_id, now)
        with conn.transaction():
            self._on_resolved(conn, resolved)
            incident = self._lock(conn, incident_id)
            self._close(conn, incident, person_id, outcome, note, now)
            detail: dict[str, object] = {"outcome": outcome, "note": note}
            store.add_entry(conn, incident_id, Note("resolved", detail), now, person_id)
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
        before: tuple[datetime, str] | None = None,
        limit: int = 100,
    ) -> list[IncidentView]:
        """Incidents, newest first, at most `limit`; None does not narrow (`device_keys`: of these devices only).

        `before` is the (opened_at, id) of the last one on the page before.
        """
        return store.fetch_views(conn, states=states, kinds=kinds, device_keys=device_keys, before=before, limit=limit)

    # --- for the dispatch -----------------------------------------------------------------------------------------

    def make_plan(self, conn: Connection, kind: str, device_key: int | None) -> Plan:
        """The plan that an incident of this kind gets now."""
        hunters: Sequence[Recipient] = () if device_key is None else self._hunters(conn, device_key)
        return make_plan(KINDS[kind], hunters, self._staff(conn), self._rules)

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

    def _close(
        self,
        conn: Connection,
        incident: Incident,
        person_id: str | None,
        outcome: str | None,
        note: str | None,
        now: datetime,
    ) -> None:
        after = decide_resolved(incident.escalation, now)
        store.queries.run(
            conn, "save_resolution", id=incident.id, person_id=person_id, outcome=outcome, note=note, now=now
        )
        store.queries.run(conn, "cancel_deliveries", incident_id=incident.id)
        self._announce(conn, incident.id, after.state)

    def _save(self, conn: Connection, incident: Incident, after: Escalation) -> None:
        store.save_escalation(conn, incident.id, after)
        self._announce(conn, incident.id, after.state)

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
