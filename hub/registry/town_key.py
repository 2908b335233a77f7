"""The town's key pairs, the same in every process because they are made from the service's secret.

For commands to agents (Ed25519): an agent pins the public key when it enrols, so whoever changes WANAMORI_SECRET must
enrol flight agents again. For web push (P-256, RFC 8292): a browser pins it when it subscribes, so people must then
subscribe again.
"""

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = ["PushKey", "command_public_key", "command_signing_key", "push_key"]


def command_signing_key(secret: str) -> Ed25519PrivateKey:
    """The private key: HKDF-SHA256 (RFC 5869) of the secret, with a label of its own."""
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"wanamori command key v1").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def command_public_key(secret: str) -> str:
    """The public key's 32 bytes in base64: `command_key` of the enrolment's answer."""
    return base64.b64encode(command_signing_key(secret).public_key().public_bytes_raw()).decode()


# The order of P-256 (FIPS 186-4, D.1.2.3).
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class PushKey:
    """The key of web push in base64url without padding: the private number (32 bytes), the public point (65 bytes)."""

    private: str
    public: str


def push_key(secret: str) -> PushKey:
    """The town's key of web push: 64 bits more of HKDF-SHA256 than the order has, so that no number is likelier than
    another (FIPS 186-4, B.4.1).
    """
    seed = HKDF(algorithm=SHA256(), length=40, salt=None, info=b"wanamori web push key v1").derive(secret.encode())
    number = int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1
    point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    public = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PushKey(_base64url(number.to_bytes(32, "big")), _base64url(public))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
