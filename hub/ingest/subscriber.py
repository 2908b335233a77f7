"""One ingest process: its subscriptions, a writer for each, receipts, and what is saved once a second.

Readings and events come on connections of their own, since MQTT has one queue a connection and a trigger must not stand
behind readings. The broker knows no "all but readings", so the readings' connection gets everything (kinds that nobody
knows must reach the quarantine too) and leaves aside the events, which are few and come on the other one.
"""

import gc
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, Thread

import structlog
from prometheus_client import start_http_server

from edge.wire.messages import HubAnnouncement
from edge.wire.topics import HUB_ANNOUNCEMENT, KINDS_UP, PREFIX, SHARED_UP
from hub import clock
from hub.bus import BrokerAddress, Delivery, Subscriber
from hub.config import Settings
from hub.errors import Unavailable
from hub.ingest import metrics
from hub.ingest.admission import Admission
from hub.ingest.arrivals import Judged
from hub.ingest.events import Handler, HeardHandler, StrangeHandler, UnreadableHandler
from hub.ingest.inbox import Inbox
from hub.ingest.lorawan.storing import UplinkStorer
from hub.ingest.lorawan.uplinks import UPLINK_FILTER
from hub.ingest.receipting import ReceiptDesk
from hub.ingest.standing import Standing
from hub.ingest.store.latest import rebuild_latest
from hub.ingest.store.names import is_writable
from hub.ingest.store.quarantine import prune_quarantine
from hub.ingest.storing import EventStorer, LastResort, Quarantine, ReadingStorer
from hub.ingest.writing import Outage, Writer
from hub.store import Database

__all__ = ["EVENT_KINDS", "IngestOptions", "IngestProcess"]

_log = structlog.get_logger(__name__)

EVENT_KINDS = tuple(kind for kind in KINDS_UP if kind != "readings")
_EVENT_FILTERS = tuple(f"$share/hub-events/{PREFIX}/up/+/+/{kind}" for kind in EVENT_KINDS)
_UPLINK_FILTERS = (f"$share/hub-lorawan/{UPLINK_FILTER}",)
_LEVELS = 6

_READINGS_BATCH_ROWS = 20_000
_EVENTS_BATCH = 200
_TICK_S = 0.1
_FLUSH_EVERY_S = 1.0
_PRUNE_EVERY_S = 30.0
_LEAVE_AFTER_S = 1.0
"""A database that does not take our writes for so long is gone, and so are we from the broker."""
_GRACE_S = 0.5
_CLOSE_WITHIN_S = 5.0
_QUIET_S = 0.1
_GC_OBJECTS = 200_000


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What a town may set: `late_after_s` as in docs/reference/settings.md, the greatest number of waiting messages."""

    late_after_s: float = 900.0
    queue_messages: int = 20_000
    metrics_port: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> "IngestOptions":
        """What the settings say."""
        return cls(settings.late_after_s, settings.ingest_queue_messages, settings.metrics_port)


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


class IngestProcess:
    """Any number of these share the load. `run` returns when `stop` is set and everything committed is answered for.

    `handlers` are called by kind, in the transaction that stores the event; `on_unreadable` for what a trap may be
    behind; `on_heard` about once a second; `on_strange` for readings that cannot be. `on_ready` is called once,
    when both subscriptions stand.
    """

    def __init__(  # noqa: PLR0913  # whom it tells of what, each by its name
        self,
        database: Database,
        broker: BrokerAddress,
        options: IngestOptions,
        *,
        handlers: Mapping[str, Handler],
        on_unreadable: UnreadableHandler | None = None,
        on_heard: HeardHandler | None = None,
        on_strange: StrangeHandler | None = None,
        on_ready: Callable[[], None] = _say_ready,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._database = database
        self._options = options
        self._now = now
        self._on_ready = on_ready
        self._is_ready = False
        self._name = secrets.token_hex(4)
        self._outage = Outage(clock.monotonic)
        self._standing = Standing(on_heard)
        self._receipts = ReceiptDesk(self._publish, clock.monotonic)
        self._events = self._event_writer(handlers, on_unreadable)
        self._readings = self._reading_writer(on_unreadable, on_strange)
        self._subscriptions = (
            self._subscriber(broker, _EVENT_FILTERS, self._events.inbox.put, "events", self._on_up),
            self._subscriber(broker, (SHARED_UP,), self._take_readings, "readings", self._on_up),
        )
        self._announcing = Lock()
        self._announced: tuple[int, ...] = ()
        # Apart from the two that agents wait for: a broker without rules for ChirpStack must not keep us from these.
        self._uplinks = self._uplink_writer()
        self._writers = (self._events, self._readings, self._uplinks)
        self._network_server = self._subscriber(broker, _UPLINK_FILTERS, self._uplinks.inbox.put, "lorawan")
        self._ticking = Event()

    def run(self, stop: Event) -> None:
        """Serve until `stop` is set; waits for the database and the broker as long as it takes."""
        # Messages make no cycles; looking for some among them every 700 objects took 40 % of a writer's time.
        gc.set_threshold(_GC_OBJECTS, 20, 20)
        with ExitStack() as leaving:
            if self._options.metrics_port is not None:
                server, thread = start_http_server(self._options.metrics_port, addr="127.0.0.1")
                leaving.callback(thread.join, 1.0)
                leaving.callback(server.server_close)
                leaving.callback(server.shutdown)
            leaving.callback(self._close)
            for writer in self._writers:
                writer.start()
            Thread(target=self._tick, name="ingest tick", daemon=True).start()
            while not stop.is_set():
                if not self._outage.lasts(0.0) and self._database_answers():
                    self._serve(stop)
                else:
                    self._outage.wait(_TICK_S)

    # --- in and out of the broker -------------------------------------------------------------------------------------

    def _serve(self, stop: Event) -> None:
        """Take our share for as long as we can commit it."""
        self._turn_away(False)
        for subscription in self._all_subscriptions():
            subscription.join()
        while not stop.is_set() and not self._outage.lasts(_LEAVE_AFTER_S):
            stop.wait(_TICK_S)
        if not stop.is_set():
            _log.error("left_the_broker", why="the database takes nothing")
            self._leave()

    def _leave(self) -> None:
        """Let the others take our share. What has come already is kept, and stored when the database is back."""
        self._turn_away(True)
        for subscription in self._all_subscriptions():
            subscription.unsubscribe(_GRACE_S)
        for subscription in self._all_subscriptions():
            subscription.leave()

    def _close(self) -> None:
        """Take what the broker has begun to send, commit it, give the receipts, go; in about five seconds at most."""
        until_s = clock.monotonic() + _CLOSE_WITHIN_S
        for subscription in self._all_subscriptions():
            subscription.unsubscribe(_GRACE_S)
        quiet_s = 0.0
        while quiet_s < _QUIET_S and clock.monotonic() < until_s and not self._outage.lasts(0.0):
            idle = all(writer.is_idle for writer in self._writers)
            quiet_s = quiet_s + _QUIET_S / 4 if idle else 0.0
            self._outage.wait(_QUIET_S / 4)
        self._turn_away(True)
        for writer in self._writers:
            if not writer.close(max(0.1, until_s - clock.monotonic())):
                _log.warning("left_unstored", path=writer.name, why="no time or no database; agents send it again")
        self._ticking.set()
        self._receipts.send_due(at_once=True)
        if not self._outage.lasts(0.0):
            self._flush()
        for subscription in self._all_subscriptions():
            subscription.stop()

    def _all_subscriptions(self) -> tuple[Subscriber, ...]:
        return (*self._subscriptions, self._network_server)

    def _turn_away(self, on: bool) -> None:
        for writer in self._writers:
            writer.inbox.turn_away(on)

    def _on_up(self) -> None:
        """Announce once that both stand, since each announcement has the whole town send again what has no receipt."""
        with self._announcing:
            times_up = tuple(subscription.times_up for subscription in self._subscriptions)
            if times_up == self._announced or not all(subscription.is_up for subscription in self._subscriptions):
                return
            self._announced = times_up
        announcement = HubAnnouncement(process=self._name, at=self._now())
        self._publish(HUB_ANNOUNCEMENT, announcement.model_dump_json().encode())
        _log.info("subscribed", process=self._name)
        if not self._is_ready:
            self._is_ready = True
            self._on_ready()

    def _take_readings(self, delivery: Delivery) -> None:
        levels = delivery.topic.split("/")
        if len(levels) == _LEVELS and levels[-1] in EVENT_KINDS:
            delivery.acknowledge()
        else:
            self._readings.inbox.put(delivery)

    def _publish(self, topic: str, payload: bytes) -> bool:
        return any(subscription.publish(topic, payload) for subscription in self._subscriptions)

    def _database_answers(self) -> bool:
        try:
            with self._database.transaction() as conn:
                return is_writable(conn)
        except Unavailable as error:
            _log.warning("no_database", fault=str(error))
            return False

    # --- after a commit, and once in a while --------------------------------------------------------------------------

    def _answer(self, judged: Sequence[Judged]) -> None:
        self._receipts.owe(judged)
        self._receipts.send_due()
        self._standing.note(judged)

    def _tick(self) -> None:
        """Receipts that had to wait, latest values, and the bounds of the quarantine."""
        flush_s = prune_s = clock.monotonic()
        is_rebuilt = False
        while not self._ticking.wait(_TICK_S):
            self._receipts.send_due()
            for writer in self._writers:
                metrics.QUEUE.labels(writer.name).set(len(writer.inbox))
            now_s = clock.monotonic()
            if now_s - flush_s < _FLUSH_EVERY_S or self._outage.lasts(0.0):
                continue
            flush_s = now_s
            is_rebuilt = is_rebuilt or self._guarded("rebuild", self._rebuild)
            self._flush()
            if now_s - prune_s >= _PRUNE_EVERY_S:
                prune_s = now_s
                self._guarded("prune", self._prune)

    def _flush(self) -> None:
        self._guarded("flush", lambda: self._standing.flush(self._database.transaction))

    def _rebuild(self) -> None:
        with self._database.transaction() as conn:
            changed = rebuild_latest(conn)
        if changed:
            _log.info("latest_rebuilt", values=changed)

    def _prune(self) -> None:
        with self._database.transaction() as conn:
            prune_quarantine(conn, self._now())

    @staticmethod
    def _guarded(what: str, act: Callable[[], None]) -> bool:
        """Do it; whether it succeeded. Nothing that fails here may keep receipts from being sent."""
        try:
            act()
        except Unavailable as error:
            _log.warning("not_now", what=what, fault=str(error))
            return False
        except Exception:  # noqa: BLE001  # a defect of ours; the next second is another try
            _log.exception("tick_failed", what=what)
            return False
        return True

    # --- parts --------------------------------------------------------------------------------------------------------

    def _subscriber(
        self,
        broker: BrokerAddress,
        filters: tuple[str, ...],
        take: Callable[[Delivery], object],
        what: str,
        on_up: Callable[[], None] = lambda: None,
    ) -> Subscriber:
        def on_delivery(delivery: Delivery) -> None:
            take(delivery)

        return Subscriber(
            broker,
            filters,
            on_delivery=on_delivery,
            on_up=on_up,
            receive_maximum=self._options.queue_messages,
            name=f"wanamori-ingest-{what}",
        )

    def _admission(self) -> Admission:
        return Admission(self._database.transaction, self._options.late_after_s, clock.monotonic)

    def _event_writer(self, handlers: Mapping[str, Handler], on_unreadable: UnreadableHandler | None) -> Writer:
        quarantine = Quarantine(on_unreadable)
        transaction = self._database.transaction
        return Writer(
            "events",
            Inbox(self._options.queue_messages),
            EventStorer(transaction, self._admission(), quarantine, handlers),
            LastResort(transaction, quarantine),
            most_rows=_EVENTS_BATCH,
            answer=self._answer,
            outage=self._outage,
            clock_s=clock.monotonic,
        )

    def _reading_writer(self, on_unreadable: UnreadableHandler | None, on_strange: StrangeHandler | None) -> Writer:
        quarantine = Quarantine(on_unreadable, on_strange)
        transaction = self._database.transaction
        return Writer(
            "readings",
            Inbox(self._options.queue_messages),
            ReadingStorer(transaction, self._admission(), quarantine),
            LastResort(transaction, quarantine),
            most_rows=_READINGS_BATCH_ROWS,
            answer=self._answer,
            outage=self._outage,
            clock_s=clock.monotonic,
        )

    def _uplink_writer(self) -> Writer:
        quarantine = Quarantine(None)
        transaction = self._database.transaction
        return Writer(
            "lorawan",
            Inbox(self._options.queue_messages),
            UplinkStorer(transaction, quarantine),
            LastResort(transaction, quarantine),
            most_rows=_EVENTS_BATCH,
            answer=self._answer,
            outage=self._outage,
            clock_s=clock.monotonic,
        )
