"""Connect, stay, and connect again: how long is waited in between, and what is said of a connection that fails."""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from edge import host
from edge.config import LinkConfig
from edge.core.backlog import decide_delay
from edge.errors import ConfigError

__all__ = ["Staying"]

# A connection that lasted this long was a good one; the next loss starts its back-off anew.
_GOOD_AFTER_S = 30.0


class Staying:
    """Has a connection made again and again. `where` names the peer, `log` is told.

    Whoever stays sets `refused` when the peer refuses it, since a retry alone will not mend that.
    """

    def __init__(self, link: LinkConfig, where: str, log: logging.Logger, *, uptime_s: Callable[[], float]) -> None:
        self._link, self._where, self._log, self._uptime_s = link, where, log, uptime_s
        self._said: str | None = None
        self.refused = False

    def run(self, stay: Callable[[], None], is_over: Callable[[], bool], stop: threading.Event) -> None:
        """Call `stay`, which returns when its connection is gone, until `is_over`; `stop` ends the wait in between."""
        attempts = 0
        while not is_over():
            began_s, self.refused = self._uptime_s(), False
            stay()
            attempts = 1 if self._uptime_s() - began_s > _GOOD_AFTER_S else attempts + 1
            most_s = self._link.refused_s if self.refused else self._link.retry_most_s
            if not is_over():
                stop.wait(decide_delay(attempts, self._link.retry_first_s, most_s, host.chance()))

    @contextmanager
    def saying_what_fails(self) -> Generator[None]:
        """What goes wrong with the connection meanwhile ends it, is said, and goes no further."""
        try:
            yield
        except ConfigError as error:
            self.say(str(error))
        except OSError as error:
            self.say(f"no connection to {self._where}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever a peer's bytes do to the library, the agent goes on
            self.say(f"the connection to {self._where} broke: {error!r}")

    def is_there(self) -> None:
        """The connection is there: whatever goes wrong next is new."""
        self._said = None
        self._log.info("connected to %s", self._where)

    def say(self, what: str) -> None:
        """Log what is wrong, once: an agent may be without its peer for weeks."""
        self._log.log(logging.DEBUG if what == self._said else logging.WARNING, "%s", what)
        self._said = what
