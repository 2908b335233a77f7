"""A database's first start: its schema, the first member of staff, and on wish the people of a sample town."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub import clock
from hub.alerts.teams import service as teams
from hub.alerts.teams.specs import PlanSpec, StepSpec
from hub.config import Settings
from hub.errors import Invalid
from hub.registry import service as registry
from hub.registry.people import Actor, NewPerson, PersonChange
from hub.store import Connection, Database, migrate
from hub.surveys import airspace
from hub.surveys.limits import ZoneKind
from hub.surveys.zones import read_zones
from hub.traps.permits import service as permits
from hub.traps.permits.service import NewPermit

__all__ = ["FirstStart", "add_staff", "first_start"]

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
# Names as they might stand in any telephone book; mail addresses in a domain that is kept free for examples.
_SAMPLE = (
    ("石井 健太", "ishii", "hunter", "ja"),
    ("鈴木 美咲", "suzuki", "hunter", "ja"),
    ("高橋 一郎", "takahashi", "farmer", "ja"),
    ("グエン ティ ラン", "lan", "farmer", "ja_Hira"),
    ("小川 直樹", "ogawa", "responder", "ja"),
    ("佐久間 恵", "sakuma", "responder", "ja"),
    ("そらサーベイ", "sora", "partner", "ja"),
)
# kind, name, west and south in degrees, and how many degrees wide and high
_SAMPLE_ZONES: tuple[tuple[ZoneKind, str, float, float, float], ...] = (
    ("did", "見本の市街地（実在しません）", 140.02, 35.3, 0.004),
    ("no_go", "見本の養鶏場（実在しません）", 140.03, 35.31, 0.002),
)


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What a start has made: sign-ins of the sample people (`id`, `name`, `username`, `password`, `role`).

    Empty when there is nothing new.
    """

    people: tuple[dict[str, Any], ...]


def first_start(settings: Settings, *, username: str, password: str, token: str, sample: bool) -> FirstStart:
    """Bring the database up to date, with a member of staff who has this sign-in. Safe to run at every start."""
    migrate(settings.database_url)
    database = Database(settings.database_url, name="wanamori prepare", max_size=2)
    try:
        with database.transaction() as conn:
            staff_id = registry.ensure_staff(conn, username, password, token, clock.now())
            return FirstStart(tuple(_sample_people(conn, staff_id, ZoneInfo(settings.time_zone))) if sample else ())
    finally:
        database.close()


def add_staff(settings: Settings, username: str) -> str:
    """Bring the database up to date and add a member of staff; returns the password.

    Raises Invalid for a name that cannot be typed everywhere, Conflict for a taken one.
    """
    if not _USERNAME.fullmatch(username):
        raise Invalid(f"{username!r} is no username: small letters, digits, dots and dashes, such as tanaka")
    migrate(settings.database_url)
    database = Database(settings.database_url, name="wanamori add-staff", max_size=2)
    password = secrets.token_urlsafe(12)
    try:
        with database.transaction() as conn:
            person = NewPerson(username, frozenset({"staff"}), None, "ja", username, password)
            registry.create_person(conn, None, person, clock.now())
    finally:
        database.close()
    return password


def _sample_people(conn: Connection, staff_id: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The sample people that are not there yet: only a first start meets a registry with nobody but staff."""
    if any("staff" not in person.roles for person in registry.fetch_people(conn)):
        return []
    staff, actor = registry.fetch_person(conn, staff_id), registry.fetch_actor(conn, staff_id)
    if actor is not None:
        change = PersonChange(
            "市役所 鳥獣対策係", frozenset(staff.roles), "staff@example.jp", "ja", staff.username, active=True
        )
        registry.change_person(conn, actor, staff_id, change, clock.now())
    made: list[dict[str, Any]] = []
    for name, username, role, language in _SAMPLE:
        password = secrets.token_urlsafe(9)
        person = NewPerson(name, frozenset({role}), f"{username}@example.jp", language, username, password)
        person_id, _ = registry.create_person(conn, None, person, clock.now())
        made.append({"id": person_id, "name": name, "username": username, "password": password, "role": role})
    if actor is not None:
        _sample_team(conn, actor, zone, [person for person in made if person["role"] == "hunter"])
        _sample_zones(conn, actor)
    return made


def _sample_team(conn: Connection, actor: Actor, zone: ZoneInfo, hunters: list[dict[str, Any]]) -> None:
    """A team of the hunters with its plan, its duty and a permit. It has no trap, so all traps stay everybody's."""
    now = clock.now()
    today = now.astimezone(zone).date()
    team = registry.create_team(conn, actor, "矢那・鎌足班", now)
    for hunter in hunters:
        registry.add_member(conn, actor, team.id, hunter["id"], now)
    plan = PlanSpec(steps=(StepSpec(0, ("duty",)), StepSpec(10, ("team",))), repeat_min=10, two_people=True)
    teams.save_spec(conn, actor, team.id, plan, now)
    # Taking turns on workdays, together on Saturday and Sunday.
    week = {day: [hunters[day % len(hunters)]["id"]] for day in range(5)}
    together = [hunter["id"] for hunter in hunters]
    teams.save_week(conn, actor, team.id, week | {5: together, 6: together}, now)
    first = hunters[0]
    permit = NewPermit(
        "pest_control", "見本第1号", "木更津市長", first["name"], "木更津市の見本1番地", "イノシシ・キョン",
        "矢那・鎌足・真里谷・茅野", today - timedelta(days=60), today + timedelta(days=120), 30, False, 30, None,
        frozenset(together), frozenset(),
    )  # fmt: skip
    permits.create_permit(conn, actor, permit, now)


def _sample_zones(conn: Connection, actor: Actor) -> None:
    """Two zones in the hills that nobody has: each says that it is made up."""
    now = clock.now()
    for kind, name, west, south, size in _SAMPLE_ZONES:
        east, north = west + size, south + size
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        feature = {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        airspace.sample_zones(conn, actor, kind, read_zones(feature), now)
