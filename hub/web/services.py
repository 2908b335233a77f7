"""What the web process works with: made once by the composition root, handed to every request."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hub import clock
from hub.alerts.routine.drills import Drills
from hub.alerts.service import Alerts
from hub.config import Settings
from hub.fields.plots.belongings import Belongings
from hub.fields.thresholds.service import Warnings
from hub.fields.thresholds.store import Warning  # noqa: A004  # the farmer's own word for it
from hub.ingest.service import IngestAdmin
from hub.opendata.service import OpenData
from hub.store import Connection, Database
from hub.surveys.flying import Flying
from hub.surveys.planning import Planner
from hub.surveys.service import Surveys
from hub.texts import Texts
from hub.traps.captures.service import Captures
from hub.traps.patrols.service import Patrols
from hub.traps.points.service import Points
from hub.traps.service import Traps
from hub.traps.states import Effect
from hub.traps.statistics.service import StatisticsService
from hub.web.channels import TownChannels
from hub.web.live import Live

__all__ = ["Services"]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one web process. What belongs to an area takes a transaction of `database` first."""

    settings: Settings
    database: Database
    texts: Texts
    live: Live
    traps: Traps
    alerts: Alerts
    patrols: Patrols
    drills: Drills
    captures: Captures
    points: Points
    statistics: StatisticsService
    open_data: OpenData
    ingest_admin: IngestAdmin
    warnings: Warnings
    # a person has changed a warning or taken it away: what it told is over
    end_warning: Callable[[Connection, Warning, datetime], None]
    # all that a farmer has here, with what other areas keep of plots
    belongings: Belongings
    # what must follow from a decision about traps, in the same transaction
    carry_out: Callable[[Connection, Iterable[Effect], datetime], None]
    # (user name, password) -> whether the broker lets this account in at this moment
    broker_admits: Callable[[str, str], bool]
    surveys: Surveys
    flying: Flying
    # plans surveys, a few at once
    planner: Planner
    # the ways to people that the town has
    channels: TownChannels = field(default_factory=TownChannels)
    now: Callable[[], datetime] = clock.now
