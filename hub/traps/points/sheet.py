"""A month of a ledger as the CSV that the city's system reads. Pure."""

from collections.abc import Iterable
from typing import Literal

from hub.texts.csv_text import csv_bytes
from hub.traps.points.ledger import Entry

__all__ = ["Ledger", "batch_name", "render_batch"]

Ledger = Literal["points", "bounty"]
_AMOUNT: dict[Ledger, str] = {"points": "points", "bounty": "yen"}


def batch_name(ledger: Ledger, month: str) -> str:
    """The id of a month's file: `points-2026-11`."""
    return f"{ledger}-{month}"


def render_batch(ledger: Ledger, batch_id: str, entries: Iterable[Entry]) -> bytes:
    """The file: a line for each entry, by number. People are the city's references, approvers are ids; no names."""
    head = [
        *("entry_id", "batch_id", "activity_date", "programme_code", "recipient_ref", _AMOUNT[ledger]),
        *("reason", "evidence_id", "approver", "reversal_of"),
    ]
    return csv_bytes(
        head,
        (
            (
                entry.id,
                batch_id,
                entry.activity_date.isoformat(),
                entry.programme,
                entry.recipient_ref,
                entry.amount,
                entry.reason,
                entry.evidence_id,
                entry.approver,
                entry.reversal_of,
            )
            for entry in sorted(entries, key=lambda entry: entry.id)
        ),
    )
