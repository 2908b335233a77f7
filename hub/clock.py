"""The hub's only clock. Everything else is handed `now`."""

import time
from datetime import UTC, datetime

__all__ = ["monotonic", "now"]


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never go back, for measuring durations within one process."""
    return time.monotonic()
