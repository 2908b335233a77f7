"""Agents that have fallen silent: an incident for staff each, which ends when the agent is heard again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.alerts.service import Alerts
from hub.alerts.store import queries
from hub.alerts.views import NewIncident
from hub.store import Connection

__all__ = ["AgentWatch"]

_LIMIT = 200


@dataclass(frozen=True, slots=True)
class _Agent:
    id: str
    last_heard_at: datetime


class AgentWatch:
    """A sweep over the enrolled agents; `down_after_s`: seconds without a word after which an agent counts as down."""

    def __init__(self, alerts: Alerts, *, down_after_s: float) -> None:
        self._alerts = alerts
        self._down_after = timedelta(seconds=down_after_s)

    def sweep(self, conn: Connection, now: datetime) -> None:
        """Open incidents for agents that are not heard, and end those of agents that are. Several workers may sweep."""
        since = now - self._down_after
        for agent in queries.all(conn, "claim_lost_agents", _Agent, since=since, limit=_LIMIT):
            new = NewIncident("agent_down", None, agent.id, agent.last_heard_at)
            self._alerts.open_incident(conn, new, now)
        for agent in queries.all(conn, "fetch_found_agents", _Agent, since=since):
            self._alerts.end_incident(conn, "agent_down", None, agent.id, "heard_again", now)
