"""Who is reached: shown to each person and to staff, on pages and by the API."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub import clock
from hub.registry import service as registry
from tests.website import PASSWORD, Website, fill_town, running_website


@pytest.fixture
def site(database_url: str) -> Iterator[Website]:
    """A town that has mail."""
    with running_website(database_url, smtp_host="127.0.0.1") as running:
        fill_town(running)
        yield running


def drilled(site, username: str, state: str, error: str | None = None) -> None:
    now = clock.now() - timedelta(days=20)
    with site.database.transaction() as conn:
        conn.execute(
            "insert into message (person_id, channel, purpose, occasion, state, due_at, created_at, sent_at, error)"
            " values (%s, 'mail', 'drill', '2026-W01', %s, %s, %s, %s, %s)",
            (site.people[username], state, now, now, now if state == "sent" else None, error),
        )


def test_staff_see_whoever_is_not_reached_first(site):
    drilled(site, "ishii", "given_up", "550 5.1.1 no such person")
    drilled(site, "office", "sent")
    page = site.client("office").get("/staff/reachability").text
    assert page.index("550 5.1.1") < page.index("15日以上")
    assert site.client("ishii").get("/staff/reachability").status_code == 403


def test_whom_a_drill_could_not_reach_learns_it_when_they_sign_in(site):
    drilled(site, "ishii", "given_up", "550 5.1.1 no such person")
    fields = {"username": "ishii", "password": PASSWORD}
    answer = site.client().http.post("/sign-in", data=fields)
    assert answer.headers["location"] == "/me/reached"
    assert "お届けできませんでした" in site.client("ishii").get("/me/reached").text
    # Whoever came for something else gets that.
    answer = site.client().http.post("/sign-in", data=fields | {"next": "/traps"})
    assert answer.headers["location"] == "/traps"
    answer = site.client().http.post("/sign-in", data=fields | {"username": "office"})
    assert answer.headers["location"] == "/incidents"


def test_everybody_may_have_the_summary_or_not(site):
    visitor = site.client("ishii")
    answer = visitor.post("/me/digest", page="/me/reached", digest="no")
    assert answer.headers["location"] == "/me/reached?done=saved"
    assert 'value="no" checked' in visitor.get("/me/reached").text
    assert visitor.post("/me/digest", page="/me/reached", digest="rubbish").status_code == 422


def test_the_api_lists_each_channel_page_by_page_for_staff(site):
    drilled(site, "ishii", "sent")
    with site.database.transaction() as conn:
        token = registry.new_api_token(conn, site.actor("office"), site.people["office"], "test", clock.now())
        hunters = registry.new_api_token(conn, site.actor("office"), site.people["ishii"], "test", clock.now())
    headers, found, cursor = {"Authorization": f"Bearer {token}"}, [], ""
    for _ in range(10):
        answer = site.client().http.get(f"/api/v1/reachability?limit=1{cursor}", headers=headers).json()
        found += answer["items"]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert {(one["person"], one["standing"]) for one in found} >= {
        (site.people["ishii"], "unconfirmed"),
        (site.people["office"], "new"),
    }
    refused = site.client().http.get("/api/v1/reachability", headers={"Authorization": f"Bearer {hunters}"})
    assert refused.status_code == 403
