"""What a flight duty remembers across restarts, in the outbox: where the flight stands, its mission, the orders.

An order is remembered before it is done. What a disk that refuses did not take is written again when it works.
"""

import logging
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from edge.core.flying.machine import Flight
from edge.core.flying.orders import Memory
from edge.keeper import Keeper
from edge.wire.orders import Mission

__all__ = ["Diary"]

_LOG = logging.getLogger(__name__)

Model = TypeVar("Model", bound=BaseModel)


class Diary:
    """The memory of one drone's duty."""

    def __init__(self, keeper: Keeper, device: str) -> None:
        self._keeper, self._device = keeper, device
        self._faults = keeper.faults()
        self.flight = self._read("flight", Flight) or Flight()
        self.memory = self._read("orders", Memory) or Memory()
        self.mission = self._read("mission", Mission)

    def put_flight(self, flight: Flight) -> None:
        """Where the flight stands now."""
        if flight is not self.flight and flight != self.flight:
            self.flight = flight
            self._write("flight", flight)

    def put_memory(self, memory: Memory) -> None:
        """What became of orders."""
        if memory is not self.memory:
            self.memory = memory
            self._write("orders", memory)

    def put_mission(self, mission: Mission | None) -> None:
        """The mission that the vehicle is to have."""
        self.mission = mission
        self._write("mission", mission)

    def tend(self) -> None:
        """To be called now and then: when the disk has changed its mind, all is written again."""
        faults = self._keeper.faults()
        if faults != self._faults:
            self._faults = faults
            self._write("flight", self.flight)
            self._write("orders", self.memory)
            self._write("mission", self.mission)

    def _write(self, what: str, value: BaseModel | None) -> None:
        self._keeper.put_meta(self._key(what), "" if value is None else value.model_dump_json())

    def _read(self, what: str, model: type[Model]) -> Model | None:
        text = self._keeper.meta(self._key(what))
        if not text:
            return None
        try:
            return model.model_validate_json(text)
        except ValidationError:
            _LOG.exception("what was remembered of %s (%s) cannot be read; it begins anew", self._device, what)
            return None

    def _key(self, what: str) -> str:
        return f"flight.{self._device}.{what}"
