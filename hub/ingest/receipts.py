"""Which receipts are due: committed sequence numbers as ranges, at most one message a second for each agent. Pure.

The second counts in each ingest process for itself: an agent whose messages reach two of them may hear two a second.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from edge.wire.messages import Receipt

__all__ = ["DueReceipt", "ReceiptBook", "merge_ranges"]

PAUSE_S = 1.0
"""Shortest time between two receipts for one agent, in seconds."""
MOST_RANGES = 200
"""Most ranges in one receipt; what is left goes with the next."""


@dataclass(frozen=True, slots=True)
class DueReceipt:
    """A receipt to publish to an agent."""

    agent_id: str
    receipt: Receipt


@dataclass(slots=True)
class _Account:
    """What one agent is owed: ranges by outbox, the oldest outbox first."""

    owed: dict[str, list[tuple[int, int]]] = field(default_factory=dict[str, list[tuple[int, int]]])
    not_before_s: float = float("-inf")


class ReceiptBook:
    """Collects what was committed and says what to publish when. Not thread-safe."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._accounts: dict[str, _Account] = {}

    def add(self, agent_id: str, outbox: str, sequences: Iterable[int]) -> None:
        """Owe the agent a receipt for these sequence numbers."""
        owed = self._accounts.setdefault(agent_id, _Account()).owed
        owed[outbox] = merge_ranges([*owed.get(outbox, ()), *((number, number) for number in sequences)])

    def take_due(self, now_s: float) -> list[DueReceipt]:
        """One receipt for each agent that is owed one and had none within the last second; they count as sent."""
        due: list[DueReceipt] = []
        for agent_id, account in list(self._accounts.items()):
            if account.not_before_s > now_s:
                continue
            if not account.owed:
                del self._accounts[agent_id]
                continue
            outbox, ranges = next(iter(account.owed.items()))
            del account.owed[outbox]
            if len(ranges) > MOST_RANGES:
                account.owed[outbox] = ranges[MOST_RANGES:]
            account.not_before_s = now_s + self._pause_s
            due.append(DueReceipt(agent_id, Receipt(outbox=outbox, sequences=ranges[:MOST_RANGES])))
        return due

    def give_back(self, due: DueReceipt) -> None:
        """Owe again what could not be published."""
        account = self._accounts.setdefault(due.agent_id, _Account())
        account.not_before_s = float("-inf")
        account.owed[due.receipt.outbox] = merge_ranges(
            [*account.owed.get(due.receipt.outbox, ()), *due.receipt.sequences]
        )

    def __len__(self) -> int:
        """How many agents are owed something, or had something within the last second."""
        return len(self._accounts)


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Inclusive ranges in order, none overlapping or touching another."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged
