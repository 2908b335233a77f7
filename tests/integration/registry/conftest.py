from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hub.registry import service as registry
from hub.registry.people import Actor, NewPerson
from hub.store import Connection, Database

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, name="tests")
    yield opened
    opened.close()


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    """One transaction, committed at the end of the test."""
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def staff(database: Database) -> Actor:
    with database.transaction() as conn:
        return person(conn, "staff")


def person(conn: Connection, *roles: str, **more: object) -> Actor:
    """A new person as an actor."""
    new = NewPerson(name="Someone", roles=frozenset(roles), **more)
    person_id, token = registry.create_person(conn, None, new, NOW)
    actor = registry.actor_of_token(conn, token, NOW)
    assert actor
    assert actor.person_id == person_id
    return actor


def fresh(conn: Connection, actor: Actor) -> Actor:
    """The same person with the rights of now."""
    found = registry.fetch_actor(conn, actor.person_id)
    assert found
    return found
