"""The worker: looks what is due, tells people, notices silence. Any number may run, woken by `due`, or each second.

One thread plans (due steps, leases, sweeps); each channel has threads of its own that deliver, so a slow mail server
holds up nobody else. What has gone wrong is logged and tried again: a worker that stops looking would be the quietest
failure of all.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from hub.alerts.channels import Channel, DeliveryError, Session, Unreached
from hub.alerts.dispatch import Dispatch
from hub.alerts.escalation import retry_after
from hub.alerts.sending import ClaimedMessage, Sending
from hub.errors import Unavailable
from hub.store import Connection, Database

__all__ = ["Clock", "Sweep", "Worker"]

Clock = Callable[[], datetime]
Sweep = Callable[[Connection, datetime], None]
Written = TypeVar("Written")

_SWEEP_EVERY = timedelta(seconds=2)
_POLL_S = 1.0
# Somebody answers one of a message's incidents at this very moment: so long until what is left is written down.
_BUSY_S = 0.02
# A connection that nobody has used for so many polls is given back.
_IDLE_POLLS = 5
# Incidents come in batches; a sweep must not wait for ever while more keep coming.
_BATCHES_AT_ONCE = 50
# What is underway when the worker is told to stop may take so long; otherwise its lease runs out and it goes again.
_LEAVE_S = 5.0

_log = structlog.get_logger()


class Worker:
    """One worker process. `sweeps` are called every two seconds, each in a transaction of its own.

    `silent_after_s`: after a time in which no worker ran, sweeps pause for so long, since nobody was heard meanwhile;
    those of `prompt` decide upon what was heard, and never pause.
    """

    def __init__(
        self,
        database: Database,
        dispatch: Dispatch,
        sending: Sending,
        channels: Sequence[Channel],
        clock: Clock,
        sweeps: Sequence[Sweep] = (),
        *,
        silent_after_s: float = 1800.0,
        prompt: Sequence[Sweep] = (),
    ) -> None:
        self._database = database
        self._dispatch = dispatch
        self._sending = sending
        self._channels = channels
        self._clock = clock
        self._sweeps = sweeps
        self._prompt = prompt
        self._silent_after = timedelta(seconds=silent_after_s)
        self._swept_at: datetime | None = None
        # What the threads tell one another, under one lock: what is underway, how often all were woken, how many live.
        self._changed = threading.Condition()
        self._underway: set[int] = set()
        self._wakings = 0
        self._living = 0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, and a few seconds at most after it."""
        for channel in self._channels:
            for number in range(channel.threads):
                name = f"{channel.name}-{number}"
                with self._changed:
                    self._living += 1
                # Where there are several, one waits for alarms only: no drill to a slow server holds it up.
                urgent = number == 0 and channel.threads > 1
                threading.Thread(target=self._deliver, args=(channel, stop, urgent), name=name, daemon=True).start()
        for _ in self._database.listen("due", stop=stop, idle_s=_POLL_S):
            if stop.is_set():
                break
            self._try("look", self._look)
        self._wake()
        with self._changed:
            self._changed.wait_for(lambda: self._living == 0, _LEAVE_S)

    # --- planning -----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        now = self._clock()
        for _ in range(_BATCHES_AT_ONCE):
            with self._database.transaction() as conn:
                done = self._dispatch.run_due_steps(conn, now)
            if not done:
                break
            self._wake()
        with self._changed:
            underway = sorted(self._underway)
        if underway:
            with self._database.transaction() as conn:
                self._sending.renew_leases(conn, underway, now)
        if self._swept_at is None or abs(now - self._swept_at) >= _SWEEP_EVERY:
            self._swept_at = now
            self._sweep(now)

    def _sweep(self, now: datetime) -> None:
        with self._database.transaction() as conn:
            looks = self._dispatch.watch(conn, now, self._silent_after)
        for sweep in (*self._prompt, *(self._sweeps if looks else ())):
            self._try("sweep", lambda sweep=sweep: self._run_sweep(sweep, now))

    def _run_sweep(self, sweep: Sweep, now: datetime) -> None:
        with self._database.transaction() as conn:
            sweep(conn, now)

    # --- delivering ---------------------------------------------------------------------------------------------------

    def _deliver(self, channel: Channel, stop: threading.Event, urgent: bool) -> None:
        session = channel.open_session()
        idle = 0
        while not stop.is_set():
            with self._changed:
                seen = self._wakings
            did_something = self._try("deliver", lambda: self._deliver_one(channel.name, session, stop, urgent=urgent))
            idle = 0 if did_something else idle + 1
            if idle == _IDLE_POLLS:
                session.close()
            if not did_something:
                self._rest(seen, stop)
        session.close()
        with self._changed:
            self._living -= 1
            self._changed.notify_all()

    def _rest(self, seen: int, stop: threading.Event) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._wakings != seen or stop.is_set(), _POLL_S)

    def _deliver_one(self, channel: str, session: Session, stop: threading.Event, *, urgent: bool) -> bool:
        with self._database.transaction() as conn:
            claimed = self._sending.claim(conn, channel, self._clock(), urgent=urgent)
        if claimed is None:
            return False
        with self._changed:
            self._underway.add(claimed.id)
        try:
            self._carry(claimed, session, stop)
        finally:
            with self._changed:
                self._underway.discard(claimed.id)
        return True

    def _carry(self, claimed: ClaimedMessage, session: Session, stop: threading.Event) -> None:
        """Say it, and write down how it went."""
        defect = False
        try:
            with self._database.transaction() as conn:
                message = self._sending.make_message(conn, claimed, self._clock())
            if message is None:
                self._write(lambda conn, now: self._sending.record_needless(conn, claimed, now), stop)
                return
            gone = session.send(message).gone
        except DeliveryError as failed:
            error, gone = failed, failed.gone
        except Exception as failed:  # noqa: BLE001  # a defect of ours: the message stays due, and the log says why
            _log.exception("message_failed", message=claimed.id)
            error, gone, defect = Unreached(f"{failed!r}"[:300]), (), True
        else:
            error = None
        if gone:
            self._write(lambda conn, now: self._sending.end_ways(conn, claimed.channel, gone, now), stop)
        if error is None:
            self._record_sent(claimed, stop)
        else:
            self._record_failure(claimed, error, stop, defect=defect)

    def _record_sent(self, claimed: ClaimedMessage, stop: threading.Event) -> None:
        """As soon as the database can be reached; unwritten, the message would go out again."""
        while not self._write(lambda conn, now: self._sending.record_sent(conn, claimed, now), stop):
            if stop.wait(_BUSY_S):
                break

    def _record_failure(
        self, claimed: ClaimedMessage, error: DeliveryError, stop: threading.Event, *, defect: bool
    ) -> None:
        tried = self._write(lambda conn, _now: self._sending.fetch_tried(conn, claimed), stop)
        for one in tried:
            if self._dispatch.is_news(one, error):
                self._write(
                    lambda conn, now, one=one: self._dispatch.record_failure(
                        conn, one, error, now + retry_after(claimed.attempts), now
                    ),
                    stop,
                )
        self._write(lambda conn, now: self._sending.record_failure(conn, claimed, error, now, defect=defect), stop)
        _log.warning(
            "not_delivered", message=claimed.id, purpose=claimed.purpose, person=claimed.person_id,
            channel=claimed.channel, incidents=len(tried), attempts=claimed.attempts, permanent=error.permanent,
            error=str(error),
        )  # fmt: skip
        self._wake()

    def _write(self, act: Callable[[Connection, datetime], Written], stop: threading.Event) -> Written:
        """One transaction, as soon as the database can be reached. Raises Unavailable when the worker is to stop."""
        while True:
            try:
                with self._database.transaction() as conn:
                    return act(conn, self._clock())
            except Unavailable:
                if stop.wait(_POLL_S):
                    raise

    # --- parts --------------------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        with self._changed:
            self._wakings += 1
            self._changed.notify_all()

    def _try(self, what: str, act: Callable[[], bool | None]) -> bool:
        """Run `act`; False when it did nothing or failed, which the log says."""
        try:
            return bool(act())
        except Unavailable as error:
            _log.warning(f"{what}_postponed", error=str(error))
        except Exception:  # noqa: BLE001  # a worker must go on looking, whatever one look ran into
            _log.exception(f"{what}_failed")
        return False
