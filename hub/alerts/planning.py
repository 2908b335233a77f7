"""The plan that an incident gets now: the team's spec, the roster and the people, as the database has them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.alerts import store
from hub.alerts.kinds import KINDS
from hub.alerts.plans import (
    Circumstances,
    Plan,
    PlanRules,
    QuietHours,
    make_field_plan,
    make_overdue_plan,
    make_plan,
)
from hub.alerts.teams import service as teams
from hub.alerts.teams.rosters import on_duty
from hub.alerts.trips.store import fetch_partner
from hub.registry import service as registry
from hub.registry.people import Recipient
from hub.store import Connection

__all__ = ["Farmers", "Hunters", "Planner", "Staff"]

Hunters = Callable[[Connection, int], Sequence[Recipient]]
Staff = Callable[[Connection], Sequence[Recipient]]
Farmers = Callable[[Connection, str], Sequence[Recipient]]


class Planner:
    """Makes plans. `zone` is the town's: duty is by its days."""

    def __init__(self, hunters: Hunters, staff: Staff, rules: PlanRules, zone: ZoneInfo, *, farmers: Farmers) -> None:
        self._hunters = hunters
        self._farmers = farmers
        self._staff = staff
        self._rules = rules
        self._zone = zone

    def plan_for(
        self, conn: Connection, kind: str, device_key: int | None, now: datetime, person_id: str | None = None
    ) -> Plan:
        """The plan of an incident of this kind about this device, or about a person who has not come back from it."""
        hunters: Sequence[Recipient] = () if device_key is None else self._hunters(conn, device_key)
        staff = self._staff(conn)
        circumstances = self._circumstances(conn, device_key, hunters, now)
        if person_id is None:
            return make_plan(KINDS[kind], hunters, staff, self._rules, circumstances)
        party = [person_id, fetch_partner(conn, person_id, device_key)]
        people = {one.person_id: one for one in registry.fetch_recipients(conn, [p for p in party if p])}
        ordered = [people[one] for one in party if one in people]
        return make_overdue_plan(ordered, hunters, staff, self._rules, circumstances)

    def field_plan(
        self, conn: Connection, plot_id: str | None, quiet_hours: QuietHours | None, repeat_after_s: int | None
    ) -> Plan:
        """The plan of a matter of the field: told to the plot's farmers; without a plot to staff."""
        people = self._staff(conn) if plot_id is None else self._farmers(conn, plot_id)
        return make_field_plan(people, self._rules, quiet_hours=quiet_hours, repeat_after_s=repeat_after_s)

    def _circumstances(
        self, conn: Connection, device_key: int | None, hunters: Sequence[Recipient], now: datetime
    ) -> Circumstances:
        where = None if device_key is None else store.fetch_where(conn, device_key)
        if where is None:
            return Circumstances(teams.fetch_spec(conn, None))
        spec = teams.fetch_spec(conn, where.team_id)
        roster = teams.fetch_roster(
            conn, where.team_id, [one.person_id for one in hunters], now.astimezone(self._zone).date()
        )
        return Circumstances(spec, on_duty(roster, now, self._zone), (where.lat, where.lon))
