"""The bounded queue between the network and a writer: so many messages, so many bytes, and then the network waits."""

from collections import deque
from threading import Condition

from hub.bus import Delivery

__all__ = ["Inbox"]

_MOST_BYTES = 64 * 1024 * 1024
# What a message costs in memory beside its payload.
_OVERHEAD_BYTES = 500


class Inbox:
    """Deliveries in the order in which they came. Thread-safe; any number of putters, one taker."""

    def __init__(self, most_messages: int, most_bytes: int = _MOST_BYTES) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._turning_away = False
        self._changed = Condition()

    def put(self, delivery: Delivery) -> bool:
        """Add one, waiting while there is no room; False when it was turned away instead."""
        size = len(delivery.payload) + _OVERHEAD_BYTES
        with self._changed:
            self._changed.wait_for(lambda: self._has_room(size) or self._turning_away)
            if not self._has_room(size):
                return False
            self._waiting.append(delivery)
            self._bytes += size
            self._changed.notify_all()
            return True

    def take(self, most: int, wait_s: float) -> list[Delivery]:
        """Up to `most` of the oldest; waits up to `wait_s` seconds for the first."""
        with self._changed:
            if not self._waiting and wait_s > 0:
                self._changed.wait_for(lambda: bool(self._waiting), wait_s)
            taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            if taken:
                self._bytes -= sum(len(delivery.payload) + _OVERHEAD_BYTES for delivery in taken)
                self._changed.notify_all()
            return taken

    def turn_away(self, on: bool) -> None:
        """While on, what finds no room is dropped instead of waited for: its agent will send it again."""
        with self._changed:
            self._turning_away = on
            self._changed.notify_all()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def _has_room(self, size: int) -> bool:
        # A message greater than the whole bound still gets in, alone.
        return not self._waiting or (
            len(self._waiting) < self._most_messages and self._bytes + size <= self._most_bytes
        )
