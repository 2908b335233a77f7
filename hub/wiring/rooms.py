"""The areas as one town sets them up, and what follows in one area from what happened in another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from hub.alerts.agents import AgentWatch
from hub.alerts.notices import LinkRules
from hub.alerts.pacing import Pace
from hub.alerts.routine.digests import Digests
from hub.alerts.routine.drills import Drills
from hub.alerts.sending import Sending
from hub.alerts.service import Alerts
from hub.alerts.views import NewIncident, ResolvedIncident
from hub.config import Settings
from hub.fields.thresholds.readers import fetch_told
from hub.opendata.service import OpenData
from hub.registry import service as registry
from hub.registry.people import Recipient
from hub.store import Connection
from hub.surveys.flying import Flying
from hub.surveys.service import Surveys
from hub.texts import Texts
from hub.traps.captures.claiming import ApprovedClaim, AskedClaim, Claims
from hub.traps.captures.records import NewReport, Outcome
from hub.traps.captures.service import Captures, FiledReport
from hub.traps.patrols.service import Patrols
from hub.traps.points.ledger import Bounty
from hub.traps.points.service import Points
from hub.traps.service import Traps
from hub.traps.states import Effect, EndIncident, NoteCovered, OpenIncident
from hub.traps.statistics.service import StatisticsService
from hub.wiring.channels import channel_names
from hub.wiring.field_warnings import FieldWarnings, make_field_warnings
from hub.wiring.routine import asked_claims, make_digests, make_drills, permit_matters, waiting_claims
from hub.wiring.surveys import make_surveys

__all__ = ["Rooms", "make_rooms", "make_sending", "make_texts"]

# Reminders of old matters come once a day each: a few messages at once, and then all that is left in one an hour.
_REMINDER_PACE = Pace(burst=2, every_s=3600.0, gather_s=5.0)

# Whoever settles one of these was at the trap; the others are settled from a desk.
_SETTLED_AT_THE_TRAP = frozenset({"trap_sprung", "trap_silent", "trap_fault", "patrol_unvisited"})

# Whoever settles one of these says what was found.
_WITH_REPORT = _SETTLED_AT_THE_TRAP | {"trap_sprung_disarmed"}


@dataclass(frozen=True, slots=True)
class Rooms:
    """The areas of the hub, and the ways between them. Every method works in the caller's transaction."""

    traps: Traps
    alerts: Alerts
    agents: AgentWatch
    patrols: Patrols
    captures: Captures
    points: Points
    statistics: StatisticsService
    open_data: OpenData
    drills: Drills
    digests: Digests
    field_warnings: FieldWarnings
    surveys: Surveys
    flying: Flying

    def carry_out(self, conn: Connection, effects: Iterable[Effect], now: datetime) -> None:
        """What must follow from a decision about traps is alerts' to do."""
        for effect in effects:
            match effect:
                case OpenIncident(kind, device_key, occurred_at, uncertain, late):
                    self.alerts.open_incident(
                        conn, NewIncident(kind, device_key, None, occurred_at, uncertain, late), now
                    )
                case EndIncident(kind, device_key, reason):
                    self.alerts.end_incident(conn, kind, device_key, None, reason, now)
                case NoteCovered(kind, device_key, occurred_at):
                    self.alerts.note_covered(conn, kind, device_key, occurred_at, now)

    def record_filed(self, conn: Connection, report: FiledReport) -> None:
        """A report is a visit. With an incident that is written when the incident is settled."""
        if report.incident_id is None:
            effects = self.patrols.record_settled(conn, report.device_key, None, report.person_id, report.found_at)
            self.carry_out(conn, effects, report.received_at)

    def settle(self, conn: Connection, resolved: ResolvedIncident) -> None:
        """What follows for a device from the end of its incident: the report, the trap's state, the visit."""
        if resolved.device_key is None:
            return
        if resolved.kind in _WITH_REPORT:
            outcome = cast("Outcome", resolved.outcome)
            report = NewReport(
                resolved.device_key, resolved.person_id, outcome, resolved.at, resolved.id, resolved.note
            )
            # Before the visit, which is of the time that the report names.
            self.captures.ensure(conn, report, resolved.at)
        if resolved.kind.startswith("trap_"):
            effects = self.traps.on_incident_resolved(conn, resolved.device_key, resolved.kind, resolved.at)
            self.carry_out(conn, effects, resolved.at)
        if resolved.kind in _SETTLED_AT_THE_TRAP:
            effects = self.patrols.record_settled(
                conn, resolved.device_key, resolved.id, resolved.person_id, resolved.at
            )
            # What is being settled need not be ended.
            self.carry_out(conn, [] if resolved.kind == "patrol_unvisited" else effects, resolved.at)

    def sweep_evening(self, conn: Connection, now: datetime) -> None:
        """Traps that nobody has visited today, once an evening."""
        self.carry_out(conn, self.patrols.sweep_evening(conn, now), now)

    def sweep_traps(self, conn: Connection, now: datetime) -> None:
        """Traps that should have been heard by now."""
        self.carry_out(conn, self.traps.sweep_silent(conn, now), now)


def make_rooms(settings: Settings) -> Rooms:
    """The town's areas, wired to each other."""
    zone = ZoneInfo(settings.time_zone)

    def filed(conn: Connection, report: FiledReport) -> None:
        rooms.record_filed(conn, report)

    def settle(conn: Connection, resolved: ResolvedIncident) -> None:
        rooms.settle(conn, resolved)

    points = Points(zone=zone)
    claims = Claims(zone=zone, on_approved=_bounties(points, zone), on_asked=_asked)
    alerts = Alerts(
        hunters=registry.fetch_hunters_for_trap,
        staff=registry.fetch_staff,
        on_resolved=settle,
        repeat_after_s=settings.repeat_after_s,
        channels=channel_names(settings),
        zone=zone,
        farmers=_farmers,
    )
    drills = make_drills(settings)
    surveys, flying = make_surveys(settings)
    rooms = Rooms(
        traps=Traps(silent_after_s=settings.trap_silent_after_s),
        alerts=alerts,
        agents=AgentWatch(alerts, down_after_s=settings.trap_silent_after_s),
        patrols=Patrols(zone=zone, evening=settings.patrol_evening_at),
        captures=Captures(zone=zone, claims=claims, on_filed=filed),
        points=points,
        statistics=StatisticsService(zone=zone),
        open_data=OpenData(zone=zone),
        drills=drills,
        digests=make_digests(settings, drills, (asked_claims(claims), waiting_claims(claims), permit_matters(zone))),
        field_warnings=make_field_warnings(settings, alerts),
        surveys=surveys,
        flying=flying,
    )
    return rooms


def _bounties(points: Points, zone: ZoneInfo) -> Callable[[Connection, ApprovedClaim], None]:
    """What pays an approved claim, on the day of the town on which the animal was found."""

    def approved(conn: Connection, claim: ApprovedClaim) -> None:
        day = claim.found_at.astimezone(zone).date()
        bounty = Bounty(
            claim.id, claim.programme, claim.person_id, day, claim.amount_yen or 0, claim.animal_id, None,
            claim.approved_by,
        )  # fmt: skip
        points.pay_bounty(conn, bounty, claim.at)

    return approved


def _farmers(conn: Connection, plot_id: str) -> list[Recipient]:
    return registry.fetch_recipients(conn, fetch_told(conn, plot_id))


def _asked(_conn: Connection, _claim: AskedClaim) -> None:
    """Nothing at once: the writer has it as a task on the pages, and in the next morning's summary."""


def make_sending(settings: Settings) -> Sending:
    """How this town's messages go out: their links, and how fast one person may be told."""
    links = LinkRules(settings.public_url, settings.secret.get_secret_value())
    pace = Pace(settings.alarm_burst, settings.alarm_every_s, settings.alarm_gather_s)
    return Sending(links, pace, _REMINDER_PACE)


def make_texts(settings: Settings) -> Texts:
    """The town's words, with the templates of the areas that have some."""
    texts = Texts(zone=ZoneInfo(settings.time_zone), town=settings.town)
    texts.add_folder("web", Path(str(files("hub.web") / "templates")))
    texts.add_folder("traps", Path(str(files("hub.traps") / "templates")))
    texts.add_folder("surveys", Path(str(files("hub.surveys") / "templates")))
    texts.add_folder("alerts", Path(str(files("hub.alerts") / "templates")))
    return texts
