"""Plans of teams, nights, mutes, second persons and trips, in a real database with workers' looks."""

import threading
from collections import Counter
from datetime import UTC, datetime

import pytest

from hub.alerts.teams import mutes
from hub.alerts.teams import service as teams
from hub.alerts.teams.mutes import NewMute
from hub.alerts.teams.specs import PlanSpec, StepSpec
from hub.errors import Conflict
from hub.registry import service as registry
from hub.registry.people import Actor
from tests.integration.alerts.town import DAY, HOUR, MINUTE, NOON, SECOND, Town, execute

# Kisarazu, 2026-11-24 (JST): sunset on the 23rd 16:30, sunrise on the 24th 06:24.
MIDNIGHT = datetime(2026, 11, 23, 15, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 20, 54, tzinfo=UTC)


@pytest.fixture
def office(town: Town) -> Actor:
    person = town.person("office", "staff")
    return Actor(person, "office", frozenset({"staff"}))


def join(town: Town, office: Actor, trap: int, *people: str) -> str:
    """A team of these people that looks after the trap."""
    with town.database.transaction() as conn:
        team = registry.create_team(conn, office, "富来田班", town.clock.now).id
        for person in people:
            registry.add_member(conn, office, team, person, town.clock.now)
        conn.execute("update device set team_id = %s where key = %s", (team, trap))
    return team


def set_plan(town: Town, office: Actor, team: str | None, spec: PlanSpec) -> None:
    with town.database.transaction() as conn:
        teams.save_spec(conn, office, team, spec, town.clock.now)


def mute(town: Town, actor: Actor, new: NewMute) -> int:
    with town.database.transaction() as conn:
        return mutes.set_mute(conn, actor, new, town.clock.now)


def told(town: Town, incident: str) -> Counter[str]:
    return Counter(delivery.name for delivery in town.page(incident).deliveries)


def test_who_is_on_duty_is_told_and_then_the_team_in_the_steps_of_its_plan(town: Town, office: Actor):
    trap, sato, mori = town.trap(), town.person("sato"), town.person("mori")
    team = join(town, office, trap, sato, mori)
    with town.database.transaction() as conn:
        teams.save_week(conn, office, team, {day: [sato] for day in range(7)}, NOON)
        teams.save_day(conn, office, team, (NOON + DAY).date(), {sato: False, mori: True}, NOON)
    set_plan(town, office, team, PlanSpec((StepSpec(0, ("duty",)), StepSpec(20, ("team",)))))
    incident = town.opens(trap=trap)
    town.look()
    assert told(town, incident) == {"sato": 1}
    town.clock.turn(20 * MINUTE)
    set_plan(town, office, team, PlanSpec((StepSpec(0, ("staff",)),)))  # an open incident keeps its plan
    town.look()
    assert set(told(town, incident)) == {"sato", "mori"}
    town.clock.turn(DAY)
    set_plan(town, office, team, PlanSpec())
    other = town.opens("trap_fault", trap=trap)
    town.clock.turn(HOUR)
    town.look()
    assert set(told(town, other)) == {"mori"}, "the swap counts"


def test_nobody_on_duty_is_the_whole_team_without_those_away(town: Town, office: Actor):
    trap, sato, mori = town.trap(), town.person("sato"), town.person("mori")
    join(town, office, trap, sato, mori)
    with town.database.transaction() as conn:
        teams.save_away(conn, office, sato, (NOON + DAY).date(), NOON)
    incident = town.opens(trap=trap)
    town.look()
    assert told(town, incident) == {"mori": 1}
    with town.database.transaction() as conn:
        teams.save_away(conn, office, mori, (NOON + DAY).date(), NOON)
    other = town.opens(trap=town.trap())
    town.look()
    assert set(told(town, other)) == {"sato", "mori"}, "all away: all are told"


def test_at_night_the_awake_are_told_and_the_sleeping_at_first_light(town: Town, office: Actor):
    trap, sato, mori = town.trap(), town.person("sato"), town.person("mori")
    team = join(town, office, trap, sato, mori)
    set_plan(town, office, team, PlanSpec(staff_after_rounds=None, repeat_min=600))
    execute(town.settings.database_url, "update person set night = 'first_light' where id = %s", mori)
    town.clock.now = MIDNIGHT
    incident = town.opens(trap=trap)
    town.look()
    assert told(town, incident) == {"sato": 1}
    assert town.timeline(incident) == ["opened", "told", "waits"]
    town.look(MORNING - MINUTE)
    assert told(town, incident) == {"sato": 1}
    town.look(MORNING + 2 * MINUTE)
    assert told(town, incident) == {"sato": 1, "mori": 1}
    assert execute(town.settings.database_url, "select count(*) from held") == [(0,)]


def test_a_round_in_which_all_sleep_waits_and_wakes_no_office(town: Town, office: Actor):
    trap, sato = town.trap(), town.person("sato")
    team = join(town, office, trap, sato)
    set_plan(town, office, team, PlanSpec(night="first_light"))
    town.clock.now = MIDNIGHT
    incident = town.opens(trap=trap)
    for _ in range(30):  # five hours
        town.look()
        town.clock.turn(10 * MINUTE)
    page = town.page(incident)
    assert (told(town, incident), page.incident.waits_for) == ({}, "first_light")
    assert abs(page.incident.round_due_at - MORNING) < 3 * MINUTE
    assert town.timeline(incident) == ["opened", "waits"]
    town.look(MORNING + 3 * HOUR)  # the hub was down in the morning: at once by day
    assert told(town, incident) == {"sato": 1}


def test_a_silent_trap_can_wait_for_the_morning_and_a_sprung_one_cannot(town: Town, office: Actor):
    town.person("sato")
    town.clock.now = MIDNIGHT
    silent, sprung = town.opens("trap_silent", trap=town.trap()), town.opens(trap=town.trap())
    town.look()
    assert told(town, silent) == {}
    assert told(town, sprung) == {"sato": 1}


def test_a_mute_shows_the_incident_and_tells_of_it_when_it_ends(town: Town, office: Actor):
    town.person("sato")
    first, second = town.trap(), town.trap()
    mute(town, office, NewMute(NOON + HOUR, "点検", device_key=first))
    by_hand = mute(town, office, NewMute(NOON + DAY, "点検", device_key=second))
    one, two = town.opens(trap=first), town.opens(trap=second)
    town.look()
    assert [(view.state, view.waits_for) for view in town.incidents()] == [("open", "muted")] * 2
    assert town.deliveries(one) == town.deliveries(two) == {}
    town.clock.turn(HOUR)
    town.look()
    assert told(town, one) == {"sato": 1}
    assert told(town, two) == {}
    with town.database.transaction() as conn:
        mutes.end_mute(conn, office, by_hand, town.clock.now)
    town.look()
    assert told(town, two) == {"sato": 1}


def test_one_persons_pause_and_an_agents_hold_only_whom_they_are_for(town: Town, office: Actor):
    trap, sato, mori = town.trap(), town.person("sato"), town.person("mori")
    mute(town, Actor(sato, "sato", frozenset({"hunter"})), NewMute(NOON + HOUR, "会議", person_id=sato))
    incident = town.opens(trap=trap)
    town.look()
    assert told(town, incident) == {"mori": 1}
    town.look(NOON + HOUR)
    assert told(town, incident)["sato"] == 1
    assert mori
    [(agent,)] = execute(town.settings.database_url, "select agent_id from device where key = %s", trap)
    town.clock.turn(2 * HOUR)
    mute(town, office, NewMute(town.clock.now + HOUR, "電源工事", agent_id=agent))
    other = town.opens("trap_unreadable", trap=trap)
    town.look()
    assert told(town, other) == {}


@pytest.mark.parametrize("until", [NOON, NOON - HOUR, NOON + 15 * DAY])
def test_a_mute_ends_within_two_weeks(town: Town, office: Actor, until):
    with pytest.raises(Conflict):
        mute(town, office, NewMute(until, "x", device_key=town.trap()))


def test_a_mute_of_a_wrong_clock_holds_nobody(town: Town, office: Actor):
    town.person("sato")
    trap = town.trap()
    town.clock.turn(400 * DAY)
    mute(town, office, NewMute(town.clock.now + DAY, "x", device_key=trap))
    town.clock.turn(-400 * DAY)
    incident = town.opens(trap=trap)
    town.look()
    assert told(town, incident) == {"sato": 1}


class TestSecondPerson:
    def test_one_alone_makes_the_others_be_asked_until_a_second_answers(self, town: Town, office: Actor):
        trap, sato, mori = town.trap(), town.person("sato"), town.person("mori")
        team = join(town, office, trap, sato, mori)
        set_plan(town, office, team, PlanSpec(two_people=True, seek_min=5))
        incident = town.opens(trap=trap)
        view = town.goes(incident, sato, 60)
        assert (view.state, view.seeking) == ("going", True)
        for _ in range(3):
            town.look()
            town.clock.turn(5 * MINUTE)
        assert told(town, incident) == {"mori": 1}, "who waits for a mail gets no second one"
        execute(town.settings.database_url, "update delivery set state = 'sent', sent_at = now()")
        town.look()
        assert told(town, incident) == {"mori": 2}
        assert town.page(incident).timeline[-1].detail["second"] is True
        view = town.goes(incident, mori, 30)
        assert (view.state, view.seeking) == ("going", False)
        town.clock.turn(20 * MINUTE)
        town.look()
        assert town.deliveries(incident) == {"sent": 1, "cancelled": 1}

    def test_an_answer_that_is_taken_back_pages_at_once(self, town: Town):
        sato, _ = town.person("sato"), town.person("mori")
        incident = town.opens(trap=town.trap())
        town.goes(incident, sato)
        with town.database.transaction() as conn:
            view = town.alerts.not_going(conn, incident, sato, town.clock.now)
        assert (view.state, view.going) == ("open", ())
        town.look()
        assert told(town, incident) == {"sato": 1, "mori": 1}
        with pytest.raises(Conflict), town.database.transaction() as conn:
            town.alerts.not_going(conn, incident, sato, town.clock.now)


class TestTrips:
    def back(self, town: Town, incident: str, person: str):
        with town.database.transaction() as conn:
            return town.alerts.came_back(conn, incident, person, town.clock.now)

    def overdue(self, town: Town):
        return [view for view in town.incidents() if view.kind == "person_overdue"]

    def test_who_does_not_come_back_is_looked_for_by_the_partner_first(self, town: Town, office: Actor):
        trap, sato, mori = town.trap(), town.person("sato"), town.person("mori")
        town.person("ishii")
        join(town, office, trap, sato, mori)
        incident = town.opens(trap=trap)
        with town.database.transaction() as conn:
            town.alerts.going(
                conn, incident, sato, 30, NOON, party="with", partner_id=mori, back_minutes=60
            )  # fmt: skip
        town.look(NOON + 90 * MINUTE - SECOND)
        assert self.overdue(town) == []
        town.clock.turn(90 * MINUTE)
        town.look()
        [looked_for] = self.overdue(town)
        assert (looked_for.person_id, looked_for.device_key) == (sato, trap)
        town.look()
        assert told(town, looked_for.id) == {"sato": 1, "mori": 1}
        town.clock.turn(20 * MINUTE)
        execute(town.settings.database_url, "update delivery set state = 'sent', sent_at = now()")
        town.look()
        town.clock.turn(20 * MINUTE)
        town.look()
        assert "office" in told(town, looked_for.id)
        view = self.back(town, looked_for.id, sato)
        assert view.state == "resolved"
        assert len(self.overdue(town)) == 1

    def test_a_report_or_the_word_back_ends_it(self, town: Town):
        sato, mori = town.person("sato"), town.person("mori")
        one, two = town.opens(trap=town.trap()), town.opens(trap=town.trap())
        town.goes(one, sato, 30)
        town.goes(two, mori, 30)
        town.reports(one, sato)
        view = self.back(town, two, mori)
        assert (view.state, view.next_due_at) == ("open", NOON + 30 * MINUTE), "a while to write the report"
        town.clock.turn(DAY)
        town.look()
        assert self.overdue(town) == []
        with pytest.raises(Conflict):
            self.back(town, two, mori)

    def test_somebody_elses_report_ends_nobodys_trip(self, town: Town):
        sato, mori = town.person("sato"), town.person("mori")
        incident = town.opens(trap=town.trap())
        town.goes(incident, sato, 30)
        town.reports(incident, mori)
        town.clock.turn(4 * HOUR)
        town.look()
        [looked_for] = self.overdue(town)
        town.reports(looked_for.id, mori, "visited")
        town.clock.turn(DAY)
        town.look()
        assert [view.state for view in self.overdue(town)] == ["resolved"], "settled is settled"

    def test_two_who_answered_look_after_each_other(self, town: Town):
        sato, mori = town.person("sato"), town.person("mori")
        incident = town.opens(trap=town.trap())
        town.goes(incident, sato, 30)
        town.goes(incident, mori, 30)
        town.reports(incident, mori)
        town.clock.turn(DAY)
        town.look()
        assert self.overdue(town) == []

    def test_a_clock_that_went_back_delays_nobody(self, town: Town):
        sato = town.person("sato")
        incident = town.opens(trap=town.trap())
        town.goes(incident, sato, 30)  # expected in 3 h 30
        town.clock.turn(-100 * DAY)
        town.look()
        town.clock.turn(3 * HOUR + 31 * MINUTE)
        town.look()
        assert len(self.overdue(town)) == 1

    def test_many_looks_at_once_open_one(self, town: Town):
        sato = town.person("sato")
        for _ in range(10):
            town.goes(town.opens(trap=town.trap()), sato, 30)
        town.clock.turn(5 * HOUR)
        start = threading.Barrier(4)

        def looks():
            start.wait()
            town.look()

        threads = [threading.Thread(target=looks) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(self.overdue(town)) == 10


def test_workers_that_race_tell_nobody_twice_of_a_step(town: Town, office: Actor):
    """Eight workers' looks at once over sixty incidents, with holds, a second person and trips among them."""
    people = [town.person(f"hunter{number}") for number in range(4)]
    execute(town.settings.database_url, "update person set night = 'first_light' where name = 'hunter3'")
    set_plan(town, office, None, PlanSpec(two_people=True, seek_min=5))
    town.clock.now = MIDNIGHT
    incidents = [town.opens(trap=town.trap()) for _ in range(60)]
    for incident in incidents[::3]:
        town.goes(incident, people[0], 30)
    faults: list[Exception] = []
    start = threading.Barrier(8)

    def looks():
        start.wait()
        try:
            for _ in range(5):
                town.look()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what the test looks for
            faults.append(error)

    threads = [threading.Thread(target=looks) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for number, incident in enumerate(incidents):
        expected = {"hunter1": 1, "hunter2": 1} | ({} if number % 3 == 0 else {"hunter0": 1})
        assert told(town, incident) == expected
        assert town.timeline(incident).count("told") == 1
        assert town.timeline(incident).count("waits") == 1
    assert execute(town.settings.database_url, "select count(*) from held") == [(60,)]
