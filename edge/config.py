"""What an agent is told: its configuration (TOML, by a person) and its credentials (JSON, by enrolling).

Two files, because one is shown to others when asking for help and the other never. Every setting is described in
docs/reference/edge-config.md. Errors are one line that names the setting.
"""

import json
import os
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from edge.core.flying.ground import ring_fault
from edge.errors import ConfigError
from edge.wire.messages import MAX_TIMES
from edge.wire.quantities import QUANTITIES
from edge.wire.topics import ID_PATTERN

__all__ = [
    "AgentConfig", "Calibration", "ClockConfig", "Credentials", "FlightConfig",
    "HealthConfig", "HomeAssistantConfig", "LinkConfig",
    "ModbusRegister", "ModbusRtuConfig", "MqttCredentials",
    "OneWireConfig", "OutboxConfig", "SensorConfig", "Sht31Config", "StationConfig", "TrapConfig",
    "load_config", "load_credentials", "save_credentials",
]  # fmt: skip

DeviceId = Annotated[str, Field(pattern=rf"^{ID_PATTERN}$")]
Seconds = Annotated[float, Field(ge=0, le=30 * 86400, allow_inf_nan=False)]
Pin = int | Annotated[str, Field(pattern=r"^[A-Za-z0-9:]+$")]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def _known_quantity(name: str) -> str:
    if name not in QUANTITIES:
        raise ValueError(f"{name!r} is no quantity; there are: {', '.join(QUANTITIES)}")
    return name


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrapConfig(_Settings):
    """One trap: a wire or magnet switch between a pin and ground (or the supply), closed while the trap is set.

    `pin` and `reset_pin` are gpiozero's names (17, "GPIO17", "BOARD11"). With `pull = "up"` a closed line reads low,
    with `"down"` high; `"none"` is for an external resistor, then `closed_is` says what a closed line reads.
    """

    device: DeviceId
    pin: Pin
    pull: Literal["up", "down", "none"] = "up"
    closed_is: Literal["low", "high"] | None = None
    reset_pin: Pin | None = None
    settle_s: Annotated[float, Field(ge=0.005, le=5)] = 0.05
    reset_after_s: Annotated[float, Field(ge=0.1, le=3600)] = 30.0
    tamper_after_s: Annotated[float, Field(ge=1, le=30 * 86400)] = 86400.0

    @property
    def closed_is_low(self) -> bool:
        """Whether a closed line pulls the pin low."""
        return (self.closed_is or {"up": "low", "down": "high", "none": "low"}[self.pull]) == "low"


class ModbusRegister(_Settings):
    """One quantity of a Modbus device: raw × scale + offset. `absent` is the raw value by which it says "no value"."""

    quantity: str
    address: Annotated[int, Field(ge=0, le=0xFFFF)]
    table: Literal["holding", "input"] = "holding"
    type: Literal["int16", "uint16", "int32", "uint32", "float32"] = "int16"
    word_order: Literal["big", "little"] = "big"
    scale: Finite = 1.0
    offset: Finite = 0.0
    absent: Finite | None = None

    _quantity = field_validator("quantity")(_known_quantity)


class ModbusRtuConfig(_Settings):
    """A sensor on a Modbus RTU bus: a serial port, or `socket://HOST:PORT` for a bus behind a serial server."""

    kind: Literal["modbus_rtu"]
    port: Annotated[str, Field(min_length=1)]
    unit: Annotated[int, Field(ge=1, le=247)] = 1
    baud: Annotated[int, Field(ge=300, le=1_000_000)] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 1.0
    retries: Annotated[int, Field(ge=0, le=10)] = 1
    registers: Annotated[tuple[ModbusRegister, ...], Field(min_length=1)]

    @field_validator("port")
    @classmethod
    def _socket_has_a_port(cls, port: str) -> str:
        if port.startswith("socket://"):
            host, _, number = port.removeprefix("socket://").rpartition(":")
            if not host or not number.isascii() or not number.isdigit() or not 0 < int(number) < 65536:
                raise ValueError("expected a serial device or socket://HOST:PORT")
        return port

    @property
    def quantities(self) -> tuple[str, ...]:
        """What it measures."""
        return tuple(register.quantity for register in self.registers)


class OneWireConfig(_Settings):
    """A DS18B20 as the kernel shows it. Without an `id` it is the only one on the bus."""

    kind: Literal["one_wire"]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{2}-[0-9a-f]{12}$")] | None = None
    path: Path = Path("/sys/bus/w1/devices")
    quantity: str = "soil_temperature"

    _quantity = field_validator("quantity")(_known_quantity)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What it measures."""
        return (self.quantity,)


class Sht31Config(_Settings):
    """An SHT31 (air temperature and humidity) on an I²C bus."""

    kind: Literal["sht31"]
    bus: Annotated[int, Field(ge=0, le=255)] = 1
    address: Literal[0x44, 0x45] = 0x44

    @property
    def quantities(self) -> tuple[str, ...]:
        """What it measures."""
        return ("air_temperature", "relative_humidity")


SensorConfig = Annotated[ModbusRtuConfig | OneWireConfig | Sht31Config, Field(discriminator="kind")]


class Calibration(_Settings):
    """From `since` on, value = measured × gain + offset; the newest that has begun counts."""

    quantity: str
    since: AwareDatetime
    gain: Finite = 1.0
    offset: Finite = 0.0

    _quantity = field_validator("quantity")(_known_quantity)


class StationConfig(_Settings):
    """One station: measured every `every_s`, sent every `send_every_s` (0: at once) or when
    `batch_rows` have gathered.
    """

    device: DeviceId
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    every_s: Annotated[float, Field(ge=0.05, le=86400)] = 60.0
    send_every_s: Seconds = 300.0
    batch_rows: Annotated[int, Field(ge=1, le=MAX_TIMES)] = 60
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 10.0
    sensors: Annotated[tuple[SensorConfig, ...], Field(min_length=1)]
    calibrations: tuple[Calibration, ...] = ()

    @model_validator(mode="after")
    def _one_sensor_a_quantity(self) -> "StationConfig":
        names = [name for sensor in self.sensors for name in sensor.quantities]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sensors measure {twice[0]}; depths and heights are stations of their own")
        return self


FlightLon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
FlightLat = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False)]
FlightHeight = Annotated[float, Field(ge=1, le=150, allow_inf_nan=False)]


class FlightConfig(_Settings):
    """One drone, by the link to its autopilot, and the bounds that its owner sets: whatever the town orders, it flies
    within `fence` ([lon, lat], not closed) and below `highest_m`.
    """

    device: DeviceId
    # Of any other form, also a path with a colon, the library makes UDP, and ends the process when that fails.
    connection: Annotated[str, Field(pattern=r"^((tcp|udpin|udpout):[^:\s]+:[0-9]{1,5}|/dev/[^:]+)$")]
    baud: Annotated[int, Field(ge=1200, le=3_000_000)] = 57_600
    fence: Annotated[tuple[tuple[FlightLon, FlightLat], ...], Field(min_length=3, max_length=80)]
    highest_m: FlightHeight = 120.0
    least_battery_percent: Annotated[float, Field(ge=0, le=100)] = 70.0
    most_wind_mps: Annotated[float, Field(ge=0, le=30)] = 8.0
    wind_station: DeviceId | None = None
    least_satellites: Annotated[int, Field(ge=0, le=50)] = 8
    most_hdop: Annotated[float, Field(gt=0, le=50)] = 2.0
    least_disk_mb: Annotated[float, Field(ge=0, le=100_000)] = 50.0
    rally: Annotated[tuple[tuple[FlightLon, FlightLat, FlightHeight], ...], Field(max_length=5)] = ()

    @field_validator("fence")
    @classmethod
    def _is_a_ring(cls, fence: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        fault = ring_fault(fence)
        if fault is not None:
            raise ValueError(fault)
        return fence


class ClockConfig(_Settings):
    """Whether the clock is believed: `system` asks the machine, `assume_set` is for a real-time
    clock, `unset` never.
    """

    source: Literal["system", "assume_set", "unset"] = "system"


class OutboxConfig(_Settings):
    """How much is kept and how it is sent again; see edge.core.backlog."""

    max_mb: Annotated[float, Field(ge=0.1, le=100_000)] = 200.0
    window: Annotated[int, Field(ge=4, le=1000)] = 64
    resend_first_s: Annotated[float, Field(ge=0.1, le=3600)] = 10.0
    resend_most_s: Annotated[float, Field(ge=0.1, le=86400)] = 300.0
    spread_s: Annotated[float, Field(ge=0, le=600)] = 3.0


class LinkConfig(_Settings):
    """The connection to the broker: how soon a dead one is noticed and how a lost one is tried again."""

    keepalive_s: Annotated[int, Field(ge=2, le=3600)] = 60
    connect_timeout_s: Annotated[float, Field(gt=0, le=120)] = 15.0
    retry_first_s: Annotated[float, Field(ge=0.05, le=600)] = 1.0
    retry_most_s: Annotated[float, Field(ge=0.05, le=3600)] = 120.0
    refused_s: Annotated[float, Field(ge=0.05, le=86400)] = 300.0


class HealthConfig(_Settings):
    """Where health is read. `battery_file` holds a number (a sysfs voltage in µV has `battery_scale = 1e-6`)."""

    heartbeat_s: Annotated[float, Field(ge=0.2, le=86400)] = 300.0
    battery_file: Path | None = None
    battery_scale: Finite = 1.0
    wireless_file: Path = Path("/proc/net/wireless")


class HomeAssistantConfig(_Settings):
    """A broker of the farmer's own, at which Home Assistant finds the stations; see edge.core.discovery."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    enabled: bool = True
    username: Annotated[str, Field(min_length=1)] | None = None
    password: Annotated[str | None, Field(repr=False)] = None
    password_file: Path | None = None
    tls: bool = False
    ca: Path | None = None
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")] = "homeassistant"
    language: Literal["ja", "en"] = "ja"
    leave_out: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "HomeAssistantConfig":
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file: one of them is enough")
        if self.username is None and (self.password is not None or self.password_file is not None):
            raise ValueError("a password without a username")
        if self.ca is not None and not self.tls:
            raise ValueError("ca is of no use without tls = true")
        return self


class AgentConfig(_Settings):
    """All that one agent is told. `data` is the folder of its outbox, `credentials` the file that enrolling writes."""

    data: Path = Path("/var/lib/wanamori-edge")
    credentials: Path = Path("credentials.json")
    clock: ClockConfig = ClockConfig()
    outbox: OutboxConfig = OutboxConfig()
    link: LinkConfig = LinkConfig()
    health: HealthConfig = HealthConfig()
    home_assistant: HomeAssistantConfig | None = None
    traps: tuple[TrapConfig, ...] = ()
    stations: tuple[StationConfig, ...] = ()
    flights: tuple[FlightConfig, ...] = ()

    @model_validator(mode="after")
    def _nothing_twice(self) -> "AgentConfig":
        devices = list(self.devices)
        connections = [flight.connection for flight in self.flights]
        pins = [str(pin) for trap in self.traps for pin in (trap.pin, trap.reset_pin) if pin is not None]
        for what, names in (("device", devices), ("pin", pins), ("connection", connections)):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {twice[0]!r} is named twice")
        return self

    @model_validator(mode="after")
    def _left_out_is_there(self) -> "AgentConfig":
        there = {station.device for station in self.stations}
        there |= {f"{one.device}/{name}" for one in self.stations for each in one.sensors for name in each.quantities}
        for name in self.home_assistant.leave_out if self.home_assistant else ():
            if name not in there:
                raise ValueError(f"home_assistant.leave_out: there is no {name!r}; write DEVICE or DEVICE/QUANTITY")
        return self

    @model_validator(mode="after")
    def _wind_is_measured(self) -> "AgentConfig":
        for flight in self.flights:
            station = next((one for one in self.stations if one.device == flight.wind_station), None)
            names = {name for each in station.sensors for name in each.quantities} if station else set[str]()
            if flight.wind_station is not None and not names & {"wind_speed", "wind_gust"}:
                raise ValueError(f"flights.wind_station: no station {flight.wind_station!r} here measures wind")
        return self

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of all its devices, traps first."""
        return tuple(one.device for one in (*self.traps, *self.stations, *self.flights))


class MqttCredentials(BaseModel):
    """Where the broker is and as whom the agent speaks to it; `ca` is the town's certificate authority (PEM)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)]
    tls: bool = False
    username: Annotated[str, Field(min_length=1)]
    password: Annotated[str, Field(repr=False)]
    ca: str | None = None


class Credentials(BaseModel):
    """The hub's answer to enrolling, kept as it came. `command_key` is the town's public key for signed commands."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    agent: DeviceId
    mqtt: MqttCredentials
    command_key: str | None = None
    enrolled_at: datetime | None = None


def load_config(path: Path) -> AgentConfig:
    """Read a configuration; relative paths in it are from its own folder. Raises ConfigError, one line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"there is no configuration at {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {_cause(error)}") from error
    try:
        config = AgentConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}") from error
    folder = path.absolute().parent
    data = folder / config.data
    home = config.home_assistant
    if home is not None:
        files = {"ca": home.ca, "password_file": home.password_file}
        home = home.model_copy(update={name: folder / path for name, path in files.items() if path is not None})
    credentials = _credentials(config, folder, data)
    return config.model_copy(update={"data": data, "credentials": credentials, "home_assistant": home})


def load_credentials(path: Path) -> Credentials:
    """Read what enrolling wrote; raises ConfigError, one line, that never shows a secret."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"this agent is not enrolled ({path} is missing): wanamori-edge enrol --hub URL --code CODE"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {_cause(error)}") from error
    try:
        return Credentials.model_validate_json(text)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_problem(error)}; enrol again") from error


def save_credentials(path: Path, credentials: Credentials) -> None:
    """Write credentials, all or nothing, readable by their owner alone: the folder's owner. Raises ConfigError."""
    draft = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(credentials.model_dump(mode="json", exclude_none=True), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            # Enrolling is often done with sudo; the service runs as the user who owns the folder.
            owner = path.parent.stat()
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
        # The code that they cost is spent: not even a power cut right now may take them away.
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {_cause(error)}") from error


def _credentials(config: AgentConfig, folder: Path, data: Path) -> Path:
    """Where they are told to be; else in the data's folder, which the service's user can read, or
    beside the configuration.
    """
    if "credentials" in config.model_fields_set:
        return folder / config.credentials
    beside = folder / config.credentials
    return beside if beside.exists() and not (data / config.credentials).exists() else data / config.credentials


def _cause(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where + ': ' if where else ''}{problem['msg']}{more}"
