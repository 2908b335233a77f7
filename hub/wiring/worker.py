"""The process that tells people."""

from hub import clock
from hub.alerts.channels.mail import MailChannel, MailServer
from hub.alerts.dispatch import Dispatch
from hub.alerts.worker import Worker
from hub.config import Settings
from hub.wiring.logs import start_logging
from hub.wiring.process import opened_database, say_ready, stop_at_signal
from hub.wiring.rooms import make_rooms, make_sending, make_texts

__all__ = ["run_worker"]


def run_worker(settings: Settings) -> None:
    """Deliver what is due, and notice silence, until the process is told to stop."""
    start_logging("worker")
    stop = stop_at_signal()
    rooms, texts = make_rooms(settings), make_texts(settings)
    channels = [MailChannel(_mail_server(settings, settings.smtp_host), texts)] if settings.smtp_host else []
    with opened_database(settings, "worker", 8) as database:
        worker = Worker(
            database,
            Dispatch(rooms.alerts),
            make_sending(settings),
            channels,
            clock.now,
            (rooms.sweep_traps, rooms.agents.sweep, rooms.sweep_evening),
            silent_after_s=settings.trap_silent_after_s,
        )
        say_ready()
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
