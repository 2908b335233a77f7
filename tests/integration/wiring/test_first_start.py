"""A database's first start: staff who can sign in, sample people once, and nothing undone by starting again."""

import pytest

from hub import clock
from hub.alerts.teams import service as teams
from hub.config import Settings
from hub.errors import Conflict, Invalid
from hub.registry import service as registry
from hub.store import Database
from hub.traps.permits import service as permits
from hub.wiring.first_start import add_staff, first_start


@pytest.fixture
def settings(empty_database_url: str) -> Settings:
    """Settings over a database that has nothing in it."""
    return Settings.model_validate({"database_url": empty_database_url, "secret": "s" * 32})


def _roles(settings: Settings) -> list[str]:
    database = Database(settings.database_url, max_size=2)
    try:
        with database.transaction() as conn:
            return sorted(role for person in registry.fetch_people(conn) for role in person.roles)
    finally:
        database.close()


def test_a_sample_is_made_once(settings: Settings) -> None:
    sign_in = {"username": "staff", "password": "a long password", "token": "wm_token"}
    made = first_start(settings, **sign_in, sample=True).people
    assert {person["role"] for person in made} == {"hunter", "farmer", "responder", "partner"}
    assert all(len(person["password"]) >= 10 for person in made)
    before = _roles(settings)
    assert first_start(settings, **sign_in, sample=True).people == ()
    assert _roles(settings) == before


def test_the_sample_has_a_team_with_a_plan_its_duty_and_a_permit(settings: Settings) -> None:
    sign_in = {"username": "staff", "password": "a long password", "token": "wm_token"}
    hunters = {
        person["id"] for person in first_start(settings, **sign_in, sample=True).people if person["role"] == "hunter"
    }
    database = Database(settings.database_url, max_size=2)
    try:
        with database.transaction() as conn:
            [team] = registry.fetch_teams(conn)
            assert set(team.members) == hunters
            assert len(teams.fetch_spec(conn, team.id).steps) == 2
            roster = teams.fetch_roster(conn, team.id, hunters, clock.now().date())
            assert set(roster.week) == set(range(7))
            [permit] = permits.fetch_permits(conn)
            assert set(permit.hunters) == hunters
    finally:
        database.close()


def test_an_empty_start_has_staff_alone_whose_token_works(settings: Settings) -> None:
    assert (
        first_start(settings, username="staff", password="a long password", token="wm_token", sample=False).people == ()
    )
    assert _roles(settings) == ["staff"]
    database = Database(settings.database_url, max_size=2)
    try:
        with database.transaction() as conn:
            actor = registry.actor_of_token(conn, "wm_token", clock.now())
            assert not registry.fetch_teams(conn)
            assert not permits.fetch_permits(conn)
    finally:
        database.close()
    assert actor is not None
    assert actor.is_staff


def test_staff_are_added_by_a_name_that_can_be_typed_and_is_free(settings: Settings) -> None:
    assert len(add_staff(settings, "tanaka")) >= 12
    with pytest.raises(Conflict, match="tanaka is taken"):
        add_staff(settings, "tanaka")
    for name in ("", "Tanaka", "田中", "a b", "-x"):
        with pytest.raises(Invalid, match="no username"):
            add_staff(settings, name)
    assert _roles(settings) == ["staff"]
