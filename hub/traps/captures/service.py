"""What the rest of the hub asks of captures: file and correct a report, look at reports.

Each use case works in the caller's transaction. Locks: the trap, then its incident, then the report, then its claims.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.traps.captures import firings, store
from hub.traps.captures.claiming import Claims
from hub.traps.captures.photos import Photos
from hub.traps.captures.records import (
    Animal,
    NewAnimal,
    NewReport,
    Outcome,
    find_faults,
    normal,
)
from hub.traps.captures.rules import NumberingRule, format_number, numbering_for, numbering_year
from hub.traps.captures.store import NewVersion, Report, ReportFilter, TrapFacts, Version

__all__ = ["Captures", "Correction", "FiledReport", "FullReport", "may_correct", "report_as_new"]

_FIRINGS_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class FiledReport:
    """A report that was just filed; handed to whoever must know (the patrol ledger)."""

    id: str
    device_key: int
    person_id: str
    outcome: Outcome
    found_at: datetime
    received_at: datetime
    incident_id: str | None


@dataclass(frozen=True, slots=True)
class FullReport:
    """A report with its animals."""

    report: Report
    animals: tuple[Animal, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """Which version was looked at, why it is corrected, and the photos that are added."""

    version: int
    reason: str | None
    photo_ids: tuple[str, ...] = ()


OnFiled = Callable[[Connection, FiledReport], None]


class Captures:
    """What was found in a town's traps. `zone` is the town's; `on_filed` is told in the same transaction."""

    def __init__(self, *, zone: ZoneInfo, claims: Claims, on_filed: OnFiled) -> None:
        self.zone = zone
        self.claims = claims
        self.photos = Photos(zone)
        self._on_filed = on_filed

    # --- filing ---------------------------------------------------------------------------------------------------

    def file(self, conn: Connection, new: NewReport, actor: Actor, now: datetime, photo_ids: Sequence[str] = ()) -> str:
        """Keep a report with its animals and the actor's photos, and file the claims that follow; returns its id.

        Whoever calls settles the incident in the same transaction. Raises Invalid for what contradicts itself, Conflict
        when the incident has a report already.
        """
        new = normal(new)
        faults = find_faults(new, now)
        if faults:
            raise Invalid("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        report_id = new_id("r")
        if not store.add_report(conn, report_id, new, actor.person_id, now):
            raise Conflict("This is settled already.")
        for branch, animal in enumerate(new.animals, 1):
            store.add_animal(conn, report_id, self._number(conn, new), branch, animal, now)
        self.photos.attach(conn, report_id, photo_ids, actor.person_id)
        self._append_version(conn, report_id, NewVersion(1, actor.person_id, None, now))
        self.claims.file_for(conn, self.fetch(conn, report_id), actor.person_id, now)
        registry.record(
            conn, actor, "report", f"report/{report_id}", now, outcome=new.outcome, animals=len(new.animals)
        )
        self._on_filed(conn, _filed(report_id, new, now))
        return report_id

    def ensure(self, conn: Connection, new: NewReport, now: datetime) -> None:
        """An incident was settled by whatever way: unless a report came with it, one without animals is kept."""
        report_id = new_id("r")
        if store.add_report(conn, report_id, new, new.person_id, now):
            self._append_version(conn, report_id, NewVersion(1, new.person_id, None, now))
            self._on_filed(conn, _filed(report_id, new, now))

    def correct(
        self,
        conn: Connection,
        report_id: str,
        new: NewReport,
        actor: Actor,
        now: datetime,
        *,
        why: Correction,
    ) -> None:
        """A new version of a report; animals that keep their number are changed, others are added or withdrawn.

        Raises NotFound, Forbidden (neither staff nor its writer), Conflict
        (somebody has corrected it meanwhile), Invalid.
        """
        version, reason = why.version, why.reason
        if store.queries.value(conn, "lock_report", id=report_id) != version:
            raise Conflict("Somebody has corrected this meanwhile.")
        before = self.fetch(conn, report_id)
        if not may_correct(actor, before.report):
            raise Forbidden
        new = normal(replace(new, device_key=before.report.device_key, incident_id=before.report.incident_id))
        faults = find_faults(new, now)
        if faults:
            raise Invalid("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        store.save_report(conn, report_id, new, version + 1)
        self._save_animals(conn, before, new, now)
        self.photos.attach(conn, report_id, why.photo_ids, actor.person_id)
        self._append_version(conn, report_id, NewVersion(version + 1, actor.person_id, reason, now))
        self.claims.after_correction(conn, self.fetch(conn, report_id), actor.person_id, reason, now)
        registry.record(conn, actor, "correct", f"report/{report_id}", now, version=version + 1, reason=reason)

    def _save_animals(self, conn: Connection, before: FullReport, new: NewReport, now: datetime) -> None:
        known = {animal.id for animal in before.animals}
        kept = [animal.id for animal in new.animals if animal.id is not None]
        if not known.issuperset(kept) or len(set(kept)) != len(kept):
            raise Invalid("animals: an individual number is given by the hub, once.")
        branch: int = store.queries.value(conn, "last_branch", report_id=before.report.id)
        for animal in new.animals:
            if animal.id is None:
                branch += 1
                store.add_animal(conn, before.report.id, self._number(conn, new), branch, animal, now)
            else:
                store.queries.run(conn, "save_animal", report_id=before.report.id, **asdict(animal))
        for animal_id in sorted(known.difference(kept)):
            store.queries.run(conn, "withdraw_animal", id=animal_id, now=now)

    def _number(self, conn: Connection, new: NewReport) -> str:
        """The next individual number; what was released has one of its own kind, since nobody marks it."""
        rules = store.queries.all(conn, "fetch_numbering_rules", NumberingRule)
        day = self.day_of(new.found_at)
        rule = numbering_for(rules, day)
        if new.outcome == "wrong_species" or rule is None:
            return new_id("x")
        year = numbering_year(rule, day)
        while True:
            serial: int = store.queries.value(conn, "next_serial", rule_id=rule.id, year=year)
            number = format_number(rule, year, serial)
            # Two rules may make the same numbers.
            if not store.queries.value(conn, "has_animal", id=number):
                return number

    def _append_version(self, conn: Connection, report_id: str, version: NewVersion) -> None:
        full = self.fetch(conn, report_id)
        document = asdict(full.report) | {"animals": [asdict(animal) for animal in full.animals]}
        store.add_version(conn, report_id, version, document)

    # --- looking --------------------------------------------------------------------------------------------------

    def day_of(self, instant: datetime) -> date:
        """The town's day."""
        return instant.astimezone(self.zone).date()

    def fetch(self, conn: Connection, report_id: str) -> FullReport:
        """One report. Raises NotFound."""
        found = store.fetch_reports(conn, ReportFilter(report_id=report_id)) if is_id(report_id) else []
        if not found:
            raise NotFound("There is no such report.")
        return FullReport(found[0], tuple(store.fetch_animals(conn, [report_id])[report_id]))

    def fetch_of_incident(self, conn: Connection, incident_id: str) -> FullReport | None:
        """The report that settled an incident."""
        found = store.fetch_reports(conn, ReportFilter(incident_id=incident_id))
        return self.fetch(conn, found[0].id) if found else None

    def fetch_visible(self, conn: Connection, actor: Actor, report_id: str) -> FullReport:
        """One report; raises NotFound when there is none or the actor may not see its trap."""
        full = self.fetch(conn, report_id)
        keys = registry.visible_device_keys(conn, actor)
        if keys is not None and full.report.device_key not in keys:
            raise NotFound("There is no such report.")
        return full

    def fetch_all(self, conn: Connection, only: ReportFilter, limit: int = 100) -> list[FullReport]:
        """Reports, newest first."""
        found = store.fetch_reports(conn, only, limit)
        animals = store.fetch_animals(conn, [report.id for report in found])
        return [FullReport(report, tuple(animals[report.id])) for report in found]

    def fetch_versions(self, conn: Connection, report_id: str) -> list[Version]:
        """All that a report has been, the newest first."""
        return store.queries.all(conn, "fetch_versions", Version, report_id=report_id)

    def fetch_trap_facts(self, conn: Connection, device_key: int) -> TrapFacts:
        """What the trap's last report said that is likely still so."""
        known = store.queries.one(conn, "fetch_trap_facts", TrapFacts, device_key=device_key)
        return known or TrapFacts(None, None, None, None)

    def advise(self, conn: Connection, device_keys: Collection[int] | None, now: datetime) -> dict[int, firings.Advice]:
        """How often traps fired for nothing within a year, by the device's key; traps that never fired are left out."""
        keys = None if device_keys is None else sorted(device_keys)
        rows = store.queries.all(conn, "fetch_firings", store.FiringOf, since=now - _FIRINGS_FOR, device_keys=keys)
        by_trap: dict[int, list[firings.Firing]] = {}
        for row in rows:
            firing = firings.Firing(row.outcome, row.changes, row.closed_after_s)
            by_trap.setdefault(row.device_key, []).append(firing)
        return {key: firings.advise(found) for key, found in by_trap.items()}


def may_correct(actor: Actor, report: Report) -> bool:
    """Staff, who found it, and who typed it."""
    return actor.is_staff or actor.person_id in (report.person_id, report.typed_by)


def _filed(report_id: str, new: NewReport, now: datetime) -> FiledReport:
    return FiledReport(report_id, new.device_key, new.person_id, new.outcome, new.found_at, now, new.incident_id)


def report_as_new(full: FullReport) -> NewReport:
    """The report as it would be typed again, its animals with their numbers."""
    report = full.report
    values = {name: getattr(report, name) for name in NewReport.__dataclass_fields__ if name != "animals"}
    animals: list[NewAnimal] = [animal.as_new() for animal in full.animals]
    return NewReport(**values, animals=tuple(animals))
