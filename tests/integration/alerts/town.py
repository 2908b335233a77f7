"""A town in a real database, its areas wired as in service, and a post office: an SMTP server that can be unwell."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

import psycopg
from aiosmtpd.controller import Controller

from hub.alerts.channels.mail import MailChannel, MailServer
from hub.alerts.dispatch import Dispatch
from hub.alerts.views import NewIncident
from hub.alerts.worker import Worker
from hub.config import Settings
from hub.registry import service as registry
from hub.registry.devices import NewDevice
from hub.registry.people import Actor, NewPerson
from hub.store import Database, notify
from hub.wiring.rooms import make_rooms, make_sending, make_texts
from tests.servers import free_port, wait_until

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECRET = "k" * 40
UNPACED = {"alarm_every_s": 0, "alarm_gather_s": 0}
OFFICE = Actor("p-office", "office", frozenset({"staff"}))


@dataclass
class PostOffice:
    """An SMTP server on a free port. What it does with a mail is set while it runs."""

    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    # reply to RCPT or to the data, by address; others are taken
    refuse_recipient: dict[str, str] = field(default_factory=dict)
    refuse_data: dict[str, str] = field(default_factory=dict)
    # drop the connection after the data has come: before or after it was kept
    drop_before: int = 0
    drop_after: int = 0
    hold: threading.Event | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    # released for each mail whose data has come, and again when the server is done with it, however that ended
    trying: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    tried: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _controller: Controller | None = None

    def open(self) -> None:
        office = self

        class Handler:
            async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802  # aiosmtpd calls it so
                office.connections += 1
                session.host_name = hostname
                return responses

            async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd calls it so
                if reply := office.refuse_recipient.get(address):
                    return reply
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd calls it so
                # Before the word that it has come: whoever hears that word may take the hold from the next ones.
                hold = office.hold
                office.trying.release()
                try:
                    if hold is not None:
                        await server.loop.run_in_executor(None, hold.wait)
                    return self.deliver(server, envelope)
                finally:
                    office.tried.release()

            def deliver(self, server, envelope):
                if office.drop_before > 0:
                    office.drop_before -= 1
                    server.transport.abort()
                    return "250 never heard"
                if reply := office.refuse_data.get(envelope.rcpt_tos[0]):
                    return reply
                office.mails.append(message_from_bytes(envelope.content, policy=modern))
                if office.drop_after > 0:
                    office.drop_after -= 1
                    server.transport.abort()
                return "250 OK"

        self._controller = Controller(Handler(), hostname=self.host, port=self.port, ready_timeout=30)
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def addressees(self) -> Counter[str]:
        """How many mails each address got."""
        return Counter(mail["To"].addresses[0].addr_spec for mail in list(self.mails))

    def notices(self) -> Counter[tuple[str, str]]:
        """How often each address was told of each incident; one mail may tell of many."""
        return Counter(
            (mail["To"].addresses[0].addr_spec, incident)
            for mail in list(self.mails)
            for incident in str(mail["X-Wanamori-Incident"] or "").split()
        )

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in list(self.mails)]


class TestClock:
    """A clock that a test turns; it stands still otherwise."""

    __test__ = False

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> datetime:
        self.now += by
        return self.now


class Town:
    """A database with people and traps, and the areas over it."""

    def __init__(self, url: str, post: PostOffice, **settings: object) -> None:
        """`settings` beside the usual; without any, people are told as fast as alarms come, each by a message."""
        self.settings = Settings(
            database_url=url,
            secret=SECRET,
            public_url="https://wanamori.example.jp",
            smtp_host=post.host,
            smtp_port=post.port,
            trap_silent_after_s=1800,
            **(UNPACED | settings),
        )
        self.database = Database(url, name="test", max_size=16)
        self.post = post
        self.clock = TestClock()
        self.rooms = make_rooms(self.settings)
        self.dispatch = Dispatch(self.rooms.alerts)
        self.sending = make_sending(self.settings)
        self._numbers = itertools.count(1)

    @property
    def alerts(self):
        return self.rooms.alerts

    @property
    def traps(self):
        return self.rooms.traps

    def person(self, name: str, role: str = "hunter", *, email: str | None = "", language: str = "ja") -> str:
        """Somebody with this role; mail goes to `name@example.jp`, to nowhere with `email=None`."""
        address = f"{name}@example.jp" if email == "" else email
        with self.database.transaction() as conn:
            person_id, _ = registry.create_person(
                conn, None, NewPerson(name, frozenset({role}), address, language), self.clock.now
            )
        return person_id

    def agent(self) -> str:
        with self.database.transaction() as conn:
            agent_id, _ = registry.create_agent(conn, OFFICE, f"agent {next(self._numbers)}", self.clock.now)
        return agent_id

    def trap(self, device_id: str | None = None, name: str = "矢那 3号") -> int:
        """A registered trap; its key."""
        device_id = device_id or f"trap-{next(self._numbers)}"
        agent_id = self.agent()
        with self.database.transaction() as conn:
            device = registry.register_device(
                conn, OFFICE, NewDevice(agent_id, device_id, "trap", name, 35.3761, 139.9224), self.clock.now
            )
            self.traps.on_registered(conn, device.key, self.clock.now)
        return device.key

    def fires(self, trap: int, at: datetime | None = None, *, uncertain: bool = False, late: bool = False) -> None:
        """The trap's message arrives now; it says that it fired at `at`."""
        now = self.clock.now
        with self.database.transaction() as conn:
            effects = self.traps.on_sprung(conn, trap, occurred_at=at or now, uncertain=uncertain, late=late, now=now)
            self.rooms.carry_out(conn, effects, now)

    def speaks(self, trap: int, line=None, at: datetime | None = None) -> None:
        now = self.clock.now
        with self.database.transaction() as conn:
            self.rooms.carry_out(conn, self.traps.on_heard(conn, trap, line=line, at=at or now, now=now), now)

    def sweeps(self) -> None:
        with self.database.transaction() as conn:
            self.rooms.sweep_traps(conn, self.clock.now)

    def opens(self, kind: str = "trap_sprung", trap: int | None = None, agent: str | None = None) -> str:
        now = self.clock.now
        with self.database.transaction() as conn:
            return self.alerts.open_incident(conn, NewIncident(kind, trap, agent, now), now)

    def goes(self, incident: str, person: str, eta_minutes: int = 40):
        with self.database.transaction() as conn:
            return self.alerts.going(conn, incident, person, eta_minutes, self.clock.now)

    def reports(self, incident: str, person: str, outcome: str = "captured", note: str | None = None):
        with self.database.transaction() as conn:
            return self.alerts.resolve(conn, incident, person, outcome, note, self.clock.now)

    def state(self, trap: int) -> str:
        with self.database.transaction() as conn:
            return self.traps.fetch_traps(conn, [trap])[trap].state

    def incidents(self, *states: str):
        with self.database.transaction() as conn:
            return self.alerts.fetch_incidents(conn, states=states or None)

    def page(self, incident: str):
        with self.database.transaction() as conn:
            return self.alerts.fetch_incident(conn, incident)

    def timeline(self, incident: str) -> list[str]:
        return [entry.kind for entry in self.page(incident).timeline]

    def deliveries(self, incident: str) -> Counter[str]:
        return Counter(delivery.state for delivery in self.page(incident).deliveries)

    def turn(self, by: timedelta) -> None:
        """Turn the clock, and wake the workers as any change would."""
        self.clock.turn(by)
        with self.database.transaction() as conn:
            notify(conn, "due")

    def is_written_down(self) -> bool:
        """Whether no notice is on its way: a clock that is turned in between would let its lease run out."""
        leased = (
            "select (select count(*) from delivery where state = 'leased') +"
            " (select count(*) from message where state = 'leased')"
        )
        return execute(self.settings.database_url, leased) == [(0,)]

    def look(self, now: datetime | None = None) -> None:
        """Carry out all that is due, as a worker's look does."""
        done = 1
        while done:
            with self.database.transaction() as conn:
                done = self.dispatch.run_due_steps(conn, now or self.clock.now)

    def channel(self, **how) -> MailChannel:
        server = MailServer(self.post.host, self.post.port, "罠守 <wanamori@example.jp>", **how)
        return MailChannel(server, make_texts(self.settings))

    def worker(self, channels=None, sweeps=(), clock=None) -> Worker:
        return Worker(
            self.database,
            self.dispatch,
            self.sending,
            [self.channel()] if channels is None else channels,
            clock or self.clock,
            sweeps,
        )

    def close(self) -> None:
        self.database.close()


@contextmanager
def at_work(*workers: Worker) -> Iterator[None]:
    """The workers run for as long as the block does."""
    stop = threading.Event()
    threads = [threading.Thread(target=worker.run, args=(stop,)) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
        assert not [thread for thread in threads if thread.is_alive()], "a worker does not end"


def execute(url: str, statement: str, *values: object) -> list[tuple]:
    """One statement over a connection of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "NOON",
    "SECOND",
    "SECRET",
    "PostOffice",
    "Town",
    "at_work",
    "execute",
    "wait_until",
]
