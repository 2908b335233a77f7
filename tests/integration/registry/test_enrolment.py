import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from edge.wire.messages import StatusData
from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.registry.service import BadCode
from hub.store import Connection, Database
from tests.integration.registry.conftest import NOW

HOUR = timedelta(hours=1)


def _status(**more: object) -> StatusData:
    return StatusData.model_validate(more)


def test_a_code_works_once_within_the_hour(conn: Connection, staff: Actor) -> None:
    agent, code = registry.create_agent(conn, staff, "an agent", NOW)
    enrolled = registry.enrol(conn, f" {code.lower().replace('-', ' ')} ", NOW + HOUR - timedelta(seconds=1))
    assert enrolled.agent_id == agent
    with pytest.raises(BadCode):
        registry.enrol(conn, code, NOW)
    ((name, hashed),) = registry.fetch_broker_accounts(conn)
    assert name == agent
    assert hashed.startswith("$7$")
    assert enrolled.password not in hashed


def test_a_code_dies_after_an_hour(conn: Connection, staff: Actor) -> None:
    _, code = registry.create_agent(conn, staff, "an agent", NOW)
    with pytest.raises(BadCode):
        registry.enrol(conn, code, NOW + HOUR)


def test_of_two_who_use_a_code_at_once_one_gets_in(database: Database, staff: Actor) -> None:
    with database.transaction() as conn:
        _, code = registry.create_agent(conn, staff, "an agent", NOW)
    together = Barrier(4)

    def enrol() -> bool:
        together.wait()
        with database.transaction() as conn:
            try:
                registry.enrol(conn, code, NOW)
            except BadCode:
                return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: enrol(), range(4))) == 1


def test_a_new_code_replaces_older_ones_and_its_use_the_password(conn: Connection, staff: Actor) -> None:
    agent, first = registry.create_agent(conn, staff, "an agent", NOW)
    second = registry.new_enrolment_code(conn, staff, agent, NOW)
    with pytest.raises(BadCode):
        registry.enrol(conn, first, NOW)
    registry.enrol(conn, second, NOW)
    before = registry.fetch_broker_accounts(conn)
    third = registry.new_enrolment_code(conn, staff, agent, NOW)
    assert registry.fetch_broker_accounts(conn) == before
    registry.enrol(conn, third, NOW)
    assert registry.fetch_broker_accounts(conn) != before


def test_a_code_that_was_given_back_works_again(conn: Connection, staff: Actor) -> None:
    agent, code = registry.create_agent(conn, staff, "an agent", NOW)
    registry.enrol(conn, code, NOW)
    registry.return_code(conn, code, agent, NOW)
    assert registry.enrol(conn, code, NOW).agent_id == agent


def test_no_code_or_password_is_kept(conn: Connection, staff: Actor) -> None:
    _, code = registry.create_agent(conn, staff, "an agent", NOW)
    password = registry.enrol(conn, code, NOW).password
    kept = ""
    for table in ("agent", "enrolment_code", "audit_entry"):
        kept += str(conn.execute(f"select string_agg(t::text, '') from {table} t").fetchone())
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert password not in kept
    assert hashlib.sha256(code.replace("-", "").encode()).hexdigest() in kept


def test_no_code_for_nobody(conn: Connection, staff: Actor) -> None:
    for agent in ("ag-nobody", "", "\x00", "a' or true --"):
        with pytest.raises(NotFound):
            registry.new_enrolment_code(conn, staff, agent, NOW)


def test_an_agent_is_online_from_birth_to_its_own_will(conn: Connection, staff: Actor) -> None:
    agent, _ = registry.create_agent(conn, staff, "an agent", NOW)
    registry.on_status(conn, agent, _status(state="online", session="s1", software="0.1.0"), NOW)
    assert registry.fetch_agent(conn, agent).online
    registry.on_status(conn, agent, _status(state="online", session="s2"), NOW + timedelta(seconds=5))
    # The will of the connection that was replaced comes late.
    registry.on_status(conn, agent, _status(state="offline", session="s1"), NOW + timedelta(seconds=9))
    found = registry.fetch_agent(conn, agent)
    assert found.online
    assert found.online_changed_at == NOW
    assert found.software == "0.1.0"
    registry.on_status(conn, agent, _status(state="offline", session="s2"), NOW + timedelta(seconds=20))
    found = registry.fetch_agent(conn, agent)
    assert not found.online
    assert found.online_changed_at == NOW + timedelta(seconds=20)


def test_a_heartbeat_says_what_the_agent_knows_and_no_more(conn: Connection, staff: Actor) -> None:
    agent, _ = registry.create_agent(conn, staff, "an agent", NOW)
    registry.on_status(conn, agent, _status(battery_v=12.6, backlog=3), NOW)
    registry.on_status(conn, agent, _status(backlog=0, faults=["sensor 2 does not answer"]), NOW)
    found = registry.fetch_agent(conn, agent)
    assert found.online
    assert found.health == {"battery_v": 12.6, "backlog": 0, "faults": ["sensor 2 does not answer"]}
