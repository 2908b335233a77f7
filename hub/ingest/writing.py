"""The writers: each takes deliveries from its inbox, gathers a batch, stores it, and only then answers for it."""

from collections.abc import Callable, Sequence
from threading import Condition, Event, Thread

import structlog

from hub.bus import Delivery
from hub.errors import Unavailable
from hub.ingest import metrics
from hub.ingest.arrivals import Arrival, Judged, read_arrival
from hub.ingest.inbox import Inbox
from hub.ingest.storing import LastResort, Storer

__all__ = ["Outage", "Writer"]

_log = structlog.get_logger(__name__)
_IDLE_S = 0.2
_CHUNK = 32
_LINGER_S = 0.005
_BACKOFF_S = (0.05, 0.2, 0.5, 1.0)
_TRIES_TOGETHER = 3

Answer = Callable[[Sequence[Judged]], None]
"""Called after the commit: receipts, latest values."""


class Outage:
    """Which writers cannot commit, and since when. Thread-safe."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._since_s: dict[str, float] = {}
        self._changed = Condition()

    def begins(self, name: str) -> None:
        """A writer could not commit."""
        with self._changed:
            self._since_s.setdefault(name, self._clock_s())
            self._changed.notify_all()

    def ends(self, name: str) -> None:
        """It could again."""
        if name in self._since_s:
            with self._changed:
                self._since_s.pop(name, None)
                self._changed.notify_all()

    def lasts(self, at_least_s: float) -> bool:
        """Whether some writer has not been able to commit for so long."""
        with self._changed:
            return any(self._clock_s() - since >= at_least_s for since in self._since_s.values())

    def wait(self, timeout_s: float) -> None:
        """Wait until something changes."""
        with self._changed:
            self._changed.wait(timeout_s)


class Writer:
    """One thread over one inbox. Nothing is acknowledged or receipted before it is committed.

    A batch is `most_rows` rows, or what has come 5 ms after its first message, or what waits already.
    """

    def __init__(
        self,
        name: str,
        inbox: Inbox,
        storer: Storer,
        last_resort: LastResort,
        *,
        most_rows: int,
        answer: Answer,
        outage: Outage,
        clock_s: Callable[[], float],
    ) -> None:
        self.name = name
        self.inbox = inbox
        self._storer = storer
        self._last_resort = last_resort
        self._most_rows = most_rows
        self._answer = answer
        self._outage = outage
        self._clock_s = clock_s
        self._closing = Event()
        self._give_up = Event()
        self._busy = False
        self._thread = Thread(target=self._run, name=f"ingest {name}", daemon=True)

    def start(self) -> None:
        """Begin to take and store."""
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is being stored."""
        return not self._busy and len(self.inbox) == 0

    def close(self, within_s: float) -> bool:
        """Store what waits and end; what is not stored within `within_s` seconds is left to be sent again.

        False when something was left.
        """
        self._closing.set()
        self._thread.join(within_s)
        self._give_up.set()
        if self._thread.is_alive():
            self._thread.join(_IDLE_S)
        return self.is_idle

    def _run(self) -> None:
        while not (self._closing.is_set() and len(self.inbox) == 0) and not self._give_up.is_set():
            first = self.inbox.take(_CHUNK, _IDLE_S)
            if first:
                self._busy = True
                deliveries, arrivals = self._gather(first)
                self._commit(deliveries, arrivals)
                self._busy = False

    def _gather(self, first: list[Delivery]) -> tuple[list[Delivery], list[Arrival]]:
        deliveries: list[Delivery] = []
        arrivals: list[Arrival] = []
        rows, until_s = 0, first[0].arrived_s + _LINGER_S
        chunk = first
        while chunk:
            deliveries += chunk
            for delivery in chunk:
                arrival = read_arrival(delivery.topic, delivery.payload, delivery.received_at)
                arrivals.append(arrival)
                rows += arrival.rows
            if rows >= self._most_rows:
                break
            chunk = self.inbox.take(_CHUNK, until_s - self._clock_s())
        return deliveries, arrivals

    def _commit(self, deliveries: list[Delivery], arrivals: list[Arrival]) -> None:
        judged = self._store_patiently(arrivals)
        if judged is None:
            return
        self._answer(judged)
        for delivery in deliveries:
            delivery.acknowledge()
        metrics.MESSAGES.labels(self.name).inc(len(arrivals))
        metrics.BATCH_SECONDS.labels(self.name).observe(self._clock_s() - deliveries[0].arrived_s)

    def _store_patiently(self, arrivals: list[Arrival]) -> list[Judged] | None:
        """Try until it is stored; None when the process ends before that."""
        tries = 0
        while True:
            try:
                judged = self._store(arrivals, insist=tries >= _TRIES_TOGETHER)
                self._outage.ends(self.name)
                return judged
            except Unavailable as error:
                _log.warning("cannot_commit", path=self.name, messages=len(arrivals), tries=tries + 1, fault=str(error))
                self._outage.begins(self.name)
                if self._give_up.wait(_BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)]):
                    return None
                tries += 1

    def _store(self, arrivals: Sequence[Arrival], *, insist: bool) -> list[Judged]:
        """The batch at once; when that fails for another reason than the database's absence, each message alone.

        What looks like absence can be one message's fault (a limit of the server that it breaks): to `insist` is to
        think so when the database answers all the same.
        """
        try:
            return self._storer.store(arrivals)
        except Unavailable:
            if not (insist and self._last_resort.can_write()):
                raise
        except Exception:  # noqa: BLE001  # a defect of ours over one message must not stop all others
            _log.exception("batch_failed", path=self.name, messages=len(arrivals))
        return [judged for arrival in arrivals for judged in self._store_alone(arrival, insist=insist)]

    def _store_alone(self, arrival: Arrival, *, insist: bool) -> list[Judged]:
        try:
            return self._storer.store([arrival])
        except Unavailable as error:
            if not (insist and self._last_resort.can_write()):
                raise
            return self._last_resort.keep(arrival, error)
        except Exception as error:  # noqa: BLE001  # the same; this is the one
            _log.exception("message_failed", path=self.name, topic=arrival.name)
            return self._last_resort.keep(arrival, error)
