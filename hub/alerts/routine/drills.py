"""The weekly drill: a message to everybody on each of their channels, which they confirm by a button."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.alerts.routine.reachability import Reach, standing_of
from hub.alerts.routine.timetable import drill_due
from hub.store import Connection, Queries, notify

__all__ = ["Drills"]

_queries = Queries.beside(__file__)
# So many messages are made by one look; the next comes two seconds later.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class _Undrilled:
    person_id: str
    channel: str


class Drills:
    """The drills of a town; `weekday` (Monday is 0) None: there are none. A confirmation counts for `confirm_days`."""

    def __init__(
        self, *, zone: ZoneInfo, weekday: int | None, at: time, channels: Sequence[str], confirm_days: int
    ) -> None:
        self._zone = zone
        self._weekday = weekday
        self._at = at
        self._channels = list(channels)
        self.confirm_within = timedelta(days=confirm_days)

    def sweep(self, conn: Connection, now: datetime) -> None:
        """Write down the drills that are due; each once a week, person and channel, however many workers look."""
        occasion = None if self._weekday is None else drill_due(now, self._zone, self._weekday, self._at)
        if occasion is None:
            return
        due = {"occasion": occasion.name, "since_at": occasion.since_at, "channels": self._channels}
        undrilled = _queries.all(conn, "claim_undrilled", _Undrilled, limit=_AT_ONCE, **due)
        rows = [
            {
                "person_id": one.person_id, "channel": one.channel, "purpose": "drill", "occasion": occasion.name,
                "state": "due", "now": now, "content": None,
            }
            for one in undrilled
        ]  # fmt: skip
        if rows:
            _queries.run_many(conn, "add_routine", rows)
            notify(conn, "due")

    def fetch_reachability(
        self, conn: Connection, *, person_id: str | None = None, after: tuple[str, str] = ("", ""), limit: int = 5000
    ) -> list[Reach]:
        """Everybody who is told of alarms, with each channel that reaches them; behind `after` (person, channel)."""
        return _queries.all(
            conn, "fetch_reachability", Reach,
            channels=self._channels, person_id=person_id, after_id=after[0], after_channel=after[1], limit=limit,
        )  # fmt: skip

    def fetch_refused(self, conn: Connection, person_id: str) -> list[Reach]:
        """The person's own channels on which the latest drill was refused."""
        return [reach for reach in self.fetch_reachability(conn, person_id=person_id) if reach.state == "given_up"]

    def fetch_silent(self, conn: Connection, now: datetime) -> list[Reach]:
        """Channels that were drilled and have not been confirmed in time, or refused the drill."""
        reaches = self.fetch_reachability(conn)
        return [r for r in reaches if standing_of(r, now, self.confirm_within) in ("unconfirmed", "refused")]
