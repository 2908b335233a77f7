"""Workers against a real mail server, well and unwell: every incident has its mail, and one notice each."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from email.utils import parsedate_to_datetime

import pytest

from hub import clock
from hub.alerts.channels.mail import MailChannel
from hub.alerts.links import read_link
from tests.integration.alerts.town import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    SECRET,
    PostOffice,
    Town,
    at_work,
    execute,
    wait_until,
)


def test_a_firing_is_a_mail_with_a_link_that_works(town: Town, post: PostOffice):
    sato = town.person("sato")
    town.person("mori", language="ja_Hira")
    town.person("john", language="en")
    with at_work(town.worker()):
        town.fires(town.trap(name="矢那 3号"))
        wait_until(lambda: len(post.mails) == 3, "three mails")
        [incident] = town.incidents("open")
        wait_until(lambda: town.deliveries(incident.id) == {"sent": 3}, "three notices written down as sent")
    assert post.addressees() == {"sato@example.jp": 1, "mori@example.jp": 1, "john@example.jp": 1}
    assert set(post.subjects()) == {
        "罠が作動：矢那 3号",
        "わなが うごきました：矢那 3号",
        "Trap sprung: 矢那 3号",
    }
    mail = next(mail for mail in post.mails if mail["To"].addresses[0].addr_spec == "sato@example.jp")
    assert parsedate_to_datetime(mail["Date"]) == NOON
    text = mail.get_body(("plain",)).get_content()
    assert "john" in text
    address = next(line for line in text.splitlines() if "/a/" in line)
    link = read_link(SECRET, address.rpartition("/")[2], NOON)
    assert (link.person_id, link.incident_id) == (sato, incident.id)
    assert town.timeline(incident.id) == ["opened", "told", "sent", "sent", "sent"]


def test_two_workers_that_race_send_no_step_twice(town: Town, post: PostOffice):
    for number in range(3):
        town.person(f"hunter{number}")
    traps = [town.trap() for _ in range(30)]
    with at_work(town.worker(), town.worker(), town.worker()):
        for trap in traps:
            town.fires(trap)
        wait_until(lambda: post.notices().total() >= 90, "ninety notices")
        wait_until(lambda: all(town.deliveries(i.id) == {"sent": 3} for i in town.incidents("open")), "all sent")
        assert set(post.notices().values()) == {1}
        town.turn(15 * MINUTE)
        wait_until(lambda: post.notices().total() >= 180, "ninety more")
        wait_until(lambda: all(town.deliveries(i.id) == {"sent": 6} for i in town.incidents("open")), "all sent")
    assert set(post.notices().values()) == {2}
    assert post.notices().total() == 180
    assert len({str(mail["Message-ID"]) for mail in post.mails}) == len(post.mails)


def test_it_repeats_until_somebody_goes_and_then_no_more(town: Town, post: PostOffice):
    sato = town.person("sato")
    town.person("office", "staff")
    with at_work(town.worker()):
        town.fires(town.trap())
        for round_number in range(1, 4):
            wait_until(lambda n=round_number: post.addressees()["sato@example.jp"] == n, f"round {round_number}")
            assert post.addressees()["office@example.jp"] == 0
            wait_until(town.is_written_down, "written down")
            town.turn(15 * MINUTE)
        wait_until(lambda: post.addressees()["office@example.jp"] == 1, "staff as well, after three rounds")
        wait_until(lambda: post.addressees()["sato@example.jp"] == 4, "and the hunter again")
        [incident] = town.incidents("open")
        wait_until(lambda: town.deliveries(incident.id) == {"sent": 5}, "all written down")
        town.goes(incident.id, sato, 60)
        town.turn(89 * MINUTE)
        other = town.trap()
        town.fires(other)  # when its mail has come, the worker has looked since
        wait_until(lambda: len(post.mails) == 6, "the other trap's mail")
    assert "2回目" in post.mails[1].get_body(("plain",)).get_content()
    assert sum(incident.id in str(mail["References"]) for mail in post.mails) == 5


def test_a_refused_address_is_given_up_and_staff_are_told_at_once(town: Town, post: PostOffice):
    town.person("sato")
    town.person("office", "staff")
    post.refuse_recipient["sato@example.jp"] = "550 5.1.1 <sato@example.jp> no such person"
    with at_work(town.worker()):
        town.fires(town.trap())
        wait_until(lambda: post.addressees() == {"office@example.jp": 1}, "the staff's mail")
        [incident] = town.incidents("open")
        wait_until(lambda: "sent" in town.timeline(incident.id), "written down")
        page = town.page(incident.id)
    given_up = next(entry for entry in page.timeline if entry.kind == "given_up")
    assert given_up.detail["error"] == "550 5.1.1 <…> no such person"
    assert [entry.kind for entry in page.timeline].count("moved_on") == 1
    # the hunter is not forgotten: tried once more with the staff's round, and said once
    assert [entry.kind for entry in page.timeline].count("given_up") == 1


def test_a_busy_server_is_tried_again(town: Town, post: PostOffice):
    town.person("sato")
    post.refuse_data["sato@example.jp"] = "451 4.3.0 try again later"
    with at_work(town.worker()):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: "delayed" in town.timeline(incident.id) and town.is_written_down(), "the first failure")
        assert town.deliveries(incident.id) == {"due": 1}
        post.refuse_data.clear()
        town.turn(2 * SECOND)
        wait_until(lambda: len(post.mails) == 1, "the mail")
        wait_until(lambda: town.deliveries(incident.id) == {"sent": 1}, "written down")
    assert town.timeline(incident.id) == ["opened", "told", "delayed", "sent"]


def test_a_dead_server_costs_no_mail_and_no_thousands_of_lines(town: Town, post: PostOffice):
    for number in range(5):
        town.person(f"hunter{number}")
    post.close()

    def all_tried(number):
        found = town.page(incident.id).deliveries
        tried = len(found) == 5 and all(d.attempts >= number and d.state == "due" for d in found)
        return tried and town.is_written_down()

    with at_work(town.worker()):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: all_tried(1), "a try of each")
        for number in range(2, 8):  # two hours of rounds and tries
            town.turn(20 * MINUTE)
            wait_until(lambda n=number: all_tried(n), f"try {number} of each")
        assert town.deliveries(incident.id) == {"due": 5}
        assert len(town.timeline(incident.id)) == 7
        post.open()
        town.turn(MINUTE)
        wait_until(lambda: len(post.mails) == 5, "five mails, not sixty")
        wait_until(lambda: town.deliveries(incident.id) == {"sent": 5}, "written down")
    assert len(post.addressees()) == 5


def test_a_connection_that_drops_before_the_answer_is_tried_again(town: Town, post: PostOffice):
    town.person("sato")
    post.drop_before = 1
    with at_work(town.worker()):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: "delayed" in town.timeline(incident.id) and town.is_written_down(), "the first failure")
        town.turn(2 * SECOND)
        wait_until(lambda: len(post.mails) == 1, "the mail")
        wait_until(lambda: town.deliveries(incident.id) == {"sent": 1}, "written down")


def test_a_mail_that_came_twice_is_seen_to_be_the_same(town: Town, post: PostOffice):
    town.person("sato")
    post.drop_after = 1
    with at_work(town.worker()):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: "delayed" in town.timeline(incident.id) and town.is_written_down(), "the first failure")
        town.turn(2 * SECOND)
        wait_until(lambda: len(post.mails) == 2, "the same again")
    assert len({str(mail["Message-ID"]) for mail in post.mails}) == 1


def test_a_slow_mail_holds_up_no_other(town: Town, post: PostOffice):
    """Three of four threads wait for a server that does not answer; the fourth goes on."""
    town.person("sato")
    post.hold = threading.Event()
    with at_work(town.worker()):
        for _ in range(3):
            town.fires(town.trap())  # one after the other: together they would be one message
            assert post.trying.acquire(timeout=30)
        held, post.hold = post.hold, None
        try:
            town.fires(town.trap())
            wait_until(lambda: len(post.mails) == 1, "the fourth mail, before the other three")
        finally:
            held.set()
        wait_until(lambda: len(post.mails) == 4, "and those")


def test_one_connection_carries_many_mails(town: Town, post: PostOffice):
    for number in range(40):
        town.person(f"hunter{number}")
    town.fires(town.trap())
    with at_work(town.worker()):
        wait_until(lambda: len(post.mails) == 40, "forty mails")
    assert post.connections <= 8


def test_an_answer_while_a_mail_is_underway_stops_the_rest(town: Town, post: PostOffice):
    sato = town.person("sato")
    post.refuse_data["sato@example.jp"] = "451 later"
    with at_work(town.worker()):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: "delayed" in town.timeline(incident.id) and town.is_written_down(), "a failure")
        town.goes(incident.id, sato, 600)
        post.refuse_data.clear()
        town.turn(HOUR)
        town.fires(town.trap())
        wait_until(lambda: len(post.mails) == 1, "another incident's mail")
    assert town.deliveries(incident.id) == {"cancelled": 1}


def test_who_was_removed_is_told_no_more(town: Town, post: PostOffice):
    sato, _ = town.person("sato"), town.person("office", "staff")
    town.fires(town.trap())
    execute(town.settings.database_url, "update person set active = false where id = %s", sato)
    with at_work(town.worker()):
        wait_until(lambda: post.addressees() == {"office@example.jp": 1}, "the staff's mail")


def test_where_nobody_can_be_told_it_is_loud_and_told_as_soon_as_somebody_can(town: Town, post: PostOffice):
    town.person("sato", email=None)
    with at_work(town.worker()):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: "nobody_to_tell" in town.timeline(incident.id), "the complaint")
        town.person("office", "staff")
        town.turn(15 * MINUTE)
        wait_until(lambda: post.addressees() == {"office@example.jp": 1}, "the mail")
        wait_until(lambda: "sent" in town.timeline(incident.id), "written down")
    opened = town.page(incident.id).timeline[0]
    assert opened.detail["unreachable"] == ["sato"]
    assert "planned_again" in town.timeline(incident.id)


def test_after_months_of_being_down_only_staff_are_reminded_and_once(town: Town, post: PostOffice):
    sato = town.person("sato")
    town.person("office", "staff")
    answered, unanswered = town.trap(), town.trap()
    town.fires(answered)
    [incident] = town.incidents("open")
    town.goes(incident.id, sato, 40)
    town.fires(unanswered)
    town.turn(90 * DAY)

    def told():
        # Whoever went and never came back is a matter of its own.
        traps = {incident.id for incident in town.incidents() if incident.kind == "trap_sprung"}
        return Counter(address for address, incident in post.notices().elements() if incident in traps)

    with at_work(town.worker()):
        wait_until(lambda: told().total() == 2, "two reminders")
        town.fires(town.trap())
        wait_until(lambda: told().total() == 3, "a fresh one")
        wait_until(town.is_written_down, "written down")
        town.turn(15 * MINUTE)
        wait_until(lambda: told().total() == 4, "the fresh one again")
    assert told() == {"office@example.jp": 2, "sato@example.jp": 2}


def test_a_defect_in_one_incident_stops_no_other(town: Town, post: PostOffice):
    town.person("sato")
    town.fires(town.trap())
    execute(town.settings.database_url, "update incident set plan = '{}'")
    town.fires(town.trap())
    with at_work(town.worker()):
        wait_until(lambda: len(post.mails) == 1, "the other's mail")
    assert execute(town.settings.database_url, "select count(*) from incident where next_due_at is null") == [(0,)]


def test_a_broken_channel_keeps_its_notices_and_its_worker(town: Town, post: PostOffice):
    class Breaking(MailChannel):
        broken = True

        def open_session(self):
            session = super().open_session()
            send = session.send

            def breaks(message):
                if Breaking.broken:
                    raise ZeroDivisionError
                return send(message)

            session.send = breaks
            return session

    town.person("sato")
    channel = town.channel()
    channel.__class__ = Breaking
    with at_work(town.worker([channel])):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(
            lambda: "delayed" in town.timeline(incident.id) and town.is_written_down(), "the defect on the timeline"
        )
        Breaking.broken = False
        town.turn(2 * SECOND)
        wait_until(lambda: len(post.mails) == 1, "the mail")


def test_when_the_database_comes_back_the_worker_goes_on(town: Town, post: PostOffice):
    town.person("sato")
    with at_work(town.worker()):
        town.fires(town.trap())
        wait_until(lambda: len(post.mails) == 1, "the first mail")
        execute(
            town.settings.database_url,
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database()",
        )
        town.fires(town.trap())
        wait_until(lambda: len(post.mails) == 2, "the second mail")


class Process:
    """A real worker process, `wanamori-hub worker`."""

    def __init__(self, town: Town) -> None:
        settings = town.settings
        environment = os.environ | {
            "WANAMORI_DATABASE_URL": settings.database_url,
            "WANAMORI_SECRET": SECRET,
            "WANAMORI_SMTP_HOST": town.post.host,
            "WANAMORI_SMTP_PORT": str(town.post.port),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub", "worker"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


def test_killed_in_mid_delivery_the_mail_comes_all_the_same(town: Town, post: PostOffice):
    town.clock.now = clock.now()
    town.person("sato")
    post.hold = threading.Event()
    worker = Process(town)
    try:
        town.fires(town.trap())
        assert post.trying.acquire(timeout=30)
    finally:
        assert worker.end(signal.SIGKILL) == -signal.SIGKILL
    post.hold.set()
    assert post.tried.acquire(timeout=30), "the server is done with the first"
    [incident] = town.incidents("open")
    assert town.deliveries(incident.id) == {"leased": 1}
    before = len(post.mails)
    town.clock.now = clock.now() + 16 * SECOND  # the dead worker's lease has run out
    with at_work(town.worker()):
        wait_until(lambda: town.deliveries(incident.id) == {"sent": 1}, "sent by the next worker")
    assert len(post.mails) == before + 1
    assert len({str(mail["Message-ID"]) for mail in post.mails}) == 1


def test_a_worker_told_to_stop_ends_in_order(town: Town, post: PostOffice):
    town.clock.now = clock.now()
    town.person("sato")
    worker = Process(town)
    town.fires(town.trap())
    wait_until(lambda: len(post.mails) == 1, "a mail")
    assert worker.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_without_the_tls_that_is_asked_for_gets_nothing(town: Town, post: PostOffice, tls):
    town.person("sato")
    with at_work(town.worker([town.channel(tls=tls)])):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: "delayed" in town.timeline(incident.id) and town.is_written_down(), "the failure")
    assert post.mails == []
    assert town.deliveries(incident.id) == {"due": 1}


def test_a_sign_in_that_the_server_refuses_is_ours_to_mend(town: Town, post: PostOffice):
    town.person("sato")
    with at_work(town.worker([town.channel(username="hub", password="wrong")])):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: "delayed" in town.timeline(incident.id) and town.is_written_down(), "the failure")
    assert town.deliveries(incident.id) == {"due": 1}
