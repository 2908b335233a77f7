"""Proving who one is: password, session of a browser, API token."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.registry.audit import record
from hub.registry.passwords import check_password
from hub.registry.people import Actor
from hub.registry.secrets import digest, mask, new_session_token, unmask
from hub.store import Connection, Queries

__all__ = [
    "IDLE_LIFE", "SESSION_LIFE", "Credentials", "NewSession", "Session", "actor_of_session", "actor_of_token",
    "end_session", "fetch_actor", "fetch_credentials", "is_right", "start_session",
]  # fmt: skip

# A hunter's phone should not ask for a password in the field each day; staff sign in again each month at the latest.
SESSION_LIFE = timedelta(days=30)
IDLE_LIFE = timedelta(days=7)
_TOUCH_EVERY = timedelta(minutes=1)
_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is held against."""

    id: str
    password_hash: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that has just begun: `token` is the cookie's secret, told only now."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A living session: who it is, and the token that each of its forms must carry (as a text of this request only)."""

    actor: Actor
    csrf: str

    def wrote(self, csrf: str) -> bool:
        """Whether a form with this token comes from a page of this session."""
        sent, own = unmask(csrf), unmask(self.csrf)
        return sent is not None and own is not None and hmac.compare_digest(sent.encode(), own.encode())


@dataclass(frozen=True, slots=True)
class _ActorRow:
    person_id: str
    name: str
    language: str
    roles: list[str]
    teams: list[str]

    def actor(self) -> Actor:
        return Actor(self.person_id, self.name, frozenset(self.roles), self.language, frozenset(self.teams))


@dataclass(frozen=True, slots=True)
class _SessionRow(_ActorRow):
    csrf: str
    last_seen_at: datetime


def fetch_credentials(conn: Connection, username: str) -> Credentials | None:
    """What is known of a username, in whatever case it was typed; None for nobody."""
    if not username.isprintable() or not username.isascii():
        return None
    return _queries.one(conn, "fetch_credentials", Credentials, username=username.lower())


def is_right(credentials: Credentials | None, password: str) -> bool:
    """Whether the password is that of an active person.

    It takes as long for nobody as for somebody: some 50 ms, so do it outside of a transaction.
    """
    right = check_password(password, None if credentials is None else credentials.password_hash)
    return right and credentials is not None and credentials.active


def start_session(conn: Connection, person_id: str, now: datetime, *, replaces: str | None = None) -> NewSession:
    """A new session for somebody whose password was right; the browser's former session ends, so that nobody can have
    planted it.
    """
    if replaces is not None:
        _queries.run(conn, "end_session", token_hash=digest(replaces))
    _queries.run(conn, "drop_old_sessions", now=now, idle_since=now - IDLE_LIFE)
    session = NewSession(new_session_token(), now + SESSION_LIFE)
    _queries.run(
        conn,
        "add_session",
        token_hash=digest(session.token),
        person_id=person_id,
        csrf=new_session_token(),
        now=now,
        expires_at=session.expires_at,
    )
    record(conn, person_id, "sign_in", f"person/{person_id}", now)
    return session


def actor_of_session(conn: Connection, token: str, now: datetime) -> Session | None:
    """Whose session a cookie is; None when it ended, was idle for too long, or never was."""
    row = _queries.one(
        conn, "fetch_session", _SessionRow, token_hash=digest(token), now=now, idle_since=now - IDLE_LIFE
    )
    if row is None:
        return None
    if now - row.last_seen_at > _TOUCH_EVERY:
        _queries.run(conn, "touch_session", token_hash=digest(token), now=now)
    return Session(row.actor(), mask(row.csrf))


def end_session(conn: Connection, token: str, now: datetime) -> None:
    """Sign-out."""
    session = actor_of_session(conn, token, now)
    _queries.run(conn, "end_session", token_hash=digest(token))
    if session is not None:
        record(conn, session.actor, "sign_out", f"person/{session.actor.person_id}", now)


def actor_of_token(conn: Connection, token: str, now: datetime) -> Actor | None:
    """Whose API token it is; None when it was revoked, ran out, or never was."""
    row = _queries.one(conn, "fetch_actor_of_token", _ActorRow, token_hash=digest(token), now=now)
    return None if row is None else row.actor()


def fetch_actor(conn: Connection, person_id: str) -> Actor | None:
    """An active person as an actor, for a signed link that names the person; None for nobody."""
    row = _queries.one(conn, "fetch_actor", _ActorRow, id=person_id)
    return None if row is None else row.actor()
