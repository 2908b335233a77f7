"""A web push service: RFC 8030 (messages), 8291 (their encryption), 8292 (who sends)."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.server import Answer, FakeServer, Request

__all__ = ["Device", "FakePush", "Pushed", "bytes_of", "text_of"]


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """A browser that has subscribed: it alone can read what comes."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def keys(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": text_of(point), "auth": text_of(self.secret)}

    def read(self, body: bytes) -> dict[str, Any]:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))


@dataclass(frozen=True)
class Pushed:
    device: str
    ttl_s: int
    urgency: str
    topic: str
    body: bytes
    claims: dict[str, Any]


class FakePush(FakeServer):
    """`endpoint_of(name)` is where a device is reached; `town_key` is the key that browsers have pinned."""

    def __init__(self, town_key: str) -> None:
        self.town_key = town_key
        self.pushed: list[Pushed] = []
        self.gone: set[str] = set()
        super().__init__()

    def device(self, name: str) -> Device:
        return Device(f"{self.origin}/push/{name}")

    def handle(self, request: Request) -> Answer:
        device = request.path.removeprefix("/push/")
        if request.method != "POST" or device == request.path:
            return Answer(404)
        if device in self.gone:
            return Answer(410, b'{"code": 410, "errno": 106, "error": "Gone"}')
        claims = self._sender(request.headers.get("authorization", ""))
        if claims is None:
            return Answer(403, b'{"code": 403, "errno": 109, "error": "Unauthorized"}')
        # RFC 8030, 5.2: TTL must be there; RFC 8188: the only encoding of today.
        if "ttl" not in request.headers or request.headers.get("content-encoding") != "aes128gcm":
            return Answer(400)
        if len(request.body) > 4096:
            return Answer(413)
        headers = request.headers
        self.pushed.append(
            Pushed(
                device, int(headers["ttl"]), headers.get("urgency", ""), headers.get("topic", ""), request.body, claims
            )
        )
        self.on_pushed(self.pushed[-1])
        return Answer(201, headers={"Location": f"{self.origin}/message/{len(self.pushed)}"})

    def on_pushed(self, pushed: Pushed) -> None:
        """A message was taken; the browser's part is played by whoever needs it."""

    def _sender(self, authorization: str) -> dict[str, Any] | None:
        """The claims of the VAPID token if it is signed by the town's key and meant for us."""
        scheme, _, rest = authorization.partition(" ")
        given = dict(part.strip().split("=", 1) for part in rest.split(",")) if scheme.lower() == "vapid" else {}
        if given.get("k", "").rstrip("=") != self.town_key:
            return None
        head, body, signature = given["t"].split(".")
        raw = bytes_of(signature)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(self.town_key))
        numbers = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            point.verify(numbers, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
        except InvalidSignature:
            return None
        claims = json.loads(bytes_of(body))
        fits = json.loads(bytes_of(head))["alg"] == "ES256" and claims["aud"] == self.origin
        return claims if fits and claims["sub"].startswith(("mailto:", "https:")) else None
