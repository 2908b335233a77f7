"""Whatever is sent to a form, nobody gets a traceback, and nothing strange is kept."""

import pytest

RUBBISH = [
    b"",
    b"a" * 5000,
    b"csrf",
    b"%ff%fe=%00&name=%00&note=%ed%a0%80",
    b"name=%F0%9F%90%97&lat=Infinity&lon=-&roles=staff&roles=king&language=%00&kind=trap&agent=%00&id=%00",
    b"name=" + b"x" * 100_000,
    b"&&&===&&&",
]
FORMS = [
    "/language", "/plots/new", "/staff/agents", "/staff/devices", "/staff/people", "/traps/trap-1/disarm",
    "/staff/agents/ag-xxxxxxxx/code", "/staff/quarantine/1/replay", "/staff/quarantine/999999999999999999999/discard",
    "/staff/people/p-xxxxxxxx", "/staff/people/p-xxxxxxxx/password", "/incidents/i-xxxxxxxx/going",
    "/incidents/i-xxxxxxxx/resolve", "/plots/pl-xxxxxxxx",
]  # fmt: skip


def token_of(visitor) -> str:
    return visitor.get("/incidents").text.split('name="csrf" value="')[1].split('"')[0]


@pytest.mark.parametrize("path", FORMS)
def test_rubbish_in_a_form_is_refused_or_read_as_nothing(still_site, path):
    visitor = still_site.client("office")
    for body in RUBBISH:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": token_of(visitor)}
        answer = visitor.http.post(path, content=body, headers=headers)
        assert answer.status_code < 500, (body[:60], answer.text[:300])
        assert "Traceback" not in answer.text


def test_a_file_where_a_word_belongs(still_site):
    visitor = still_site.client()
    for files in ({"username": ("x.txt", b"\x00\xff")}, {"password": ("x", b"")}):
        answer = visitor.http.post("/sign-in", files=files, data={"username": "ishii"})
        assert answer.status_code in (401, 422)


def test_a_form_that_is_no_form(still_site):
    visitor = still_site.client("office")
    for kind in ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "x"):
        headers = {"Content-Type": kind, "X-CSRF-Token": token_of(visitor)}
        answer = visitor.http.post("/staff/agents", content=b'{"name": "x"}', headers=headers)
        assert answer.status_code in (400, 422), (kind, answer.status_code)


def test_too_much_at_once_is_refused(still_site):
    visitor = still_site.client("office")
    answer = visitor.http.post("/staff/agents", data={"csrf": token_of(visitor), "name": "x" * 1_100_000})
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html"), "a reader is told on a page"
    assert "一度に送れる量を超えています" in answer.text


def test_the_browser_is_not_told_what_runs_here(still_site):
    answer = still_site.client().get("/")
    assert "x-powered-by" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
