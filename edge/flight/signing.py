"""The town's signature on its orders: Ed25519 (RFC 8032), by the key that enrolling gave this agent."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from edge.errors import ConfigError
from edge.wire.orders import Command, Order

__all__ = ["Signed", "TownKey"]


@dataclass(frozen=True, slots=True)
class Signed:
    """An order that the town wrote; `digest` is of its very bytes."""

    order: Order
    digest: str


class TownKey:
    """The key that is pinned. Raises ConfigError when it is none."""

    def __init__(self, command_key: str | None) -> None:
        if command_key is None:
            raise ConfigError("the credentials have no command_key, without which no order can be checked: enrol again")
        try:
            self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(command_key, validate=True))
        except ValueError as error:
            raise ConfigError("the command_key in the credentials is no Ed25519 key: enrol again") from error

    def read(self, payload: bytes) -> Signed | str:
        """The order in a command, or why there is none: `unreadable` or `forged`. Nothing unsigned is looked into."""
        try:
            command = Command.model_validate_json(payload)
        except ValidationError:
            return "unreadable"
        if not self._has_signed(command):
            return "forged"
        try:
            order = Order.model_validate_json(command.order)
        except ValidationError:
            return "unreadable"
        return Signed(order, hashlib.sha256(command.signed_bytes).hexdigest())

    def _has_signed(self, command: Command) -> bool:
        """Whether the town wrote this order, byte for byte."""
        try:
            self._key.verify(command.signature_bytes, command.signed_bytes)
        except (InvalidSignature, ValueError):
            return False
        return True
