"""What pages and API do alike with more than one area: each act in the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.alerts.going import GoingAnswer
from hub.alerts.service import UNRESOLVED
from hub.alerts.teams import service as teams
from hub.alerts.views import IncidentView
from hub.errors import Conflict, NotFound
from hub.registry import service as registry
from hub.registry.devices import Device, NewDevice
from hub.registry.people import Actor
from hub.store import Connection
from hub.traps.captures.records import NewReport
from hub.traps.patrols.ledger import NewVisit, Visit
from hub.traps.states import EndIncident
from hub.web.services import Services

__all__ = ["delete_team", "file_report", "record_visits", "register_device", "set_trap_in_service"]

# A report covers a firing that its finder cannot have known: the clocks of trap and phone differ.
_SAME_TIME = timedelta(minutes=10)


def register_device(conn: Connection, services: Services, actor: Actor, new: NewDevice) -> Device:
    """Register a device; a trap is armed from then on. Raises as `registry.register_device`."""
    now = services.now()
    device = registry.register_device(conn, actor, new, now)
    if device.kind == "trap":
        services.traps.on_registered(conn, device.key, now)
    return device


def delete_team(conn: Connection, actor: Actor, team_id: str, now: datetime) -> None:
    """A team is no more, with its plan and its duty. Raises as `registry.delete_team`."""
    teams.forget_team(conn, team_id)
    registry.delete_team(conn, actor, team_id, now)


def set_trap_in_service(conn: Connection, services: Services, actor: Actor, device: Device, *, armed: bool) -> None:
    """Arm a trap, or take it out of service so that it is not expected to speak.

    Raises Conflict for what is no trap, and in a state that does not allow it (a sprung trap waits for its report).
    """
    if device.kind != "trap":
        raise Conflict("Only a trap is armed and disarmed.")
    now = services.now()
    change = services.traps.arm if armed else services.traps.disarm
    services.carry_out(conn, change(conn, device.key, now), now)
    if not armed:
        services.carry_out(conn, [EndIncident("patrol_unvisited", device.key, "disarmed")], now)
    registry.record(conn, actor, "arm" if armed else "disarm", f"device/{device.id}", now)


def record_visits(
    conn: Connection,
    services: Services,
    actor: Actor,
    devices: Collection[Device],
    new: NewVisit,
    person_id: str | None = None,
) -> list[Visit]:
    """Write visits into the patrol ledger, for the actor or for whoever was there instead.

    A form that is sent again (same key) gets its former rows. Raises Conflict for what is no trap.
    """
    now = services.now()
    visits, effects = services.patrols.record(
        conn, devices, person_id or actor.person_id, new, now, written_by=actor.person_id
    )
    services.carry_out(conn, effects, now)
    for visit in visits:
        if visit.received_at == now:
            registry.record(
                conn, actor, "visit", f"device/{visit.device_id}", now, visit=visit.id, at=visit.visited_at.isoformat()
            )
    return visits


def file_report(
    conn: Connection, services: Services, actor: Actor, device: Device, new: NewReport, photo_ids: Sequence[str] = ()
) -> str:
    """File what was found, and settle what it settles: the incident it names, else a firing that waits for a report.

    Returns the report's id. Raises Invalid, and Conflict for what is no trap or when the incident is settled already.
    """
    if device.kind != "trap":
        raise Conflict("Only a trap has reports.")
    now = services.now()
    services.traps.hold(conn, [device.key])
    waiting = services.alerts.fetch_incidents(
        conn, states=UNRESOLVED, kinds=["trap_sprung"], device_keys=[device.key], limit=1
    )
    if new.incident_id is None and waiting and waiting[0].occurred_at <= new.found_at + _SAME_TIME:
        new = replace(new, incident_id=waiting[0].id)
    report_id = services.captures.file(conn, new, actor, now, photo_ids)
    if new.incident_id is not None:
        services.alerts.resolve(conn, new.incident_id, new.person_id, new.outcome, new.note, now)
        registry.record(conn, actor, "resolve", f"incident/{new.incident_id}", now, outcome=new.outcome)
    elif not waiting:
        # A firing after what was found would still wait for its own report.
        services.carry_out(conn, services.traps.on_found(conn, device.key, new.found_at), now)
    return report_id


def say_going(
    conn: Connection, services: Services, actor: Actor, view: IncidentView, answer: GoingAnswer
) -> IncidentView:
    """The actor is on the way to an incident that they see. The partner is one of those who are told of it too.

    Raises NotFound for another partner, and as `Alerts.going`.
    """
    now = services.now()
    if view.of_field:
        # Nobody is waited for who goes to look at a field.
        answer = GoingAnswer(answer.eta_minutes)
    if answer.partner_id is not None:
        companions = teams.fetch_companions(conn, view.device_key, actor.person_id)
        if answer.partner_id not in {one.id for one in companions}:
            raise NotFound("The partner is a hunter of the trap's team.")
    after = services.alerts.going(
        conn,
        view.id,
        actor.person_id,
        answer.eta_minutes,
        now,
        party=answer.party,
        partner_id=answer.partner_id,
        back_minutes=answer.back_minutes,
    )
    detail = {"party": answer.party, "partner": answer.partner_id, "back_minutes": answer.back_minutes}
    registry.record(conn, actor, "going", f"incident/{view.id}", now, eta_minutes=answer.eta_minutes, **detail)
    return after
