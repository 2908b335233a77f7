"""A survey over the real service: drawn and launched by tokens, orders over the broker, a flight by the wire."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.acceptance.service import Service
from tests.acceptance.wire import WireAgent, registered_device
from tests.servers import wait_until

RING = [[139.98, 35.35], [139.983, 35.35], [139.983, 35.3525], [139.98, 35.3525], [139.98, 35.35]]
ASKED = {
    "area": {"type": "Polygon", "coordinates": [RING]}, "line_spacing_m": 60, "height_m": 60, "speed_mps": 8,
    "accel_mps2": 1, "drill": True,
}  # fmt: skip


class Drone(WireAgent):
    """A drone's agent that keeps the orders that reach it."""

    key: Ed25519PublicKey

    def orders(self, action: str) -> list[dict]:
        """Those of an action that came so far, each checked; the same order may have come several times."""
        found = []
        for payload in self.commands:
            command = json.loads(payload)
            self.key.verify(base64.b64decode(command["signature"]), command["order"].encode())
            order = json.loads(command["order"])
            found += [order] if order["action"] == action else []
        return found

    def wait_order(self, action: str) -> dict:
        wait_until(lambda: self.orders(action), f"no order to {action}")
        return self.orders(action)[-1]

    @property
    def commands(self) -> list[bytes]:
        return self.__dict__.setdefault("_commands", [])

    def _on_message(self, client: object, data: object, message) -> None:
        if message.topic.endswith("/command"):
            self.commands.append(message.payload)
        else:
            super()._on_message(client, data, message)


def _enrolled(service: Service) -> Drone:
    made = service.api.post("/api/v1/agents", json={"name": "地上局"}).raise_for_status().json()
    with service.client() as nobody:
        answer = nobody.post("/api/v1/enrol", json={"code": made["enrolment_code"]}).raise_for_status().json()
    drone = Drone(answer["agent"], answer["mqtt"])
    drone.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(answer["command_key"]))
    drone.connect()
    return drone


def test_a_survey_is_drawn_approved_launched_flown_and_stopped(service: Service) -> None:
    drone = _enrolled(service)
    device = registered_device(service, drone, "drone")
    form = {"name": "小川", "roles": ["responder"], "email": "ogawa@example.jp", "language": "ja"}
    person = service.api.post("/api/v1/people", json=form).raise_for_status().json()
    with service.client(person["token"]) as responder:
        drawn = responder.post("/api/v1/surveys", json=ASKED | {"drones": [device]})
        assert drawn.status_code == 201, drawn.text
        survey = drawn.json()
        path = f"/api/v1/surveys/{survey['id']}"
        assert responder.post(f"{path}/approve").status_code == 409
        service.api.post(f"{path}/approve").raise_for_status()
        responder.post(f"{path}/launch").raise_for_status()

        def state() -> str:
            return responder.get(path).raise_for_status().json()["state"]

        prepare = drone.wait_order("prepare")
        wait_until(lambda: len(drone.orders("prepare")) > 1, "the order is not sent again")
        _answer(drone, device, prepare)
        fly = drone.wait_order("fly")
        assert fly["sortie"] == prepare["sortie"]
        _answer(drone, device, fly)
        told = {"survey": survey["id"], "sortie": fly["sortie"], "lat": 35.35, "lon": 139.98, "height_m": 60.0}
        photo = {"number": 1, "lat": 35.351, "lon": 139.981, "height_m": 60.0}
        drone.send(device, "flight", drone.event(device, "flight", told | {"phase": "surveying", "photos": [photo]}))
        wait_until(lambda: state() == "flying", "the survey does not fly")
        responder.post(f"{path}/stop", json={"how": "return"}).raise_for_status()
        assert state() == "stopping"
        _answer(drone, device, drone.wait_order("return"))
        drone.send(device, "flight", drone.event(device, "flight", told | {"phase": "landed"}))
        wait_until(lambda: state() == "stopped", "the survey does not end")
        coverage = responder.get(f"{path}/coverage").raise_for_status().json()
        assert (coverage["photos"], coverage["coverage"]) == (1, 0)
        gaps = responder.post(f"{path}/plans", json={"gaps": True}).raise_for_status().json()
        assert (gaps["state"], gaps["version"]) == ("planned", 2)
    drone.close()


def _answer(drone: WireAgent, device: str, order: dict) -> None:
    """The order is done; the hub sends it no more once it has heard."""
    drone.send(device, "reply", drone.event(device, "reply", {"order": order["id"], "outcome": "done"}))
