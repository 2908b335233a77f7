"""What the rest of the hub asks of the patrol ledger. Everything happens in the caller's transaction.

What must follow elsewhere (the notice of an evening, and its end when somebody was there) comes back as effects, as in
`hub.traps.service`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.errors import Conflict, Forbidden, NotFound
from hub.registry.devices import Device, is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection, notify
from hub.traps.patrols import store
from hub.traps.patrols.days import bounds_of, day_of, days_between, is_evening
from hub.traps.patrols.ledger import NewVisit, Spoken, TrapDay, TrapLedger, Visit, assemble
from hub.traps.patrols.store import NewRow, VisitFilter
from hub.traps.states import Effect, EndIncident, OpenIncident

__all__ = ["Patrols", "VisitFilter"]


class Patrols:
    """The patrol ledger of a town. `evening` is the time of the town's clock at which the unvisited are told."""

    def __init__(self, *, zone: ZoneInfo, evening: time) -> None:
        self.zone = zone
        self.evening = evening

    # --- what people do -----------------------------------------------------------------------------------------------

    def record(
        self,
        conn: Connection,
        devices: Collection[Device],
        person_id: str,
        new: NewVisit,
        now: datetime,
        written_by: str | None = None,
    ) -> tuple[list[Visit], list[Effect]]:
        """Write down a visit to each of these traps; a form that is sent again (same key) changes nothing.

        Returns the rows, and what must follow. Raises Conflict for what is no trap.
        """
        if any(device.kind != "trap" for device in devices):
            raise Conflict("Only a trap is visited.")
        visits: list[Visit] = []
        effects: list[Effect] = []
        for device in sorted(devices, key=lambda one: one.key):
            visit_id = new_id("v")
            if store.add_visit(conn, NewRow(visit_id, device.key, person_id, written_by or person_id), new, now):
                effects += self._follow(conn, device.key, device.id, new.visited_at)
                visits += store.fetch_visits(conn, VisitFilter(id=visit_id))
            else:
                visits += store.fetch_visits(conn, VisitFilter(key=new.key, device_keys=[device.key]))
        return visits, effects

    def record_settled(
        self, conn: Connection, device_key: int, incident_id: str | None, person_id: str, at: datetime
    ) -> list[Effect]:
        """Somebody has recorded what was found at a trap, or settled an incident of it: that is a visit.

        It was made when that record says so: a report may have waited on a phone. Told twice of
        the same incident, it is written once.
        """
        visited_at = (store.fetch_found_at(conn, incident_id) if incident_id else None) or at
        new = NewVisit(visited_at, "report", incident_id=incident_id)
        row = NewRow(new_id("v"), device_key, person_id, person_id)
        if not store.add_visit(conn, row, new, at):
            return []
        return self._follow(conn, device_key, None, visited_at)

    def correct(
        self, conn: Connection, actor: Actor, visit_id: str, new: NewVisit | None, now: datetime
    ) -> tuple[Visit, list[Effect]]:
        """Put a row of the ledger right by another one that names it; `new` None says that there was no such visit.

        Its writer may, and city staff. Raises NotFound, Forbidden, and Conflict when it was put right before.
        """
        visit = self.fetch_visit(conn, visit_id)
        if not actor.is_staff and actor.person_id not in (visit.person_id, visit.written_by):
            raise Forbidden("Only who wrote this, or city staff, can correct it.")
        store.lock_visit(conn, visit_id)
        if not self.fetch_visit(conn, visit_id).counts:
            raise Conflict("This was corrected already.")
        said, right_id = new or NewVisit(visit.visited_at, visit.source), new_id("v")
        row = NewRow(right_id, visit.device_key, visit.person_id, actor.person_id, visit_id, void=new is None)
        written = store.add_visit(conn, row, said, now)
        if not written:
            raise Conflict("This was corrected already.")
        effects = [] if new is None else self._follow(conn, visit.device_key, visit.device_id, said.visited_at)
        return self.fetch_visit(conn, right_id), effects

    # --- looking ------------------------------------------------------------------------------------------------------

    def fetch_visit(self, conn: Connection, visit_id: str) -> Visit:
        """One row. Raises NotFound; who may see its trap is the caller's to know."""
        found = store.fetch_visits(conn, VisitFilter(id=visit_id)) if is_id(visit_id) else []
        if not found:
            raise NotFound("There is no such visit.")
        return found[0]

    def fetch_visits(self, conn: Connection, which: VisitFilter) -> list[Visit]:
        """Rows of the ledger, newest first."""
        return store.fetch_visits(conn, which)

    def fetch_by_key(self, conn: Connection, key: UUID, device_key: int) -> Visit | None:
        """The row that a form of this key has written already."""
        return next(iter(store.fetch_visits(conn, VisitFilter(key=key, device_keys=[device_key]))), None)

    def fetch_today(self, conn: Connection, device_keys: Collection[int], now: datetime) -> dict[int, TrapDay]:
        """How it stands today with each of these traps."""
        day = day_of(now, self.zone)
        start, end = bounds_of(day, self.zone)
        heard = store.fetch_last_heard(conn, sorted(device_keys))
        spoken = {key: [Spoken(key, day, at, at)] for key, at in heard.items() if start <= at < end}
        found = self._assemble(conn, sorted(device_keys), [day], spoken, now)
        return {key: days[0] for key, days in found.items()}

    def fetch_unvisited(self, conn: Connection, device_keys: Collection[int], day: date, now: datetime) -> list[int]:
        """Those of these traps to which nobody went on a day though somebody should (today: has not gone yet)."""
        start, end = bounds_of(day, self.zone)
        keys = sorted(device_keys)
        spoken = store.fetch_spoken(conn, keys, start, end, str(self.zone))
        found = self._assemble(conn, keys, [day], spoken, now)
        return [key for key, (one,) in found.items() if one.state in ("open", "unvisited")]

    def fetch_ledgers(
        self, conn: Connection, devices: Sequence[Device], first: date, last: date, now: datetime
    ) -> list[TrapLedger]:
        """The ledger of each trap from `first` to `last`, both among them."""
        days = days_between(first, last)
        start, end = bounds_of(first, self.zone)[0], bounds_of(last, self.zone)[1]
        keys = [device.key for device in devices]
        spoken = store.fetch_spoken(conn, keys, start, end, str(self.zone))
        found = self._assemble(conn, keys, days, spoken, now)
        return [TrapLedger(device.id, device.name, tuple(found[device.key])) for device in devices]

    # --- the evening --------------------------------------------------------------------------------------------------

    def sweep_evening(self, conn: Connection, now: datetime) -> list[Effect]:
        """Once on each of the town's evenings: the traps that nobody has visited today. Any number of workers may ask.

        A hub that was down at that time tells it when it is back, while the day lasts.
        """
        day = day_of(now, self.zone)
        if not is_evening(now, self.evening, self.zone) or store.evening_told(conn, day):
            return []
        today = self.fetch_today(conn, store.fetch_service_keys(conn), now)
        unvisited = [key for key, one in today.items() if one.state == "open"]
        if not store.add_evening(conn, day, now, len(unvisited)):
            return []
        return [OpenIncident("patrol_unvisited", key, now) for key in unvisited]

    # --- parts --------------------------------------------------------------------------------------------------------

    def _assemble(
        self,
        conn: Connection,
        keys: Sequence[int],
        days: Sequence[date],
        spoken: Mapping[int, Sequence[Spoken]],
        now: datetime,
    ) -> dict[int, tuple[TrapDay, ...]]:
        start, end = bounds_of(days[0], self.zone)[0], bounds_of(days[-1], self.zone)[1]
        switches = store.fetch_switches(conn, keys, start, end)
        rules = store.fetch_sensor_rules(conn, keys)
        visits: dict[int, list[Visit]] = {}
        for visit in store.fetch_visits(conn, VisitFilter(device_keys=keys, since=start, until=end)):
            visits.setdefault(visit.device_key, []).append(visit)
        return {
            key: assemble(
                days,
                switches.get(key, ()),
                visits.get(key, ()),
                spoken.get(key, ()),
                rules.get(key, ()),
                now=now,
                zone=self.zone,
            )
            for key in keys
        }

    def _follow(self, conn: Connection, device_key: int, device_id: str | None, visited_at: datetime) -> list[Effect]:
        """Somebody was there: what the last evening told is settled, if the visit was on that day or later."""
        if device_id is not None:
            notify(conn, "live", {"what": "device", "id": device_id})
        told = store.fetch_last_evening(conn)
        if told is None or day_of(visited_at, self.zone) < told:
            return []
        return [EndIncident("patrol_unvisited", device_key, "visited")]
