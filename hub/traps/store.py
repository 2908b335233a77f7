"""Traps in the database."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from hub.store import Connection, Queries, notify
from hub.traps.decisions import Trap
from hub.traps.history import Known, known_from

__all__ = ["TrapStore"]

_QUERIES = Queries.beside(__file__)
# A due instant further off than the rule allows, by more than this, was settled by a clock that has gone back since.
_SLACK = timedelta(minutes=1)


class TrapStore:
    """Rows of the table `trap` as values. Every function works in the caller's transaction."""

    def add(self, conn: Connection, trap: Trap) -> None:
        """Make the trap's row unless it is there."""
        if _QUERIES.run(conn, "add_trap", **asdict(trap)):
            _keep(conn, known_from(None, trap))

    def lock_all(self, conn: Connection, device_keys: Sequence[int]) -> None:
        """Lock many traps in the order of their keys."""
        _QUERIES.run(conn, "lock_traps", device_keys=list(device_keys))

    def lock(self, conn: Connection, device_key: int) -> Trap | None:
        """The trap, locked until the transaction ends; None when it has no row."""
        return _QUERIES.one(conn, "lock_trap", Trap, device_key=device_key)

    def fetch(self, conn: Connection, device_key: int) -> Trap | None:
        """The trap as it is."""
        return _QUERIES.one(conn, "fetch_trap", Trap, device_key=device_key)

    def fetch_all(self, conn: Connection, device_keys: Sequence[int] | None) -> list[Trap]:
        """These traps, by key; all of them for None."""
        keys = None if device_keys is None else list(device_keys)
        return _QUERIES.all(conn, "fetch_traps", Trap, device_keys=keys)

    def claim_due(self, conn: Connection, now: datetime, limit: int) -> list[Trap]:
        """Traps that should have been heard by now, locked; at most `limit`."""
        return _QUERIES.all(conn, "claim_due_traps", Trap, now=now, limit=limit)

    def pull_in(self, conn: Connection, now: datetime, silent_after: timedelta) -> None:
        """No trap may be due later than `silent_after` from now: the clock has gone back."""
        latest = now + silent_after
        _QUERIES.run(conn, "pull_in_silence", latest=latest, beyond=latest + _SLACK)

    def save(self, conn: Connection, before: Trap, after: Trap) -> None:
        """Write the trap; keep a change of its state for the statistics of effort, and tell the pages."""
        if after == before:
            return
        _QUERIES.run(conn, "save_trap", **asdict(after))
        _keep(conn, known_from(before, after))
        if after.state != before.state:
            device_id = _QUERIES.value(conn, "fetch_device_id", device_key=after.device_key)
            notify(conn, "live", {"what": "device", "id": device_id, "state": after.state})


def _keep(conn: Connection, known: Known | None) -> None:
    if known is not None:
        _QUERIES.run(conn, "add_history", **asdict(known))
