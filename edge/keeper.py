"""Keeping, whatever the disk does: the outbox on disk, and one in memory for as long as the disk refuses.

A trigger is never lost to a disk error: it is kept in memory and sent from there, while the disk is tried again. A full
disk makes room by dropping the oldest readings. A damaged outbox is set aside, what can be read of it saved, and a new
one begun. Each of these is said loudly, in the log and in the agent's health.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from edge.core.draft import Draft
from edge.core.readings import Row
from edge.core.trap import Phase
from edge.errors import DamagedError, DiskError, DiskFullError
from edge.outbox import Kept, Outbox, salvage, set_aside

__all__ = ["Keeper"]

_LOG = logging.getLogger(__name__)

T = TypeVar("T")

_MEMORY_BYTES = 4_000_000
# Held free, so that on a full disk the outbox can still fold its log (see Outbox.fold_log), or be opened at all.
_RESERVE_BYTES = 512_000
_DROP_SHARE = 0.1
_FILE = "outbox.sqlite3"
_RESERVE = "outbox.reserve"


class Keeper:
    """The agent's memory in `folder`, of about `max_bytes`. Never raises a DiskError; may be used from any thread."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._path, self._reserve, self._max_bytes = folder / _FILE, folder / _RESERVE, max_bytes
        self._lock = threading.RLock()
        self._memory = Outbox(None, _MEMORY_BYTES)
        self._memory_used = False
        self._disk: Outbox | None = None
        self._fault: str | None = None
        self._damage: str | None = None
        self._received: set[int] = set()
        self._phases: dict[str, Phase] = {}
        self._open()

    # -- what is kept

    def append(self, draft: Draft, phase: Phase | None = None) -> None:
        """Keep a message, with its trap's new phase; on disk when it returns, or in memory while the disk refuses."""
        with self._lock:
            if phase is not None:
                self._phases[draft.device] = phase
            self._write(lambda outbox: outbox.append(draft, phase))

    def put_phase(self, device: str, phase: Phase) -> None:
        """Remember a trap's phase."""
        with self._lock:
            self._phases[device] = phase
            self._write(lambda outbox: outbox.put_phase(device, phase))

    def phase(self, device: str) -> Phase:
        """A trap's phase as last remembered. Where that cannot be read, armed: an alarm too many, never one too few."""
        with self._lock:
            return self._phases.get(device, "armed" if self._damage or self._disk is None else "new")

    def add_row(self, device: str, row: Row) -> int:
        """Keep a measured row; returns how many of the device wait to be sealed."""
        return self._write(lambda outbox: outbox.add_row(device, row))

    def seal(self, device: str, compose: Callable[[Sequence[Row]], Sequence[Draft]]) -> None:
        """Turn a device's rows into messages."""
        self._write(lambda outbox: outbox.seal(device, compose))

    def waiting_devices(self) -> list[str]:
        """The devices that have rows which are not sealed, of this run or an earlier one."""
        with self._lock:
            return self._read(lambda outbox: outbox.waiting_devices(), [])

    # -- what is sent

    def outboxes(self) -> list[Outbox]:
        """Where messages wait: the disk, and the memory while it is needed."""
        with self._lock:
            disk = [self._disk] if self._disk else []
            return [*disk, self._memory] if self._memory_used else disk

    def waiting(self, outbox: Outbox, most_readings: int) -> tuple[list[int], list[int]]:
        """The sequence numbers of all triggers and of the oldest readings of one outbox that have no receipt."""
        with self._lock:
            received = self._received if outbox is self._disk else frozenset[int]()
            triggers = self._ask(outbox, lambda one: one.triggers(), [])
            readings = self._ask(outbox, lambda one: one.readings(most_readings + len(received)), [])
            return (
                [sequence for sequence in triggers if sequence not in received],
                [sequence for sequence in readings if sequence not in received][:most_readings],
            )

    def fresh(self, outbox: Outbox) -> list[int]:
        """The sequence numbers of all messages of one outbox that are about now, newest first."""
        with self._lock:
            received = self._received if outbox is self._disk else frozenset[int]()
            return [number for number in self._ask(outbox, lambda one: one.fresh(), []) if number not in received]

    def draft(self, outbox: Outbox, sequence: int) -> Draft | None:
        """One waiting message; None when it cannot be had (any more)."""
        with self._lock:
            entry = self._ask(outbox, lambda one: one.entry(sequence), None)
            return entry.draft if entry else None

    def remove(self, outbox: Outbox, sequences: Iterable[int]) -> None:
        """Let go of what the hub has; what the disk will not let go now is not sent again, and goes later."""
        with self._lock:
            gone = list(sequences)
            if outbox is not self._disk:
                with contextlib.suppress(DiskError):
                    outbox.remove(gone)
                return
            self._received.update(gone)
            try:
                outbox.remove(self._received)
                self._received.clear()
            except DiskError as error:
                self._note(error)

    def count(self) -> int:
        """How many messages wait for their receipt."""
        with self._lock:
            waiting = sum(self._ask(outbox, lambda one: one.count(), 0) for outbox in self.outboxes())
            return max(0, waiting - len(self._received))

    def dropped(self) -> int:
        """How many measured rows were dropped for want of room."""
        with self._lock:
            disk = [self._disk] if self._disk else []
            return sum(self._ask(outbox, lambda one: one.dropped(), 0) for outbox in [*disk, self._memory])

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the keeping, for a person."""
        with self._lock:
            return tuple(fault for fault in (self._fault, self._damage) if fault)

    # -- words

    def put_meta(self, key: str, value: str) -> None:
        """Remember a word."""
        self._write(lambda outbox: outbox.put_meta(key, value))

    def meta(self, key: str) -> str | None:
        """A word remembered."""
        with self._lock:
            return self._read(lambda outbox: outbox.meta(key), None)

    # -- care

    def tend(self) -> None:
        """To be called every few seconds: tries a disk that refused, and tidies one that works."""
        with self._lock:
            try:
                if self._disk is None:
                    self._disk = self._opened()
                if self._fault or self._memory_used or self._received:
                    self._recover(self._disk)
                # On a full disk, space given back would be gone for good.
                if self._hold_reserve():
                    self._disk.tidy()
            except DiskError as error:
                self._note(error)

    def close(self) -> None:
        """Write what memory holds if the disk takes it now, and close."""
        with self._lock:
            if self._memory_used:
                self.tend()
            if self._memory_used:
                _LOG.error(
                    "the disk still refuses: %d messages in memory are lost with this stop", self._memory.count()
                )
            for outbox in (self._disk, self._memory):
                if outbox is not None:
                    with contextlib.suppress(DiskError):
                        outbox.close()

    # -- inside

    def _open(self) -> None:
        try:
            self._disk = self._opened()
            self._phases |= self._disk.phases()
        except DiskError as error:
            self._note(error)
        self._hold_reserve()

    def _opened(self) -> Outbox:
        try:
            return Outbox(self._path, self._max_bytes)
        except DamagedError:
            raise
        except DiskError:
            # A full disk has no room for the log either.
            self._free_reserve()
            return Outbox(self._path, self._max_bytes)

    def _write(self, action: Callable[[Outbox], T]) -> T:
        with self._lock:
            # Twice, because a damaged outbox is replaced by a new one, which takes it.
            for _ in range(2):
                if self._disk is None or self._fault:
                    break
                try:
                    return self._with_room(self._disk, action)
                except DiskError as error:
                    self._note(error)
            self._memory_used = True
            return action(self._memory)

    def _with_room(self, disk: Outbox, action: Callable[[Outbox], T]) -> T:
        """Do it; as long as the disk is full, drop the oldest readings, more each time, and do it again."""
        share = _DROP_SHARE
        while True:
            try:
                return action(disk)
            except DiskFullError:
                self._free_reserve()
                disk.fold_log()
                dropped = disk.drop_readings(share)
                if not dropped:
                    raise
                _LOG.error("the disk is full: the %d oldest measured rows were dropped to make room", dropped)
                share = min(1.0, 2 * share)

    def _recover(self, disk: Outbox) -> None:
        disk.put_meta("probe", "1")
        if self._memory_used:
            kept = self._memory.kept()
            self._with_room(disk, lambda outbox: outbox.absorb(kept))
            # What was sent from memory goes once more under its new number; the hub knows its id and swallows it.
            self._memory.close()
            self._memory, self._memory_used = Outbox(None, _MEMORY_BYTES), False
            _LOG.warning("the disk takes writes again; %d messages moved to it from memory", len(kept.drafts))
        if self._received:
            disk.remove(self._received)
            self._received.clear()
        self._fault = None

    def _note(self, error: DiskError) -> None:
        if isinstance(error, DamagedError):
            try:
                self._begin_anew(error)
            except DiskError as worse:
                error = worse
            else:
                return
        if str(error) != self._fault:
            _LOG.error("%s; keeping in memory until it works again", error)
        self._fault = str(error)

    def _begin_anew(self, error: DamagedError) -> None:
        if str(error) != self._fault:
            _LOG.critical("%s", error)
        if self._disk is not None:
            with contextlib.suppress(DiskError):
                self._disk.close()
            self._disk = None
        kept = salvage(self._path)
        aside = set_aside(self._path)
        self._received.clear()
        self._damage = f"the outbox was damaged and set aside as {aside.name}"
        _LOG.critical("%s; a new one begins with the %d triggers that could be read", self._damage, len(kept.drafts))
        self._phases = {**kept.phases, **self._phases}
        disk = Outbox(self._path, self._max_bytes)
        disk.absorb(Kept(kept.drafts, (), self._phases))
        self._disk = disk

    def _hold_reserve(self) -> bool:
        """Have the reserve, if the disk has room for it; returns whether it is there."""
        try:
            if not self._reserve.exists():
                self._reserve.write_bytes(bytes(_RESERVE_BYTES))
            return True
        except OSError:
            self._free_reserve()
            return False

    def _free_reserve(self) -> None:
        with contextlib.suppress(OSError):
            self._reserve.unlink(missing_ok=True)

    def _read(self, question: Callable[[Outbox], T], otherwise: T) -> T:
        for outbox in self.outboxes():
            answer = self._ask(outbox, question, otherwise)
            if answer != otherwise:
                return answer
        return otherwise

    def _ask(self, outbox: Outbox, question: Callable[[Outbox], T], otherwise: T) -> T:
        try:
            return question(outbox)
        except DiskError as error:
            if outbox is self._disk:
                self._note(error)
            return otherwise
