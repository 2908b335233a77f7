"""People: adding and changing them, their roles, passwords and tokens, and who is to be told of what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.errors import Conflict, Invalid, NotFound
from hub.registry.audit import SYSTEM, record
from hub.registry.devices import is_id
from hub.registry.passwords import MIN_LENGTH, hash_password
from hub.registry.people import LANGUAGES, ROLES, Actor, NewPerson, Person, PersonChange, Recipient
from hub.registry.secrets import digest, new_id, new_token
from hub.store import Connection, Queries

__all__ = [
    "Token", "change_person", "create_person", "ensure_staff", "fetch_hunters_for_trap", "fetch_people",
    "fetch_person", "fetch_person_names", "fetch_recipients", "fetch_staff", "fetch_tokens", "new_api_token",
    "revoke_token", "save_language", "save_password",
]  # fmt: skip

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Token:
    """An API token as the registry keeps it: everything but the secret."""

    id: int
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Named:
    id: str
    name: str


def create_person(conn: Connection, actor: Actor | None, new: NewPerson, now: datetime) -> tuple[str, str]:
    """Add a person; returns the id and an API token, which is told only now.

    Raises Conflict for a taken username, Invalid for a short password or one without a username. `actor` None is the
    service itself.
    """
    _check_roles(new.roles, new.language)
    if (new.username is None) != (new.password is None):
        raise Invalid("A username and a password go together.")
    person_id = new_id("p")
    _insert_person(conn, person_id, new, now)
    record(conn, actor or SYSTEM, "create", f"person/{person_id}", now, name=new.name, roles=sorted(new.roles))
    return person_id, new_api_token(conn, actor, person_id, "first token", now)


def _insert_person(conn: Connection, person_id: str, new: NewPerson, now: datetime) -> None:
    hashed = None if new.password is None else hash_password(_fit(new.password))
    inserted = _queries.value(
        conn,
        "add_person",
        id=person_id,
        name=new.name,
        username=new.username,
        email=new.email,
        language=new.language,
        password_hash=hashed,
        now=now,
    )
    if inserted is None:
        raise Conflict(f"The username {new.username} is taken.")
    for role in sorted(new.roles):
        _queries.run(conn, "add_role", person_id=person_id, role=role)


def change_person(conn: Connection, actor: Actor, person_id: str, change: PersonChange, now: datetime) -> Person:
    """A person as staff want it from now on. Without `active` the person is signed out everywhere and every token ends.

    Raises NotFound; Conflict for a taken username, and for staff who would shut themselves out.
    """
    before = fetch_person(conn, person_id)
    _check_roles(change.roles, change.language)
    if person_id == actor.person_id and not (change.active and "staff" in change.roles):
        raise Conflict("You would shut yourself out; another member of staff can do this.")
    if change.username is not None and _queries.value(conn, "username_taken", id=person_id, username=change.username):
        raise Conflict(f"The username {change.username} is taken.")
    _queries.run(
        conn, "save_person", id=person_id, name=change.name, username=change.username, email=change.email,
        language=change.language, active=change.active,
    )  # fmt: skip
    _queries.run(conn, "clear_roles", person_id=person_id)
    for role in sorted(change.roles):
        _queries.run(conn, "add_role", person_id=person_id, role=role)
    if not change.active:
        _queries.run(conn, "end_sessions", person_id=person_id)
        _queries.run(conn, "revoke_tokens", person_id=person_id, now=now)
    after = fetch_person(conn, person_id)
    record(
        conn,
        actor,
        "change",
        f"person/{person_id}",
        now,
        roles=[list(before.roles), list(after.roles)],
        active=[before.active, after.active],
    )
    return after


def _check_roles(roles: frozenset[str], language: str) -> None:
    if not roles or not roles <= set(ROLES):
        raise Invalid(f"roles: one or more of {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise Invalid(f"language: one of {', '.join(LANGUAGES)}")


def _fit(password: str) -> str:
    if len(password) < MIN_LENGTH:
        raise Invalid(f"A password has at least {MIN_LENGTH} characters.")
    return password


def save_password(conn: Connection, actor: Actor, person_id: str, password: str, now: datetime) -> None:
    """A new password; the person is signed out everywhere.

    Raises NotFound, Invalid for a short one, Conflict for a person without a username.
    """
    person = fetch_person(conn, person_id)
    if person.username is None:
        raise Conflict("Give this person a username first.")
    _queries.run(conn, "save_password", id=person_id, password_hash=hash_password(_fit(password)))
    _queries.run(conn, "end_sessions", person_id=person_id)
    record(conn, actor, "set_password", f"person/{person_id}", now)


def save_language(conn: Connection, actor: Actor, language: str, now: datetime) -> None:
    """The actor's own language, for pages and messages. Raises Invalid."""
    _check_roles(frozenset(ROLES), language)
    _queries.run(conn, "save_language", id=actor.person_id, language=language)
    record(conn, actor, "set_language", f"person/{actor.person_id}", now, language=language)


def new_api_token(
    conn: Connection,
    actor: Actor | None,
    person_id: str,
    label: str,
    now: datetime,
    *,
    expires_at: datetime | None = None,
) -> str:
    """A token for the HTTP API with the person's rights, told only now. Raises NotFound."""
    fetch_person(conn, person_id)
    token = new_token()
    token_id = _queries.value(
        conn, "add_token", token_hash=digest(token), person_id=person_id, label=label, now=now, expires_at=expires_at
    )
    record(conn, actor or SYSTEM, "create", f"token/{token_id}", now, person=person_id, label=label)
    return token


def fetch_tokens(conn: Connection, person_id: str) -> list[Token]:
    """A person's tokens, newest first. Raises NotFound for an unknown person."""
    fetch_person(conn, person_id)
    return _queries.all(conn, "fetch_tokens", Token, person_id=person_id)


def revoke_token(conn: Connection, actor: Actor, person_id: str, token_id: int, now: datetime) -> None:
    """One token works no more. Raises NotFound when the person has no such living token."""
    if _queries.run(conn, "revoke_token", id=token_id, person_id=person_id, now=now) == 0:
        raise NotFound("This person has no such token.")
    record(conn, actor, "revoke", f"token/{token_id}", now, person=person_id)


def fetch_people(conn: Connection, *, after: str = "", limit: int = 500) -> list[Person]:
    """People by id, those behind `after`."""
    return _queries.all(conn, "fetch_people", Person, after=after, limit=limit)


def fetch_person(conn: Connection, person_id: str) -> Person:
    """One person; raises NotFound."""
    person = _queries.one(conn, "fetch_person", Person, id=person_id) if is_id(person_id) else None
    if person is None:
        raise NotFound("There is no such person.")
    return person


def fetch_person_names(conn: Connection, ids: frozenset[str]) -> dict[str, str]:
    """Names by id; ids of nobody are left out."""
    return {row.id: row.name for row in _queries.all(conn, "fetch_person_names", _Named, ids=sorted(ids))}


def fetch_hunters_for_trap(conn: Connection, device_key: int) -> list[Recipient]:
    """Who is told of a trap: active hunters of its team, every active hunter when it has none, and staff when that is
    nobody at all.
    """
    return _queries.all(conn, "fetch_hunters_for_trap", Recipient, device_key=device_key) or fetch_staff(conn)


def fetch_recipients(conn: Connection, ids: Iterable[str]) -> list[Recipient]:
    """These people as somebody to be told; who is not active any more is left out."""
    return _queries.all(conn, "fetch_recipients", Recipient, ids=sorted(ids))


def fetch_staff(conn: Connection) -> list[Recipient]:
    """Active city staff."""
    return _queries.all(conn, "fetch_staff", Recipient)


def ensure_staff(conn: Connection, username: str, password: str, token: str, now: datetime) -> str:
    """The first member of staff, with exactly this token; returns the person's id.

    Safe to call at every start: what is there stays.
    """
    person_id: str | None = _queries.value(conn, "fetch_credentials", username=username)
    if person_id is None:
        person_id = new_id("p")
        new = NewPerson(name=username, roles=frozenset({"staff"}), username=username, password=password)
        _insert_person(conn, person_id, new, now)
        record(conn, SYSTEM, "create", f"person/{person_id}", now, name=username, roles=["staff"])
    token_id = _queries.value(
        conn, "add_token", token_hash=digest(token), person_id=person_id, label="first start", now=now, expires_at=None
    )
    if token_id is not None:
        record(conn, SYSTEM, "create", f"token/{token_id}", now, person=person_id, label="first start")
    return person_id
