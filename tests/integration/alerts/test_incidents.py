"""Incidents in a real database: opened once, answered, settled, and never rewritten."""

import threading

import psycopg
import pytest

from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.store import Database
from tests.integration.alerts.town import DAY, HOUR, MINUTE, NOON, Town, execute


def test_an_incident_opens_with_its_plan_its_first_step_and_its_first_entry(town: Town):
    hunter = town.person("sato")
    trap = town.trap("yana-3")
    incident = town.opens(trap=trap)
    page = town.page(incident)
    assert (page.incident.state, page.incident.device_id, page.incident.name) == ("open", "yana-3", "矢那 3号")
    assert page.incident.next_due_at == NOON
    assert town.timeline(incident) == ["opened"]
    [(plan,)] = execute(town.settings.database_url, "select plan from incident")
    assert [person["person_id"] for person in plan["people"]] == [hunter]


def test_the_same_again_is_the_same_incident(town: Town):
    trap = town.trap()
    first = town.opens(trap=trap)
    assert town.opens(trap=trap) == first
    assert town.opens("trap_silent", trap=trap) != first
    assert town.page(first).incident.events == 2
    assert town.timeline(first) == ["opened", "again"]


def test_a_bouncing_trap_fills_no_timeline_and_each_event_counts(town: Town):
    trap = town.trap()
    for _ in range(100):
        incident = town.opens(trap=trap)
    assert town.page(incident).incident.events == 100
    assert len(town.timeline(incident)) == 10
    town.clock.turn(2 * MINUTE)
    town.opens(trap=trap)
    assert len(town.timeline(incident)) == 11


def test_two_who_open_at_once_open_one(town: Town):
    trap = town.trap()
    opened, start = [], threading.Barrier(8)

    def opens():
        start.wait()
        opened.append(town.opens(trap=trap))

    threads = [threading.Thread(target=opens) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    assert len(set(opened)) == 1
    assert town.page(opened[0]).incident.events == 8


def test_an_answer_stops_what_has_not_gone_out_and_says_until_when(town: Town):
    sato, _ = town.person("sato"), town.person("mori")
    incident = town.opens(trap=town.trap())
    town.look()
    assert town.deliveries(incident) == {"due": 2}
    view = town.goes(incident, sato, 40)
    assert view.state == "going"
    assert [(answer.name, answer.eta_at) for answer in view.going] == [("sato", NOON + 40 * MINUTE)]
    assert view.next_due_at == NOON + 70 * MINUTE
    assert town.deliveries(incident) == {"cancelled": 2}


def test_two_may_go_and_the_later_eta_counts(town: Town):
    sato, mori = town.person("sato"), town.person("mori")
    incident = town.opens(trap=town.trap())
    town.goes(incident, sato, 60)
    view = town.goes(incident, mori, 20)
    assert {answer.name for answer in view.going} == {"sato", "mori"}
    assert view.next_due_at == NOON + 90 * MINUTE
    view = town.goes(incident, sato, 10)  # sato is faster than he thought
    assert view.next_due_at == NOON + 50 * MINUTE
    assert town.timeline(incident) == ["opened", "going", "going", "going"]


def test_an_answer_that_nobody_followed_lapses_and_pages_again(town: Town):
    sato = town.person("sato")
    incident = town.opens(trap=town.trap())
    town.goes(incident, sato, 40)
    town.clock.turn(69 * MINUTE)
    town.look()
    assert town.deliveries(incident) == {}
    town.clock.turn(MINUTE)
    town.look()
    page = town.page(incident)
    assert page.incident.state == "open"
    assert page.incident.going == ()
    assert town.deliveries(incident) == {"due": 1}
    assert town.timeline(incident) == ["opened", "going", "lapsed", "told"]


def test_a_report_settles_it_for_good(town: Town):
    sato, mori = town.person("sato"), town.person("mori")
    trap = town.trap()
    town.fires(trap)
    [opened] = town.incidents("open")
    view = town.reports(opened.id, sato, "captured", "イノシシ 1頭")
    assert (view.state, view.outcome, view.note, view.resolved_by_name) == (
        "resolved", "captured", "イノシシ 1頭", "sato",
    )  # fmt: skip
    assert view.next_due_at is None
    assert town.state(trap) == "armed"
    with pytest.raises(Conflict):
        town.reports(opened.id, mori, "empty")
    with pytest.raises(Conflict):
        town.goes(opened.id, mori)
    town.look(NOON + DAY)
    assert town.deliveries(opened.id) == {}


def test_a_refused_report_leaves_everything_as_it_was(town: Town):
    sato = town.person("sato")
    trap = town.trap()
    town.fires(trap)
    [opened] = town.incidents("open")
    for outcome, note in (("eaten", None), ("captured", "x" * 2001), ("captured", "\x00")):
        with pytest.raises(Invalid):
            town.reports(opened.id, sato, outcome, note)
    with pytest.raises(NotFound):
        town.reports("i-nothing", sato)
    with pytest.raises(Forbidden):
        town.reports(opened.id, "p-nobody")
    assert town.state(trap) == "sprung"


@pytest.mark.parametrize("eta", [0, -5, 1441, 10**9])
def test_an_eta_is_within_a_day(town: Town, eta):
    incident = town.opens(trap=town.trap())
    with pytest.raises(Invalid):
        town.goes(incident, town.person("sato"), eta)


def test_who_is_no_longer_active_cannot_answer_by_an_old_link(town: Town):
    sato = town.person("sato")
    incident = town.opens(trap=town.trap())
    execute(town.settings.database_url, "update person set active = false where id = %s", sato)
    with pytest.raises(Forbidden):
        town.goes(incident, sato)


def test_two_reports_at_once_are_one(town: Town):
    people = [town.person(f"hunter{n}") for n in range(6)]
    trap = town.trap()
    town.fires(trap)
    [opened] = town.incidents("open")
    done, refused, start = [], [], threading.Barrier(len(people))

    def reports(person):
        start.wait()
        try:
            done.append(town.reports(opened.id, person))
        except Conflict:
            refused.append(person)

    threads = [threading.Thread(target=reports, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(refused)) == (1, 5)
    assert town.timeline(opened.id).count("resolved") == 1


def test_firings_answers_and_reports_at_once_never_wait_for_each_other_in_a_circle(town: Town):
    """Sprung locks the trap and then the incident; so must a report, or the two could deadlock."""
    sato = town.person("sato")
    trap = town.trap()
    faults, start = [], threading.Barrier(4)

    def busy(act):
        start.wait()
        for _ in range(40):
            try:
                act()
            except Conflict:
                pass
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what the test looks for
                faults.append(error)

    def on_each(act):
        return lambda: [act(incident.id) for incident in town.incidents("open", "going")]

    acts = [
        lambda: town.fires(trap),
        on_each(lambda incident: town.reports(incident, sato)),
        on_each(lambda incident: town.goes(incident, sato)),
        town.look,
    ]
    threads = [threading.Thread(target=busy, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert (town.state(trap) == "sprung") == bool(town.incidents("open", "going"))


def test_nobody_rewrites_a_timeline(town: Town):
    town.opens(trap=town.trap())
    for statement in (
        "delete from incident_entry",
        "update incident_entry set actor = 'me'",
        "truncate incident_entry",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            execute(town.settings.database_url, statement)


@pytest.mark.parametrize("state", ["open", "going"])
def test_the_database_itself_refuses_an_unresolved_incident_with_nothing_due(town: Town, state):
    town.opens(trap=town.trap())
    with pytest.raises(psycopg.errors.CheckViolation):
        execute(town.settings.database_url, "update incident set next_due_at = null, state = %s", state)


def test_lists_are_newest_first_and_go_on_where_they_ended(town: Town):
    keys = []
    for _ in range(5):
        keys.append(town.trap())
        town.opens(trap=keys[-1])
        town.clock.turn(MINUTE)
    with town.database.transaction() as conn:
        first = town.alerts.fetch_incidents(conn, limit=3)
        rest = town.alerts.fetch_incidents(conn, limit=3, before=(first[-1].opened_at, first[-1].id))
        mine = town.alerts.fetch_incidents(conn, device_keys={keys[0], keys[4]})
        nothing = town.alerts.fetch_incidents(conn, device_keys=set())
    assert [view.device_key for view in (*first, *rest)] == list(reversed(keys))
    assert [view.device_key for view in mine] == [keys[4], keys[0]]
    assert nothing == []


def test_an_agents_incident_is_its_own(town: Town):
    one, other = town.agent(), town.agent()
    assert town.opens("agent_down", agent=one) != town.opens("agent_down", agent=other)


def test_a_new_firing_of_an_old_incident_is_heard_at_once(town: Town):
    town.person("sato")
    trap = town.trap()
    town.fires(trap)
    town.look()
    town.clock.turn(10 * DAY)
    town.look()
    town.clock.turn(HOUR)
    town.fires(trap)
    [incident] = town.incidents("open")
    assert incident.next_due_at == town.clock.now


def test_pages_and_workers_are_told_when_it_is_committed(town: Town, database_url: str):
    trap = town.trap()
    listener, stop, heard = Database(database_url, name="listener"), threading.Event(), []

    def listen():
        for notice in listener.listen("live", "due", stop=stop, on_listening=ready.set):
            if notice is not None:
                heard.append((notice.channel, notice.payload.get("state")))
            if ("live", "resolved") in heard:
                stop.set()

    ready = threading.Event()
    thread = threading.Thread(target=listen)
    thread.start()
    assert ready.wait(20)
    town.fires(trap)
    [incident] = town.incidents("open")
    town.reports(incident.id, town.person("sato"))
    thread.join(20)
    stop.set()
    listener.close()
    assert ("due", None) in heard
    assert ("live", "sprung") in heard
    assert ("live", "open") in heard
    assert ("live", "armed") in heard
