"""Publishes receipts.

At QoS 1 and with an hour to live: an agent whose link comes and goes may keep a session for them at the broker.
"""

from collections.abc import Callable, Iterable
from threading import Lock

from edge.wire.topics import NOBODY, receipt_of
from hub.ingest import metrics
from hub.ingest.arrivals import Judged
from hub.ingest.receipts import ReceiptBook

__all__ = ["ReceiptDesk"]


class ReceiptDesk:
    """Owes receipts for what was committed and sends them when they are due. Thread-safe."""

    def __init__(self, publish: Callable[[str, bytes], bool], clock_s: Callable[[], float]) -> None:
        self._publish = publish
        self._clock_s = clock_s
        self._book = ReceiptBook()
        self._lock = Lock()

    def owe(self, judged: Iterable[Judged]) -> None:
        """Owe receipts for these, stored or refused; who gave no outbox and sequence wants none."""
        owed: dict[tuple[str, str], list[int]] = {}
        for one in judged:
            arrival = one.arrival
            if arrival.topic is None or arrival.topic.agent == NOBODY:
                continue
            if arrival.outbox is not None and arrival.sequence is not None:
                owed.setdefault((arrival.topic.agent, arrival.outbox), []).append(arrival.sequence)
        with self._lock:
            for (agent, outbox), sequences in owed.items():
                self._book.add(agent, outbox, sequences)

    def send_due(self, *, at_once: bool = False) -> None:
        """Publish what is due; `at_once` also what an agent would have had to wait a second for."""
        with self._lock:
            due = self._book.take_due(float("inf") if at_once else self._clock_s())
        for place, one in enumerate(due):
            if not self._publish(receipt_of(one.agent_id), one.receipt.model_dump_json().encode()):
                with self._lock:
                    for unsent in due[place:]:
                        self._book.give_back(unsent)
                return
            metrics.RECEIPTS.inc()
