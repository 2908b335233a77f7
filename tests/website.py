"""The pages for tests: the real application over a real database, served as in a town, with a small town in it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import httpx
import uvicorn
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from hub import clock
from hub.alerts.views import NewIncident
from hub.config import Settings
from hub.fields import service as fields
from hub.fields.plots import NewPlot
from hub.registry import service as registry
from hub.registry.devices import Device, NewDevice
from hub.registry.people import Actor, NewPerson
from hub.store import Connection, Database
from hub.web import acts
from hub.web.app import create_app
from hub.web.live import Live
from hub.web.server import _Server
from hub.web.services import Services
from hub.wiring.rooms import Rooms, make_rooms
from hub.wiring.web import make_services
from tests.servers import free_port, wait_until

PASSWORD = "a long enough password"
SYSTEM = Actor("system", "system", frozenset({"staff"}))


@cache
def quick_hash() -> str:
    """PASSWORD by argon2 as people's passwords are kept, but cheap: a town is made for each test."""
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)


@dataclass
class Website:
    """The served pages. `people` are ids by user name; each signs in with PASSWORD."""

    url: str
    port: int
    services: Services
    rooms: Rooms
    server: _Server
    thread: threading.Thread
    people: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    visitors: list["Visitor"] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.services.database

    def add_person(self, username: str, role: str, name: str, language: str = "ja") -> str:
        new = NewPerson(name, frozenset({role}), f"{username}@example.jp", language)
        with self.database.transaction() as conn:
            person_id, _ = registry.create_person(conn, SYSTEM, new, clock.now())
            conn.execute(
                "update person set username = %s, password_hash = %s where id = %s",
                (username, quick_hash(), person_id),
            )
        self.people[username] = person_id
        return person_id

    def actor(self, username: str) -> Actor:
        with self.database.transaction() as conn:
            actor = registry.fetch_actor(conn, self.people[username])
        assert actor is not None
        return actor

    def add_agent(self, name: str = "谷の箱") -> str:
        with self.database.transaction() as conn:
            return registry.create_agent(conn, SYSTEM, name, clock.now())[0]

    def add_device(self, agent_id: str, device_id: str, kind: str, name: str) -> Device:
        new = NewDevice(agent_id, device_id, kind, name, 35.3814, 139.9248)
        with self.database.transaction() as conn:
            self.devices[device_id] = acts.register_device(conn, self.services, SYSTEM, new)
        return self.devices[device_id]

    def heard(self, device_id: str, at: datetime) -> None:
        """The device said something."""
        key = self.devices[device_id].key
        with self.database.transaction() as conn:
            conn.execute("update device set last_heard_at = %s where key = %s", (at, key))
            self.rooms.carry_out(conn, self.rooms.traps.on_heard(conn, key, line="closed", at=at, now=at), at)

    def spring(self, device_id: str, *, at: datetime | None = None, uncertain: bool = False, late: bool = False) -> str:
        """The trap fires; returns its incident's id."""
        now = clock.now()
        key = self.devices[device_id].key
        with self.database.transaction() as conn:
            effects = self.rooms.traps.on_sprung(
                conn, key, occurred_at=at or now, uncertain=uncertain, late=late, now=now
            )
            self.rooms.carry_out(conn, effects, now)
            return self.services.alerts.fetch_incidents(conn, states=("open", "going"), device_keys=[key])[0].id

    def fall_silent(self, device_id: str) -> None:
        """Nothing was heard of the trap for long enough."""
        now = clock.now()
        with self.database.transaction() as conn:
            conn.execute("update trap set silent_due_at = %s where device_key = %s", (now, self.devices[device_id].key))
            self.rooms.sweep_traps(conn, now)

    def open_incident(self, kind: str, *, agent_id: str | None = None, device_id: str | None = None) -> str:
        now = clock.now()
        key = self.devices[device_id].key if device_id else None
        with self.database.transaction() as conn:
            return self.services.alerts.open_incident(conn, NewIncident(kind, key, agent_id, now), now)

    def add_plot(self, owner: str, name: str, *device_ids: str, crop: str | None = None) -> str:
        keys = frozenset(self.devices[device_id].key for device_id in device_ids)
        with self.database.transaction() as conn:
            return fields.create_plot(conn, SYSTEM, NewPlot(self.people[owner], name, crop, None, keys), clock.now())

    def measured(self, device_id: str, at: datetime, **values: float) -> None:
        """The station measured this, as ingest keeps it."""
        with self.database.transaction() as conn:
            measure(conn, self.devices[device_id].key, at, values)

    def quarantine(self, reason: str, payload: bytes, topic: str = "wanamori/v1/up/ag-x/-/status") -> None:
        with self.database.transaction() as conn:
            conn.execute(
                "insert into quarantine (digest, topic, payload, size_bytes, reason, detail, received_at,"
                " last_received_at) values (sha256(%s), %s, %s, %s, %s, 'line 1 column 2', now(), now())",
                (payload + topic.encode(), topic, payload, len(payload), reason),
            )

    def client(self, username: str | None = None, **cookies: str) -> "Visitor":
        """A visitor without a browser, signed in as somebody."""
        # A connection for each request: one that idles would be closed by the server just as it is used again.
        limits = httpx.Limits(max_keepalive_connections=0)
        visitor = Visitor(httpx.Client(base_url=self.url, timeout=30, cookies=cookies, limits=limits))
        self.visitors.append(visitor)
        if username:
            answer = visitor.http.post("/sign-in", data={"username": username, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return visitor


@dataclass
class Visitor:
    """Reads pages and sends their forms, as a browser without scripts does."""

    http: httpx.Client

    def get(self, path: str, **options: object) -> httpx.Response:
        return self.http.get(path, **options)

    def post(self, path: str, page: str | None = None, **fields: object) -> httpx.Response:
        """Send a form that stands on `page` (the path itself when not given), with that page's form token."""
        token = self.get(page or path).text.split('name="csrf" value="')[1].split('"')[0]
        return self.http.post(path, data={"csrf": token, **fields})


def measure(conn: Connection, device_key: int, at: datetime, values: dict[str, float]) -> None:
    """One row of readings with the newest values, as ingest keeps them."""
    columns, blanks = ", ".join(values), ", ".join(["%s"] * len(values))
    conn.execute(
        f"insert into reading (device_id, measured_at, received_at, {columns}) values (%s, %s, %s, {blanks})",
        (device_key, at, at, *values.values()),
    )
    for quantity, value in values.items():
        conn.execute(
            "insert into latest values (%s, %s, %s, %s, %s) on conflict (device_id, quantity) do update set"
            " measured_at = excluded.measured_at, received_at = excluded.received_at, value = excluded.value"
            " where latest.measured_at < excluded.measured_at",
            (device_key, quantity, at, at, value),
        )


@contextmanager
def running_website(database_url: str, *, port: int = 0, **settings: object) -> Iterator[Website]:
    """The pages over this database, on a free port of 127.0.0.1 or on the one that they had before."""
    listener = socket.create_server(("127.0.0.1", port or free_port()), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    town = Settings(
        database_url=database_url, secret="a secret of thirty-two characters and more", public_url=url, **settings
    )
    database = Database(database_url, name="pages")
    rooms, live = make_rooms(town), Live(database)
    services = make_services(town, database, live, rooms, lambda _username, _password: True)
    config = uvicorn.Config(create_app(services), lifespan="off", log_level="critical", timeout_graceful_shutdown=3)
    server = _Server(config, live)
    thread = threading.Thread(target=server.run, args=([listener],), name="web", daemon=True)
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive(), "the pages are not served")
    site = Website(url, listener.getsockname()[1], services, rooms, server, thread)
    try:
        yield site
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        for visitor in site.visitors:
            visitor.http.close()
        database.close()
        assert not thread.is_alive(), "the server did not end"


def fill_town(site: Website) -> None:
    """People of every role and a few devices in every state, for looking at all pages."""
    now = clock.now()
    site.add_person("office", "staff", "市川 花子")
    site.add_person("ishii", "hunter", "石井 健太")
    site.add_person("takahashi", "farmer", "高橋 一郎")
    site.add_person("ogawa", "responder", "小川 直樹")
    agent = site.add_agent("矢那の谷")
    for number, name in enumerate(
        ("矢那の谷 檻 1", "矢那の谷 くくり罠 2", "真里谷 竹林", "茅野 林道わき", "下郡 沢沿い"), 1
    ):
        site.add_device(agent, f"trap-{number}", "trap", name)
        site.heard(f"trap-{number}", now - timedelta(minutes=3 * number))
    site.add_device(agent, "field-1", "station", "上の畑の観測機")
    site.add_device(agent, "field-2", "station", "ハウスの観測機")
    site.add_plot("takahashi", "上の畑", "field-1", crop="ブルーベリー")
    site.add_plot("takahashi", "ハウス", "field-1", "field-2", crop="トマト")
