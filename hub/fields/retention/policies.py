"""What is kept how long, and whether old readings may go into the columnstore. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

__all__ = ["COLUMNSTORE_AFTER", "Policy", "Server", "What", "current", "has_columnstore", "keep_since"]

What = Literal["readings", "heartbeats", "quarantine", "notices", "flights"]
# Late readings are rare behind this; into the columnstore they cost more, and change nothing else.
COLUMNSTORE_AFTER = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Policy:
    """Something is kept for so many days (None: for ever), decided from a day on; `source` says by whom and why."""

    what: What
    since: date
    keep_days: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Server:
    """What the database says of itself: `timescaledb.license`, and whether it knows `convert_to_columnstore`."""

    licence: str
    converts: bool


def current(policies: Iterable[Policy], day: date) -> dict[What, Policy]:
    """What holds on a day: of each thing the newest policy that has begun."""
    begun = sorted((one for one in policies if one.since <= day), key=lambda one: one.since)
    return {one.what: one for one in begun}


def keep_since(policy: Policy | None, now: datetime) -> datetime | None:
    """The oldest instant that is kept; None when nothing goes."""
    if policy is None or policy.keep_days is None:
        return None
    return now - timedelta(days=policy.keep_days)


def has_columnstore(server: Server) -> bool:
    """Whether the server may compress old chunks: the community licence, in a build that has the code.

    Debian's build has the Apache edition, where the functions exist and refuse.
    """
    return server.licence == "timescale" and server.converts
