"""A plot's matter is its farmers': by the API, the stream, pages and signed links, and for staff as the owner says."""

from dataclasses import dataclass

import httpx
import pytest

from hub import clock
from hub.alerts.links import make_link
from hub.alerts.views import NewIncident
from hub.registry import service as registry
from hub.web.live import audience_of, may_hear
from tests.integration.api.conftest import Api

SECRET_WORDS = "土の水分が 17.3 %"
NOTE = "夜に水をやった"


@dataclass
class Field:
    """A station on two farmers' plots, each with a warning of its own; one plot is shared."""

    api: Api
    people: dict[str, tuple[str, str]]
    plots: dict[str, str]
    incidents: dict[str, str]

    def client(self, who: str) -> httpx.Client:
        return self.api.client() if who == "staff" else self.api.client(self.people[who][1])

    def consent(self, plot: str) -> None:
        with self.api.database.transaction() as conn:
            conn.execute(
                "insert into plot_consent (plot_id, audience, basis, given_at, given_by)"
                " values (%s, 'staff', 'page', now(), 'owner')",
                (plot,),
            )


@pytest.fixture
def field(api: Api) -> Field:
    people = {name: api.person("farmer", name=name) for name in ("owner", "shared", "neighbour")}
    people["hunter"] = api.person("hunter")
    api.device("station-1", "station")
    plots, incidents = {}, {}
    for owner, shared in (("owner", ["shared"]), ("neighbour", [])):
        plot = {"name": f"plot of {owner}", "owner": people[owner][0], "stations": ["station-1"]}
        plot["shared_with"] = [people[one][0] for one in shared]
        answer = api.client().post("/api/v1/plots", json=plot)
        assert answer.status_code == 201, answer.text
        plots[owner] = answer.json()["id"]
    with api.database.transaction() as conn:
        conn.execute("delete from plot_consent")  # what staff wrote down when they made the plots
        key = conn.execute("select key from device where id = 'station-1'").fetchone()[0]
        for owner, plot in plots.items():
            new = NewIncident(
                "field_threshold", key, None, clock.now(), plot_id=plot, matter="w", words={"ja": SECRET_WORDS}
            )
            incidents[owner] = api.services.alerts.open_incident(conn, new, clock.now())
    return Field(api, people, plots, incidents)


@pytest.mark.parametrize(
    ("who", "seen"),
    [("owner", {"owner"}), ("shared", {"owner"}), ("neighbour", {"neighbour"}), ("hunter", set()),
     ("staff", {"owner", "neighbour"})],
)  # fmt: skip
def test_who_sees_the_plot_sees_its_matters_and_nobody_else(field: Field, who: str, seen: set[str]) -> None:
    client = field.client(who)
    listed = client.get("/api/v1/incidents?state=open").json()["items"]
    assert {one["plot"] for one in listed} == {field.plots[owner] for owner in seen}
    assert {one["words"] for one in listed} <= ({None} if who == "staff" else {SECRET_WORDS})
    for owner, incident in field.incidents.items():
        assert client.get(f"/api/v1/incidents/{incident}").status_code == (200 if owner in seen else 404)
        hidden = client.post(f"/api/v1/incidents/{incident}/going", json={"eta_minutes": 5})
        assert hidden.status_code == (200 if owner in seen else 404)


def test_staff_read_neither_words_nor_notes_until_the_owner_agrees(field: Field) -> None:
    path = f"/api/v1/incidents/{field.incidents['owner']}"
    field.client("owner").post(f"{path}/resolve", json={"outcome": "done", "note": NOTE})
    before = field.client("staff").get(path)
    assert before.json()["resolved"]["outcome"] == "done"
    assert SECRET_WORDS not in before.text
    assert NOTE not in before.text
    field.consent(field.plots["owner"])
    after = field.client("staff").get(path)
    assert SECRET_WORDS in after.text
    assert NOTE in after.text


def test_a_trap_s_outcomes_are_no_answer_to_a_field_and_the_other_way_round(field: Field) -> None:
    incident = field.incidents["owner"]
    client = field.client("owner")
    assert client.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "captured"}).status_code == 409
    assert client.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "eaten"}).status_code == 422
    assert client.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "seen"}).status_code == 200


def test_the_stream_tells_a_plot_s_matter_to_those_who_see_the_plot(field: Field) -> None:
    notice = {"what": "incident", "id": "i-1", "device": "station-1", "plot": field.plots["owner"]}
    heard = {}
    with field.api.database.transaction() as conn:
        for who, (person, _) in field.people.items():
            actor = registry.fetch_actor(conn, person)
            assert actor
            heard[who] = may_hear(audience_of(conn, actor), notice)
    assert heard == {"owner": True, "shared": True, "neighbour": False, "hunter": False}


def test_the_link_of_a_message_has_a_button_that_notes_that_it_was_seen(field: Field) -> None:
    services, incident = field.api.services, field.incidents["owner"]
    secret = services.settings.secret.get_secret_value()
    client = field.api.client(None)
    link = make_link(secret, "", field.people["shared"][0], incident, "seen", clock.now())
    assert SECRET_WORDS in client.get(link).text
    assert field.client("owner").get(f"/api/v1/incidents/{incident}").json()["state"] == "open"
    assert client.post(link).status_code == 200
    assert field.client("owner").get(f"/api/v1/incidents/{incident}").json()["resolved"]["outcome"] == "seen"


def test_whoever_is_not_shown_the_plot_any_more_reads_nothing_by_an_old_link(field: Field) -> None:
    secret = field.api.services.settings.secret.get_secret_value()
    link = make_link(secret, "", field.people["shared"][0], field.incidents["owner"], "seen", clock.now())
    with field.api.database.transaction() as conn:
        conn.execute("delete from plot_share")
    answer = field.api.client(None).get(link)
    assert answer.status_code == 410
    assert SECRET_WORDS not in answer.text


def test_the_owner_reads_which_single_people_might_look_and_staff_only_with_consent(field: Field) -> None:
    path, owner = f"/api/v1/plots/{field.plots['owner']}/consent", field.client("owner")
    (share,) = owner.get(path).json()["people"]
    assert (share["person"], share["withdrawn_at"]) == (field.people["shared"][0], None)
    assert share["given_at"]
    for who, status in (("staff", 200), ("shared", 403), ("neighbour", 404)):
        answer = field.client(who).get(path)
        assert answer.status_code == status
        assert answer.json().get("people", []) == []
    field.consent(field.plots["owner"])
    assert field.client("staff").get(path).json()["people"] == [share]

    plot = {"name": "alone", "stations": ["station-1"], "shared_with": []}
    assert owner.put(f"/api/v1/plots/{field.plots['owner']}", json=plot).status_code == 200
    (share,) = owner.get(path).json()["people"]
    assert share["withdrawn_at"]
    assert share["withdrawn_by"] == field.people["owner"][0]
