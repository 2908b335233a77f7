"""Plans of teams, duty and people's wishes, as the database keeps them. Each function in the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hub.alerts.teams.rosters import Roster
from hub.alerts.teams.specs import NIGHTS, TOWN_SPEC, PlanSpec, check_spec, dump_spec, load_spec
from hub.errors import Invalid
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection, Queries, notify

__all__ = [
    "LONGEST_AWAY", "Member", "Wishes", "fetch_companions", "fetch_members", "fetch_own_spec", "fetch_roster",
    "fetch_spec", "fetch_wishes", "forget_team", "is_too_far", "save_away", "save_day", "save_night", "save_spec",
    "save_week", "wake_waiting",
]  # fmt: skip

LONGEST_AWAY = timedelta(days=366)
_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a team; `away_until` is the last day of an absence."""

    id: str
    name: str
    away_until: date | None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person has chosen: for the night (None: as the team), and the last day of an absence."""

    night: str | None
    away_until: date | None


@dataclass(frozen=True, slots=True)
class _Spec:
    spec: Any


@dataclass(frozen=True, slots=True)
class _Weekday:
    weekday: int
    person_id: str


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    person_id: str
    on_duty: bool


@dataclass(frozen=True, slots=True)
class _Away:
    person_id: str
    away_until: date


# --- plans ------------------------------------------------------------------------------------------------------------


def fetch_spec(conn: Connection, team_id: str | None) -> PlanSpec:
    """The plan that counts for a team: its own, else the town's, else what every town begins with."""
    for row in _queries.all(conn, "fetch_specs", _Spec, team_id=team_id):
        try:
            return load_spec(row.spec)
        except Invalid:
            # A plan that nobody can read must not keep a trap from alarming.
            continue
    return TOWN_SPEC


def fetch_own_spec(conn: Connection, team_id: str | None) -> PlanSpec | None:
    """The plan that was written for exactly this team (None: the town); None when there is none."""
    row = _queries.one(conn, "fetch_own_spec", _Spec, team_id=team_id)
    return None if row is None else load_spec(row.spec)


def save_spec(conn: Connection, actor: Actor, team_id: str | None, spec: PlanSpec | None, now: datetime) -> None:
    """A plan from now on; None takes it back. Incidents that are open keep theirs. Raises NotFound, and Invalid
    for people whom a step may not name.
    """
    if team_id is not None:
        registry.fetch_team(conn, team_id)
    if spec is None:
        _queries.run(conn, "drop_spec", team_id=team_id)
    else:
        check_spec(spec, () if team_id is None else [member.id for member in fetch_members(conn, team_id)])
        kept = dump_spec(spec)
        _queries.run(conn, "save_spec", team_id=team_id, spec=kept, now=now, person_id=actor.person_id)
    thing = "town/plan" if team_id is None else f"team/{team_id}"
    registry.record(conn, actor, "save_plan", thing, now, plan=None if spec is None else dump_spec(spec))


# --- duty -------------------------------------------------------------------------------------------------------------


def fetch_members(conn: Connection, team_id: str) -> list[Member]:
    """The active people of a team, by name."""
    return _queries.all(conn, "fetch_members", Member, team_id=team_id)


def fetch_companions(conn: Connection, device_key: int | None, person_id: str) -> list[Member]:
    """With whom a person may go to a device: the other hunters who look after it, by name."""
    return _queries.all(conn, "fetch_companions", Member, device_key=device_key, person_id=person_id)


def fetch_roster(conn: Connection, team_id: str | None, members: Iterable[str], since: date) -> Roster:
    """The roster of a team from a day on, for these members; without a team only absences count."""
    ids = tuple(members)
    week: dict[int, set[str]] = {}
    for row in _queries.all(conn, "fetch_week", _Weekday, team_id=team_id):
        week.setdefault(row.weekday, set()).add(row.person_id)
    days: dict[date, dict[str, bool]] = {}
    for one in _queries.all(conn, "fetch_days", _Day, team_id=team_id, since=since):
        days.setdefault(one.day, {})[one.person_id] = one.on_duty
    away = {row.person_id: row.away_until for row in _queries.all(conn, "fetch_away", _Away, ids=list(ids))}
    return Roster(ids, week, days, away)


def save_week(conn: Connection, actor: Actor, team_id: str, week: Mapping[int, Collection[str]], now: datetime) -> None:
    """Who is on duty on each weekday, Monday 0, every week. Raises NotFound, Invalid for others' people."""
    registry.fetch_team(conn, team_id)
    members = {member.id for member in fetch_members(conn, team_id)}
    rows = [
        {"team_id": team_id, "weekday": weekday, "person_id": person}
        for weekday, people in week.items()
        for person in people
    ]
    if not all(row["person_id"] in members and row["weekday"] in range(7) for row in rows):
        raise Invalid("Weekdays 0 (Monday) to 6, and people of the team only.")
    _queries.run(conn, "clear_week", team_id=team_id)
    _queries.run_many(conn, "add_weekday", rows)
    kept = {weekday: sorted(people) for weekday, people in week.items() if people}
    registry.record(conn, actor, "save_week", f"team/{team_id}", now, week=kept)


def save_day(
    conn: Connection, actor: Actor, team_id: str, day: date, duty: Mapping[str, bool | None], now: datetime
) -> None:
    """Who is (True) or is not (False) on duty on one date; None: as every week.

    Raises NotFound, and Invalid for people of another team.
    """
    registry.fetch_team(conn, team_id)
    if not set(duty) <= {member.id for member in fetch_members(conn, team_id)}:
        raise Invalid("People of the team only.")
    for person, on in duty.items():
        if on is None:
            _queries.run(conn, "drop_day", team_id=team_id, day=day, person_id=person)
        else:
            _queries.run(conn, "save_day", team_id=team_id, day=day, person_id=person, on_duty=on)
    registry.record(conn, actor, "save_day", f"team/{team_id}", now, day=day.isoformat(), duty=dict(duty))


# --- wishes -----------------------------------------------------------------------------------------------------------


def fetch_wishes(conn: Connection, person_id: str) -> Wishes:
    """What a person has chosen."""
    return _queries.one(conn, "fetch_wishes", Wishes, person_id=person_id) or Wishes(None, None)


def forget_team(conn: Connection, team_id: str) -> None:
    """A team is about to go: its plan, its duty and its members' pauses go first. Open incidents keep theirs."""
    for statement in ("drop_spec", "clear_week", "drop_days_of_team", "drop_mutes_of_team"):
        _queries.run(conn, statement, team_id=team_id)


def save_night(conn: Connection, actor: Actor, night: str | None, now: datetime) -> None:
    """The actor's own choice for the night; None leaves it to the team. Counts for the next incidents."""
    if night is not None and night not in NIGHTS:
        raise Invalid(f"night: one of {', '.join(NIGHTS)}")
    _queries.run(conn, "save_night", person_id=actor.person_id, night=night)
    registry.record(conn, actor, "save_night", f"person/{actor.person_id}", now, night=night)


def is_too_far(until: date, now: datetime) -> bool:
    """Whether a day is further ahead than anybody is away: by the day of UTC, as a year more or less is a slip."""
    return until - now.date() > LONGEST_AWAY


def save_away(conn: Connection, actor: Actor, person_id: str, until: date | None, now: datetime) -> None:
    """A person is away through this day; None: here again. Counts for the next incidents.

    Raises Invalid for a day further away than LONGEST_AWAY: whoever is away for so long leaves the team.
    """
    if until is not None and is_too_far(until, now):
        raise Invalid(f"away_until: at most {LONGEST_AWAY.days} days ahead.")
    _queries.run(conn, "save_away", person_id=person_id, until=until)
    registry.record(conn, actor, "save_away", f"person/{person_id}", now, until=until and until.isoformat())


def wake_waiting(conn: Connection, now: datetime) -> None:
    """Something has changed for which rounds or people wait: they are looked at again now."""
    if _queries.run(conn, "wake_rounds", now=now):
        notify(conn, "due", {})
