"""A partner's drones in the town: copters at the wire, the real agent with its flight duty on top of them, a pilot.

They stand ready at all hours: a visitor draws a drill, has it approved and accepted, and they fly it. Their clock goes
`SPEEDUP` times as fast as the wall's, so that nobody waits a quarter of an hour for a battery to be flown empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.agent import Agent
from edge.config import AgentConfig, ClockConfig, Credentials, FlightConfig, LinkConfig
from simulators.hub_api import HubApi
from simulators.town.agents import AgentThread
from simulators.vehicle.options import Spec
from simulators.vehicle.run import Vehicles
from simulators.vehicle.state import Config
from simulators.vehicle.values import Place

__all__ = ["BOX", "DRONES", "LABEL", "SPEEDUP", "Drone", "RunningDrones", "stand_ready"]

BOX, LABEL = "sky", "そらサーベイの地上局"
SPEEDUP = 4.0
_PARTNER = ("そらサーベイ", "sora@town.example")
_NOTE = "シミュレーターの機体です。訓練に使ってください"
# What a battery of 5,200 mAh gives at 8 m/s, and how long a practised pilot takes to change it (seconds).
_ENDURANCE_S, _CHANGE_S = 900, 60
# The owner lets them fly within about 3 km, in degrees.
_REACH_LAT, _REACH_LON = 0.027, 0.033


@dataclass(frozen=True, slots=True)
class Drone:
    """One drone, where it takes off, in degrees."""

    id: str
    name: str
    lat: float
    lon: float


# On the fields by the river Obitsu, far from the camp's runway and from the made-up zones.
DRONES = (
    Drone("sora-1", "そら 1号", 35.3830, 140.0080),
    Drone("sora-2", "そら 2号", 35.3830, 140.0083),
    Drone("sora-3", "そら 3号", 35.3830, 140.0086),
)


def stand_ready(api: HubApi) -> None:
    """The drones are a partner's (one is added where there is none) and ready, where nobody has said otherwise."""
    people = [one for one in api.items("/people") if one["active"] and "partner" in one["roles"]]
    untold = [drone for drone in DRONES if not _known(api, drone)["told"]]
    if not untold:
        return
    if not people:
        name, email = _PARTNER
        people = [api.post("/people", {"name": name, "roles": ["partner"], "email": email, "language": "ja"})]
    for drone in untold:
        form: dict[str, object] = {"ready": True, "partner": str(people[0]["id"]), "battery_percent": 100}
        form |= {"endurance_s": _ENDURANCE_S, "change_s": _CHANGE_S, "note": _NOTE}
        api.put(f"/drones/{drone.id}", form)


def _known(api: HubApi, drone: Drone) -> dict[str, Any]:
    return api.get(f"/drones/{drone.id}")


class RunningDrones:
    """The copters and their ground station's agent, from `power_on` to `power_off`."""

    def __init__(self, credentials: Credentials, folder: Path) -> None:
        self._credentials, self._folder = credentials, folder
        self._vehicles = Vehicles(
            [Spec(config=Config(n, Place(one.lat, one.lon, 18.0, 0.0), n)) for n, one in enumerate(DRONES, 1)], SPEEDUP
        )
        self._agent = AgentThread(LABEL)
        self._flown: set[int] = set()

    def power_on(self) -> None:
        """Start the copters and the agent."""
        self._vehicles.start()
        self._agent.start(Agent(self._config(), self._credentials))

    def ask_power_off(self) -> None:
        """Tell the agent to end, without waiting."""
        self._agent.ask_to_end()

    def power_off(self) -> None:
        """End both."""
        self._agent.end()
        self._vehicles.stop()

    def check(self) -> None:
        """Raise Unsuitable when the agent has given up."""
        self._agent.check()

    def tend(self) -> list[str]:
        """The pilot gives each drone that has come back a fresh battery; says which."""
        changed: list[str] = []
        for number, drone in enumerate(DRONES, 1):
            if self._vehicles.status(number)["armed"]:
                self._flown.add(number)
            elif number in self._flown:
                self._flown.discard(number)
                self._vehicles.order(f"{number} battery swap")
                changed.append(drone.name)
        return changed

    def _config(self) -> AgentConfig:
        return AgentConfig(
            data=self._folder,
            credentials=self._folder / "credentials.json",
            clock=ClockConfig(source="assume_set"),
            link=LinkConfig(keepalive_s=20, retry_first_s=0.5, retry_most_s=10.0, refused_s=10.0),
            flights=tuple(
                FlightConfig(device=drone.id, connection=url, fence=_fence(drone))
                for drone, url in zip(DRONES, self._vehicles.urls, strict=True)
            ),
        )


def _fence(drone: Drone) -> tuple[tuple[float, float], ...]:
    west, east = drone.lon - _REACH_LON, drone.lon + _REACH_LON
    south, north = drone.lat - _REACH_LAT, drone.lat + _REACH_LAT
    return (west, south), (east, south), (east, north), (west, north)
