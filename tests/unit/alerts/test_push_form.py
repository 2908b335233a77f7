"""What a notification carries fits, and goes to push services only."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.channels.push_form import MAX_BYTES, Notification, is_push_service, render_notification, topic_of

SERVICES = ("fcm.googleapis.com", "*.push.apple.com", "http://127.0.0.1:8123")


def made(title: str, lines: tuple[str, ...]) -> Notification:
    return Notification(title, lines, "incident:i-1", "/incidents/i-1", "ja", True, (), "ok", "no")


@given(st.text(max_size=4000), st.lists(st.text(max_size=500), max_size=80))
def test_whatever_is_said_fits_and_can_be_read(title, lines):
    payload = render_notification(made(title, tuple(lines)))
    shown = json.loads(payload)
    assert shown["path"] == "/incidents/i-1"
    assert title.startswith(shown["title"].removesuffix("…"))
    assert len(payload) <= MAX_BYTES


def test_what_is_cut_is_the_end_of_the_list():
    lines = tuple(f"{number} " + "罠" * 30 for number in range(60))
    shown = json.loads(render_notification(made("題", lines)))["body"].split("\n")
    assert shown[-1] == "…"
    assert tuple(shown[:-1]) == lines[: len(shown) - 1]


@given(st.text(min_size=1))
def test_a_topic_is_what_a_push_service_takes(tag):
    topic = topic_of(tag)
    assert len(topic) <= 32
    assert set(topic) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:443/fcm/send/abc",
        "https://web.push.apple.com/Q",
        "http://127.0.0.1:8123/push/a",
    ],
)
def test_push_services_of_the_list_are_taken(url):
    assert is_push_service(url, SERVICES)


@pytest.mark.parametrize(
    "url",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@10.0.0.1/x",
        "https://user@fcm.googleapis.com/x",
        "https://evilpush.apple.com/x",
        "https://push.apple.com/x",
        "http://127.0.0.1:8124/push/a",
        "http://127.0.0.1:8123@10.0.0.1/push/a",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://fcm.googleapis.com:abc/x",
        "https://fcm.googleapis.com/\nx",
        "https://ｆcm.googleapis.com/x",
        "",
    ],
)
def test_nothing_else_is(url):
    assert not is_push_service(url, SERVICES)
