"""Many alarms at once: gathered into few messages, at the person's pace, and none of them is lost."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest

from hub.alerts.channels import Unreached
from hub.alerts.channels.mail import MailChannel
from hub.alerts.links import read_link
from hub.alerts.messages import Message, Sent
from hub.alerts.pacing import Pace
from tests.integration.alerts.town import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    SECRET,
    PostOffice,
    Town,
    at_work,
    execute,
    wait_until,
)


@pytest.fixture
def paced(database_url: str, post: PostOffice) -> Iterator[Town]:
    """A town that tells people at the pace of the settings' defaults."""
    made = Town(database_url, post, alarm_burst=3, alarm_every_s=60, alarm_gather_s=3)
    yield made
    made.close()


def text_of(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def told_of(mail: EmailMessage) -> list[str]:
    return str(mail["X-Wanamori-Incident"]).split()


def all_sent(town: Town) -> bool:
    return execute(town.settings.database_url, "select count(*) from delivery where state <> 'sent'") == [(0,)]


def count(town: Town, what: str = "count(*)") -> int:
    [(found,)] = execute(town.settings.database_url, f"select coalesce({what}, 0) from delivery")
    return found


def later(town: Town) -> bool:
    """Some seconds go by, unless a message is on its way (whose lease they would let run out)."""
    if town.is_written_down():
        town.turn(3 * SECOND)
    return True


def test_ten_traps_at_once_are_one_message_that_lists_ten(paced: Town, post: PostOffice):
    sato = paced.person("sato", language="en")
    paced.opens("trap_silent", trap=paced.trap(name="loud last"))
    for number in range(9):
        paced.clock.turn(SECOND / 10)
        paced.fires(paced.trap(name=f"valley {number}"))
    paced.look()
    with at_work(paced.worker()):
        wait_until(lambda: all_sent(paced), "everything written down")
    [mail] = post.mails
    assert mail["Subject"].startswith("10 alarms: Trap sprung: valley 0, valley 1")
    text = text_of(mail)
    assert text.index("valley 8") < text.index("loud last")
    assert set(told_of(mail)) == {incident.id for incident in paced.incidents("open")}
    [link] = re.findall(r"http\S+/a/(\S+)", text)
    assert (read_link(SECRET, link, paced.clock.now).action, read_link(SECRET, link, paced.clock.now).person_id) == (
        "going_some",
        sato,
    )


def test_the_first_goes_at_once_and_what_follows_within_seconds_is_one_message(paced: Town, post: PostOffice):
    paced.person("sato")
    with at_work(paced.worker()):
        paced.fires(paced.trap())
        wait_until(lambda: len(post.mails) == 1, "the first")
        for _ in range(8):
            paced.fires(paced.trap())
        paced.look()
        paced.turn(3 * SECOND)
        wait_until(lambda: all_sent(paced), "everything written down")
    assert [len(told_of(mail)) for mail in post.mails] == [1, 8]


def test_a_later_message_names_what_is_still_open(paced: Town, post: PostOffice):
    paced.person("sato", language="en")
    with at_work(paced.worker()):
        paced.fires(paced.trap(name="the first trap"))
        wait_until(lambda: all_sent(paced) and len(post.mails) == 1, "the first")
        paced.turn(10 * SECOND)
        paced.fires(paced.trap(name="the second trap"))
        wait_until(lambda: len(post.mails) == 2, "the second")
    assert "You were told of these before" in text_of(post.mails[1])
    assert "the first trap" in text_of(post.mails[1])
    assert "the first trap" not in str(post.mails[1]["Subject"])


def test_whoever_settles_their_alarms_is_not_held_up(paced: Town, post: PostOffice):
    sato = paced.person("sato")
    with at_work(paced.worker()):
        for number in range(1, 9):
            paced.fires(paced.trap())
            wait_until(lambda n=number: all_sent(paced) and len(post.mails) == n, f"mail {number}")
            [incident] = paced.incidents("open")
            paced.reports(incident.id, sato, "empty")


def test_reminders_never_use_up_the_alarms_places(paced: Town, post: PostOffice):
    paced.person("office", "staff")
    for _ in range(5):
        paced.fires(paced.trap())
    with at_work(paced.worker()):
        wait_until(lambda: count(paced) == 5 and all_sent(paced), "told")
        for _ in range(6):
            before = count(paced)
            paced.turn(DAY)
            wait_until(lambda b=before: count(paced) == b + 5 and all_sent(paced), "told again, or reminded")
        reminders = len(post.mails)
        assert count(paced, "count(*) filter (where is_reminder)") >= 15
        for number in range(1, 4):
            paced.opens("trap_unreadable", trap=paced.trap())
            wait_until(lambda n=number: len(post.mails) == reminders + n, "an alarm at once")
            wait_until(lambda: all_sent(paced), "written down")
            paced.turn(3 * SECOND)


@pytest.mark.takes(20)
def test_500_firings_in_ten_minutes_page_each_within_the_limit_and_lose_none(paced: Town, post: PostOffice):
    people = [paced.person(f"hunter{number}") for number in range(3)]
    traps = [paced.trap(name=f"trap {number}") for number in range(500)]
    with at_work(paced.worker(), paced.worker()):
        for number, trap in enumerate(traps):
            paced.clock.turn(timedelta(seconds=1.2))
            paced.fires(trap)
            if number % 20 == 19:
                paced.look()
                wait_until(paced.is_written_down, "written down")
        paced.look()
        paced.turn(MINUTE)
        wait_until(lambda: all_sent(paced), "every notice has gone out")
    notices = post.notices()
    incidents = {incident for (incident,) in execute(paced.settings.database_url, "select id from incident")}
    assert len(incidents) == 500
    for number, _ in enumerate(people):
        address = f"hunter{number}@example.jp"
        assert {incident for told, incident in notices if told == address} == incidents
        # When it was begun, not the mail's own date: the clock may have gone on by then.
        begun = [
            at
            for (at,) in execute(
                paced.settings.database_url,
                "select m.created_at from message m join person p on p.id = person_id where email = %s order by 1",
                address,
            )
        ]
        # A clock that leaps makes a lease run out in the middle: such a message is sent again, as itself.
        mine = [mail for mail in post.mails if mail["To"].addresses[0].addr_spec == address]
        assert len(begun) == len({mail["Message-ID"] for mail in mine})
        for first in range(len(begun)):
            for last in range(first, len(begun)):
                assert last - first + 1 <= 3 + (begun[last] - begun[first]).total_seconds() / 60


def test_what_failed_and_what_came_since_is_one_message_when_the_server_is_back(paced: Town, post: PostOffice):
    paced.person("sato")
    post.close()
    with at_work(paced.worker()):
        for _ in range(6):
            paced.fires(paced.trap())
            paced.look()
            wait_until(paced.is_written_down, "written down")
            before = count(paced, "sum(attempts)")
            wait_until(lambda b=before: later(paced) and count(paced, "sum(attempts)") > b, "a try")
            wait_until(paced.is_written_down, "written down")
        post.open()
        wait_until(lambda: later(paced) and all_sent(paced), "sent")
    assert [len(told_of(mail)) for mail in post.mails] == [6]


class Wrapped(MailChannel):
    """A mail channel whose `send` goes through `around`."""

    around: Callable[[Callable[[Message], Sent], Message], Sent]

    def open_session(self):
        session = super().open_session()
        send = session.send
        session.send = lambda message: self.around(send, message)
        return session


def wrapped(town: Town, around: Callable[[Callable[[Message], Sent], Message], Sent]) -> MailChannel:
    channel = town.channel()
    channel.__class__ = Wrapped
    channel.around = around
    return channel


def test_a_notice_that_cannot_be_said_holds_up_none_of_those_that_stand_beside_it(town: Town, post: PostOffice):
    town.person("sato")

    def around(send, message):
        if any(notice.name == "cursed" for notice in message.notices):
            raise ZeroDivisionError
        return send(message)

    for name in ("good", "cursed", "better"):
        town.fires(town.trap(name=name))
    town.look()
    with at_work(town.worker([wrapped(town, around)])):
        wait_until(
            lambda: execute(town.settings.database_url, "select 1 from message where error is not null"), "a try"
        )
        wait_until(town.is_written_down, "written down")
        town.turn(5 * SECOND)
        wait_until(lambda: len(post.notices()) == 2, "the good ones")
    assert town.deliveries(next(i.id for i in town.incidents("open") if i.name == "cursed"))["due"] == 1


def test_a_retry_has_the_same_key_and_leaves_out_what_was_answered(town: Town, post: PostOffice):
    sato = town.person("sato")
    tried: list[Message] = []

    def around(send, message):
        tried.append(message)
        if len(tried) == 1:
            raise Unreached("busy")
        return send(message)

    for _ in range(2):
        town.fires(town.trap())
    town.look()
    with at_work(town.worker([wrapped(town, around)])):
        wait_until(lambda: len(tried) == 1, "a try")
        wait_until(town.is_written_down, "written down")
        answered, other = (incident.id for incident in town.incidents("open"))
        town.goes(answered, sato, 600)
        town.turn(2 * SECOND)
        wait_until(lambda: len(post.mails) == 1, "the mail")
    assert len(tried[0].notices) == 2
    assert tried[1].key == tried[0].key
    assert told_of(post.mails[0]) == [other]
    assert town.deliveries(answered) == {"cancelled": 1}


def test_somebody_answers_while_the_message_is_underway(town: Town, post: PostOffice):
    """What went out went out: the timeline says so, and the answer stands."""
    sato = town.person("sato")
    post.hold = threading.Event()
    incidents = [town.opens(trap=town.trap()) for _ in range(3)]
    town.look()
    with at_work(town.worker()):
        assert post.trying.acquire(timeout=30)
        for incident in incidents:
            town.goes(incident, sato)
        post.hold.set()
        wait_until(lambda: all(town.deliveries(incident) == {"sent": 1} for incident in incidents), "written down")
    assert all(town.page(incident).incident.state == "going" for incident in incidents)
    sent = [entry for entry in town.page(incidents[0]).timeline if entry.kind == "sent"]
    assert [entry.detail["together"] for entry in sent] == [3]


def test_a_worker_that_died_between_sending_and_writing_sends_the_same_again(town: Town, post: PostOffice):
    """Once more, with the same Message-ID, and never not at all."""
    town.person("sato")
    for _ in range(2):
        town.fires(town.trap())
    town.look()
    with town.database.transaction() as conn:
        claimed = town.sending.claim(conn, "mail", town.clock.now)
    assert claimed is not None
    with town.database.transaction() as conn:
        message = town.sending.make_message(conn, claimed, town.clock.now)
    assert message is not None
    session = town.channel().open_session()
    session.send(message)
    session.close()  # … and here it dies
    town.turn(16 * SECOND)
    with at_work(town.worker(), town.worker()):
        wait_until(lambda: all_sent(town), "sent by the next worker")
    assert len(post.mails) == 2
    assert len({str(mail["Message-ID"]) for mail in post.mails}) == 1
    with town.database.transaction() as conn:
        assert town.sending.record_sent(conn, claimed, town.clock.now), "the dead worker's word counts no more"


def test_a_slow_worker_whose_lease_was_taken_over_writes_nothing(town: Town):
    town.person("sato")
    town.fires(town.trap())
    town.look()
    with town.database.transaction() as conn:
        slow = town.sending.claim(conn, "mail", town.clock.now)
    town.clock.turn(20 * SECOND)
    with town.database.transaction() as conn:
        other = town.sending.claim(conn, "mail", town.clock.now)
        assert slow is not None
        assert other is not None
        assert (other.id, other.key, other.attempts) == (slow.id, slow.key, 2)
    with town.database.transaction() as conn:
        town.sending.record_failure(conn, slow, Unreached("late"), town.clock.now, defect=False)
    [incident] = town.incidents("open")
    assert town.deliveries(incident.id) == {"leased": 1}


def test_a_clock_that_goes_back_holds_nobody_up(paced: Town, post: PostOffice):
    paced.person("sato")
    paced.clock.turn(5 * DAY)
    with at_work(paced.worker()):
        for number in range(1, 4):
            paced.fires(paced.trap())
            wait_until(lambda n=number: len(post.mails) == n, "a mail")
            wait_until(paced.is_written_down, "written down")
            paced.turn(3 * SECOND)
        paced.turn(-5 * DAY)
        paced.fires(paced.trap())
        wait_until(lambda: len(post.mails) == 4, "at once, by the clock as it is now")


def test_a_drill_waits_behind_no_alarm_and_an_alarm_behind_no_drill(town: Town, post: PostOffice):
    """One thread of several is kept for alarms: drills to a slow server take up the others only."""
    sato = town.person("sato")
    for week in range(6):
        execute(
            town.settings.database_url,
            "insert into message (person_id, channel, purpose, occasion, state, due_at, created_at)"
            " values (%s, 'mail', 'drill', %s, 'due', %s, %s)",
            sato, f"2026-W{week}", town.clock.now - HOUR, town.clock.now - HOUR,
        )  # fmt: skip
    post.hold = threading.Event()
    with at_work(town.worker()):
        for _ in range(3):
            assert post.trying.acquire(timeout=30)
        held, post.hold = post.hold, None
        try:
            town.fires(town.trap())
            wait_until(lambda: len(post.notices()) == 1, "the alarm, before any of the drills")
        finally:
            held.set()
        wait_until(lambda: len(post.mails) == 7, "and those")


def test_a_pace_may_be_none():
    assert Pace(1, 0, 0).longest_wait == timedelta(0)
