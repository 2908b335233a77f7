"""The process that serves pages and API."""

from collections.abc import Callable

from hub.bus import check_login
from hub.config import Settings
from hub.fields.plots.belongings import Belongings
from hub.ingest.service import IngestAdmin
from hub.store import Database
from hub.surveys.planning import Planner
from hub.web.app import create_app
from hub.web.live import Live
from hub.web.server import serve
from hub.web.services import Services
from hub.wiring.belongings import Warned
from hub.wiring.channels import make_town_channels
from hub.wiring.handlers import make_handlers
from hub.wiring.logs import start_logging
from hub.wiring.process import opened_database
from hub.wiring.rooms import Rooms, make_rooms, make_texts
from hub.wiring.surveys import read_ground

__all__ = ["make_services", "run_web"]


def make_services(
    settings: Settings, database: Database, live: Live, rooms: Rooms, broker_admits: Callable[[str, str], bool]
) -> Services:
    """The parts of one web process over this database; `broker_admits` asks the broker whether it lets somebody in."""
    texts = make_texts(settings)
    return Services(
        settings=settings,
        database=database,
        texts=texts,
        live=live,
        traps=rooms.traps,
        alerts=rooms.alerts,
        patrols=rooms.patrols,
        drills=rooms.drills,
        captures=rooms.captures,
        points=rooms.points,
        statistics=rooms.statistics,
        open_data=rooms.open_data,
        ingest_admin=IngestAdmin(make_handlers(rooms), settings.late_after_s),
        warnings=rooms.field_warnings.warnings,
        end_warning=rooms.field_warnings.end,
        belongings=Belongings([Warned(rooms.alerts)]),
        carry_out=rooms.carry_out,
        channels=make_town_channels(settings, texts),
        broker_admits=broker_admits,
        surveys=rooms.surveys,
        flying=rooms.flying,
        planner=Planner(terrain=read_ground(settings)),
    )


def run_web(settings: Settings) -> None:
    """Serve the pages and the API until the process is told to stop."""
    start_logging("web")

    def broker_admits(username: str, password: str) -> bool:
        return check_login(settings.mqtt_host, settings.mqtt_port, username, password, settings.mqtt_ca_file)

    with opened_database(settings, "web", 12) as database:
        live = Live(database)
        services = make_services(settings, database, live, make_rooms(settings), broker_admits)
        serve(create_app(services), live, settings.http_host, settings.http_port)
