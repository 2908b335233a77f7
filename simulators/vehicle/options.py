"""Command-line words to vehicles. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from simulators.errors import Unsuitable
from simulators.vehicle.geodesy import Ground
from simulators.vehicle.gps import GpsQuality
from simulators.vehicle.orders import LinkFaults, Order, parse_order
from simulators.vehicle.state import Config
from simulators.vehicle.values import Place
from simulators.vehicle.wind import Wind

__all__ = [
    "DEFAULT_HOME",
    "DEFAULT_LISTEN",
    "Endpoint",
    "Options",
    "Spec",
    "parse_endpoint",
    "parse_place",
    "parse_wind",
    "specs",
]

DEFAULT_LISTEN = "tcp:127.0.0.1:5760"
DEFAULT_HOME = "-35.363261,149.165230,584,353"
_APART_M = 5.0  # several vehicles at one home stand so far apart, eastward
_MOST = 50


def parse_place(text: str) -> Place:
    """From `LAT,LON[,HEIGHT[,HEADING]]`; `Unsuitable` for anything else."""
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if not 2 <= len(numbers) <= 4 or not all(abs(number) < 1e5 for number in numbers):
        raise Unsuitable(f"{text} is no place: LAT,LON[,HEIGHT[,HEADING]], such as 35.376,139.921,12,90.")
    if abs(numbers[0]) > 85 or abs(numbers[1]) > 180:
        raise Unsuitable(f"{text} is no place: a latitude goes to 85 degrees here, a longitude to 180.")
    filled = [*numbers, 0.0, 0.0][:4]
    return Place(filled[0], filled[1], filled[2], filled[3] % 360)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a vehicle is met: `tcp` and `udpin` listen there, `udpout` sends there."""

    kind: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.host}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """From `tcp:HOST:PORT`, `udpin:HOST:PORT` or `udpout:HOST:PORT`; `Unsuitable` for anything else."""
    found = re.fullmatch(r"(tcp|udpin|udpout):([^:\s]+):(\d{1,5})", text)
    if found is None or int(found[3]) > 65535:
        raise Unsuitable(f"{text} is no endpoint: tcp:127.0.0.1:5760, udpin:HOST:PORT or udpout:HOST:PORT.")
    return Endpoint(found[1], found[2], int(found[3]))


@dataclass(frozen=True, slots=True)
class Spec:
    """One vehicle to be flown: where it is met, what it is, what is wrong with its radio, what is ordered when.

    `orders` are (seconds of the vehicle's clock, order).
    """

    endpoint: Endpoint = field(default_factory=lambda: Endpoint("tcp", "127.0.0.1", 0))
    config: Config = field(default_factory=Config)
    faults: LinkFaults = field(default_factory=LinkFaults)
    orders: tuple[tuple[float, Order], ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; `orders` are lines `SECONDS ORDER`."""

    listen: Sequence[str] = (DEFAULT_LISTEN,)
    home: Sequence[str] = (DEFAULT_HOME,)
    count: int = 1
    system: int = 1
    seed: int = 1
    wind: str = "0,0"
    gps_noise_m: float = 0.3
    fix_after_s: float = 2.0
    battery_mah: float = 5200.0
    loss: float = 0.0
    duplicate: float = 0.0
    at: Sequence[str] = ()


def parse_wind(text: str) -> Wind:
    """From `SPEED,FROM[,GUST]`: metres a second, degrees, metres a second."""
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if not 2 <= len(numbers) <= 3 or not all(-360 <= number <= 360 for number in numbers):
        raise Unsuitable(f"{text} is no wind: SPEED,FROM[,GUST], such as 6,250,2.")
    if not 0 <= numbers[0] <= 60 or (len(numbers) == 3 and numbers[2] < 0):
        raise Unsuitable(f"{text} is no wind: its speed is from 0 to 60 m/s.")
    return Wind(*numbers)


def parse_timed(line: str) -> tuple[float, Order]:
    """From `SECONDS ORDER`."""
    seconds, _, rest = line.strip().partition(" ")
    if not re.fullmatch(r"\d{1,7}(\.\d+)?", seconds):
        raise Unsuitable(f"{line} begins with no seconds.")
    return float(seconds), parse_order(rest)


def specs(options: Options) -> list[Spec]:
    """The vehicles that these options describe, each with a system id of its own, counted up from `system`."""
    endpoints = [parse_endpoint(text) for text in options.listen]
    if len(endpoints) == 1:
        first = endpoints[0]
        endpoints = [replace(first, port=first.port + (number if first.port else 0)) for number in range(options.count)]
    elif options.count not in (1, len(endpoints)):
        raise Unsuitable("--count counts up from one --listen; with several of them it is not needed.")
    if len(endpoints) > _MOST or options.system + len(endpoints) > 251:
        raise Unsuitable(f"At most {_MOST} vehicles in one process, with system ids up to 250.")
    if any(endpoint.port > 65535 for endpoint in endpoints):
        raise Unsuitable("The ports go beyond 65535.")
    places = _places([parse_place(text) for text in options.home], len(endpoints))
    wind, gps = parse_wind(options.wind), GpsQuality(options.fix_after_s, options.gps_noise_m)
    timed = [parse_timed(line) for line in options.at]
    made: list[Spec] = []
    for number, (endpoint, place) in enumerate(zip(endpoints, places, strict=True)):
        system = options.system + number
        config = Config(system, place, options.seed, options.battery_mah, wind, gps)
        mine = tuple(item for item in timed if item[1].vehicle in (None, system))
        made.append(Spec(endpoint, config, LinkFaults(options.loss, options.duplicate), mine))
    return made


def _places(given: list[Place], count: int) -> list[Place]:
    if len(given) == count:
        return given
    if len(given) != 1:
        raise Unsuitable("As many --home as there are vehicles, or one.")
    ground = Ground.about(given[0])
    rows = [ground.degrees(0.0, number * _APART_M) for number in range(count)]
    return [replace(given[0], lat=lat, lon=lon) for lat, lon in rows]
