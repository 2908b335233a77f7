"""A partner's drones: simulated copters, a real agent's program for each, a pilot who changes batteries.

Nothing here stands in for a part of ours: agents are enrolled and run by `wanamori-edge`, copters speak MAVLink.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from simulators.vehicle.gps import GpsQuality
from simulators.vehicle.options import Spec
from simulators.vehicle.run import Vehicles
from simulators.vehicle.state import Config
from simulators.vehicle.values import Place
from tests.acceptance.service import Service

EDGE = (sys.executable, "-m", "edge")


@dataclass(frozen=True)
class Copter:
    """One drone: where it takes off (lat, lon), its battery, and how long its partner says that a full one flies."""

    id: str
    name: str
    home: tuple[float, float]
    battery_mah: float
    endurance_s: float


class Pilot:
    """Stands at the drones: whichever has landed after a flight gets a fresh battery. `changed` names them in order."""

    def __init__(self, vehicles: Vehicles, copters: Sequence[Copter]) -> None:
        self.vehicles, self.copters = vehicles, copters
        self.changed: list[str] = []
        self._stop = Event()
        self._thread = Thread(target=self._stand_by, name="pilot", daemon=True)

    def __enter__(self) -> "Pilot":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def order(self, drone: str, words: str) -> None:
        """What happens to one drone (simulators.vehicle.orders)."""
        (answer,) = self.vehicles.order(f"{self._number(drone)} {words}").values()
        assert answer == "ok", answer

    def status(self, drone: str) -> dict:
        """What is true of one, whatever it tells."""
        return self.vehicles.status(self._number(drone))

    def _number(self, drone: str) -> int:
        return 1 + [copter.id for copter in self.copters].index(drone)

    def _stand_by(self) -> None:
        flown: set[str] = set()
        while not self._stop.wait(0.3):
            for copter in self.copters:
                if self.status(copter.id)["armed"]:
                    flown.add(copter.id)
                elif copter.id in flown:
                    flown.discard(copter.id)
                    self.order(copter.id, "battery swap")
                    self.changed.append(copter.id)


@contextmanager
def airfield(
    service: Service, partner: str, copters: Sequence[Copter], bounds: Sequence[tuple[float, float]], folder: Path,
    *, speedup: float,
) -> Iterator[Pilot]:  # fmt: skip
    """The partner's drones are registered and ready, their agents enrolled, and all of them run.

    `bounds` ([lon, lat] corners) is where the partner lets them fly. Copters fly `speedup` times as fast as the clock.
    """
    gps = GpsQuality(0.5, 0.3)
    specs = [
        Spec(config=Config(number, Place(*copter.home, 12.0, 0.0), number, copter.battery_mah, gps=gps))
        for number, copter in enumerate(copters, 1)
    ]
    with ExitStack() as stack:
        vehicles = stack.enter_context(Vehicles(specs, speedup))
        for vehicle in vehicles._vehicles:
            # As their owner has set them: home as quickly as they survey, so that a low battery lasts.
            vehicle.autopilot.copter.parameters.set("RTL_SPEED", 1_500)
        for copter, url in zip(copters, vehicles.urls, strict=True):
            config = _enrol(service, partner, copter, url, bounds, folder / copter.id)
            stack.enter_context(_running(config))
        yield stack.enter_context(Pilot(vehicles, copters))


def _enrol(
    service: Service, partner: str, copter: Copter, url: str, bounds: Sequence[tuple[float, float]], folder: Path
) -> Path:
    """Register a drone with its box; returns the box's configuration."""
    made = service.api.post("/api/v1/agents", json={"name": f"{copter.name}の箱"}).raise_for_status().json()
    place = {"lat": copter.home[0], "lon": copter.home[1]}
    device = {"agent": made["id"], "id": copter.id, "kind": "drone", "name": copter.name, "location": place}
    service.api.post("/api/v1/devices", json=device).raise_for_status()
    ready = {"ready": True, "partner": partner, "endurance_s": copter.endurance_s, "change_s": 60, "home": place}
    service.api.put(f"/api/v1/drones/{copter.id}", json=ready).raise_for_status()
    folder.mkdir(parents=True)
    config = folder / "edge.toml"
    config.write_text(
        f'data = "data"\nclock = {{ source = "assume_set" }}\nhealth = {{ heartbeat_s = 30.0 }}\n'
        f'[[flights]]\ndevice = "{copter.id}"\nconnection = "{url}"\n'
        f"fence = {[list(corner) for corner in bounds]}\n",
        encoding="utf-8",
    )
    code = made["enrolment_code"]
    subprocess.run([*EDGE, "enrol", "--hub", service.http, "--code", code, "--config", str(config)], check=True)
    return config


@contextmanager
def _running(config: Path) -> Iterator[None]:
    with (config.parent / "agent.log").open("ab") as log:
        agent = subprocess.Popen(
            [*EDGE, "run", "--config", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield
        assert agent.poll() is None, (config.parent / "agent.log").read_text(encoding="utf-8")[-2000:]
    finally:
        agent.terminate()
        agent.wait(15)
