"""Other services by Apprise, of which `json://` stands for all."""

import json
import threading
from collections.abc import Iterator

import pytest

from hub.alerts.channels import Refused, Unreached
from hub.alerts.channels.other import OtherChannel, OtherSession
from hub.config import Settings
from hub.wiring.rooms import make_texts
from tests.fakes.server import Answer, FakeServer, Request
from tests.integration.channels.messages import SECRET, message


class Target(FakeServer):
    def handle(self, request: Request) -> Answer:
        return Answer(200)


@pytest.fixture
def target() -> Iterator[Target]:
    server = Target()
    yield server
    server.close()


def session(*services: str, read_s: float = 10) -> OtherSession:
    texts = make_texts(Settings(database_url="", secret=SECRET))
    return OtherChannel(services or ("json",), texts, read_s=read_s).open_session()


def address(target: Target) -> str:
    return target.origin.replace("http://", "json://") + "/hook"


def test_a_service_gets_title_text_and_links(target):
    session().send(message(address(target)))
    [request] = target.requests
    got = json.loads(request.body)
    assert got["title"] == "罠が作動：矢那 1号"
    assert "/a/" in got["message"]
    assert "/incidents/i-00000001" in got["message"]


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_what_was_not_taken_is_tried_again(target, status):
    target.next_answers.append(Answer(status))
    with pytest.raises(Unreached):
        session().send(message(address(target)))


def test_nobody_waits_for_a_service_that_says_nothing(target):
    target.hold = threading.Event()
    with pytest.raises(Unreached):
        session(read_s=0.2).send(message(address(target) + "?rto=60"))


def test_a_service_that_is_not_there_is_tried_again(target):
    target.close()
    with pytest.raises(Unreached):
        session().send(message(address(target)))


@pytest.mark.parametrize("url", ["json://", "slack://too/short", "nonsense", "json://a b", "xml://127.0.0.1/", ""])
def test_what_is_no_allowed_address_is_refused(url):
    with pytest.raises(Refused):
        session("json", "slack").send(message(url))
