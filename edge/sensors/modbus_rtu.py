"""Sensors on a Modbus RTU bus, over a serial port or a serial server's socket (`socket://HOST:PORT`).

The port is opened for each measurement and closed after it: an adapter that was pulled out and put back, or a server
that was restarted, needs no care. Who shares a bus measures in turn (see edge.field).
"""

import logging
import struct
from collections.abc import Mapping, Sequence
from typing import Literal

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType

from edge.config import ModbusRegister, ModbusRtuConfig
from edge.errors import SensorError

__all__ = ["ModbusRtu", "decode_words", "open_sensor", "spans"]

_MAX_WORDS = 100
_FORMATS = {"int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "float32": ">f"}

# What goes wrong on a bus is said once, by the agent, in words for the person who must go there.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


def words_of(register: ModbusRegister) -> int:
    """How many 16-bit registers a value takes."""
    return struct.calcsize(_FORMATS[register.type]) // 2


def decode_words(words: Sequence[int], kind: str, word_order: Literal["big", "little"]) -> float:
    """The number in 16-bit registers; the bytes of a word are big-endian (Modbus), the words as the sensor's manual
    says.
    """
    ordered = words if word_order == "big" else list(reversed(words))
    return float(struct.unpack(_FORMATS[kind], b"".join(word.to_bytes(2, "big") for word in ordered))[0])


def spans(registers: Sequence[ModbusRegister]) -> list[list[ModbusRegister]]:
    """Registers that can be asked for at once: same table, adjacent (a gap may be an address that
    the device refuses).
    """
    groups: list[list[ModbusRegister]] = []
    for register in sorted(registers, key=lambda one: (one.table, one.address)):
        last = groups[-1] if groups else []
        if last and _continues(last, register):
            last.append(register)
        else:
            groups.append([register])
    return groups


class ModbusRtu:
    """One Modbus device."""

    def __init__(self, config: ModbusRtuConfig) -> None:
        self._config = config

    def read(self) -> Mapping[str, float | None]:
        """Ask for all its registers; raises SensorError when one question gets no answer."""
        where = f"{self._config.port}, unit {self._config.unit}"
        client = self._client()
        try:
            if not client.connect():
                raise SensorError(f"{self._config.port} cannot be opened")
            values: dict[str, float | None] = {}
            for span in spans(self._config.registers):
                words = self._ask(client, span[0].table, span[0].address, _length(span))
                for register in span:
                    values[register.quantity] = _value(register, words[register.address - span[0].address :])
            return values
        except (ModbusException, OSError, struct.error) as error:
            raise SensorError(f"{where}: {_short(error)}") from error
        finally:
            client.close()

    def _client(self) -> ModbusSerialClient | ModbusTcpClient:
        config = self._config
        if config.port.startswith("socket://"):
            host, _, port = config.port.removeprefix("socket://").rpartition(":")
            return ModbusTcpClient(
                host, port=int(port), framer=FramerType.RTU, timeout=config.timeout_s, retries=config.retries
            )
        return ModbusSerialClient(
            config.port,
            framer=FramerType.RTU,
            baudrate=config.baud,
            parity=config.parity,
            stopbits=config.stop_bits,
            timeout=config.timeout_s,
            retries=config.retries,
        )

    def _ask(self, client: ModbusSerialClient | ModbusTcpClient, table: str, address: int, count: int) -> list[int]:
        read = client.read_holding_registers if table == "holding" else client.read_input_registers
        answer = read(address, count=count, device_id=self._config.unit)
        if answer.isError():
            code = getattr(answer, "exception_code", None)
            raise SensorError(
                f"{self._config.port}, unit {self._config.unit}: refuses register {address} (code {code})"
            )
        words = list(answer.registers)
        if len(words) < count:
            raise SensorError(
                f"{self._config.port}, unit {self._config.unit}: answered {len(words)} of {count} registers"
            )
        return words


def open_sensor(config: ModbusRtuConfig) -> ModbusRtu:
    """The sensor; nothing is opened yet."""
    return ModbusRtu(config)


def _continues(span: Sequence[ModbusRegister], register: ModbusRegister) -> bool:
    last = span[-1]
    adjacent = register.table == last.table and register.address == last.address + words_of(last)
    return adjacent and _length([*span, register]) <= _MAX_WORDS


def _length(span: Sequence[ModbusRegister]) -> int:
    return span[-1].address + words_of(span[-1]) - span[0].address


def _value(register: ModbusRegister, words: Sequence[int]) -> float | None:
    raw = decode_words(words[: words_of(register)], register.type, register.word_order)
    return None if raw == register.absent else raw * register.scale + register.offset


def _short(error: Exception) -> str:
    text = str(error).removeprefix("Modbus Error: ")
    return "no answer" if "No response" in text else text[:120]
