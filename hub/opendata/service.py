"""What everybody may know, from the database, in the caller's transaction."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.opendata.privacy import Captured, Row, Rule, last_told_month, open_rows
from hub.store import Connection, Queries

__all__ = ["OpenData", "Published"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Published:
    """What is told today: the rows, the rule by which they were made, and the newest month (its first day)."""

    rows: list[Row]
    rule: Rule
    last_month: date


class OpenData:
    """The open data of a town; `zone` is the one of its calendar."""

    def __init__(self, *, zone: ZoneInfo) -> None:
        self._zone = zone

    def fetch(self, conn: Connection, now: datetime) -> Published:
        """What may be told at this moment. Without a rule, nothing is."""
        today = now.astimezone(self._zone).date()
        rule = _queries.one(conn, "fetch_rule", Rule, today=today)
        if rule is None:
            return Published([], Rule(3, 12, "first"), last_told_month(Rule(3, 12, "first"), today))
        last = last_told_month(rule, today)
        end = datetime.combine((last + timedelta(days=31)).replace(day=1), time(), self._zone)
        captured = _queries.all(conn, "fetch_captured", Captured, until=end)
        return Published(open_rows(captured, rule, today, self._zone), rule, last)
