"""A trap fires: its hunter gets a mail whose button answers, whatever is killed, and is left in peace afterwards."""

import os
import re
import signal
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from simulators.mailbox import Mail
from tests.acceptance.service import Service
from tests.acceptance.wire import WireAgent, enrolled_agent, registered_device
from tests.servers import wait_until


@pytest.fixture(scope="module")
def agent(service: Service) -> Iterator[WireAgent]:
    made = enrolled_agent(service, "alerts")
    yield made
    made.close()


@pytest.fixture
def hunter(service: Service) -> Iterator[tuple[str, httpx.Client]]:
    """A new hunter's mail address and client. Each is told of every trap, since there are no teams."""
    address = f"{uuid.uuid4().hex[:8]}@example.jp"
    body = {"name": f"hunter {address}", "roles": ["hunter"], "email": address, "language": "en"}
    made = service.api.post("/api/v1/people", json=body).raise_for_status().json()
    with service.client(made["token"]) as client:
        yield address, client
    service.rows("update person set active = false where id = %s returning id", made["id"])


def fires(agent: WireAgent, trap: str, **changed: object) -> None:
    event = agent.event(trap, "sprung", {}, **changed)
    agent.send(trap, "sprung", event)
    agent.wait_receipt(int(event["sequence"]))


def mail_about(service: Service, trap: str, address: str) -> Mail:
    found = service.mailbox.wait_for(lambda mail: trap in mail.subject and address in mail.recipients, 60)
    assert found, f"no mail about {trap} to {address}"
    return found


def incidents(client: httpx.Client, trap: str, state: str = "open") -> list[dict]:
    found = client.get("/api/v1/incidents", params={"state": state, "limit": 100}).raise_for_status().json()["items"]
    return [incident for incident in found if incident["device"] == trap]


def answer_form(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_the_link_in_the_mail_shows_a_button_and_the_button_answers(service: Service, agent: WireAgent, hunter):
    address, client = hunter
    trap = registered_device(service, agent, "trap")
    fires(agent, trap)
    mail = mail_about(service, trap, address)
    (link,) = re.findall(r"http\S+/a/\S+", mail.text)
    assert link.startswith(service.http)
    with service.client() as scanner:
        page = scanner.get(link)
        assert page.status_code == 200
        assert incidents(client, trap)[0]["state"] == "open", "opening a link must change nothing"
        answered = scanner.post(link, data={**answer_form(page.text), "eta_minutes": "25"})
        assert answered.status_code == 200
    (incident,) = incidents(client, trap)
    assert incident["state"] == "going"
    eta = datetime.fromisoformat(incident["going"]["eta_at"])
    assert timedelta(minutes=24) < eta - datetime.now(UTC) <= timedelta(minutes=25)
    client.post(f"/api/v1/incidents/{incident['id']}/resolve", json={"outcome": "empty"}).raise_for_status()
    with service.client() as late:
        assert "are you going" not in late.get(link).text
        assert late.get(f"{link}x").status_code in (404, 410)


def test_a_firing_that_comes_late_behind_a_report_is_a_line_on_that_report(service: Service, agent: WireAgent, hunter):
    _, client = hunter
    trap = registered_device(service, agent, "trap")
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    fires(agent, trap)
    (incident,) = incidents(client, trap)
    path = f"/api/v1/incidents/{incident['id']}"
    client.post(f"{path}/resolve", json={"outcome": "captured"}).raise_for_status()
    fires(agent, trap, time=an_hour_ago)
    assert incidents(client, trap) == []
    assert client.get(f"/api/v1/devices/{trap}").json()["state"] == "armed"
    assert "covered" in [entry["kind"] for entry in client.get(path).json()["timeline"]]
    fires(agent, trap)
    assert len(incidents(client, trap)) == 1


def test_however_often_it_bounces_it_is_one_incident_and_one_mail(service: Service, agent: WireAgent, hunter):
    address, client = hunter
    trap = registered_device(service, agent, "trap")
    for _ in range(20):
        fires(agent, trap)
    (incident,) = incidents(client, trap)
    assert incident["events"] == 20
    mail_about(service, trap, address)
    other = registered_device(service, agent, "trap")
    fires(agent, other)
    mail_about(service, other, address)  # what came after it has gone out, so has what came before
    assert sum(trap in mail.subject and address in mail.recipients for mail in service.mailbox.mails()) == 1


def test_a_worker_that_is_killed_costs_no_mail(service: Service, agent: WireAgent, hunter):
    address, _ = hunter
    traps = [registered_device(service, agent, "trap") for _ in range(12)]
    for number, trap in enumerate(traps):
        fires(agent, trap)
        if number % 4 == 1:
            wait_until(lambda: service.pids("hub", "worker"), "no worker", 600, 0.05)
            for pid in service.pids("hub", "worker"):
                os.kill(pid, signal.SIGKILL)
    for trap in traps:
        # Many that wait at once are one mail, whose subject has room for the first names only.
        told = service.mailbox.wait_for(lambda mail: trap in mail.text and address in mail.recipients, 60)  # noqa: B023
        assert told, f"no mail about {trap}"
    wait_until(
        lambda: not service.rows(
            "select from delivery join incident on incident.id = delivery.incident_id"
            " join device on device.key = incident.device_key join person on person.id = delivery.person_id"
            " where device.id = any(%s) and person.email = %s and delivery.state <> 'sent'", traps, address
        ),
        "not everything is sent",
    )  # fmt: skip
