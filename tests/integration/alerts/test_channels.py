"""Workers with every channel: what is refused for good moves on at once, and the timeline says why."""

from collections.abc import Iterator

import pytest

from hub.registry import ways
from hub.wiring.channels import channel_names, make_channels
from hub.wiring.rooms import make_texts
from tests.fakes.line import TOKEN, FakeLine, user_id
from tests.fakes.push import FakePush
from tests.fakes.server import Answer
from tests.integration.alerts.town import SECOND, PostOffice, Town, at_work, wait_until


@pytest.fixture
def line() -> Iterator[FakeLine]:
    server = FakeLine()
    yield server
    server.close()


@pytest.fixture
def push() -> Iterator[FakePush]:
    service = FakePush("")
    yield service
    service.close()


@pytest.fixture
def town(database_url: str, post: PostOffice, line: FakeLine, push: FakePush) -> Iterator[Town]:
    made = Town(
        database_url,
        post,
        push_contact="mailto:traps@town.example",
        push_services=push.origin,
        line_token=TOKEN,
        line_host=line.origin,
    )
    yield made
    made.close()


def link(town: Town, person: str, channel: str, address: str, **detail: str) -> int:
    with town.database.transaction() as conn:
        return ways.add_way(conn, person, channel, address, town.clock.now, detail=detail)


def living(town: Town, person: str) -> list[str]:
    with town.database.transaction() as conn:
        return [way.channel for way in ways.fetch_ways(conn, person)]


def notes(town: Town, incident: str, kind: str) -> list[dict]:
    return [dict(entry.detail) for entry in town.page(incident).timeline if entry.kind == kind]


def test_the_town_has_the_channels_that_are_set_the_best_first(town: Town):
    assert channel_names(town.settings) == ("push", "line", "mail", "other")


def test_from_a_dead_device_over_a_blocked_account_to_the_mail(town: Town, line: FakeLine, push: FakePush, post):
    sato = town.person("sato")
    phone = push.device("phone")
    link(town, sato, "push", phone.endpoint, **phone.keys)
    link(town, sato, "line", user_id("sato"))
    push.gone.add("phone")
    line.account.unknown.add(user_id("sato"))
    with at_work(town.worker(make_channels(town.settings, make_texts(town.settings)))):
        town.fires(town.trap())
        wait_until(lambda: len(post.mails) == 1, "a mail")
        [incident] = town.incidents("open")
        wait_until(lambda: town.deliveries(incident.id) == {"given_up": 2, "sent": 1}, "all is written down")
    # The clock stood still: nothing waited for a back-off.
    assert [note["channel"] for note in notes(town, incident.id, "given_up")] == ["push", "line"]
    assert [note["channel"] for note in notes(town, incident.id, "other_channel")] == ["line", "mail"]
    assert living(town, sato) == []
    told = str(town.page(incident.id))
    assert phone.endpoint not in told
    assert user_id("sato") not in told


def test_the_months_last_message_is_followed_by_a_mail(town: Town, line: FakeLine, post):
    sato = town.person("sato")
    link(town, sato, "line", user_id("sato"))
    line.account.used = 199
    with at_work(town.worker(make_channels(town.settings, make_texts(town.settings)))):
        town.fires(town.trap())
        wait_until(lambda: len(line.account.pushes) == 1, "the last one")
        assert not post.mails
        town.fires(town.trap())
        wait_until(lambda: len(post.mails) == 1, "a mail")
    assert living(town, sato) == ["line"]


def test_what_may_do_later_is_tried_again_and_seen(town: Town, line: FakeLine, post):
    sato = town.person("sato")
    link(town, sato, "line", user_id("sato"))
    line.next_answers.append(Answer(500))
    with at_work(town.worker(make_channels(town.settings, make_texts(town.settings)))):
        town.fires(town.trap())
        [incident] = town.incidents("open")
        wait_until(lambda: notes(town, incident.id, "delayed"), "the first try failed")
        wait_until(town.is_written_down, "written down")
        town.turn(5 * SECOND)
        wait_until(lambda: line.account.pushes, "the second try")
        wait_until(lambda: town.deliveries(incident.id) == {"sent": 1}, "written down as sent")
    assert not post.mails
    assert living(town, sato) == ["line"]
