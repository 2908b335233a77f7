"""An RS-485 bus of Modbus RTU sensors behind a serial server: pymodbus answers, the world fills the registers.

An agent reaches it as `socket://127.0.0.1:PORT`, RTU frames and all; a bus on a cable differs only in its first metre.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Thread
from typing import cast

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from simulators.errors import Unsuitable

__all__ = ["BusFault", "ModbusBus", "Probe", "int16"]


class BusFault(Enum):
    """What can be wrong with a bus: nobody answers, noise flips bits, or the sensor answers with an exception."""

    NONE = "none"
    SILENT = "silent"
    GARBAGE = "garbage"
    DEVICE_FAILURE = "device_failure"


def int16(value: float) -> int:
    """A number as a register holds it: rounded, two's complement; what does not fit stays at the end of the range."""
    return max(-0x8000, min(0x7FFF, round(value))) & 0xFFFF


@dataclass(frozen=True)
class Probe:
    """One sensor on the bus. `registers` gives the value of each holding register, by address, at each request."""

    unit: int
    registers: Callable[[], Mapping[int, int]]


class ModbusBus:
    """A bus with some probes, served from a thread of its own until `stop`. Set `fault` at any time."""

    def __init__(self, probes: list[Probe]) -> None:
        if len({probe.unit for probe in probes}) != len(probes):
            raise Unsuitable("Two sensors on one bus have the same unit number.")
        self.fault = BusFault.NONE
        self.port = 0
        self._probes = probes
        self._running: tuple[asyncio.AbstractEventLoop, Thread, ModbusTcpServer] | None = None

    @property
    def url(self) -> str:
        """Where an agent finds it."""
        return f"socket://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the faults are ours, on purpose
        loop = asyncio.new_event_loop()
        thread = Thread(target=loop.run_forever, name="modbus bus", daemon=True)
        thread.start()
        self._running = loop, thread, asyncio.run_coroutine_threadsafe(self._serve(), loop).result(10)

    def stop(self) -> None:
        """Close the bus and its thread, if it runs."""
        if self._running is None:
            return
        loop, thread, server = self._running
        self._running = None
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()

    async def _serve(self) -> ModbusTcpServer:
        server = ModbusTcpServer(
            [self._device(probe) for probe in self._probes],
            framer=FramerType.RTU,
            address=("127.0.0.1", 0),
            ignore_missing_devices=True,
            trace_packet=self._wire,
        )
        await server.serve_forever(background=True)
        listening = cast("asyncio.Server", server.transport)
        self.port = int(listening.sockets[0].getsockname()[1])
        return server

    def _device(self, probe: Probe) -> SimDevice:
        async def refresh(  # called by pymodbus at each request
            _function: int, start: int, _address: int, _count: int, registers: list[int], _values: object
        ) -> ExcCodes | None:
            if self.fault is BusFault.DEVICE_FAILURE:
                return ExcCodes.DEVICE_FAILURE
            for at, value in probe.registers().items():
                registers[at - start] = value
            return None

        known = sorted(probe.registers())
        block = SimData(known[0], values=[0] * (known[-1] - known[0] + 1), datatype=DataType.REGISTERS)
        return SimDevice(id=probe.unit, simdata=[block], action=refresh)

    def _wire(self, sending: bool, packet: bytes) -> bytes:
        if not sending or not packet:
            return packet
        if self.fault is BusFault.SILENT:
            return b""
        if self.fault is BusFault.GARBAGE:
            return bytes(byte ^ 0x5A for byte in packet[:-1])
        return packet


async def _close(server: ModbusTcpServer) -> None:
    await server.shutdown()
    for _ in range(3):  # let the transports say goodbye
        await asyncio.sleep(0)
