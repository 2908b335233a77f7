"""The one button of a message about many alarms, and the button of a drill."""

import pytest

from hub import clock
from hub.alerts.links import make_link, read_link
from hub.wiring.rooms import make_sending

SECRET = "a secret of thirty-two characters and more"


def message_to(site, username: str, purpose: str = "alarm") -> tuple[str, str]:
    """The person's message as a worker begins it; its key, and the path of its button."""
    now, settings = clock.now(), site.services.settings
    with site.database.transaction() as conn:
        if purpose == "drill":
            conn.execute(
                "insert into message (person_id, channel, purpose, occasion, state, due_at, created_at)"
                " values (%s, 'mail', 'drill', '2026-W48', 'due', %s, %s)",
                (site.people[username], now, now),
            )
        sending = make_sending(settings)
        for _ in range(20):
            claimed = sending.claim(conn, "mail", now)
            assert claimed is not None
            if claimed.person_id == site.people[username] and claimed.purpose == purpose:
                break
        message = sending.make_message(conn, claimed, now)
        assert message is not None
        address = message.going_url if purpose == "alarm" else message.confirm_url
    return claimed.key, address.removeprefix(settings.public_url.rstrip("/"))


@pytest.fixture
def told(site) -> tuple[list[str], str]:
    """Three traps of which ishii was told at once; their incidents, and the path of the button."""
    incidents = [site.spring(f"trap-{number}") for number in (1, 2, 3)]
    with site.database.transaction() as conn:
        conn.execute(
            "insert into delivery (incident_id, step, person_id, channel, due_at, created_at)"
            " select id, 0, %s, 'mail', now(), now() from incident",
            (site.people["ishii"],),
        )
    _, path = message_to(site, "ishii")
    return incidents, path


def states(site, incidents):
    with site.database.transaction() as conn:
        return [site.services.alerts.fetch_view(conn, incident).state for incident in incidents]


def test_opening_the_link_lists_all_and_changes_nothing(site, told):
    incidents, path = told
    page = site.client().get(path)
    assert page.status_code == 200
    assert all(f'value="{incident}"' in page.text for incident in incidents)
    assert states(site, incidents) == ["open"] * 3


def test_one_goes_to_those_that_were_ticked(site, told):
    incidents, path = told
    answer = site.client().http.post(path, data={"incident": incidents[:2], "eta_minutes": "60"})
    assert answer.status_code == 200
    assert "向かっていることが" in answer.text
    assert states(site, incidents) == ["going", "going", "open"]


def test_one_goes_to_all(site, told):
    incidents, path = told
    site.client().http.post(path, data={"all": "yes"})
    assert states(site, incidents) == ["going"] * 3


def test_nothing_ticked_is_said_beside_the_list(site, told):
    incidents, path = told
    answer = site.client().http.post(path, data={"eta_minutes": "60"})
    assert answer.status_code == 422
    assert 'id="e-incident"' in answer.text
    assert states(site, incidents) == ["open"] * 3


def test_what_is_settled_is_left_out_and_what_is_not_of_the_message_is_not_gone_to(site, told):
    incidents, path = told
    office = site.client("office")
    office.post(f"/incidents/{incidents[0]}/resolve", page=f"/incidents/{incidents[0]}", outcome="empty")
    other = site.open_incident("agent_down", agent_id=site.add_agent("fremd"))
    answer = site.client().http.post(path, data={"incident": [*incidents, other]})
    assert answer.status_code == 200
    assert states(site, [*incidents, other]) == ["resolved", "going", "going", "open"]


def test_a_link_for_somebody_elses_message_shows_nothing_and_does_nothing(site, told):
    incidents, path = told
    key = read_link(SECRET, path.removeprefix("/a/"), clock.now()).about
    drill, _ = message_to(site, "ishii", "drill")
    somebody = site.add_person("mori", "hunter", "森 葉子")
    for about in (key, "no key"):
        page = site.client().get(make_link(SECRET, "", somebody, about, "going_some", clock.now()))
        assert not any(incident in page.text for incident in incidents)
    for about in (drill, key, "no key"):
        address = make_link(SECRET, "", somebody, about, "reached", clock.now())
        assert site.client().http.post(address).status_code == 410
    with site.database.transaction() as conn:
        assert conn.execute("select count(*) from message where confirmed_at is not null").fetchone() == (0,)


def test_a_drill_is_confirmed_by_its_button_only(site):
    key, path = message_to(site, "ishii", "drill")

    def confirmed():
        with site.database.transaction() as conn:
            return conn.execute("select confirmed_at from message where key = %s", (key,)).fetchone()[0]

    page = site.client().get(path)
    assert "訓練" in page.text
    assert confirmed() is None
    answer = site.client().http.post(path)
    assert answer.status_code == 200
    first = confirmed()
    assert first is not None
    assert site.client().http.post(path).status_code == 200
    assert confirmed() == first
