"""The town's key pair for commands to agents (Ed25519), the same in every process because it is made from the
service's secret.

An agent pins the public key when it enrols: whoever changes WANAMORI_SECRET must enrol flight agents again.
"""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["command_public_key", "command_signing_key"]


def command_signing_key(secret: str) -> Ed25519PrivateKey:
    """The private key: HKDF-SHA256 (RFC 5869) of the secret, with a label of its own."""
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"wanamori command key v1").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def command_public_key(secret: str) -> str:
    """The public key's 32 bytes in base64: `command_key` of the enrolment's answer."""
    return base64.b64encode(command_signing_key(secret).public_key().public_bytes_raw()).decode()
