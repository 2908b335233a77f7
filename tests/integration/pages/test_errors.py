"""Errors are pages in the reader's language; nobody sees a traceback."""

import pytest

from hub.errors import Unavailable
from hub.web import pages

TITLES = {"ja": "ページが見つかりません", "en": "There is no such page", "ja_Hira": "ページが ありません"}


@pytest.mark.parametrize("locale", TITLES)
def test_a_missing_page_says_so_in_each_language(still_site, locale):
    answer = still_site.client(wanamori_language=locale).get("/nowhere")
    assert answer.status_code == 404
    assert TITLES[locale] in answer.text
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("locale", TITLES)
def test_a_defect_shows_no_traceback(still_site, locale, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(pages.traps, "fetch_cards", broken)
    visitor = still_site.client("ishii", wanamori_language=locale)
    answer = visitor.get("/traps")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "<main" in answer.text


@pytest.mark.parametrize("locale", TITLES)
def test_without_a_database_the_page_asks_to_come_again(still_site, locale, monkeypatch):
    visitor = still_site.client("ishii", wanamori_language=locale)

    def gone(*_args, **_more):
        raise Unavailable("the connection string and its host")

    monkeypatch.setattr(pages.traps, "fetch_cards", gone)
    answer = visitor.get("/traps")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert "connection string" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/traps/../../etc/passwd", "/traps/%00", "/traps/field-1", "/traps/no-such", "/incidents/%F0%9F%90%97",
        "/incidents/i-xxxxxxxx", "/stations/trap-1", "/stations/no-such", "/plots/pl-xxxxxxxx", "/a/rubbish", "/a/",
        "/staff/people/p-xxxxxxxx", "/static/build/../../app.py", "/static/",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(still_site, path):
    answer = still_site.client("office").get(path)
    assert answer.status_code in (404, 410), answer.text[:500]


@pytest.mark.parametrize(
    "path",
    [
        "/incidents?show=%00&before=x", "/incidents?before=i-xxxxxxxx", "/stations/field-1?span=x&to=99999999999",
        "/stations/field-1?quantity=';--&to=-1", "/stations/field-1?to=１２", "/staff/devices?kind=x&after=%00",
        "/staff/quarantine?before=999999999999999999999", "/sign-in?next=%00",
    ],
)  # fmt: skip
def test_odd_addresses_break_nothing(still_site, path):
    answer = still_site.client("office").get(path)
    assert answer.status_code in (200, 303, 404), answer.text[:500]
