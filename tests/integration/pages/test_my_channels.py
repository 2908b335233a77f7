"""How I am told: devices, LINE, order, tests; and what staff see of it, which is never an address."""

import re
from collections.abc import Iterator

import pytest

from hub.registry import ways
from hub.registry.town_key import push_key
from tests.fakes.line import CHANNEL_SECRET, TOKEN, FakeLine
from tests.fakes.push import FakePush
from tests.website import Website, fill_town, running_website

SECRET = "a secret of thirty-two characters and more"


@pytest.fixture
def push() -> Iterator[FakePush]:
    service = FakePush(push_key(SECRET).public)
    yield service
    service.close()


@pytest.fixture
def line() -> Iterator[FakeLine]:
    server = FakeLine()
    yield server
    server.close()


@pytest.fixture
def site(database_url: str, push: FakePush, line: FakeLine) -> Iterator[Website]:
    town = {
        "push_contact": "mailto:traps@town.example",
        "push_services": push.origin,
        "line_token": TOKEN,
        "line_secret": CHANNEL_SECRET,
        "line_id": "@123abcde",
        "line_host": line.origin,
        "other_services": "json,slack",
    }
    with running_website(database_url, **town) as running:
        fill_town(running)
        yield running


def my_ways(site: Website, username: str) -> list[ways.Way]:
    with site.database.transaction() as conn:
        return ways.fetch_ways(conn, site.people[username])


def subscribe(site: Website, push: FakePush, visitor, name: str = "phone"):
    device = push.device(name)
    answer = visitor.post("/me/channels/devices", page="/me/channels", endpoint=device.endpoint, **device.keys)
    return device, answer


def test_a_town_without_settings_says_that_it_has_none(database_url):
    with running_website(database_url, other_services="") as site:
        fill_town(site)
        page = site.client("ishii").get("/me/channels").text
        assert page.count("市では使っていません") == 3
        assert "まだ何も届きません" in page
        assert site.client("ishii").post("/me/channels/line", page="/me/channels").status_code == 404
        assert site.client("office").get("/staff/channels").text.count("未設定") == 4


def test_a_device_is_added_tried_and_removed(site, push):
    visitor = site.client("ishii")
    device, answer = subscribe(site, push, visitor)
    assert answer.headers["location"] == "/me/channels?done=added"
    assert device.endpoint not in visitor.get("/me/channels").text
    assert visitor.post("/me/channels/try/push", page="/me/channels").headers["location"].endswith("done=tried")
    shown = device.read(push.pushed[0].body)
    assert shown["title"] == "テスト：ここに通知が届きます"
    assert shown["path"] == "/me/channels"
    (way,) = my_ways(site, "ishii")
    visitor.post(f"/me/channels/{way.id}/remove", page="/me/channels")
    assert my_ways(site, "ishii") == []


def test_a_device_that_is_gone_is_ended_by_the_test_message(site, push):
    visitor = site.client("ishii")
    subscribe(site, push, visitor)
    push.gone.add("phone")
    answer = visitor.post("/me/channels/try/push", page="/me/channels")
    assert answer.status_code == 502
    assert "テストを送れませんでした" in answer.text
    assert my_ways(site, "ishii") == []


def test_the_hub_sends_nowhere_but_to_push_services(site, push):
    keys, visitor = push.device("phone").keys, site.client("ishii")
    for endpoint in ("http://10.0.0.1/a", "https://evil.example/a", "file:///etc/passwd", "", "http://127.0.0.1:1/a"):
        answer = visitor.post("/me/channels/devices", page="/me/channels", endpoint=endpoint, **keys)
        assert answer.status_code == 422
    assert my_ways(site, "ishii") == []


def test_keys_that_are_none_are_refused(site, push):
    answer = site.client("ishii").post(
        "/me/channels/devices", page="/me/channels", endpoint=push.device("a").endpoint, p256dh="x", auth="y"
    )
    assert answer.status_code == 422


def test_nobody_removes_somebody_elses_way(site, push):
    subscribe(site, push, site.client("ishii"))
    (way,) = my_ways(site, "ishii")
    assert site.client("takahashi").post(f"/me/channels/{way.id}/remove", page="/me/channels").status_code == 404
    assert site.client("office").post(f"/staff/channels/{way.id}/remove", page="/staff/channels").status_code == 404
    assert my_ways(site, "ishii") == [way]


def test_a_code_is_shown_once_and_opens_line(site):
    visitor = site.client("ishii")
    shown = visitor.post("/me/channels/line", page="/me/channels").text
    code = re.search(r"<code>([0-9A-Z-]{14})</code>", shown)
    assert code
    assert f"https://line.me/R/oaMessage/%40123abcde/?{code[1]}" in shown
    assert code[1] not in visitor.get("/me/channels").text
    for _ in range(9):
        visitor.post("/me/channels/line", page="/me/channels")
    assert visitor.post("/me/channels/line", page="/me/channels").status_code == 429


def test_the_order_is_mine(site, push):
    visitor = site.client("ishii")
    subscribe(site, push, visitor)
    with site.database.transaction() as conn:
        ways.add_way(conn, site.people["ishii"], "line", "U1", site.services.now())
    visitor.post("/me/channels/order", page="/me/channels", first="line")
    with site.database.transaction() as conn:
        assert ways.fetch_order(conn, site.people["ishii"]) == ["line"]
    assert visitor.post("/me/channels/order", page="/me/channels", first="pigeon").status_code == 422


def test_staff_see_who_has_what_and_no_address(site, push):
    device, _ = subscribe(site, push, site.client("ishii"))
    office = site.client("office")
    secret_url = "slack://TokenA/TokenB/TokenC/"
    person = site.people["ogawa"]
    office.post("/staff/channels", person=person, address=secret_url)
    page = office.get("/staff/channels").text
    assert "端末への通知" in page
    assert "slack" in page
    assert "TokenA" not in page
    assert device.endpoint not in page
    assert "200通のうち0通を送信" in page
    (way,) = my_ways(site, "ogawa")
    office.post(f"/staff/channels/{way.id}/remove", page="/staff/channels")
    assert my_ways(site, "ogawa") == []


def test_only_services_of_the_list_are_taken(site):
    office = site.client("office")
    for address in ("http://10.0.0.1/", "xml://10.0.0.1/", "json://a slack://b", "nonsense", ""):
        assert office.post("/staff/channels", person=site.people["ogawa"], address=address).status_code == 422
    assert my_ways(site, "ogawa") == []


def test_hunters_see_no_list_of_everybodys_ways(site):
    assert site.client("ishii").get("/staff/channels").status_code == 403


def test_a_line_account_that_does_not_answer_is_shown_to_staff(site, line):
    line.account.limit = 120
    line.account.used = 40
    assert "LINEの残りは80通です" in site.client("office").get("/staff/channels").text
    line.close()
