"""Instants as whole microseconds since 2000-01-01T00:00:00Z, PostgreSQL's own epoch.

Readings come by the million, and integers neither overflow near the years 1 and 9999 nor cost an object each. Pure.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

__all__ = ["EPOCH", "FIRST_PLAUSIBLE_US", "UNIX_EPOCH_US", "all_to_us", "from_us", "to_us"]

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
FIRST_PLAUSIBLE_US = 0
"""Nothing that this service hears of happened before the year 2000 (DESIGN.md part 2, Wire)."""
UNIX_EPOCH_US = -946_684_800_000_000


def to_us(instant: datetime) -> int:
    """Microseconds since 2000 of an aware instant; negative before it."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def all_to_us(instants: Iterable[datetime], shift_us: int = 0) -> list[int]:
    """The same for many at once, each moved by `shift_us`."""
    return [
        (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds + shift_us
        for since in [instant - EPOCH for instant in instants]
    ]


def from_us(microseconds: int) -> datetime:
    """The aware instant (UTC); raises OverflowError outside the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=microseconds)
