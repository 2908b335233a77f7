"""The process that takes in what agents say."""

from hub.bus import BrokerAddress
from hub.config import Settings
from hub.ingest.subscriber import IngestOptions, IngestProcess
from hub.wiring.handlers import make_handlers, make_on_heard, make_on_strange, make_on_unreadable
from hub.wiring.logs import start_logging
from hub.wiring.process import opened_database, stop_at_signal
from hub.wiring.rooms import make_rooms

__all__ = ["run_ingest"]


def run_ingest(settings: Settings) -> None:
    """Take what agents say off the broker into the database, until the process is told to stop."""
    start_logging("ingest")
    stop = stop_at_signal()
    rooms = make_rooms(settings)
    broker = BrokerAddress(
        settings.mqtt_host,
        settings.mqtt_port,
        settings.mqtt_username,
        settings.mqtt_password.get_secret_value(),
        settings.mqtt_ca_file,
    )
    with opened_database(settings, "ingest", 6, timeout_s=2.0) as database:
        IngestProcess(
            database,
            broker,
            IngestOptions.of(settings),
            handlers=make_handlers(rooms),
            on_unreadable=make_on_unreadable(rooms),
            on_heard=make_on_heard(rooms),
            on_strange=make_on_strange(),
        ).run(stop)
