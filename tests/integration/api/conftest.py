"""The real application over a real database, served on a port of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from hub import clock
from hub.config import Settings
from hub.registry import service as registry
from hub.registry.people import NewPerson
from hub.store import Database
from hub.web.app import create_app
from hub.web.live import Live
from hub.web.services import Services
from hub.wiring.rooms import make_rooms
from hub.wiring.web import make_services
from tests.servers import DatabaseServer, free_port, wait_until

STAFF = ("staff", "a long enough password")
STAFF_TOKEN = "wm_staff-token-of-the-tests"


@dataclass
class Api:
    """The served application, its parts, and clients as somebody."""

    url: str
    app: FastAPI
    services: Services
    # accounts that the broker is said to take; None: all of them
    admitted: set[str] | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.services.database

    def client(self, token: str | None = STAFF_TOKEN, **headers: str) -> httpx.Client:
        """A client with a person's token (the staff's when none is named), or as nobody (None)."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30, follow_redirects=False)
        self._clients.append(client)
        return client

    def person(self, *roles: str, name: str = "Someone", **more: str) -> tuple[str, str]:
        """A new person: id and token."""
        new = NewPerson(name=name, roles=frozenset(roles), **more)
        with self.database.transaction() as conn:
            return registry.create_person(conn, None, new, clock.now())

    def agent(self) -> str:
        return self.client().post("/api/v1/agents", json={"name": "an agent"}).json()["id"]

    def device(self, device_id: str, kind: str = "trap", agent: str | None = None, **more: object) -> dict:
        """A new device of a new agent, as the API answers it."""
        body = {"agent": agent or self.agent(), "id": device_id, "kind": kind, "name": device_id, **more}
        answer = self.client().post("/api/v1/devices", json={"location": {"lat": 35.3, "lon": 140.0}, **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a free port of 127.0.0.1, in a thread of its own."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive(), "the application does not start")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def running_api(database_url: str, admits: Callable[[str, str], bool] | None = None, **more: object) -> Iterator[Api]:
    """The application over the database of this URL, with a first member of staff.

    `admits` asks a broker whether it lets an account in; without one `Api.admitted` says so. `more` are settings.
    """
    settings = Settings(database_url=database_url, secret="a secret of thirty-two characters and more", **more)
    database = Database(database_url, name="tests")
    with database.transaction() as conn:
        registry.ensure_staff(conn, *STAFF, STAFF_TOKEN, clock.now())

    def broker_admits(username: str, password: str) -> bool:
        made.asked.append((username, password))
        return made.admitted is None or username in made.admitted

    live, rooms = Live(database), make_rooms(settings)
    services = make_services(settings, database, live, rooms, admits or broker_admits)
    app = create_app(services)
    with served(app) as url:
        made = Api(url, app, services)
        try:
            yield made
        finally:
            live.close()
            made.close()
            database.close()


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    """An application of the test's own."""
    with running_api(database_url) as running:
        yield running


@pytest.fixture(scope="module")
def shared_api(database_server: DatabaseServer) -> Iterator[Api]:
    """An application for a module's tests that only ever get refusals, or make things of their own."""
    url = database_server.migrated()
    with running_api(url) as running:
        yield running
    database_server.drop(url)
