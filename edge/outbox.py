"""What must not be lost, on disk: events and batches until the hub's receipt, measured rows until they are batched,
traps' phases.

The only place that knows SQLite. Each method is one transaction, on the disk when it returns (WAL, `synchronous=FULL`),
and may be called from any thread. The outbox's id is born with the file: a replaced SD card starts a new numbering
under a new name. Failures are DiskError: DiskFullError when making room may help, DamagedError when only a new file
does.
"""

import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from edge.core.clock import Moment
from edge.core.draft import Draft
from edge.core.readings import Row
from edge.core.trap import Phase
from edge.errors import DamagedError, DiskError, DiskFullError

__all__ = ["Entry", "Kept", "Outbox", "salvage", "set_aside"]

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    kind TEXT NOT NULL,
    urgent INTEGER NOT NULL,  -- 1: a trigger, never dropped; 0: readings; -1: about now, dropped first
    boot TEXT NOT NULL,       -- the boot whose uptime may be sent along
    row_count INTEGER NOT NULL,
    frozen BLOB NOT NULL      -- edge.wire.codec.freeze
);
CREATE INDEX IF NOT EXISTS entry_order ON entry (urgent, sequence);
CREATE TABLE IF NOT EXISTS pending (
    number INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    boot TEXT NOT NULL,
    clock TEXT NOT NULL,
    time TEXT NOT NULL,
    uptime REAL NOT NULL,
    measured TEXT NOT NULL    -- JSON: quantity -> value or null
);
CREATE TABLE IF NOT EXISTS phase (device TEXT PRIMARY KEY, phase TEXT NOT NULL) WITHOUT ROWID;
"""
# A full check of a big file takes an SD card minutes; damage there is noticed when it is met.
_CHECK_UP_TO_BYTES = 8_000_000
# The log is folded into the file at this size (4 KB a page) and its space used again: folding needs little room on a
# full disk.
_LOG_PAGES = 64
_DROP_AT_ONCE = 16
_SET_ASIDE_KEPT = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept message and its place."""

    sequence: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class Kept:
    """All that an outbox holds, to be moved into another one."""

    drafts: Sequence[Draft]
    rows: Sequence[tuple[str, Row]]
    phases: Mapping[str, Phase]


class Outbox:
    """One outbox file (`path`), or one in memory (None), of about `max_bytes`; raises DiskError when it cannot be
    opened.
    """

    def __init__(self, path: Path | None, max_bytes: int) -> None:
        self._lock = threading.RLock()
        self._max_bytes = max_bytes
        with _explained():
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=10)
            try:
                self.id = self._set_up()
            except BaseException:
                self._db.close()
                raise

    def _set_up(self) -> str:
        # The order matters: auto_vacuum can only be chosen before the first table.
        for pragma in (
            "auto_vacuum=INCREMENTAL",
            "journal_mode=WAL",
            "synchronous=FULL",
            f"wal_autocheckpoint={_LOG_PAGES}",
        ):
            self._db.execute(f"PRAGMA {pragma}").fetchall()
        if self._used() <= _CHECK_UP_TO_BYTES:
            verdict = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != ("ok",):
                raise DamagedError(f"the outbox is damaged: {verdict}")
        self._db.executescript(_SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('id', ?)", (uuid.uuid4().hex,))
        return str(self._db.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()[0])

    def close(self) -> None:
        """Close the file; what it holds stays."""
        with self._lock, _explained():
            self._db.close()

    # -- writing

    def append(self, draft: Draft, phase: Phase | None = None) -> int:
        """Keep a message (and, with it or not at all, its trap's new phase); returns its sequence number."""
        with self._transaction():
            if phase is not None:
                self._put_phase(draft.device, phase)
            return self._insert(draft)

    def put_phase(self, device: str, phase: Phase) -> None:
        """Remember a trap's phase."""
        with self._transaction():
            self._put_phase(device, phase)

    def add_row(self, device: str, row: Row) -> int:
        """Keep one measured row until it is sealed; returns how many of the device wait."""
        with self._transaction():
            self._insert_row(device, row)
            return int(self._db.execute("SELECT count(*) FROM pending WHERE device = ?", (device,)).fetchone()[0])

    def seal(self, device: str, compose: Callable[[Sequence[Row]], Sequence[Draft]]) -> int:
        """Turn all waiting rows of a device into messages, both or neither; returns how many messages."""
        with self._transaction():
            rows = [row for _, row in self._rows(device)]
            drafts = compose(rows) if rows else ()
            for draft in drafts:
                self._insert(draft)
            self._db.execute("DELETE FROM pending WHERE device = ?", (device,))
            return len(drafts)

    def remove(self, sequences: Iterable[int]) -> None:
        """Let go of messages that the hub has."""
        with self._transaction():
            self._db.executemany("DELETE FROM entry WHERE sequence = ?", ((sequence,) for sequence in sequences))

    def put_meta(self, key: str, value: str) -> None:
        """Remember a word."""
        with self._transaction():
            self._put_meta(key, value)

    def absorb(self, kept: Kept) -> None:
        """Take over all that another outbox held."""
        with self._transaction():
            for device, phase in kept.phases.items():
                self._put_phase(device, phase)
            for draft in kept.drafts:
                self._insert(draft)
            for device, row in kept.rows:
                self._insert_row(device, row)

    def drop_readings(self, share: float) -> int:
        """Make room: drop the oldest `share` (0..1) of the batches of readings, at least a few;
        returns how many rows.
        """
        with self._transaction():
            count = int(self._db.execute("SELECT count(*) FROM entry WHERE urgent < 1").fetchone()[0])
            return self._drop(max(_DROP_AT_ONCE, int(count * share)))[1]

    def tidy(self) -> None:
        """Give space that is free for long back to the disk, a little at a time."""
        with self._lock, _explained():
            self._db.execute("PRAGMA incremental_vacuum(256)").fetchall()

    def fold_log(self) -> None:
        """Fold the write-ahead log into the file; its space stays and is used again, which needs no
        room on a full disk.
        """
        with self._lock, _explained():
            self._db.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    # -- reading

    def triggers(self) -> list[int]:
        """The sequence numbers of all triggers, oldest first."""
        return self._numbers("SELECT sequence FROM entry WHERE urgent = 1 ORDER BY sequence")

    def readings(self, most: int) -> list[int]:
        """The sequence numbers of the oldest messages that are no triggers."""
        return self._numbers("SELECT sequence FROM entry WHERE urgent = 0 ORDER BY sequence LIMIT ?", most)

    def fresh(self) -> list[int]:
        """The sequence numbers of all messages that are about now, newest first."""
        return self._numbers("SELECT sequence FROM entry WHERE urgent = -1 ORDER BY sequence DESC")

    def entry(self, sequence: int) -> Entry | None:
        """One message, or None when it is gone."""
        with self._lock, _explained():
            found = self._db.execute(
                "SELECT device, kind, urgent, boot, row_count, frozen, sequence FROM entry WHERE sequence = ?",
                (sequence,),
            ).fetchone()
        return None if found is None else Entry(found[-1], _draft(found))

    def count(self) -> int:
        """How many messages wait."""
        with self._lock, _explained():
            return int(self._db.execute("SELECT count(*) FROM entry").fetchone()[0])

    def dropped(self) -> int:
        """How many measured rows were dropped for want of room since this outbox began."""
        return int(self.meta("dropped") or 0)

    def meta(self, key: str) -> str | None:
        """A word remembered by `put_meta`."""
        with self._lock, _explained():
            found = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def phases(self) -> dict[str, Phase]:
        """The phases of all traps, as last remembered."""
        with self._lock, _explained():
            return {
                device: cast("Phase", phase) for device, phase in self._db.execute("SELECT device, phase FROM phase")
            }

    def waiting_devices(self) -> list[str]:
        """The devices that have rows which are not sealed."""
        with self._lock, _explained():
            return [
                str(device) for (device,) in self._db.execute("SELECT DISTINCT device FROM pending ORDER BY device")
            ]

    def kept(self) -> Kept:
        """All that it holds."""
        with self._lock, _explained():
            drafts = [
                _draft(found)
                for found in self._db.execute(
                    "SELECT device, kind, urgent, boot, row_count, frozen FROM entry ORDER BY sequence"
                )
            ]
            return Kept(drafts, self._rows(), self.phases())

    # -- inside a transaction

    @contextmanager
    def _transaction(self) -> Generator[None]:
        with self._lock, _explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._bound()
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors (a full disk, for one).
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _bound(self) -> None:
        while self._used() > self._max_bytes and self._drop(_DROP_AT_ONCE)[0]:
            pass

    def _drop(self, most: int) -> tuple[int, int]:
        """Drop the oldest batches; returns how many, and how many rows they held."""
        gone = self._db.execute(
            "DELETE FROM entry WHERE sequence IN"
            " (SELECT sequence FROM entry WHERE urgent < 1 ORDER BY urgent, sequence LIMIT ?) RETURNING row_count",
            (most,),
        ).fetchall()
        dropped = sum(int(count) for (count,) in gone)
        if gone:
            before = self._db.execute("SELECT value FROM meta WHERE key = 'dropped'").fetchone()
            self._put_meta("dropped", str(dropped + (int(before[0]) if before else 0)))
        return len(gone), dropped

    def _used(self) -> int:
        pages, free, size = (
            int(self._db.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def _insert(self, draft: Draft) -> int:
        cursor = self._db.execute(
            "INSERT INTO entry (device, kind, urgent, boot, row_count, frozen) VALUES (?, ?, ?, ?, ?, ?)",
            (
                draft.device,
                draft.kind,
                -1 if draft.fresh else int(draft.urgent),
                draft.boot,
                draft.row_count,
                draft.frozen,
            ),
        )
        return int(cursor.lastrowid or 0)

    def _insert_row(self, device: str, row: Row) -> None:
        moment = row.moment
        self._db.execute(
            "INSERT INTO pending (device, boot, clock, time, uptime, measured) VALUES (?, ?, ?, ?, ?, ?)",
            (device, moment.boot, moment.clock, moment.time.isoformat(), moment.uptime_s, json.dumps(dict(row.values))),
        )

    def _put_phase(self, device: str, phase: Phase) -> None:
        self._db.execute("INSERT OR REPLACE INTO phase VALUES (?, ?)", (device, phase))

    def _put_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _rows(self, device: str | None = None) -> list[tuple[str, Row]]:
        """The waiting rows, of one device or of all, in their order."""
        found = self._db.execute(
            "SELECT device, time, clock, boot, uptime, measured FROM pending"
            " WHERE device = ?1 OR ?1 IS NULL ORDER BY number",
            (device,),
        )
        return [_row(columns) for columns in found]

    def _numbers(self, sql: str, *parameters: int) -> list[int]:
        with self._lock, _explained():
            return [int(number) for (number,) in self._db.execute(sql, parameters)]


def _draft(found: Sequence[Any]) -> Draft:
    device, kind, urgent, boot, row_count, frozen = found[:6]
    return Draft(device, kind, urgent == 1, boot, frozen, row_count, fresh=urgent == -1)


def _row(found: Sequence[Any]) -> tuple[str, Row]:
    device, time, clock, boot, uptime_s, measured = found
    which: Literal["set", "unset"] = "set" if clock == "set" else "unset"
    try:
        return device, Row(Moment(datetime.fromisoformat(time), which, boot, uptime_s), json.loads(measured))
    except ValueError as error:
        raise DamagedError(f"the outbox is damaged: {error}") from error


@contextmanager
def _explained() -> Generator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        # Extended codes carry the kind in their low byte. Without a code (a closed database) it is a disk error like
        # any other.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_IOERR) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            raise DiskFullError(f"the disk is full ({error})") from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA):
            raise DamagedError(f"the outbox is damaged: {error}") from error
        raise DiskError(f"the outbox cannot be used: {error}") from error


def set_aside(path: Path) -> Path:
    """Rename a damaged outbox (and its log) so that a new one can begin; keeps the last few.
    Returns where it now lies.
    """
    aside = path.with_name(f"{path.stem}.damaged-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        older = sorted(path.parent.glob(f"{path.stem}.damaged-*{path.suffix}"), key=lambda file: file.stat().st_mtime)
        for file in older[: max(0, len(older) + 1 - _SET_ASIDE_KEPT)]:
            for end in ("", "-wal", "-shm"):
                file.with_name(file.name + end).unlink(missing_ok=True)
        for end in ("-wal", "-shm", ""):
            part = path.with_name(path.name + end)
            if part.exists():
                part.rename(aside.with_name(aside.name + end))
    except OSError as error:
        raise DiskError(f"the damaged outbox {path} cannot be set aside: {error.strerror}") from error
    return aside


def salvage(path: Path) -> Kept:
    """What can still be read of a damaged outbox: its triggers and phases. Never raises."""
    drafts: list[Draft] = []
    phases: dict[str, Phase] = {}
    try:
        db = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error:
        return Kept(drafts, (), phases)
    try:
        for device, phase in db.execute("SELECT device, phase FROM phase"):
            phases[str(device)] = phase
    except sqlite3.Error:
        pass
    try:
        for found in db.execute("SELECT device, kind, urgent, boot, row_count, frozen FROM entry WHERE urgent = 1"):
            drafts.append(_draft(found))
    except sqlite3.Error:
        pass
    finally:
        db.close()
    return Kept(drafts, (), phases)
