"""A database's first start: its schema, the first member of staff, and on wish the people of a sample town."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from hub import clock
from hub.config import Settings
from hub.errors import Invalid
from hub.registry import service as registry
from hub.registry.people import NewPerson, PersonChange
from hub.store import Connection, Database, migrate

__all__ = ["FirstStart", "add_staff", "first_start"]

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
# Names as they might stand in any telephone book; mail addresses in a domain that is kept free for examples.
_SAMPLE = (
    ("石井 健太", "ishii", "hunter", "ja"),
    ("鈴木 美咲", "suzuki", "hunter", "ja"),
    ("高橋 一郎", "takahashi", "farmer", "ja"),
    ("グエン ティ ラン", "lan", "farmer", "ja_Hira"),
    ("小川 直樹", "ogawa", "responder", "ja"),
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
            return FirstStart(tuple(_sample_people(conn, staff_id)) if sample else ())
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


def _sample_people(conn: Connection, staff_id: str) -> list[dict[str, Any]]:
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
    return made
