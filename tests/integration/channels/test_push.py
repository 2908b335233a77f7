"""Web push: what a push service gets, what the browser can read of it, and each way in which it can fail."""

import threading
from collections.abc import Iterator

import pytest

from hub.alerts.channels import DeliveryError, Refused, Unreached
from hub.alerts.channels.push import PushChannel, PushSender, PushSession
from hub.alerts.channels.push_form import MAX_BYTES
from hub.alerts.links import read_link
from hub.config import Settings
from hub.registry.town_key import push_key
from hub.wiring.rooms import make_texts
from tests.fakes.push import FakePush
from tests.fakes.server import Answer
from tests.integration.channels.messages import NOW, SECRET, message, notice

KEY = push_key(SECRET)


@pytest.fixture
def push() -> Iterator[FakePush]:
    service = FakePush(KEY.public)
    yield service
    service.close()


def session(push: FakePush, *, timeout_s: float = 10, services: tuple[str, ...] | None = None) -> PushSession:
    texts = make_texts(Settings(database_url="", secret=SECRET))
    town = PushSender(KEY.private, "mailto:traps@town.example", services or (push.origin,), timeout_s)
    return PushChannel(town, texts).open_session()


def test_the_browser_alone_reads_the_alarm_and_its_answers(push):
    phone = push.device("phone")
    session(push).send(message(phone.endpoint, details=(phone.keys,)))
    [pushed] = push.pushed
    assert (pushed.ttl_s, pushed.urgency) == (6 * 3600, "high")
    assert pushed.claims["sub"] == "mailto:traps@town.example"
    shown = phone.read(pushed.body)
    assert shown["title"] == "罠が作動：矢那 1号"
    assert shown["path"] == "/incidents/i-00000001"
    assert shown["tag"] == "incident:i-00000001"
    assert shown["urgent"] is True
    going = shown["actions"][0]
    assert (going["title"], going["fields"]) == ("30分で行く", {"eta_minutes": "30", "by": "push"})
    assert going["path"].startswith("/a/")
    assert read_link(SECRET, going["path"].removeprefix("/a/"), NOW).action == "going"


def test_rounds_of_one_alarm_replace_each_other_on_the_way_too(push):
    phone = push.device("phone")
    sending = session(push)
    for notices in ((notice(1),), (notice(1),), (notice(2),)):
        sending.send(message(phone.endpoint, details=(phone.keys,), notices=notices))
    first, second, other = (pushed.topic for pushed in push.pushed)
    assert first == second != other
    assert len(first) <= 32


@pytest.mark.parametrize(("purpose", "urgency"), [("drill", "normal"), ("digest", "low")])
def test_what_can_wait_says_so(push, purpose, urgency):
    phone = push.device("phone")
    session(push).send(message(phone.endpoint, details=(phone.keys,), purpose=purpose))
    assert push.pushed[0].urgency == urgency
    shown = phone.read(push.pushed[0].body)
    assert shown["urgent"] is False
    assert [action["action"] for action in shown["actions"]] == (["reached"] if purpose == "drill" else [])


def test_a_long_list_fits(push):
    phone = push.device("phone")
    notices = tuple(notice(n, "とても長い名前の罠" * 5) for n in range(60))
    session(push).send(message(phone.endpoint, details=(phone.keys,), notices=notices))
    assert len(push.pushed[0].body) <= MAX_BYTES + 200
    assert phone.read(push.pushed[0].body)["body"].endswith("…")


def test_each_device_is_told_and_one_is_enough(push):
    phone, tablet = push.device("phone"), push.device("tablet")
    push.gone.add("phone")
    sent = session(push).send(message(phone.endpoint, tablet.endpoint, details=(phone.keys, tablet.keys)))
    assert sent.gone == (1,)
    assert [pushed.device for pushed in push.pushed] == ["tablet"]


@pytest.mark.parametrize(
    ("status", "kind", "gone"),
    [
        (404, Refused, (1,)),
        (410, Refused, (1,)),
        (401, Refused, ()),
        (403, Refused, ()),
        (413, Refused, ()),
        (429, Unreached, ()),
        (500, Unreached, ()),
        (503, Unreached, ()),
        (307, Unreached, ()),
    ],
)
def test_each_answer_says_whether_trying_again_helps(push, status, kind, gone):
    phone = push.device("phone")
    headers = {"Retry-After": "120", "Location": "http://127.0.0.1:1/"}
    push.next_answers.append(Answer(status, b"phone", headers))
    with pytest.raises(DeliveryError) as refused:
        session(push).send(message(phone.endpoint, details=(phone.keys,)))
    assert type(refused.value) is kind
    assert refused.value.gone == gone
    assert phone.endpoint not in str(refused.value)
    assert ("120" in str(refused.value)) == (status == 429)


def test_nobody_waits_for_a_service_that_says_nothing(push):
    phone = push.device("phone")
    push.hold = threading.Event()
    with pytest.raises(Unreached):
        session(push, timeout_s=0.2).send(message(phone.endpoint, details=(phone.keys,)))


def test_keys_that_are_none_end_the_way(push):
    for keys in ({}, {"p256dh": "x", "auth": "y"}, {"p256dh": "B" + "A" * 86, "auth": "A" * 22}):
        with pytest.raises(Refused) as refused:
            session(push).send(message(push.device("phone").endpoint, details=(keys,)))
        assert refused.value.gone == (1,)


def test_nothing_is_sent_to_what_is_no_push_service(push):
    phone = push.device("phone")
    with pytest.raises(Refused) as refused:
        session(push, services=("push.example",)).send(message(phone.endpoint, details=(phone.keys,)))
    assert refused.value.gone == ()
    assert push.requests == []


def test_the_key_is_the_towns_and_stays():
    assert push_key(SECRET) == push_key(SECRET)
    assert push_key(SECRET) != push_key("another secret of thirty-two characters")
    assert len(KEY.public) == 87
    assert len(KEY.private) == 43
