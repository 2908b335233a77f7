"""A town with drones, and agents for them that live in the test: they read orders as rows, and speak as heard."""

import base64
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from PIL import Image

from edge.wire.orders import Bounds, FlightData, Order, ReplyData
from hub import clock
from hub.ingest.events import AcceptedEvent
from hub.registry.town_key import command_public_key
from hub.surveys.commands import store as commands
from hub.wiring.handlers import make_handlers
from hub.wiring.rooms import make_rooms
from tests.integration.api.conftest import Api, running_api
from tests.servers import DatabaseServer

# Some 300 by 300 m in Kisarazu.
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[139.95, 35.37], [139.9533, 35.37], [139.9533, 35.3727], [139.95, 35.3727], [139.95, 35.37]]],
}
ASKED = {
    "area": SQUARE, "line_spacing_m": 60, "height_m": 60, "speed_mps": 8, "accel_mps2": 1, "drill": True,
}  # fmt: skip
# Whoever took off so long ago is out of the way of the next from there, and lands well after it.
AHEAD = timedelta(seconds=120)


def photo(taken_at: datetime | None = None, colour: str = "green") -> bytes:
    """A small JPEG as a camera writes it, with the time that it says."""
    image, kept = Image.new("RGB", (64, 48), colour), io.BytesIO()
    words = Image.Exif()
    if taken_at is not None:
        camera = words.get_ifd(0x8769)
        camera[0x9003], camera[0x9011] = taken_at.strftime("%Y:%m:%d %H:%M:%S"), "+00:00"
    image.save(kept, "JPEG", exif=words)
    return kept.getvalue()


@dataclass
class Box:
    """The agent of one drone: what it is ordered, and what it says."""

    town: "Town"
    agent: str
    drone: str
    key: int
    orders: list[Order] = field(default_factory=list)

    def read(self) -> list[Order]:
        """New orders since the last look, each checked as an agent does."""
        town = self.town
        now = clock.now() + timedelta(hours=1)
        found = []
        with town.api.database.transaction() as conn:
            rows = conn.execute(
                'select "order", signature from command where device_key = %s order by issued_at, id', (self.key,)
            ).fetchall()
        for text, signature in rows:
            town.public_key.verify(base64.b64decode(signature), text.encode())
            order = Order.model_validate_json(text)
            if order.id not in {one.id for one in self.orders}:
                assert order.expires_at < now
                found.append(order)
        self.orders += found
        return found

    def reply(self, order: Order, outcome: str = "done", **more: object) -> None:
        """Answer an order."""
        self._say("reply", ReplyData(order=order.id, outcome=outcome, **more), clock.now())

    def fly(self, sortie: str, phase: str, at: datetime | None = None, **more: object) -> None:
        """A moment of a flight."""
        self._say("flight", FlightData(sortie=sortie, phase=phase, **more), at or clock.now())

    def allow(self, fence: list[tuple[float, float]], highest_m: float, at: datetime | None = None) -> None:
        """What its owner allows, as the agent tells it while the drone rests."""
        bounds = Bounds(fence=fence, highest_m=highest_m)
        self._say("flight", FlightData(phase="idle", bounds=bounds), at or clock.now())

    def event(self, kind: str, data: object, at: datetime) -> AcceptedEvent:
        """What ingest makes of something that the agent says."""
        return AcceptedEvent(
            id=uuid.uuid4().hex, source=f"/agents/{self.agent}/devices/{self.drone}", agent_id=self.agent,
            device_key=self.key, device_id=self.drone, device_kind="drone", kind=kind, occurred_at=at,
            received_at=clock.now(), time_quality="edge", late=False, outbox="o", sequence=1, data=data,
        )  # fmt: skip

    def _say(self, kind: str, data: object, at: datetime) -> None:
        event = self.event(kind, data, at)
        with self.town.api.database.transaction() as conn:
            self.town.handlers[kind](conn, event)


@dataclass
class Town:
    """The API with a responder, another one, a partner, and drones."""

    api: Api
    staff: httpx.Client
    responder: httpx.Client
    second: httpx.Client
    partner: httpx.Client
    partner_id: str
    responder_id: str
    boxes: dict[str, Box] = field(default_factory=dict)

    @property
    def public_key(self) -> Ed25519PublicKey:
        key = command_public_key(self.api.services.settings.secret.get_secret_value())
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    @property
    def handlers(self):
        return make_handlers(make_rooms(self.api.services.settings))

    def drone(self, name: str, *, partner: bool = False, **more: object) -> Box:
        agent = self.api.agent()
        self.api.device(name, "drone", agent, location={"lat": 35.3695, "lon": 139.9495})
        if partner or more:
            form = {"ready": True, "partner": self.partner_id if partner else None, **more}
            answer = self.staff.put(f"/api/v1/drones/{name}", json=form)
            assert answer.status_code == 200, answer.text
        with self.api.database.transaction() as conn:
            key = conn.execute("select key from device where id = %s", (name,)).fetchone()[0]
        self.boxes[name] = Box(self, agent, name, key)
        return self.boxes[name]

    def draw(self, *drones: str, **more: object) -> dict:
        body = ASKED | ({"drones": list(drones)} if drones else {}) | more
        answer = self.responder.post("/api/v1/surveys", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def act(self, survey: dict | str, act: str, who: httpx.Client | None = None, **body: object) -> dict:
        survey_id = survey if isinstance(survey, str) else survey["id"]
        answer = (who or self.responder).post(f"/api/v1/surveys/{survey_id}/{act}", json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, survey: dict, path: str = "", who: httpx.Client | None = None) -> dict:
        answer = (who or self.responder).get(f"/api/v1/surveys/{survey['id']}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def words(self, survey: dict) -> list[str]:
        """What the timeline says, in order."""
        return [one["what"] for one in self.get(survey, "/timeline?limit=500")["items"]]

    def sweep(self, later: timedelta) -> None:
        """The worker looks, so much later."""
        with self.api.database.transaction() as conn:
            self.api.services.flying.sweep(conn, clock.now() + later)

    def flown_for(self, more: timedelta) -> None:
        """Those in the air began so much earlier."""
        with self.api.database.transaction() as conn:
            conn.execute("update command set issued_at = issued_at - %s where action = 'fly'", (more,))
            conn.execute("update sortie set started_at = started_at - %s where state = 'flying'", (more,))

    def launched(self, *drones: str, **more: object) -> dict:
        """A survey whose drones are ordered to prepare; the partner accepts what is offered."""
        survey = self.draw(*drones, **more)
        self.act(survey, "approve", self.second)
        for offer in self.get(survey, "/offers")["items"]:
            if offer["state"] == "offered":
                self.act(survey, f"offers/{offer['id']}/accept", self.partner)
        return self.act(survey, "launch")

    def airborne(self, *drones: str, **more: object) -> dict:
        """A survey whose drones survey."""
        survey = self.launched(*drones, **more)
        for name in drones:
            box = self.boxes[name]
            prepare = box.read()[0]
            box.reply(prepare)
            orders = box.read()
            if not orders:
                # It waits for one that took off before it.
                self.flown_for(AHEAD)
                self.sweep(timedelta(0))
                orders = box.read()
            box.reply(orders[0])
            box.fly(prepare.sortie, "climbing", lat=35.37, lon=139.95, height_m=10)
            box.fly(prepare.sortie, "surveying", lat=35.3701, lon=139.95, height_m=60)
        return self.get(survey)

    def due(self) -> list[commands.DueCommand]:
        with self.api.database.transaction() as conn:
            return commands.claim_due(conn, clock.now(), timedelta(seconds=0.9))


@pytest.fixture(scope="module")
def served(database_server: DatabaseServer) -> Iterator[Api]:
    """One application for a module's towns: what one test leaves is put aside before the next."""
    url = database_server.migrated()
    with running_api(url) as api:
        # The first valid plan does.
        api.services.planner._better_for_s = 0.0
        yield api
    database_server.drop(url)


@pytest.fixture
def town(served: Api) -> Town:
    """A town without drones and zones."""
    with served.database.transaction() as conn:
        conn.execute("update device set id = 'old-' || key, kind = 'station' where kind = 'drone'")
        conn.execute("update airspace_import set ended_at = now() where ended_at is null")
        conn.execute("update command set due_at = null")
        conn.execute("update survey set state = 'cancelled'")
        conn.execute("update sortie set state = 'cancelled'")
        conn.execute("delete from flight_latest")
    responder_id, token = served.person("responder")
    partner_id, partner_token = served.person("partner")
    second = served.client(served.person("responder")[1])
    return Town(
        served, served.client(), served.client(token), second, served.client(partner_token), partner_id, responder_id
    )
