"""What the web process works with: made once by the composition root, handed to every request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub import clock
from hub.alerts.service import Alerts
from hub.config import Settings
from hub.store import Database
from hub.texts import Texts
from hub.traps.service import Traps
from hub.web.live import Live

__all__ = ["Services"]


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one web process.

    Use cases of the areas are functions that take a transaction of `database` first.
    """

    settings: Settings
    database: Database
    texts: Texts
    live: Live
    traps: Traps
    alerts: Alerts
    # (user name, password) -> whether the broker lets this account in at this moment
    broker_admits: Callable[[str, str], bool]
    now: Callable[[], datetime] = clock.now
