"""LINE's webhook: only what LINE has signed counts, once; codes link, buttons answer, who blocks is told otherwise."""

import json
import re
import threading
from collections.abc import Iterator

import pytest

from hub import clock
from hub.alerts.links import make_link
from hub.registry import ways
from tests.fakes.line import CHANNEL_SECRET, TOKEN, FakeLine, event, sign, user_id
from tests.servers import wait_until
from tests.website import Website, fill_town, running_website

SECRET = "a secret of thirty-two characters and more"


@pytest.fixture
def line() -> Iterator[FakeLine]:
    server = FakeLine()
    yield server
    server.close()


@pytest.fixture
def site(database_url: str, line: FakeLine) -> Iterator[Website]:
    town = {"line_token": TOKEN, "line_secret": CHANNEL_SECRET, "line_host": line.origin}
    with running_website(database_url, **town) as running:
        fill_town(running)
        yield running


def tell(site: Website, *events: dict, signature: str | None = None):
    body = json.dumps({"destination": "U0", "events": list(events)}).encode()
    headers = {"X-Line-Signature": sign(body) if signature is None else signature}
    return site.client().http.post("/line/webhook", content=body, headers=headers)


def replies(line: FakeLine, count: int) -> list[str]:
    """What LINE was told in return; it goes out after the answer."""
    wait_until(lambda: len(line.account.replies) >= count, "no reply")
    return [text for _, text in line.account.replies]


def link(site: Website, username: str) -> None:
    with site.database.transaction() as conn:
        ways.add_way(conn, site.people[username], "line", user_id(username), clock.now())


def linked(site: Website, username: str) -> str | None:
    with site.database.transaction() as conn:
        return ways.person_of_address(conn, "line", user_id(username))


def state_of(site: Website, incident: str) -> str:
    with site.database.transaction() as conn:
        return site.services.alerts.fetch_view(conn, incident).state


def going_button(site: Website, username: str, incident: str) -> dict[str, str]:
    url = make_link(SECRET, "", site.people[username], incident, "going", clock.now())
    return {"data": f"a={url.removeprefix('/a/')}&m=60"}


def code_of(site: Website, username: str) -> str:
    shown = site.client(username).post("/me/channels/line", page="/me/channels").text
    found = re.search(r"<code>([0-9A-Z-]+)</code>", shown)
    assert found
    return found[1]


def test_what_line_has_not_signed_does_nothing(site):
    link(site, "ishii")
    body = json.dumps({"events": [event("unfollow", "ishii")]}).encode()
    for signature in ("", "x", "日本", sign(b"another body"), sign(body, "another secret")):
        headers = {"X-Line-Signature": signature.encode()}
        answer = site.client().http.post("/line/webhook", content=body, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    assert linked(site, "ishii")


def test_signed_rubbish_is_refused_in_one_line(site):
    for body in (b"", b"[]", b'{"events": [{}]}', b"\xff\xfe", b'{"events": 3}'):
        answer = site.client().http.post("/line/webhook", content=body, headers={"X-Line-Signature": sign(body)})
        assert answer.status_code == 422


def test_lines_own_check_of_the_address_is_answered(site):
    assert tell(site).status_code == 200


def test_a_town_without_line_has_no_webhook(database_url):
    with running_website(database_url, line_token=TOKEN) as site:
        assert tell(site, signature=sign(b"", "")).status_code == 404


def test_a_code_links_the_account_once(site, line):
    code = code_of(site, "ishii")
    tell(site, event("follow", "ishii"))
    assert "コード" in replies(line, 1)[0]
    tell(site, event("message", "ishii", message={"type": "text", "id": "1", "text": f" {code.lower()} "}))
    assert "石井 健太さん" in replies(line, 2)[1]
    assert linked(site, "ishii") == site.people["ishii"]
    tell(site, event("message", "takahashi", message={"type": "text", "id": "2", "text": code}))
    assert "使えません" in replies(line, 3)[2]
    assert linked(site, "takahashi") is None


def test_guessing_codes_is_hopeless(site, line):
    for number in range(11):
        tell(site, event("message", "x", message={"type": "text", "id": "1", "text": f"AAAA-AAAA-AA{number:02d}"}))
    said = replies(line, 11)
    assert ["使えません" in text for text in said] == [True] * 10 + [False]
    code = code_of(site, "ishii")
    tell(site, event("message", "x", message={"type": "text", "id": "1", "text": code}))
    assert "10分" in replies(line, 12)[11]
    assert linked(site, "x") is None


def test_a_new_account_takes_the_place_of_the_old_one(site):
    link(site, "ishii")
    tell(site, event("message", "new phone", message={"type": "text", "id": "1", "text": code_of(site, "ishii")}))
    assert linked(site, "ishii") is None
    assert linked(site, "new phone") == site.people["ishii"]


def test_a_button_answers_the_alarm_however_often_line_tells_of_it(site, line):
    link(site, "ishii")
    incident = site.spring("trap-1")
    pressed = event("postback", "ishii", postback=going_button(site, "ishii", incident), event_id="01AB")
    for _ in range(3):
        assert tell(site, pressed).status_code == 200
    assert state_of(site, incident) == "going"
    with site.database.transaction() as conn:
        page = site.services.alerts.fetch_incident(conn, incident)
    assert [entry.kind for entry in page.timeline].count("going") == 1
    assert replies(line, 1)[0].startswith("石井 健太さん、ありがとう")
    assert len(line.account.replies) == 1


def test_a_drills_button_says_that_it_has_arrived(site, line):
    link(site, "ishii")
    with site.database.transaction() as conn:
        key = conn.execute(
            "insert into message (person_id, channel, purpose, occasion, state, due_at, created_at, sent_at)"
            " values (%s, 'line', 'drill', '2026-W48', 'sent', now(), now(), now()) returning key",
            (site.people["ishii"],),
        ).fetchone()[0]
    url = make_link(SECRET, "", site.people["ishii"], str(key), "reached", clock.now())
    pressed = {"data": f"a={url.removeprefix('/a/')}"}
    tell(site, event("postback", "ogawa", postback=pressed))
    tell(site, event("postback", "ishii", postback=pressed))
    assert ["つながっていません" in text for text in replies(line, 2)] == [True, False]
    assert replies(line, 2)[1].startswith("石井 健太さん、ありがとう")
    with site.database.transaction() as conn:
        assert conn.execute("select confirmed_at is not null from message where key = %s", (key,)).fetchone()[0]


def test_somebody_elses_button_does_nothing(site, line):
    link(site, "ogawa")
    incident = site.spring("trap-1")
    tell(site, event("postback", "ogawa", postback=going_button(site, "ishii", incident)))
    tell(site, event("postback", "stranger", postback=going_button(site, "ishii", incident)))
    assert all("つながっていません" in text for text in replies(line, 2))
    assert state_of(site, incident) == "open"


def test_what_is_no_button_of_ours_does_nothing(site, line):
    link(site, "ishii")
    for data in ("", "a=forged.token&m=30", "m=30", "a=x&m=minus", "&" * 200, "a=x&m=99999"):
        assert tell(site, event("postback", "ishii", postback={"data": data})).status_code == 200
    assert all("使えません" in text for text in replies(line, 6))


def test_a_settled_alarm_says_so(site, line):
    link(site, "ishii")
    incident = site.spring("trap-1")
    with site.database.transaction() as conn:
        site.services.alerts.resolve(conn, incident, site.people["ishii"], "empty", None, clock.now())
    tell(site, event("postback", "ishii", postback=going_button(site, "ishii", incident)))
    assert "対応済み" in replies(line, 1)[0]


def test_who_blocks_the_account_is_told_otherwise_from_then_on(site):
    link(site, "ishii")
    tell(site, event("unfollow", "ishii"))
    assert linked(site, "ishii") is None


def test_a_group_is_nobody(site, line):
    link(site, "ishii")
    incident = site.spring("trap-1")
    told = event("postback", "ishii", postback=going_button(site, "ishii", incident))
    told["source"] = {"type": "group", "groupId": "C1", "userId": user_id("ishii")}
    assert tell(site, told).status_code == 200
    assert state_of(site, incident) == "open"


def test_the_answer_does_not_wait_for_line(site, line):
    link(site, "ishii")
    line.hold = threading.Event()
    incident = site.spring("trap-1")
    assert tell(site, event("postback", "ishii", postback=going_button(site, "ishii", incident))).status_code == 200
    assert state_of(site, incident) == "going"
