"""Which stored values came with a file. They are history, however young: who tells of what is live leaves them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.store import Connection, Queries

__all__ = ["fetch_imported"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Row:
    measured_at: datetime
    quantities: Sequence[str]


def fetch_imported(
    conn: Connection, device_key: int, since: datetime, until: datetime
) -> Mapping[datetime, frozenset[str]]:
    """A station's quantities by moment, over [since, until), whose values are from files that were not taken back."""
    imported: dict[datetime, frozenset[str]] = {}
    for row in _queries.all(conn, "fetch_imported", _Row, device_key=device_key, since=since, until=until):
        imported[row.measured_at] = imported.get(row.measured_at, frozenset()) | {*row.quantities}
    return imported
