"""Signing in with a password: the session's cookie, its life, and the guard against forged forms."""

import re
from collections.abc import Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, Form, Request, Response

from hub.registry.people import Actor
from hub.web.session import (
    CurrentActor,
    OptionalActor,
    ServicesOf,
    csrf_token,
    guard_forms,
    remember,
    require_role,
    sign_in,
    sign_out,
)
from tests.integration.api.conftest import STAFF, Api, running_api

forms = APIRouter(prefix="/form")


@forms.post("/enter")
def enter(
    request: Request, services: ServicesOf, username: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    answer = Response(status_code=204)
    remember(answer, services, sign_in(request, services, username, password).session)
    return answer


@forms.post("/leave")
def leave(request: Request, services: ServicesOf) -> Response:
    answer = Response(status_code=204)
    sign_out(request, answer, services)
    return answer


@forms.get("/who")
def who(actor: OptionalActor, token: Annotated[str, Depends(csrf_token)]) -> dict[str, str | None]:
    return {"name": actor.name if actor else None, "csrf": token}


@forms.post("/change")
def change(actor: CurrentActor) -> str:
    return actor.name


@forms.post("/upload")
def upload(actor: CurrentActor, note: Annotated[str, Form()]) -> str:
    return note


@forms.get("/hunters")
def hunters(actor: Annotated[Actor, Depends(require_role("hunter"))]) -> str:
    return actor.name


@pytest.fixture(scope="module")
def site(shared_api: Api) -> Api:
    shared_api.app.include_router(forms, dependencies=[Depends(guard_forms)])
    shared_api.person("hunter", name="Sato", username="sato", password="a long password")
    shared_api.person("farmer", name="Suzuki", username="suzuki", password="a long password")
    return shared_api


@pytest.fixture
def phone(site: Api) -> Iterator[httpx.Client]:
    site.app.state.throttle._limiter.storage.reset()
    with httpx.Client(base_url=site.url, timeout=30, headers={"Origin": site.url}) as client:
        yield client


def _enter(phone: httpx.Client, username: str = STAFF[0], password: str = STAFF[1]) -> httpx.Response:
    return phone.post("/form/enter", data={"username": username, "password": password})


def _without_nonce_and_minute(answer: httpx.Response) -> str:
    found = re.search("'nonce-([^']+)'", answer.headers["content-security-policy"])
    assert found
    # a page says of which minute it is
    return re.sub(r"\d\d:\d\d", "", answer.text.replace(found[1], ""))


def _csrf(phone: httpx.Client) -> str:
    return phone.get("/form/who").json()["csrf"]


def test_the_cookie_is_kept_from_scripts_and_other_sites(phone: httpx.Client) -> None:
    answer = _enter(phone, " Staff ")
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "expires=" in cookie
    assert phone.get("/form/who").json()["name"] == "staff"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("staff", "wrong password"),
        ("nobody", STAFF[1]),
        ("", ""),
        ("staff", ""),
        ("staff\x00", STAFF[1]),
        ("佐藤", "x" * 900),
    ],
)
def test_a_wrong_sign_in_does_not_say_what_was_wrong(phone: httpx.Client, username: str, password: str) -> None:
    refused = _enter(phone, username or " ", password or " ")
    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers
    assert _without_nonce_and_minute(refused) == _without_nonce_and_minute(_enter(phone, "nobody", "no password"))
    assert phone.get("/form/who").json()["name"] is None


def test_guessing_is_throttled_and_the_right_password_too(phone: httpx.Client) -> None:
    statuses = [_enter(phone, "sato", f"guess {number} is wrong").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    refused = _enter(phone, "sato", "a long password")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert _enter(phone, "suzuki", "a long password").status_code == 204


def test_signing_in_changes_the_session_and_ends_the_old_one(phone: httpx.Client) -> None:
    _enter(phone)
    planted = phone.cookies["wanamori"]
    again = phone.post("/form/enter", data={"username": "sato", "password": "a long password", "csrf": _csrf(phone)})
    assert again.status_code == 204
    assert phone.cookies["wanamori"] != planted
    assert phone.get("/form/who").json()["name"] == "Sato"
    with httpx.Client(base_url=phone.base_url, cookies={"wanamori": planted}) as thief:
        assert thief.get("/form/who").json()["name"] is None


def test_signing_out_ends_it_for_whoever_kept_the_cookie(phone: httpx.Client) -> None:
    _enter(phone)
    kept = phone.cookies["wanamori"]
    assert phone.post("/form/leave", data={"csrf": _csrf(phone)}).status_code == 204
    assert "wanamori" not in phone.cookies
    phone.cookies.set("wanamori", kept)
    assert phone.get("/form/who").json() == {"name": None, "csrf": ""}


def test_a_form_needs_its_token(phone: httpx.Client) -> None:
    _enter(phone)
    token = _csrf(phone)
    for data in ({}, {"csrf": ""}, {"csrf": "guess"}, {"csrf": token[:-4]}, {"csrf": "あ"}):
        assert phone.post("/form/change", data=data).status_code == 403, data
    assert phone.post("/form/change", json={"csrf": token}).status_code == 403
    assert phone.post("/form/change", data={"csrf": token}).json() == "staff"
    assert phone.post("/form/change", headers={"X-CSRF-Token": token}).json() == "staff"
    assert phone.post("/form/upload", data={"note": "hello"}, files={"csrf": (None, token)}).json() == "hello"
    assert phone.post("/form/upload", files={"csrf": ("name", token), "note": (None, "hello")}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_a_form_of_another_site_is_refused_though_it_knew_the_token(
    phone: httpx.Client, headers: dict[str, str]
) -> None:
    _enter(phone)
    assert phone.post("/form/change", data={"csrf": _csrf(phone)}, headers=headers).status_code == 403


def test_another_site_cannot_sign_a_browser_in(phone: httpx.Client) -> None:
    data = {"username": STAFF[0], "password": STAFF[1]}
    assert phone.post("/form/enter", data=data, headers={"Origin": "https://evil.example"}).status_code == 403


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_page(phone: httpx.Client) -> None:
    answer = phone.get("/form/hunters?a=1&b=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/form/hunters%3Fa%3D1%26b%3D2"
    assert phone.post("/form/change").status_code == 401


def test_a_page_is_for_its_role_and_for_staff(phone: httpx.Client) -> None:
    _enter(phone, "suzuki", "a long password")
    assert phone.get("/form/hunters").status_code == 403
    phone.cookies.clear()
    _enter(phone, "sato", "a long password")
    assert phone.get("/form/hunters").json() == "Sato"


def test_a_session_is_no_token_for_the_api(phone: httpx.Client) -> None:
    _enter(phone)
    assert phone.get("/api/v1/me").status_code == 401
    assert phone.get("/api/v1/me", headers={"Authorization": f"Bearer {phone.cookies['wanamori']}"}).status_code == 401


def test_a_page_may_only_run_what_is_ours(phone: httpx.Client) -> None:
    first, second = phone.get("/form/who"), phone.get("/form/who")
    policy = first.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "'nonce-" in policy
    assert "unsafe" not in policy
    assert policy != second.headers["content-security-policy"]


def test_over_tls_the_cookie_is_the_hosts_own_and_browsers_stay_with_tls(database_url: str) -> None:
    with running_api(database_url, secure_cookies=True) as api:
        api.app.include_router(forms, dependencies=[Depends(guard_forms)])
        answer = api.client(None).post("/form/enter", data={"username": STAFF[0], "password": STAFF[1]})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-wanamori=")
        assert "; secure" in cookie.lower()
        assert "domain" not in cookie.lower()
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
