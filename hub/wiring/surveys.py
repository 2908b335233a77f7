"""Surveys as one town sets them up: who approves, how orders are signed and sent, what drones' words change."""

from datetime import timedelta

from edge.wire.orders import FlightData, ReplyData
from hub import clock
from hub.bus import BrokerAddress, Subscriber
from hub.config import Settings
from hub.errors import Invalid, SetupError
from hub.ingest.events import AcceptedEvent
from hub.registry.town_key import command_signing_key
from hub.store import Connection, Database
from hub.surveys.commands.sender import Sender
from hub.surveys.flights.telling import Said, on_flight
from hub.surveys.flying import Flying
from hub.surveys.service import SurveyRules, Surveys
from hub.surveys.terrain import Terrain
from hub.surveys.terrain_file import read_terrain

__all__ = ["make_sender", "make_surveys", "read_ground", "take_flight", "take_reply"]


def make_surveys(settings: Settings) -> tuple[Surveys, Flying]:
    """The town's surveys, up to the launch and in the air."""
    rules = SurveyRules(settings.survey_second_person, timedelta(minutes=settings.survey_check_minutes))
    surveys = Surveys(rules)
    return surveys, Flying(surveys, command_signing_key(settings.secret.get_secret_value()).sign)


def read_ground(settings: Settings) -> Terrain | None:
    """Heights of the town's ground. Raises SetupError with one line for a file that has none."""
    if settings.survey_terrain is None:
        return None
    if settings.survey_terrain.is_fifo():
        raise SetupError(f"WANAMORI_SURVEY_TERRAIN: {settings.survey_terrain} is a pipe; give a file")
    try:
        return read_terrain(settings.survey_terrain)
    except Invalid as fault:
        raise SetupError(f"WANAMORI_SURVEY_TERRAIN: {fault}") from None


def make_sender(settings: Settings, database: Database) -> tuple[Sender, Subscriber]:
    """What sends orders to drones, and its connection to the broker, which its owner stops."""
    bus = Subscriber(BrokerAddress.of(settings), (), on_delivery=lambda _delivery: None, name="wanamori-orders")
    bus.join()
    return Sender(database, bus.publish, clock.now), bus


def take_reply(flying: Flying, conn: Connection, event: AcceptedEvent) -> None:
    """An agent answers an order."""
    if isinstance(event.data, ReplyData) and event.device_key is not None:
        flying.on_reply(conn, event.agent_id, event.device_key, event.data, event.received_at)


def take_flight(flying: Flying, conn: Connection, event: AcceptedEvent) -> None:
    """A drone tells a moment of its flight."""
    if isinstance(event.data, FlightData) and event.device_key is not None and event.device_kind == "drone":
        said = Said(event.device_key, event.agent_id, event.occurred_at, event.received_at)
        on_flight(conn, flying, event.data, said)
