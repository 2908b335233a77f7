"""A drone's box for tests of pages: it reads its orders as rows, checks signatures, and speaks as ingest hears."""

import base64
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.wire.orders import FlightData, Order, PhotoTaken, ReplyData
from hub import clock
from hub.ingest.events import AcceptedEvent
from hub.registry.devices import Device
from hub.registry.town_key import command_public_key
from hub.wiring.handlers import make_handlers
from tests.website import Website


@dataclass
class Flyer:
    """The agent of one drone, in the test's own process. `orders` are those that it has read."""

    site: Website
    device: Device
    orders: list[Order] = field(default_factory=list)

    def read(self) -> list[Order]:
        """New orders since the last look."""
        key = command_public_key(self.site.services.settings.secret.get_secret_value())
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
        with self.site.database.transaction() as conn:
            rows = conn.execute(
                'select "order", signature from command where device_key = %s order by issued_at, id',
                (self.device.key,),
            ).fetchall()
        known, found = {one.id for one in self.orders}, []
        for text, signature in rows:
            public.verify(base64.b64decode(signature), text.encode())
            order = Order.model_validate_json(text)
            if order.id not in known:
                found.append(order)
        self.orders += found
        return found

    def answer_all(self, outcome: str = "done") -> list[Order]:
        """Read what is new and answer each."""
        found = self.read()
        for order in found:
            self.reply(order, outcome)
        return found

    def reply(self, order: Order, outcome: str = "done", **more: object) -> None:
        self._say("reply", ReplyData(order=order.id, outcome=outcome, **more), clock.now())

    def tell(self, sortie: str, phase: str, at: datetime | None = None, **more: object) -> None:
        """A moment of a flight."""
        self._say("flight", FlightData(sortie=sortie, phase=phase, **more), at or clock.now())

    def launch(self) -> str:
        """Answer `prepare` and `fly` and be in the air; returns the sortie."""
        (prepare,) = self.answer_all()
        self.answer_all()
        lon, lat, _ = prepare.mission.path[0]
        self.tell(prepare.sortie, "climbing", lat=lat, lon=lon, height_m=8)
        return prepare.sortie

    def photos(self, sortie: str, places: list[tuple[float, float]], first: int = 1) -> None:
        """Photos at [lon, lat] places, heading north."""
        taken = [
            PhotoTaken(number=number, lat=lat, lon=lon, height_m=60.0)
            for number, (lon, lat) in enumerate(places, first)
        ]
        lon, lat = places[-1]
        self.tell(
            sortie, "surveying", lat=lat, lon=lon, height_m=60.0, speed_mps=7.9, battery_percent=71.0, wind_mps=4.2,
            wind_from_deg=300.0, photos=taken,
        )  # fmt: skip

    def _say(self, kind: str, data: object, at: datetime) -> None:
        agent = self.device.agent_id
        event = AcceptedEvent(
            id=uuid.uuid4().hex, source=f"/agents/{agent}/devices/{self.device.id}", agent_id=agent,
            device_key=self.device.key, device_id=self.device.id, device_kind="drone", kind=kind, occurred_at=at,
            received_at=clock.now(), time_quality="edge", late=False, outbox="o", sequence=1, data=data,
        )  # fmt: skip
        with self.site.database.transaction() as conn:
            make_handlers(self.site.rooms)[kind](conn, event)
