"""What stands around a flight agent in these tests: a town that signs orders, and a simulated copter."""

import base64
import datetime as dt
import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.config import AgentConfig, Credentials, FlightConfig
from edge.wire.orders import Command, Mission, Order
from edge.wire.topics import down
from simulators.vehicle.gps import GpsQuality
from simulators.vehicle.options import Spec
from simulators.vehicle.run import Vehicles
from simulators.vehicle.state import Config
from simulators.vehicle.values import Place
from tests.integration.edge.parts import TinyHub, credentials, quick
from tests.servers import wait_until

AGENT, DRONE = "ag-test", "drone-1"
LON, LAT = 139.95, 35.37
_DEG = 1 / 111_320


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """A place so many metres (nearly) from where the drone stands."""
    return round(LON + east_m * _DEG / 0.8154, 7), round(LAT + north_m * _DEG, 7)


def square(half_m: float) -> tuple[tuple[float, float], ...]:
    return place(-half_m, -half_m), place(half_m, -half_m), place(half_m, half_m), place(-half_m, half_m)


def lawn(height_m: float = 30.0, **changes: Any) -> Mission:
    """Two strips of 120 m with a photo each 20 m."""
    corners = (place(-60, 20), place(60, 20), place(60, 50), place(-60, 50))
    fields: dict[str, Any] = {
        "path": [(*corner, height_m) for corner in corners],
        "speed_mps": 8.0, "photo_every_m": 20.0, "fence": list(square(150)), "highest_m": 50.0, "return_height_m": 30.0,
    }  # fmt: skip
    return Mission(**(fields | changes))


def long_lawn(height_m: float = 30.0, **changes: Any) -> Mission:
    """The same strips over and over: minutes for a fast copter, so that a word to it in flight comes in time."""
    once = lawn(height_m, **changes)
    return once.model_copy(update={"path": once.path * 10})


class Town:
    """Signs orders and sends them as a hub does; `say` and `flights` are what came up, each once."""

    def __init__(self, hub: TinyHub) -> None:
        self.hub = hub
        self._key = Ed25519PrivateKey.generate()
        self._numbers = itertools.count(1)

    @property
    def command_key(self) -> str:
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def order(self, action: str, **changes: Any) -> Order:
        now = dt.datetime.now(dt.UTC)
        fields: dict[str, Any] = {
            "id": f"{action}-{next(self._numbers)}", "agent": AGENT, "device": DRONE, "action": action,
            "survey": "sv-1", "sortie": "st-1", "person": "p-1", "role": "responder", "drill": True,
            "nonce": secrets.token_hex(8), "issued_at": now, "expires_at": now + dt.timedelta(minutes=5),
            "mission": lawn() if action == "prepare" else None,
        }  # fmt: skip
        return Order(**(fields | changes))

    def signed(self, order: Order) -> bytes:
        text = order.model_dump_json()
        signature = base64.b64encode(self._key.sign(text.encode())).decode()
        return Command(order=text, signature=signature).model_dump_json().encode()

    def send(self, payload: bytes, device: str = DRONE) -> None:
        self.hub.tell(down(AGENT, device, "command"), payload)

    def give(self, action: str, **changes: Any) -> Order:
        """Give an order, once."""
        order = self.order(action, **changes)
        self.send(self.signed(order))
        return order

    def answers(self, order: str | None) -> list[tuple[str, str | None]]:
        """What was answered to an order, each answer once, in its order."""
        seen: dict[str, tuple[str, str | None]] = {}
        for envelope in self.hub.of("reply"):
            data = envelope["data"]
            if data.get("order") == order:
                seen[envelope["id"]] = (data["outcome"], data.get("reason"))
        return list(seen.values())

    def reply(self, order: Order) -> dict[str, Any]:
        """The last answer to an order."""
        return [one["data"] for one in self.hub.of("reply") if one["data"].get("order") == order.id][-1]

    def wait_for(self, order: Order, outcome: str, reason: str | None = None) -> None:
        wait_until(
            lambda: (outcome, reason) in self.answers(order.id),
            f"no {outcome} of {order.id}",
        )

    def do(self, action: str, **changes: Any) -> Order:
        """Give an order and wait until it is done; as a hub does, again each second until there is an answer."""
        wait_until(self.moments, "the agent does not speak")
        order = self.order(action, **changes)
        payload, looks = self.signed(order), itertools.count()

        def is_answered() -> bool:
            if next(looks) % 50 == 0:
                self.send(payload)
            return bool(self.answers(order.id))

        wait_until(is_answered, f"no answer to {order.id}")
        self.wait_for(order, "done")
        return order

    # -- what was told

    def moments(self) -> list[dict[str, Any]]:
        """All that was told of the flight, each once, by its time at the agent."""
        each = {envelope["id"]: envelope for envelope in self.hub.of("flight")}
        return [one["data"] for one in sorted(each.values(), key=lambda one: one["time"])]

    def phases(self) -> list[str]:
        """The phases one after another."""
        return [phase for phase, _ in itertools.groupby(one["phase"] for one in self.moments())]

    def photos(self) -> list[dict[str, Any]]:
        return [photo for one in self.moments() for photo in one.get("photos", [])]

    def messages(self) -> list[str]:
        return [line["text"] for one in self.moments() for line in one.get("messages", [])]

    def wait_for_phase(self, phase: str) -> None:
        wait_until(lambda: self.phases()[-1:] == [phase], f"never {phase}")


@contextmanager
def copter(speedup: float = 25.0, **changes: Any) -> Iterator[Vehicles]:
    """A simulated copter that stands in the middle, with a fix at once."""
    config = Config(place=Place(LAT, LON, 12.0, 0.0), gps=GpsQuality(0.3, 0.5), **changes)
    with Vehicles([Spec(config=config)], speedup) as vehicles:
        yield vehicles


def camera_of(vehicles: Vehicles) -> Any:
    """The camera itself, whatever is told of it."""
    return vehicles._vehicles[0].autopilot.copter.camera


def flies_on_alone(vehicles: Vehicles) -> None:
    """As its owner may choose it: a lost ground station does not bring it home."""
    vehicles._vehicles[0].autopilot.copter.parameters.set("FS_GCS_ENABLE", 0)


def drone(connection: str, **changes: Any) -> FlightConfig:
    return FlightConfig(**({"device": DRONE, "connection": connection, "fence": square(300)} | changes))


def configured(data: Path, connection: str, **changes: Any) -> AgentConfig:
    return quick(data, flights=(drone(connection, **changes),))


def enrolled(port: int, town: Town) -> Credentials:
    return credentials(port, AGENT).model_copy(update={"command_key": town.command_key})
