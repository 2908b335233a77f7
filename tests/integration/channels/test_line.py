"""LINE: what is sent, and each way in which it can fail."""

import threading
import uuid
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from hub.alerts.channels import DeliveryError, Refused, Unreached
from hub.alerts.channels.line import LineChannel, LineSession
from hub.alerts.channels.line_account import LineAccount
from hub.alerts.channels.line_form import read_postback
from hub.alerts.links import read_link
from hub.config import Settings
from hub.wiring.rooms import make_texts
from tests.fakes.line import TOKEN, FakeLine, user_id
from tests.fakes.server import Answer
from tests.integration.channels.messages import NOW, SECRET, URL, message, notice

SATO, MORI = user_id("sato"), user_id("mori")


@pytest.fixture
def line() -> Iterator[FakeLine]:
    server = FakeLine()
    yield server
    server.close()


def session(line: FakeLine, *, token: str = TOKEN, reserve: int = 100, timeout_s: float = 10) -> LineSession:
    texts = make_texts(Settings(database_url="", secret=SECRET))
    return LineChannel(LineAccount(token, line.origin, timeout_s=timeout_s), texts, reserve=reserve).open_session()


def buttons(part) -> list[dict]:
    """Every action within a bubble."""
    inner = [part[name] for name in ("body", "footer") if name in part] + list(part.get("contents", []))
    return ([part["action"]] if "action" in part else []) + [action for one in inner for action in buttons(one)]


def texts_in(part) -> list[str]:
    inner = [part[name] for name in ("body", "footer") if name in part] + list(part.get("contents", []))
    return ([part["text"]] if "text" in part else []) + [text for one in inner for text in texts_in(one)]


def test_an_alarm_has_three_answers_and_the_page(line):
    assert session(line).send(message(SATO)).gone == ()
    [push] = line.account.pushes
    assert push.to == SATO
    [flex] = push.messages
    assert flex["altText"].startswith("罠が作動：矢那 1号")
    *answers, page = buttons(flex["contents"])
    assert [answer["label"] for answer in answers] == ["15分で行く", "30分で行く", "60分で行く"]
    token, minutes = read_postback(answers[0]["data"])
    assert minutes == 15
    assert read_link(SECRET, token, NOW).incident_id == "i-00000001"
    assert page == {"type": "uri", "label": "ページを開く", "uri": f"{URL}/incidents/i-00000001"}


@pytest.mark.parametrize("language", ["ja", "ja_Hira", "en"])
@pytest.mark.parametrize("count", [1, 2, 30])
def test_line_takes_every_alarm_in_every_language(line, language, count):
    notices = tuple(notice(n, "長い名前の罠" * 20, ("仲間",) * 9) for n in range(count))
    session(line).send(message(SATO, notices=notices, language=language))
    [push] = line.account.pushes
    assert push.messages[0]["type"] == "flex"


def test_ten_traps_are_one_message_with_a_button_each(line):
    session(line).send(message(SATO, notices=tuple(notice(n) for n in range(1, 13))))
    [push] = line.account.pushes
    actions = buttons(push.messages[0]["contents"])
    assert len([action for action in actions if action["type"] == "postback"]) == 10
    assert "ほか2件" in texts_in(push.messages[0]["contents"])
    assert "/a/" in actions[-1]["uri"]


def test_a_form_that_line_refuses_goes_out_as_text(line):
    line.refuse_flex = True
    session(line).send(message(SATO))
    [push] = line.account.pushes
    [text] = push.messages
    assert text["type"] == "text"
    assert "/a/" in text["text"]


def test_a_message_whose_answer_was_lost_is_not_sent_twice(line):
    alarm, sending = message(SATO), session(line)
    line.drop_after = 1
    with pytest.raises(Unreached):
        sending.send(alarm)
    sending.send(alarm)
    assert len(line.account.pushes) == 1
    assert len({request.headers["x-line-retry-key"] for request in line.requests}) == 1


def test_another_address_has_another_key(line):
    session(line).send(message(SATO, MORI))
    keys = [uuid.UUID(push.key) for push in line.account.pushes]
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    ("status", "body", "kind", "gone"),
    [
        (
            400,
            b'{"message": "The property, \'to\', in the request body is invalid"}',
            Refused,
            (1,),
        ),
        (400, b'{"message": "x", "details": [{"property": "to", "message": "y"}]}', Refused, (1,)),
        (403, b'{"message": "Forbidden"}', Refused, (1,)),
        (403, b'{"message": "Access to this API is not available for your account"}', Refused, ()),
        (404, b'{"message": "Not found"}', Refused, (1,)),
        (401, b'{"message": "Authentication failed."}', Refused, ()),
        (429, b'{"message": "You have reached your monthly limit."}', Refused, ()),
        (429, b'{"message": "The API rate limit has been exceeded. Try again later."}', Unreached, ()),
        (500, b"", Unreached, ()),
        (503, b"<html>", Unreached, ()),
        (502, b"[]", Unreached, ()),
        (413, b"{}", Refused, ()),
    ],
)
def test_each_answer_says_whether_trying_again_helps(line, status, body, kind, gone):
    line.next_answers.append(Answer(status, body))
    with pytest.raises(DeliveryError) as refused:
        session(line).send(message(SATO))
    assert type(refused.value) is kind
    assert refused.value.gone == gone
    assert SATO not in str(refused.value)


def test_nobody_waits_for_a_line_that_says_nothing(line):
    line.hold = threading.Event()
    with pytest.raises(Unreached):
        session(line, timeout_s=0.2).send(message(SATO))
    line.close()
    with pytest.raises(Unreached):
        session(line).send(message(SATO))


def test_a_wrong_token_is_refused(line):
    with pytest.raises(Refused, match="access token"):
        session(line, token="another").send(message(SATO))


def test_the_months_rest_is_kept_for_alarms_which_go_on_to_the_last(line):
    line.account.used = 99
    sending = session(line, reserve=100)
    sending.send(message(SATO, purpose="drill"))
    with pytest.raises(Refused, match="kept for alarms"):
        sending.send(message(SATO, purpose="drill"))
    with pytest.raises(Refused, match="kept for alarms"):
        sending.send(message(SATO, purpose="digest"))
    for _ in range(100):
        sending.send(message(SATO))
    with pytest.raises(Refused, match="used up"):
        sending.send(message(SATO))
    assert line.account.used == 200


def test_the_quota_is_not_asked_each_time(line):
    sending = session(line)
    for _ in range(5):
        sending.send(message(SATO, purpose="digest"))
    assert len([request for request in line.requests if "quota" in request.path]) == 2


def test_a_plan_without_limit_holds_nothing_back(line):
    line.account.limit, line.account.used = None, 5000
    session(line).send(message(SATO, purpose="drill"))
    [push] = line.account.pushes
    assert buttons(push.messages[0]["contents"])[0]["label"] == "届きました"


def test_a_quota_that_is_not_known_holds_digests_back_for_now(line):
    line.next_answers.append(Answer(500))
    with pytest.raises(Unreached, match="not known"):
        session(line).send(message(SATO, purpose="digest"))


def test_whoever_has_linked_nothing_is_refused(line):
    with pytest.raises(Refused):
        session(line).send(message())


def test_the_towns_clock_is_in_the_message(line):
    session(line).send(message(SATO))
    said = texts_in(line.account.pushes[0].messages[0]["contents"])
    assert f"作動: 今日 {NOW.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}" in said
