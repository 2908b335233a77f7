"""The worker's transactions about incidents: carry out what is due, decide about what failed. One call, one of them.

Locks are taken in the order incident, then delivery. What is due goes out in messages: sending.py.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from hub.alerts import store
from hub.alerts.channels import DeliveryError
from hub.alerts.escalation import (
    PATIENCE_ATTEMPTS,
    Decision,
    Note,
    Order,
    Reach,
    decide_due,
    decide_failed,
    decide_replanned,
)
from hub.alerts.plans import Plan
from hub.alerts.quiet import Quiet, quiet_people
from hub.alerts.service import Alerts
from hub.alerts.store import ClaimedDelivery, Incident, Reached, queries
from hub.alerts.teams.mutes import fetch_mutes_of_incident
from hub.alerts.watch import Watch, decide_watch
from hub.store import Connection, notify

__all__ = ["Dispatch"]

_CLOCK_SLACK = timedelta(seconds=5)
_DEFECT_PAUSE = timedelta(minutes=1)
_BATCH = 20

_log = structlog.get_logger()


class Dispatch:
    """What a worker does to the database, each function in the caller's transaction."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts

    def run_due_steps(self, conn: Connection, now: datetime) -> int:
        """Carry out due steps of a few incidents: record whom to tell, settle when to look again; notice who has not
        come back. Returns how many.
        """
        due = store.claim_due_incidents(conn, now, now + _CLOCK_SLACK, _BATCH)
        for incident in due:
            try:
                with conn.transaction():
                    self._run_due_step(conn, incident, now)
            except (ValueError, LookupError, TypeError):
                # A defect of ours in one incident must not stop the others, and must not be forgotten either.
                _log.exception("step_failed", incident=incident.id)
                queries.run(conn, "postpone", id=incident.id, due_at=now + _DEFECT_PAUSE, now=now)
        return len(due) + self._alerts.open_overdue(conn, now)

    def _run_due_step(self, conn: Connection, incident: Incident, now: datetime) -> None:
        reaches, plan = store.fetch_reaches(conn, incident.id), incident.plan
        decision = decide_due(
            incident.escalation,
            plan,
            _waiting(reaches),
            _refused(reaches),
            now,
            held=store.fetch_held(conn, incident.id),
            quiet=_quiet(conn, incident, plan, now),
            going=frozenset(answer.person_id for answer in store.fetch_answered(conn, incident.id)),
        )
        if decision.stranded:
            plan = self._alerts.plan_again(conn, incident, now)
            if plan.reaches_somebody:
                store.save_plan(conn, incident.id, plan)
                store.add_entry(conn, incident.id, Note("planned_again", {}), now)
                decision = Decision(decide_replanned(decision.escalation, now), (), (), decision.lapsed)
        if decision.lapsed:
            queries.run(conn, "drop_answers", incident_id=incident.id)
            store.drop_held(conn, incident.id)
        store.drop_held(conn, incident.id, decision.released)
        store.save_holds(conn, incident.id, decision.holds, now)
        self._carry_out(conn, incident.id, decision, now)

    def is_news(self, delivery: ClaimedDelivery, error: DeliveryError) -> bool:
        """Whether `record_failure` has anything to decide about this failure: not about each of a hundred."""
        return error.permanent or delivery.attempts in (1, PATIENCE_ATTEMPTS)

    def record_failure(
        self, conn: Connection, delivery: ClaimedDelivery, error: DeliveryError, again_at: datetime, now: datetime
    ) -> None:
        """A notice did not go out: it is due `again_at`, or given up, and then the plan moves on."""
        incident = store.lock_incident(conn, delivery.incident_id)
        if incident is None:
            return
        before = store.fetch_reaches(conn, incident.id)
        saved = self._save_failure(conn, delivery, error, again_at)
        if not saved:
            return
        reach = (delivery.person_id, delivery.channel)
        is_news = reach not in _refused(before) if error.permanent else delivery.attempts == 1
        if is_news:
            kind = "given_up" if error.permanent else "delayed"
            store.add_entry(conn, incident.id, Note(kind, delivery.detail | {"error": str(error)}), now)
        failed = Order(delivery.step, delivery.person_id, delivery.channel)
        others = [r for r in before if (r.step, r.person_id, r.channel) != (failed.step, *reach)]
        decision = decide_failed(
            incident.escalation,
            incident.plan,
            failed,
            permanent=error.permanent,
            attempts=delivery.attempts,
            refused=_refused(before) | {reach} if error.permanent else _refused(before),
            reached=any(r.step >= failed.step and r.state in ("due", "leased", "sent") for r in others),
            now=now,
        )
        self._carry_out(conn, incident.id, decision, now)
        if decision.escalation != incident.escalation or decision.orders:
            notify(conn, "due", {"incident": incident.id})

    def watch(self, conn: Connection, now: datetime, silent_after: timedelta) -> bool:
        """Whether sweeps for silence may look now (not while another worker does)."""
        watch = queries.one(conn, "lock_watch", Watch)
        if watch is None:
            return False
        after, looks = decide_watch(watch, now, silent_after)
        queries.run(conn, "save_watch", looked_at=after.looked_at, resumes_at=after.resumes_at)
        return looks

    def _save_failure(
        self, conn: Connection, delivery: ClaimedDelivery, error: DeliveryError, again_at: datetime
    ) -> bool:
        values = {"id": delivery.id, "attempts": delivery.attempts, "error": str(error)}
        if error.permanent:
            return queries.run(conn, "save_given_up", **values) == 1
        return queries.run(conn, "save_retry", due_at=again_at, **values) == 1

    def _carry_out(self, conn: Connection, incident_id: str, decision: Decision, now: datetime) -> None:
        store.save_escalation(conn, incident_id, decision.escalation)
        store.add_deliveries(conn, incident_id, decision.orders, now)
        for note in decision.notes:
            store.add_entry(conn, incident_id, note, now)
        if decision.lapsed or decision.notes:
            store.announce(conn, incident_id, decision.escalation.state)


def _quiet(conn: Connection, incident: Incident, plan: Plan, now: datetime) -> dict[str, Quiet]:
    """Who is not to be told now. Somebody who has not come back is nobody's to sleep through."""
    if incident.person_id is not None:
        return {}
    people = [target.person_id for target in plan.people]
    return quiet_people(plan, fetch_mutes_of_incident(conn, incident.device_key, incident.agent_id, people, now), now)


def _waiting(reaches: Collection[Reached]) -> frozenset[Reach]:
    return frozenset((r.person_id, r.channel) for r in reaches if r.state in ("due", "leased"))


def _refused(reaches: Collection[Reached]) -> frozenset[Reach]:
    return frozenset((r.person_id, r.channel) for r in reaches if r.state == "given_up")
