"""Which Apprise addresses a town takes; what is kept of the month for alarms; what a button of LINE sends back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.channels.addresses import is_allowed, service_of
from hub.alerts.channels.line_form import read_postback
from hub.alerts.channels.quota import Quota, decide_sending
from hub.web.pages.my_channels import device_name


@pytest.mark.parametrize("url", ["slack://a/b/c", "SLACK://a/b/c", "tgram://token/chat"])
def test_services_of_the_list_are_taken(url):
    assert is_allowed(url, ("slack", "tgram"))


@pytest.mark.parametrize(
    "url", ["json://10.0.0.1/", "slack", "slack:/a", "://a", "", "slack://a slack://b", "slack://a\n", "slack://[::1"]
)
def test_nothing_else_is(url):
    assert not is_allowed(url, ("slack", "tgram"))
    assert service_of("") == ""


@given(st.integers(0, 1000), st.integers(0, 2000), st.integers(0, 500))
def test_alarms_go_to_the_last_and_others_leave_the_reserve(limit, used, reserve):
    quota = Quota(limit, used)
    assert decide_sending("alarm", quota, reserve)
    for purpose in ("drill", "digest"):
        assert decide_sending(purpose, quota, reserve) == (limit - used > reserve)


def test_what_is_not_known_is_kept_for_alarms():
    assert decide_sending("alarm", None, 0)
    assert not decide_sending("digest", None, 0)
    assert decide_sending("digest", Quota(None, 10**6), 100)


@given(st.text(max_size=400))
def test_whatever_comes_back_from_a_button_is_read_or_not(data):
    pressed = read_postback(data)
    if pressed is not None:
        token, minutes = pressed
        assert token
        assert minutes is None or 0 <= minutes <= 9999


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("curl/8", ""),
    ],
)
def test_a_device_is_named_as_its_owner_knows_it(agent, name):
    assert device_name(agent) == name
