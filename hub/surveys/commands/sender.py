"""Publishes orders: at once, and again each second until they are answered or have expired.

Any number of senders may run; a row that one has taken is not due for the others. What the broker does not take now is
due again in a second.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog

from edge.wire.orders import Command
from hub.errors import Unavailable
from hub.store import Database
from hub.surveys.commands.store import CHANNEL, claim_due

__all__ = ["Sender"]

_log = structlog.get_logger(__name__)
_EVERY_S = 1.0
# A little less, so that whoever looks each second finds it due.
_AGAIN_AFTER = timedelta(seconds=0.9)
_LIVES_S = 3


class Sender:
    """One sender. `publish(topic, payload, expiry_s)` says whether the broker was reached."""

    def __init__(
        self, database: Database, publish: Callable[[str, bytes, int], bool], now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._publish = publish
        self._now = now

    def start(self, stop: Event) -> Thread:
        """Send in a thread until `stop` is set."""
        thread = Thread(target=self.run, args=(stop,), name="orders", daemon=True)
        thread.start()
        return thread

    def run(self, stop: Event) -> None:
        """Send until `stop` is set. What goes wrong is logged and tried again in a second."""
        for _ in self._database.listen(CHANNEL, stop=stop, idle_s=_EVERY_S):
            if stop.is_set():
                break
            try:
                self.send_due()
            except Unavailable as error:
                _log.warning("orders_postponed", error=str(error))
            except Exception:  # noqa: BLE001  # a sender must go on, whatever one order ran into
                _log.exception("orders_failed")

    def send_due(self) -> int:
        """Send what is due; returns how many orders the broker took."""
        now = self._now()
        with self._database.transaction() as conn:
            due = claim_due(conn, now, _AGAIN_AFTER)
        sent = 0
        for one in due:
            # The broker keeps it no longer than it is good: it is sent again anyway.
            lives_s = max(1, min(_LIVES_S, int((one.expires_at - now).total_seconds())))
            payload = Command(order=one.text, signature=one.signature).model_dump_json().encode()
            if self._publish(one.topic, payload, lives_s):
                sent += 1
            else:
                _log.warning("order_not_sent", order=one.id, action=one.action)
        return sent
