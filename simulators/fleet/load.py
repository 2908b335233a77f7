"""Which readings a fleet has measured when: an even stream, the same for every run. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.errors import Unsuitable
from simulators.words import numbered

__all__ = ["Batch", "Load"]

QUANTITY = "soil_moisture"


@dataclass(frozen=True, slots=True)
class Batch:
    """The readings of one message: `count` times from `first_at` on, `step_us` microseconds apart."""

    first_at: datetime
    step_us: int
    count: int

    def times(self) -> list[datetime]:
        """When each was measured."""
        return [self.first_at + timedelta(microseconds=self.step_us * index) for index in range(self.count)]

    def values(self) -> list[float]:
        """What was measured: some plausible percentages that follow from the times alone."""
        first_us = round(self.first_at.timestamp() * 1e6)
        phases = ((first_us + self.step_us * index) // 1000 % 3_600_000 for index in range(self.count))
        return [round(30 + 8 * math.sin(phase * 2 * math.pi / 3_600_000), 2) for phase in phases]


@dataclass(frozen=True, slots=True)
class Load:
    """`rate` readings (values, one to a time) a second over `agents`, in messages of `batch`. Raises Unsuitable."""

    agents: int
    rate: float
    batch: int

    def __post_init__(self) -> None:
        if self.step_us < 1:
            raise Unsuitable(
                f"{numbered(self.agents, 'agent')} cannot measure {self.rate:g} a second: give each at most 1,000,000."
            )

    @property
    def step_us(self) -> int:
        """Microseconds from one reading of an agent to its next."""
        return round(self.agents / self.rate * 1e6)

    @property
    def messages_per_s(self) -> float:
        """Messages a second, of all agents together."""
        return self.rate / self.batch

    def ready_messages(self, agent: int, elapsed_s: float) -> int:
        """How many messages that agent has filled since the start; agents take turns evenly."""
        length_us = self.step_us * self.batch
        return max(0, math.floor((elapsed_s * 1e6 - self._offset_us(agent)) / length_us))

    def batch_of(self, agent: int, number: int, began_at: datetime) -> Batch:
        """The readings of that agent's message `number` (from 0); no two share a time."""
        at_us = self._offset_us(agent) + self.step_us * (self.batch * number + 1)
        return Batch(began_at + timedelta(microseconds=at_us), self.step_us, self.batch)

    def _offset_us(self, agent: int) -> int:
        return self.step_us * self.batch * agent // self.agents
