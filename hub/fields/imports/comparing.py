"""What a file would change: rows held against what is stored already. Pure.

Stored are single floats, so values are the same when they are the same as single floats.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hub.fields.imports.lines import Row

__all__ = ["Addition", "Comparison", "Fate", "compare", "single"]

Fate = Literal["new", "filled", "known", "differs"]
"""A row is new; it adds values to a stored one; all of it is there already; it says otherwise than what is stored."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be written at one moment; `is_own`: no row was there."""

    values: dict[str, float]
    is_own: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The fate of each row, how many there are of each, and what is to be written. What is stored is never changed."""

    fates: dict[datetime, Fate] = field(default_factory=dict[datetime, Fate])
    additions: dict[datetime, Addition] = field(default_factory=dict[datetime, Addition])

    def count(self, fate: Fate) -> int:
        """How many rows have this fate."""
        return sum(one == fate for one in self.fates.values())


def single(value: float) -> float:
    """The value as the database keeps it."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def compare(rows: Mapping[datetime, Row], stored: Mapping[datetime, Mapping[str, float]]) -> Comparison:
    """Hold a file's rows against the stored ones."""
    comparison = Comparison()
    for at, row in rows.items():
        known = stored.get(at)
        if known is None:
            comparison.fates[at] = "new"
            comparison.additions[at] = Addition(dict(row.values), is_own=True)
            continue
        missing = {name: value for name, value in row.values.items() if name not in known}
        if any(name in known and single(known[name]) != single(value) for name, value in row.values.items()):
            comparison.fates[at] = "differs"
        else:
            comparison.fates[at] = "filled" if missing else "known"
        if missing:
            comparison.additions[at] = Addition(missing, is_own=False)
    return comparison
