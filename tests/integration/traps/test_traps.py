"""Traps in a real database, wired to alerts as in service."""

import threading

import pytest

from hub.errors import Conflict, NotFound
from tests.integration.alerts.town import HOUR, MINUTE, NOON, SECOND, PostOffice, Town, at_work, execute, wait_until


def open_kinds(town: Town) -> list[str]:
    return sorted(view.kind for view in town.incidents("open", "going"))


def due_at(town: Town, trap: int):
    with town.database.transaction() as conn:
        return town.traps.fetch_traps(conn, [trap])[trap].silent_due_at


def test_a_firing_a_second_one_and_the_record(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.fires(trap)
    town.fires(trap)
    [incident] = town.incidents("open")
    assert (incident.kind, incident.events, town.state(trap)) == ("trap_sprung", 2, "sprung")
    town.reports(incident.id, sato, "visited")
    assert town.state(trap) == "armed"
    town.clock.turn(5 * MINUTE)
    town.fires(trap)
    assert len(town.incidents("open")) == 1
    assert len(town.incidents()) == 2


def test_a_late_firing_that_a_record_covers_is_an_entry_there(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.fires(trap)
    [incident] = town.incidents("open")
    town.clock.turn(HOUR)
    town.reports(incident.id, sato)
    town.clock.turn(HOUR)
    town.fires(trap, at=NOON + 20 * MINUTE, late=True)
    assert town.state(trap) == "armed"
    assert town.incidents("open") == []
    assert town.timeline(incident.id)[-1] == "covered"


def test_a_late_firing_after_the_record_alarms_and_says_so(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.fires(trap)
    [incident] = town.incidents("open")
    town.reports(incident.id, sato)
    town.clock.turn(5 * HOUR)
    town.fires(trap, at=NOON + HOUR, late=True)
    [late] = town.incidents("open")
    assert (late.occurred_at, late.late, late.uncertain) == (NOON + HOUR, True, False)
    town.reports(late.id, sato)
    town.fires(trap, uncertain=True)
    [uncertain] = town.incidents("open")
    assert uncertain.uncertain


def test_silence_opens_and_a_word_ends_it_with_an_entry(town: Town):
    trap = town.trap()
    town.speaks(trap)
    town.clock.turn(29 * MINUTE)
    town.sweeps()
    assert town.state(trap) == "armed"
    town.clock.turn(2 * MINUTE)
    town.sweeps()
    town.sweeps()
    [incident] = town.incidents("open")
    assert (incident.kind, incident.occurred_at, incident.events) == ("trap_silent", NOON, 1)
    assert town.state(trap) == "silent"
    town.speaks(trap, at=NOON + MINUTE)  # out of a backlog: nothing that it says now
    assert town.state(trap) == "silent"
    town.speaks(trap)
    assert town.state(trap) == "armed"
    assert town.incidents("open") == []
    page = town.page(incident.id)
    assert page.timeline[-1].detail == {"reason": "heard_again"}
    assert (page.incident.resolved_by, page.incident.outcome) == (None, None)


def test_sprung_and_then_silent_has_two_incidents_that_end_apart(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.fires(trap)
    town.clock.turn(HOUR)
    town.sweeps()
    assert town.state(trap) == "sprung_silent"
    assert open_kinds(town) == ["trap_silent", "trap_sprung"]
    sprung = next(view for view in town.incidents("open") if view.kind == "trap_sprung")
    town.reports(sprung.id, sato)
    assert town.state(trap) == "silent"
    assert open_kinds(town) == ["trap_silent"]


def test_whoever_closes_a_silence_is_told_again_when_it_lasts(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.clock.turn(HOUR)
    town.sweeps()
    [incident] = town.incidents("open")
    town.reports(incident.id, sato, "visited")
    assert town.state(trap) == "silent"
    town.sweeps()
    assert town.incidents("open") == []
    town.clock.turn(31 * MINUTE)
    town.sweeps()
    assert open_kinds(town) == ["trap_silent"]


def test_a_chatty_trap_is_written_once_in_a_while_and_never_too_seldom(town: Town, database_url: str):
    trap = town.trap()
    versions = set()
    for _ in range(120):
        town.clock.turn(SECOND)
        town.speaks(trap)
        [(version,)] = execute(database_url, "select xmin::text from trap")
        versions.add(version)
        assert due_at(town, trap) >= town.clock.now + 30 * MINUTE - 6 * SECOND
    assert len(versions) <= 25


def test_a_fault_of_the_wire_waits_half_an_hour_and_may_mend_itself(town: Town, post: PostOffice):
    town.person("sato")
    trap = town.trap()
    town.speaks(trap, line="closed")
    town.clock.turn(SECOND)
    town.speaks(trap, line="tampered")
    [incident] = town.incidents("open")
    assert (incident.kind, incident.next_due_at) == ("trap_fault", town.clock.now + 30 * MINUTE)
    town.clock.turn(20 * MINUTE)
    town.speaks(trap, line="closed")
    assert town.incidents("open") == []
    town.look(NOON + 10 * HOUR)
    assert town.deliveries(incident.id) == {}


def test_a_disarmed_trap_does_not_page_hunters(town: Town):
    town.person("sato")
    town.person("office", "staff")
    trap = town.trap()
    with town.database.transaction() as conn:
        town.rooms.carry_out(conn, town.traps.disarm(conn, trap, NOON), NOON)
    town.clock.turn(100 * HOUR)
    town.sweeps()
    assert town.incidents() == []
    town.fires(trap)
    [incident] = town.incidents("open")
    assert incident.kind == "trap_sprung_disarmed"
    town.look()
    assert [delivery.name for delivery in town.page(incident.id).deliveries] == ["office"]
    assert town.state(trap) == "disarmed"


def test_what_a_person_may_not_do_is_refused(town: Town):
    trap = town.trap()
    town.fires(trap)
    with pytest.raises(Conflict), town.database.transaction() as conn:
        town.traps.disarm(conn, trap, NOON)
    with pytest.raises(NotFound), town.database.transaction() as conn:
        town.traps.arm(conn, 4711, NOON)
    assert town.state(trap) == "sprung"


def test_a_trap_whose_row_was_forgotten_alarms_all_the_same(town: Town, database_url: str):
    trap = town.trap()
    execute(database_url, "delete from trap")
    town.fires(trap)
    assert town.state(trap) == "sprung"
    assert open_kinds(town) == ["trap_sprung"]


def test_a_clock_that_went_back_leaves_no_trap_unwatched(town: Town):
    trap = town.trap()
    town.clock.turn(240 * HOUR)
    town.speaks(trap)
    town.clock.now = NOON
    town.sweeps()
    assert due_at(town, trap) == NOON + 30 * MINUTE


def test_sweeps_at_once_find_each_silence_once(town: Town):
    traps = [town.trap() for _ in range(20)]
    town.clock.turn(HOUR)
    start = threading.Barrier(4)

    def sweep():
        start.wait()
        town.sweeps()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = town.incidents("open")
    assert len(found) == len(traps)
    assert {view.events for view in found} == {1}


def test_traps_fall_silent_one_by_one_when_a_worker_watches(town: Town):
    """The watch goes on while the worker looks each second; turned on by an hour it takes that for its own pause."""
    trap = town.trap()
    sweeps = (town.rooms.sweep_traps, town.rooms.agents.sweep)
    with at_work(town.worker(sweeps=sweeps)):
        for _ in range(32):
            town.turn(59 * SECOND)
            looked = town.clock.now
            wait_until(lambda at=looked: looked_at(town) == at, "a look")
        wait_until(lambda: town.state(trap) == "silent", "the silence")


def test_after_a_pause_of_the_hub_nobody_is_called_silent_for_it(town: Town):
    trap, agent = town.trap(), town.agent()
    execute(town.settings.database_url, "update agent set enrolled_at = %s where id = %s", NOON, agent)
    sweeps = (town.rooms.sweep_traps, town.rooms.agents.sweep)
    with at_work(town.worker(sweeps=sweeps)):
        wait_until(lambda: looked_at(town) == NOON, "the first look")
    town.turn(50 * HOUR)
    with at_work(town.worker(sweeps=sweeps)):
        wait_until(lambda: looked_at(town) == town.clock.now, "a look")
        assert town.incidents() == []
        for _ in range(31):
            town.turn(59 * SECOND)
            wait_until(lambda at=town.clock.now: looked_at(town) == at, "a look")
        wait_until(lambda: open_kinds(town) == ["agent_down", "trap_silent"], "what has not spoken since either")
    assert town.state(trap) == "silent"


def looked_at(town: Town):
    return execute(town.settings.database_url, "select looked_at from watch")[0][0]


def test_an_agent_that_is_not_heard_is_staffs_until_it_is(town: Town, database_url: str):
    agent, never_enrolled = town.agent(), town.agent()
    execute(database_url, "update agent set enrolled_at = %s, last_heard_at = %s where id = %s", NOON, NOON, agent)
    town.turn(31 * MINUTE)

    def sweep():
        with town.database.transaction() as conn:
            town.rooms.agents.sweep(conn, town.clock.now)

    sweep()
    sweep()
    [incident] = town.incidents("open")
    assert (incident.kind, incident.agent_id, incident.events) == ("agent_down", agent, 1)
    assert incident.agent_id != never_enrolled
    execute(database_url, "update agent set last_heard_at = %s where id = %s", town.clock.now, agent)
    sweep()
    assert town.incidents("open") == []
