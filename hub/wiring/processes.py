"""The hub's processes: what each is made of, from settings to the last close. Each ends in order at SIGTERM."""

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from hub import clock
from hub.alerts.channels.mail import MailChannel, MailServer
from hub.alerts.dispatch import Dispatch
from hub.alerts.notices import LinkRules
from hub.alerts.worker import Worker
from hub.bus import BrokerAddress, check_login
from hub.config import Settings
from hub.errors import SetupError
from hub.ingest.subscriber import IngestOptions, IngestProcess
from hub.registry import service as registry
from hub.registry.broker_accounts import keep_password_file, own_broker_account
from hub.store import Database
from hub.web.app import create_app
from hub.web.live import Live
from hub.web.server import serve
from hub.web.services import Services
from hub.wiring.handlers import make_handlers, make_on_heard, make_on_unreadable
from hub.wiring.logs import start_logging
from hub.wiring.rooms import make_rooms, make_texts

__all__ = ["run_accounts", "run_ingest", "run_web", "run_worker"]


def run_accounts(settings: Settings) -> None:
    """Keep the broker's password file equal to the database until the process is told to stop."""
    start_logging("accounts")
    if settings.broker_password_file is None:
        raise SetupError("WANAMORI_BROKER_PASSWORD_FILE is not set: name the password file that the broker reads")
    own = own_broker_account(settings.mqtt_username, settings.mqtt_password.get_secret_value())
    stop = _stop_at_signal()
    with _database(settings, "accounts", 2) as database:

        def accounts() -> list[tuple[str, str]]:
            with database.transaction() as conn:
                return [own, *registry.fetch_broker_accounts(conn)]

        keep_password_file(
            lambda stop: database.listen("broker_accounts", stop=stop),
            accounts,
            settings.broker_password_file,
            settings.broker_pid_file,
            stop,
            _say_ready,
        )


def run_web(settings: Settings) -> None:
    """Serve the pages and the API until the process is told to stop."""
    start_logging("web")
    with _database(settings, "web", 12) as database:
        live, rooms = Live(database), make_rooms(settings)
        services = Services(
            settings=settings,
            database=database,
            texts=make_texts(settings),
            live=live,
            traps=rooms.traps,
            alerts=rooms.alerts,
            broker_admits=lambda username, password: check_login(
                settings.mqtt_host, settings.mqtt_port, username, password, settings.mqtt_ca_file
            ),
        )
        serve(create_app(services), live, settings.http_host, settings.http_port)


def run_ingest(settings: Settings) -> None:
    """Take what agents say off the broker into the database, until the process is told to stop."""
    start_logging("ingest")
    stop = _stop_at_signal()
    rooms = make_rooms(settings)
    broker = BrokerAddress(
        settings.mqtt_host,
        settings.mqtt_port,
        settings.mqtt_username,
        settings.mqtt_password.get_secret_value(),
        settings.mqtt_ca_file,
    )
    with _database(settings, "ingest", 6) as database:
        IngestProcess(
            database,
            broker,
            IngestOptions.of(settings),
            handlers=make_handlers(rooms),
            on_unreadable=make_on_unreadable(rooms),
            on_heard=make_on_heard(rooms),
        ).run(stop)


def run_worker(settings: Settings) -> None:
    """Deliver what is due, and notice silence, until the process is told to stop."""
    start_logging("worker")
    stop = _stop_at_signal()
    rooms, texts = make_rooms(settings), make_texts(settings)
    links = LinkRules(settings.public_url, settings.secret.get_secret_value())
    channels = [MailChannel(_mail_server(settings, settings.smtp_host), texts)] if settings.smtp_host else []
    with _database(settings, "worker", 8) as database:
        worker = Worker(
            database,
            Dispatch(rooms.alerts, links),
            channels,
            clock.now,
            (rooms.sweep_traps, rooms.agents.sweep),
            silent_after_s=settings.trap_silent_after_s,
        )
        _say_ready()
        worker.run(stop)


def _mail_server(settings: Settings, host: str) -> MailServer:
    return MailServer(
        host,
        settings.smtp_port,
        settings.mail_from,
        settings.smtp_username,
        settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        settings.smtp_tls,
    )


def _stop_at_signal() -> threading.Event:
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    return stop


@contextmanager
def _database(settings: Settings, name: str, max_size: int) -> Generator[Database]:
    database = Database(settings.database_url, name=f"wanamori {name}", max_size=max_size)
    try:
        yield database
    finally:
        database.close()


def _say_ready() -> None:
    """The supervisor's sign: what is started after this one may rely on it."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
