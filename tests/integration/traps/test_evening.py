"""The evening's notice of the traps that nobody has visited: once, to whom it concerns, and settled by a visit."""

import threading
from datetime import UTC, datetime

from hub.registry import service as registry
from hub.traps.patrols.ledger import NewVisit
from tests.integration.alerts.town import DAY, HOUR, MINUTE, Town

FIVE = datetime(2026, 11, 24, 8, tzinfo=UTC)


def sweeps(town: Town) -> None:
    with town.database.transaction() as conn:
        town.rooms.sweep_evening(conn, town.clock.now)


def visits(town: Town, trap: int, person: str, at: datetime | None = None) -> None:
    now = town.clock.now
    with town.database.transaction() as conn:
        devices = registry.fetch_devices_by_key(conn, frozenset({trap}))
        _, effects = town.rooms.patrols.record(conn, devices.values(), person, NewVisit(at or now, "page"), now)
        town.rooms.carry_out(conn, effects, now)


def unvisited(town: Town) -> list[int | None]:
    return sorted(view.device_key for view in town.incidents("open", "going") if view.kind == "patrol_unvisited")


def test_the_unvisited_are_told_once_an_evening_and_not_before(town: Town):
    sato, one, two, out = town.person("sato"), town.trap(), town.trap(), town.trap()
    with town.database.transaction() as conn:
        town.traps.disarm(conn, out, town.clock.now)
    town.clock.now = FIVE - MINUTE
    visits(town, one, sato)
    sweeps(town)
    assert unvisited(town) == []
    town.clock.now = FIVE
    sweeps(town)
    assert unvisited(town) == [two]
    town.clock.turn(HOUR)
    sweeps(town)
    [incident] = [view for view in town.incidents() if view.kind == "patrol_unvisited"]
    assert incident.events == 1


def test_of_many_workers_one_tells(town: Town):
    town.person("sato")
    traps = [town.trap() for _ in range(5)]
    town.clock.now = FIVE
    threads = [threading.Thread(target=sweeps, args=(town,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unvisited(town) == sorted(traps)
    assert {view.events for view in town.incidents()} == {1}


def test_a_clock_that_goes_back_tells_nothing_again(town: Town):
    trap = town.trap()
    town.clock.now = FIVE + 2 * HOUR
    sweeps(town)
    town.clock.turn(-HOUR)
    sweeps(town)
    [incident] = town.incidents()
    assert (incident.device_key, incident.events) == (trap, 1)


def test_a_visit_settles_what_was_told_but_not_one_of_the_day_before(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.clock.now = FIVE + DAY
    sweeps(town)
    visits(town, trap, sato, FIVE)
    assert unvisited(town) == [trap]
    visits(town, trap, sato, FIVE + DAY - HOUR)
    assert unvisited(town) == []
    town.clock.turn(DAY)
    sweeps(town)
    assert unvisited(town) == [trap]


def test_who_settles_the_notice_was_there(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.clock.now = FIVE
    sweeps(town)
    [incident] = town.incidents()
    town.reports(incident.id, sato, "visited")
    with town.database.transaction() as conn:
        today = town.rooms.patrols.fetch_today(conn, [trap], town.clock.now)
    assert (today[trap].state, today[trap].visits[0].person_id) == ("visited", sato)


def test_a_firing_that_is_settled_from_a_desk_is_no_visit(town: Town):
    office, trap = town.person("office", "staff"), town.trap()
    town.reports(town.opens("trap_unreadable", trap), office, "visited")
    with town.database.transaction() as conn:
        assert town.rooms.patrols.fetch_today(conn, [trap], town.clock.now + DAY)[trap].visits == ()


def test_a_hub_that_was_away_at_that_hour_tells_it_while_the_day_lasts(town: Town):
    trap = town.trap()
    town.clock.now = FIVE + 6 * HOUR
    sweeps(town)
    assert unvisited(town) == [trap]


def test_switches_are_kept_whichever_way_a_trap_is_switched(town: Town):
    trap, now = town.trap(), town.clock.now
    with town.database.transaction() as conn:
        town.traps.disarm(conn, trap, now + HOUR)
        town.traps.arm(conn, trap, now + 2 * HOUR)
    town.clock.turn(3 * HOUR)
    town.fires(trap)
    with town.database.transaction() as conn:
        rows = conn.execute(
            "select at, in_service from trap_service where device_key = %s order by id", (trap,)
        ).fetchall()
    assert rows == [(now, True), (now + HOUR, False), (now + 2 * HOUR, True)]


def test_a_report_that_waited_on_a_phone_is_a_visit_of_the_time_it_names(town: Town):
    sato, trap = town.person("sato"), town.trap()
    town.fires(trap)
    [incident] = town.incidents("open")
    found_at = town.clock.now + HOUR
    town.clock.turn(DAY)
    with town.database.transaction() as conn:
        conn.execute(
            "insert into report (id, incident_id, device_key, person_id, typed_by, outcome, found_at, received_at)"
            " values ('r-1', %s, %s, %s, %s, 'empty', %s, %s)",
            (incident.id, trap, sato, sato, found_at, town.clock.now),
        )
    town.reports(incident.id, sato, "empty")
    with town.database.transaction() as conn:
        rows = conn.execute("select visited_at, received_at from visit").fetchall()
    assert rows == [(found_at, town.clock.now)]
