"""A pool of connections, transactions on them, and LISTEN/NOTIFY."""

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from hub.errors import Unavailable

__all__ = ["Connection", "Database", "Notification", "notify"]

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Notification:
    """What another process said with `notify`."""

    channel: str
    payload: Mapping[str, object]


def _configure(connection: Connection) -> None:
    connection.execute("set time zone 'UTC'")
    connection.commit()


class Database:
    """A pool over one database. Thread-safe; one for each process."""

    def __init__(
        self, url: str, *, name: str = "wanamori", min_size: int = 1, max_size: int = 8, timeout_s: float = 10.0
    ) -> None:
        self.url = url
        self._name = name
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=timeout_s,
            # The pool's own patience doubles from try to try; so short, whoever asks next makes it try again at once.
            reconnect_timeout=1.0,
            kwargs={"application_name": name},
            configure=_configure,
            check=ConnectionPool.check_connection,
            open=False,
            name=name,
        )
        self._pool.open()

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """One transaction: commits when the block ends, rolls back when it raises.

        Raises Unavailable when the database cannot be reached.
        """
        try:
            with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise Unavailable(f"The database cannot be reached: {error}") from error

    def listen(
        self, *channels: str, stop: Event, idle_s: float = 1.0, on_listening: Callable[[], None] | None = None
    ) -> Iterator[Notification | None]:
        """Yield what others notify on `channels`; None at least every `idle_s` seconds, for looking at what is due.

        Reconnects by itself (yielding None, since notices may have been missed) until `stop` is set; `on_listening` is
        called each time that the database has begun to listen for us.
        """
        while not stop.is_set():
            try:
                yield from self._listen_once(channels, stop, idle_s, on_listening)
            except psycopg.OperationalError:
                yield None
                stop.wait(idle_s)

    def _listen_once(
        self, channels: tuple[str, ...], stop: Event, idle_s: float, on_listening: Callable[[], None] | None
    ) -> Iterator[Notification | None]:
        with psycopg.connect(self.url, autocommit=True, application_name=f"{self._name} listen") as connection:
            for channel in channels:
                connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            if on_listening is not None:
                on_listening()
            yield None
            while not stop.is_set():
                is_quiet = True
                # psycopg hands over all that came in one packet, also beyond `stop_after`: none may be left behind.
                for notice in connection.notifies(timeout=idle_s, stop_after=1):
                    is_quiet = False
                    yield Notification(notice.channel, json.loads(notice.payload or "{}"))
                if is_quiet:
                    yield None

    def close(self) -> None:
        """Give every connection back to the server."""
        self._pool.close(timeout=timedelta(seconds=2).total_seconds())


def notify(connection: Connection, channel: str, payload: Mapping[str, object] | None = None) -> None:
    """Tell every listener on `channel` when the transaction commits; `payload` is a JSON object (under 8,000 bytes)."""
    connection.execute("select pg_notify(%s, %s)", (channel, json.dumps(payload or {}, separators=(",", ":"))))
