"""What the rest of the hub asks of traps: load, decide, save; what must follow comes back as effects for alerts.

Everything happens in the caller's transaction. Locks are taken in the order trap, then incident (whoever applies the
effects comes second), and many traps in the order of their keys (`hold`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hub.errors import NotFound
from hub.store import Connection
from hub.traps.decisions import (
    Decision,
    Firing,
    Trap,
    decide_arm,
    decide_disarm,
    decide_found,
    decide_heard,
    decide_registered,
    decide_seen_to,
    decide_silence,
    decide_sprung,
)
from hub.traps.states import Effect, Line
from hub.traps.store import TrapStore

__all__ = ["Traps"]

_SWEEP_LIMIT = 200


class Traps:
    """The traps of a town. `silent_after_s`: a trap that says nothing for so many seconds is silent."""

    def __init__(self, *, silent_after_s: float) -> None:
        self._silent_after = timedelta(seconds=silent_after_s)
        # How much `silent_due_at` may lag behind the latest word, so that chatty traps do not write a row a message.
        self._slack = min(timedelta(seconds=5), self._silent_after / 10)
        self._store = TrapStore()

    def hold(self, conn: Connection, device_keys: Sequence[int]) -> None:
        """Lock the traps of a batch before its events are handled one by one, so that two batches never deadlock."""
        self._store.lock_all(conn, device_keys)

    def on_registered(self, conn: Connection, device_key: int, now: datetime) -> None:
        """A trap was registered: it is armed from now on."""
        self._store.add(conn, decide_registered(device_key, now, self._silent_after))

    def on_sprung(
        self, conn: Connection, device_key: int, *, occurred_at: datetime, uncertain: bool, late: bool, now: datetime
    ) -> list[Effect]:
        """The device says that the trap fired at `occurred_at` (the time of receipt when `uncertain`)."""
        firing = Firing(occurred_at, uncertain, late)
        return self._decide(conn, device_key, now, lambda trap: decide_sprung(trap, firing, now, self._silent_after))

    def on_heard(
        self, conn: Connection, device_key: int, *, line: Line | None = None, at: datetime, now: datetime
    ) -> list[Effect]:
        """The device itself said something at `at`: a status, readings, a photo; `line` is what it says of its wire.

        Cheap when there is no news: a trap's row is written once in several seconds at most.
        """
        trap = self._store.fetch(conn, device_key)
        if trap is not None and self._is_no_news(trap, line, at):
            return []
        return self._decide(conn, device_key, now, lambda trap: decide_heard(trap, at, line, now, self._silent_after))

    def on_reset(self, conn: Connection, device_key: int, *, at: datetime, now: datetime) -> list[Effect]:
        """The device says that a person has set the trap again. It is heard, and never ends `sprung`."""
        return self._decide(
            conn, device_key, now, lambda trap: decide_heard(trap, at, None, now, self._silent_after, "reset")
        )

    def on_found(self, conn: Connection, device_key: int, at: datetime) -> list[Effect]:
        """A person has recorded what was found in the trap. Every outcome ends `sprung`, "only visited" too."""
        return self._decide(conn, device_key, at, lambda trap: decide_found(trap, at))

    def on_incident_resolved(self, conn: Connection, device_key: int, kind: str, at: datetime) -> list[Effect]:
        """A person has closed an incident of this trap, of whatever kind."""
        if kind == "trap_sprung":
            return self.on_found(conn, device_key, at)
        return self._decide(conn, device_key, at, lambda trap: decide_seen_to(trap, at, self._silent_after))

    def sweep_silent(self, conn: Connection, now: datetime) -> list[Effect]:
        """Decide about traps that should have been heard by now, at most 200 a call; several workers may sweep."""
        self._store.pull_in(conn, now, self._silent_after)
        effects: list[Effect] = []
        for trap in self._store.claim_due(conn, now, _SWEEP_LIMIT):
            decision = decide_silence(trap, now)
            self._store.save(conn, trap, decision.trap)
            effects += decision.effects
        return effects

    def disarm(self, conn: Connection, device_key: int, now: datetime) -> list[Effect]:
        """A person takes the trap out of service. Raises NotFound, and Conflict while it is sprung."""
        return self._decide_by_person(conn, device_key, lambda trap: decide_disarm(trap, now))

    def arm(self, conn: Connection, device_key: int, now: datetime) -> list[Effect]:
        """A person puts the trap back into service. Raises NotFound, and Conflict unless it is armed or disarmed."""
        return self._decide_by_person(conn, device_key, lambda trap: decide_arm(trap, now, self._silent_after))

    def fetch_traps(self, conn: Connection, device_keys: Sequence[int] | None = None) -> dict[int, Trap]:
        """Traps by their device's key; all of them for None."""
        return {trap.device_key: trap for trap in self._store.fetch_all(conn, device_keys)}

    def _is_no_news(self, trap: Trap, line: Line | None, at: datetime) -> bool:
        if trap.state in ("silent", "sprung_silent") or (line is not None and line != trap.line):
            return False
        if trap.last_heard_at is None:
            return False
        known = trap.last_heard_at if trap.silent_due_at is None else trap.silent_due_at - self._silent_after
        return at <= max(known, trap.last_heard_at) + self._slack

    def _decide(
        self, conn: Connection, device_key: int, now: datetime, decide: Callable[[Trap], Decision]
    ) -> list[Effect]:
        trap = self._store.lock(conn, device_key)
        if trap is None:
            # What a trap says must not depend on whether somebody remembered to make its row.
            self._store.add(conn, decide_registered(device_key, now, self._silent_after))
            trap = self._store.lock(conn, device_key)
        return [] if trap is None else self._save(conn, trap, decide(trap))

    def _decide_by_person(self, conn: Connection, device_key: int, decide: Callable[[Trap], Decision]) -> list[Effect]:
        trap = self._store.lock(conn, device_key)
        if trap is None:
            raise NotFound
        return self._save(conn, trap, decide(trap))

    def _save(self, conn: Connection, trap: Trap, decision: Decision) -> list[Effect]:
        self._store.save(conn, trap, decision.trap)
        return list(decision.effects)
