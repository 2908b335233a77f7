"""What the demo tells its visitor."""

from pathlib import Path

from deploy.demo import greeting

STAFF = {"username": "staff", "password": "pass-of-staff", "token": "secret-token"}


def test_the_greeting_says_where_to_look_and_as_whom() -> None:
    person = {"name": "猟師 太郎", "role": "hunter", "username": "taro", "password": "pass-of-taro"}
    text = greeting({"http": "http://127.0.0.1:8080", "staff": STAFF, "people": [person]}, Path("/somewhere/mails"))
    for wanted in ("http://127.0.0.1:8080", "pass-of-staff", "taro", "pass-of-taro", "猟師 太郎", "/somewhere/mails"):
        assert wanted in text
    assert "secret-token" not in text


def test_the_greeting_does_without_people() -> None:
    assert "pass-of-staff" in greeting({"http": "http://127.0.0.1:8080", "staff": STAFF}, Path("mails"))
