"""What an operator watches of incidents and their deliveries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.alerts.store import queries
from hub.store import Connection

__all__ = ["Figures", "fetch_figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Unsettled incidents, deliveries that should be under way by now, and those of the last day that nobody got.

    A delivery that waits for its person's pace is not due yet. Messages are alarms, drills and summaries.
    """

    incidents_open: int
    incidents_going: int
    deliveries_due: int
    deliveries_given_up: int
    messages_given_up: int


def fetch_figures(conn: Connection, now: datetime) -> Figures:
    """The figures at `now`."""
    found = queries.one(conn, "fetch_figures", Figures, now=now, since=now - timedelta(days=1))
    return found or Figures(0, 0, 0, 0, 0)
