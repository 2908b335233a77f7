from datetime import timedelta

import psycopg
import pytest

from hub.errors import Conflict, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor, NewPerson, PersonChange
from hub.store import Connection
from tests.integration.registry.conftest import NOW, person


def _change(**more: object) -> PersonChange:
    values = {"name": "Someone", "roles": frozenset({"hunter"}), "email": None, "language": "ja", "username": None}
    return PersonChange(**({"active": True} | values | more))


def test_a_token_is_its_persons_until_it_is_ended(conn: Connection, staff: Actor) -> None:
    hunter = person(conn, "hunter")
    token = registry.new_api_token(conn, staff, hunter.person_id, "another", NOW, expires_at=NOW + timedelta(days=1))
    assert registry.actor_of_token(conn, token, NOW) == hunter
    assert registry.actor_of_token(conn, token, NOW + timedelta(days=1)) is None
    newest = registry.fetch_tokens(conn, hunter.person_id)[0]
    registry.revoke_token(conn, staff, hunter.person_id, newest.id, NOW)
    assert registry.actor_of_token(conn, token, NOW) is None
    with pytest.raises(NotFound):
        registry.revoke_token(conn, staff, hunter.person_id, newest.id, NOW)


@pytest.mark.parametrize("token", ["", "wm_", "wm_nothing", "\x00", "\ud800", "x" * 10_000])
def test_rubbish_is_nobodys_token(conn: Connection, token: str) -> None:
    assert registry.actor_of_token(conn, token, NOW) is None
    assert registry.actor_of_session(conn, token, NOW) is None


def test_whoever_is_put_out_has_no_token_and_no_session(conn: Connection, staff: Actor) -> None:
    new = NewPerson("Someone", frozenset({"hunter"}), username="sato", password="a long password")
    person_id, token = registry.create_person(conn, staff, new, NOW)
    session = registry.start_session(conn, person_id, NOW)
    registry.change_person(conn, staff, person_id, _change(username="sato", active=False), NOW)
    assert registry.actor_of_token(conn, token, NOW) is None
    assert registry.actor_of_session(conn, session.token, NOW) is None
    assert not registry.is_right(registry.fetch_credentials(conn, "sato"), "a long password")
    # Coming back brings no old token with it.
    registry.change_person(conn, staff, person_id, _change(username="sato"), NOW)
    assert registry.actor_of_token(conn, token, NOW) is None
    assert registry.is_right(registry.fetch_credentials(conn, "SATO"), "a long password")


def test_staff_cannot_shut_themselves_out(conn: Connection, staff: Actor) -> None:
    for change in (_change(roles=frozenset({"staff"}), active=False), _change(roles=frozenset({"hunter"}))):
        with pytest.raises(Conflict):
            registry.change_person(conn, staff, staff.person_id, change, NOW)


def test_a_username_is_one_persons(conn: Connection, staff: Actor) -> None:
    new = NewPerson("Someone", frozenset({"hunter"}), username="sato", password="a long password")
    registry.create_person(conn, staff, new, NOW)
    with pytest.raises(Conflict):
        registry.create_person(conn, staff, new, NOW)
    with pytest.raises(Conflict):
        registry.change_person(conn, staff, person(conn, "hunter").person_id, _change(username="sato"), NOW)


@pytest.mark.parametrize(
    "new",
    [
        NewPerson("Someone", frozenset()),
        NewPerson("Someone", frozenset({"king"})),
        NewPerson("Someone", frozenset({"hunter"}), language="fr"),
        NewPerson("Someone", frozenset({"hunter"}), username="sato"),
        NewPerson("Someone", frozenset({"hunter"}), username="sato", password="short"),
    ],
)
def test_people_that_cannot_be(conn: Connection, staff: Actor, new: NewPerson) -> None:
    with pytest.raises(Invalid):
        registry.create_person(conn, staff, new, NOW)


def test_a_new_password_signs_out_everywhere(conn: Connection, staff: Actor) -> None:
    new = NewPerson("Someone", frozenset({"hunter"}), username="sato", password="a long password")
    person_id, _ = registry.create_person(conn, staff, new, NOW)
    session = registry.start_session(conn, person_id, NOW)
    registry.save_password(conn, staff, person_id, "another long password", NOW)
    assert registry.actor_of_session(conn, session.token, NOW) is None
    credentials = registry.fetch_credentials(conn, "sato")
    assert not registry.is_right(credentials, "a long password")
    assert registry.is_right(credentials, "another long password")
    with pytest.raises(Conflict):
        registry.save_password(conn, staff, person(conn, "hunter").person_id, "another long password", NOW)


@pytest.mark.parametrize("username", ["", "nobody", "\x00", "\ud800", "佐藤", "a' or true --"])
def test_nobody_is_nobody(conn: Connection, username: str) -> None:
    assert registry.fetch_credentials(conn, username) is None
    assert not registry.is_right(None, "a long password")


def test_the_first_staff_is_made_once(conn: Connection) -> None:
    first = registry.ensure_staff(conn, "staff", "a long password", "wm_first", NOW)
    registry.change_person(
        conn, person(conn, "staff"), first, _change(roles=frozenset({"staff"}), username="staff", name="Ono"), NOW
    )
    assert registry.ensure_staff(conn, "staff", "another password", "wm_first", NOW) == first
    assert registry.fetch_person(conn, first).name == "Ono"
    assert registry.is_right(registry.fetch_credentials(conn, "staff"), "a long password")
    actor = registry.actor_of_token(conn, "wm_first", NOW)
    assert actor
    assert actor.is_staff


def test_a_session_ends_when_it_is_idle_and_in_any_case_in_the_end(conn: Connection) -> None:
    hunter = person(conn, "hunter")
    session = registry.start_session(conn, hunter.person_id, NOW)
    found = registry.actor_of_session(conn, session.token, NOW + timedelta(days=6))
    assert found
    assert found.actor == hunter
    # The look of six days ago counts: not idle for seven.
    assert registry.actor_of_session(conn, session.token, NOW + timedelta(days=12))
    assert registry.actor_of_session(conn, session.token, NOW + timedelta(days=19)) is None
    busy = registry.start_session(conn, hunter.person_id, NOW)
    alive = [
        day
        for day in range(1, 40)
        if registry.actor_of_session(conn, busy.token, NOW + timedelta(days=day)) is not None
    ]
    assert alive == list(range(1, 30))


def test_a_form_is_known_by_its_sessions_token_though_it_never_looks_the_same(conn: Connection) -> None:
    hunter = person(conn, "hunter")
    sessions = [registry.start_session(conn, hunter.person_id, NOW) for _ in range(2)]
    mine, again = (registry.actor_of_session(conn, sessions[0].token, NOW) for _ in range(2))
    other = registry.actor_of_session(conn, sessions[1].token, NOW)
    assert mine
    assert again
    assert other
    assert mine.csrf != again.csrf
    assert mine.wrote(again.csrf)
    assert not mine.wrote(other.csrf)
    for rubbish in ("", "AAAA", "あ", "\ud800", "a" * 1000, mine.csrf[:-4]):
        assert not mine.wrote(rubbish)


def test_a_new_sign_in_ends_the_browsers_old_session(conn: Connection) -> None:
    hunter = person(conn, "hunter")
    old = registry.start_session(conn, hunter.person_id, NOW)
    elsewhere = registry.start_session(conn, hunter.person_id, NOW)
    new = registry.start_session(conn, hunter.person_id, NOW, replaces=old.token)
    assert registry.actor_of_session(conn, old.token, NOW) is None
    assert registry.actor_of_session(conn, elsewhere.token, NOW)
    registry.end_session(conn, new.token, NOW)
    assert registry.actor_of_session(conn, new.token, NOW) is None


def test_the_audit_log_names_who_did_what_and_cannot_be_changed(conn: Connection, staff: Actor) -> None:
    agent, _ = registry.create_agent(conn, staff, "an agent", NOW)
    entry = registry.fetch_audit_entries(conn, before=2**62, limit=1)[0]
    assert (entry.actor, entry.act, entry.thing) == (staff.person_id, "create", f"agent/{agent}")
    for statement in ("update audit_entry set actor = 'x'", "delete from audit_entry", "truncate audit_entry"):
        with pytest.raises(psycopg.errors.RaiseException), conn.transaction():
            conn.execute(statement)
