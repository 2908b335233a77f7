"""Signing in and out, the language, and what strangers get."""

import pytest

from tests.website import PASSWORD


def test_the_first_page_is_japanese_installable_and_offers_to_sign_in(still_site):
    page = still_site.client().get("/", headers={"Accept-Language": "en-US"})
    assert page.status_code == 200
    assert '<html lang="ja"' in page.text
    assert 'rel="manifest" href="/manifest.webmanifest"' in page.text
    assert 'action="/sign-in"' in page.text
    manifest = still_site.client().get("/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    for icon in manifest.json()["icons"]:
        assert still_site.client().get(icon["src"]).status_code == 200


@pytest.mark.parametrize(
    ("username", "home"),
    [("ishii", "/traps"), ("takahashi", "/plots"), ("office", "/incidents"), ("ogawa", "/surveys")],
)
def test_each_role_comes_to_its_home(still_site, username, home):
    visitor = still_site.client()
    answer = visitor.http.post("/sign-in", data={"username": username.upper(), "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, home)
    assert visitor.get(home).status_code == 200
    if home != "/":
        assert visitor.get("/").headers["location"] == home


def test_a_wrong_password_says_so_without_saying_which(site):
    for username in ("ishii", "nobody"):
        answer = site.client().http.post("/sign-in", data={"username": username, "password": "wrong wrong wrong"})
        assert answer.status_code == 401
        assert "ユーザー名かパスワードが違います" in answer.text
        assert f'value="{username}"' in answer.text


def test_too_many_tries_are_told_to_wait(site):
    visitor = site.client()
    statuses = [
        visitor.http.post("/sign-in", data={"username": "ishii", "password": f"wrong {n}"}).status_code
        for n in range(12)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_who_is_not_signed_in_comes_back_after_signing_in(still_site):
    visitor = still_site.client()
    sent = visitor.get("/incidents?show=all")
    assert sent.headers["location"] == "/sign-in?next=/incidents%3Fshow%3Dall"
    form = visitor.get(sent.headers["location"])
    assert 'name="next" value="/incidents?show=all"' in form.text
    data = {"username": "ishii", "password": PASSWORD, "next": "/incidents?show=all"}
    assert visitor.http.post("/sign-in", data=data).headers["location"] == "/incidents?show=all"


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(still_site, path):
    answer = still_site.client().http.post("/sign-in", data={"username": "ishii", "password": PASSWORD, "next": path})
    assert answer.headers["location"] == "/traps"


def test_signing_out_ends_the_session(still_site):
    visitor = still_site.client("ishii")
    assert visitor.post("/sign-out", page="/traps").headers["location"] == "/"
    assert visitor.get("/traps").headers["location"].startswith("/sign-in")


def test_a_forged_form_does_nothing(still_site):
    visitor = still_site.client("ishii")
    assert visitor.http.post("/sign-out").status_code == 403
    assert visitor.http.post("/sign-out", data={"csrf": "x" * 40}).status_code == 403
    other = {"Sec-Fetch-Site": "cross-site"}
    assert still_site.client().http.post("/sign-in", data={"username": "x"}, headers=other).status_code == 403
    assert visitor.get("/traps").status_code == 200


def test_the_language_is_kept_in_the_browser_and_for_the_person(site):
    visitor = site.client("ishii")
    answer = visitor.post("/language", page="/traps", locale="en", next="/traps")
    assert answer.headers["location"] == "/traps"
    assert '<html lang="en"' in visitor.get("/traps").text
    assert site.actor("ishii").language == "en"
    elsewhere = site.client("ishii")
    assert '<html lang="en"' in elsewhere.get("/traps").text


def test_a_stranger_chooses_a_language_too_and_rubbish_changes_nothing(still_site):
    visitor = still_site.client()
    visitor.http.post("/language", data={"locale": "ja_Hira", "next": "/sign-in"})
    assert "<ruby>" in visitor.get("/sign-in").text
    visitor.http.post("/language", data={"locale": "tlh", "next": "//evil.example"})
    assert 'data-locale="ja_Hira"' in visitor.get("/").text


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("takahashi", "/traps"),
        ("ishii", "/plots"),
        ("ishii", "/staff/people"),
        ("takahashi", "/staff/agents"),
        ("ogawa", "/traps"),
        ("ogawa", "/staff/quarantine"),
    ],
)
def test_pages_of_other_roles_are_refused(still_site, username, path):
    answer = still_site.client(username).get(path)
    assert answer.status_code == 403
    assert "権限がありません" in answer.text


@pytest.mark.parametrize("path", ["/traps", "/incidents", "/plots", "/stations/field-1", "/staff/agents", "/live"])
def test_strangers_are_sent_to_sign_in(still_site, path):
    assert still_site.client().get(path).headers["location"].startswith("/sign-in?next=")
