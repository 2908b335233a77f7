"""Drills and summaries: once, whatever restarts, however many look, whichever way the clock jumps."""

import re
import threading
from datetime import UTC, date, datetime

import pytest

from hub.alerts.links import read_link
from hub.alerts.replies import confirm_drill
from hub.alerts.routine.digests import save_digest_wish
from hub.registry.people import Actor
from hub.registry.ways import add_way
from hub.traps.permits import service as permits
from hub.traps.permits.store import NewPermit
from tests.integration.alerts.town import (
    DAY,
    HOUR,
    MINUTE,
    OFFICE,
    SECOND,
    SECRET,
    PostOffice,
    Town,
    at_work,
    execute,
    wait_until,
)

# A Wednesday: 12:15 on the town's clock, and 06:30 of the next morning.
DRILL = datetime(2026, 11, 25, 3, 15, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 21, 30, tzinfo=UTC)


def sweep(town: Town, now: datetime) -> None:
    """What a worker's sweeps do, by a clock that says `now`."""
    town.clock.now = now
    for act in (town.rooms.drills.sweep, town.rooms.digests.sweep):
        with town.database.transaction() as conn:
            act(conn, now)


def messages(town: Town, purpose: str) -> list[tuple]:
    return execute(
        town.settings.database_url,
        "select p.name, m.channel, m.occasion, m.state from message m join person p on p.id = m.person_id"
        " where purpose = %s order by 1, 2, 3",
        purpose,
    )


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def test_a_drill_comes_once_a_week_and_its_button_confirms(town: Town, post: PostOffice):
    sato = town.person("sato")
    town.person("farmer", "farmer")
    with at_work(town.worker(sweeps=(town.rooms.drills.sweep,)), town.worker(sweeps=(town.rooms.drills.sweep,))):
        town.turn(DRILL - town.clock.now)
        wait_until(lambda: len(post.mails) == 1, "the drill")
        for _ in range(3):
            town.turn(HOUR)
        town.fires(town.trap())
        wait_until(lambda: len(post.mails) == 2, "an alarm; workers have looked since")
    drill = post.mails[0]
    assert "訓練" in drill["Subject"]
    [token] = re.findall(r"/a/(\S+)", text_of(drill))
    link = read_link(SECRET, token, town.clock.now)
    assert (link.person_id, link.action) == (sato, "reached")
    with town.database.transaction() as conn:
        assert confirm_drill(conn, link.about, sato, town.clock.now) == "mail"
        assert town.rooms.drills.fetch_silent(conn, town.clock.now + 8 * DAY) == []
        assert [r.name for r in town.rooms.drills.fetch_silent(conn, town.clock.now + 16 * DAY)] == ["sato"]


def test_clocks_that_jump_and_workers_that_race_drill_nobody_twice(town: Town):
    for name in ("sato", "mori"):
        town.person(name)
    start = threading.Barrier(4)

    def races():
        start.wait()
        for _ in range(5):
            with town.database.transaction() as conn:
                town.rooms.drills.sweep(conn, DRILL + MINUTE)
                town.rooms.digests.sweep(conn, MORNING)

    threads = [threading.Thread(target=races) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for now in (DRILL - DAY, DRILL, DRILL + 5 * HOUR, DRILL + 7 * DAY, DRILL, DRILL + 7 * DAY + HOUR, MORNING, MORNING):
        sweep(town, now)
    drills = [(name, occasion) for name, _, occasion, _ in messages(town, "drill")]
    assert drills == [(name, week) for name in ("mori", "sato") for week in ("2026-W48", "2026-W49")]
    assert len({row[:3] for row in messages(town, "digest")}) == len(messages(town, "digest"))


def test_who_came_after_the_hour_is_drilled_next_week(town: Town):
    town.clock.now = DRILL + HOUR
    town.person("sato")
    sweep(town, DRILL + 2 * HOUR)
    assert messages(town, "drill") == []
    sweep(town, DRILL + 7 * DAY)
    assert len(messages(town, "drill")) == 1


def test_a_channel_that_refuses_the_drill_is_said_to_its_person_and_to_staff(town: Town, post: PostOffice):
    sato = town.person("sato")
    town.person("office", "staff")
    post.refuse_recipient["sato@example.jp"] = "550 5.1.1 <sato@example.jp> no such person"
    sweep(town, DRILL)
    with at_work(town.worker()):
        wait_until(lambda: ("sato", "mail", "2026-W48", "given_up") in messages(town, "drill"), "given up")
    with town.database.transaction() as conn:
        [refused] = town.rooms.drills.fetch_refused(conn, sato)
        assert refused.error == "550 5.1.1 <…> no such person"
    sweep(town, MORNING)
    with at_work(town.worker()):
        wait_until(lambda: post.addressees()["office@example.jp"] == 2, "the drill and the summary")
    assert "550 5.1.1" in text_of(post.mails[-1])


def test_the_summary_says_what_is_open_once_and_nothing_where_there_is_nothing(town: Town, post: PostOffice):
    town.person("sato")
    town.person("office", "staff")
    town.person("farmer", "farmer")
    sweep(town, MORNING - DAY)  # nothing is open, there is nobody with a trap
    town.fires(town.trap(name="矢那 3号"))
    town.opens("trap_silent", trap=town.trap(name="真里谷 1号"))
    town.look()
    sweep(town, MORNING - MINUTE)
    assert [row[3] for row in messages(town, "digest")] == ["cancelled"]
    with at_work(town.worker(), town.worker()):
        for _ in range(3):
            sweep(town, MORNING)
            town.turn(3 * SECOND)
        due = "select count(*) from message where purpose = 'digest' and state = 'sent'"
        wait_until(lambda: execute(town.settings.database_url, due) == [(2,)], "both summaries")
    [mail] = [m for m in post.mails if "sato" in str(m["To"]) and "まとめ" in str(m["Subject"])]
    text = text_of(mail)
    assert text.index("矢那 3号") < text.index("応答のない罠") < text.index("真里谷 1号")


def test_a_permit_that_ends_soon_is_said_to_its_hunter_and_to_staff(town: Town):
    sato = town.person("sato")
    town.person("mori")
    town.person("office", "staff")
    new = NewPermit(
        "pest_control", "木環第7号", "木更津市長", "佐藤", "木更津市", "イノシシ", "矢那", date(2026, 4, 1),
        date(2026, 12, 1), 30, False, 30, None, frozenset({sato}), frozenset(),
    )  # fmt: skip
    with town.database.transaction() as conn:
        permits.create_permit(conn, OFFICE, new, town.clock.now)
    town.trap()
    sweep(town, MORNING)
    said = execute(
        town.settings.database_url,
        "select p.name, m.content::text from message m join person p on p.id = m.person_id"
        " where purpose = 'digest' and state = 'due'",
    )
    assert {name for name, text in said if text and "木環第7号 2026-12-01" in text} == {"sato", "office"}


@pytest.mark.parametrize(("wanted", "count"), [(False, 0), (True, 1), (None, 1)])
def test_each_may_have_it_or_not(town: Town, wanted, count):
    sato = town.person("sato")
    town.fires(town.trap())
    with town.database.transaction() as conn:
        save_digest_wish(conn, Actor(sato, "sato", frozenset({"hunter"})), wanted, town.clock.now)
    sweep(town, MORNING)
    assert len(messages(town, "digest")) == count


def test_a_summary_that_one_channel_refuses_takes_the_next(town: Town, post: PostOffice):
    both = Town(town.settings.database_url, post, push_contact="mailto:office@example.jp")
    try:
        sato = both.person("sato")
        both.fires(both.trap())
        with both.database.transaction() as conn:
            add_way(conn, sato, "push", "https://push.example/1", both.clock.now)
        sweep(both, MORNING)
        assert [row[1] for row in messages(both, "digest")] == ["push"]
        execute(town.settings.database_url, "update message set state = 'given_up'")
        for _ in range(3):
            sweep(both, MORNING + MINUTE)
        assert [row[1] for row in messages(both, "digest")] == ["mail", "push"]
        execute(town.settings.database_url, "update message set state = 'given_up'")
        for _ in range(3):
            sweep(both, MORNING + 2 * MINUTE)
        assert [row[1] for row in messages(both, "digest")] == ["mail", "none", "push"]
    finally:
        both.close()
