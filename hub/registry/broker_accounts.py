"""The broker's password file: rendered from the accounts in the database.

Mosquitto 2 knows a line as `name:$7$iterations$salt$hash`, where hash is PBKDF2-HMAC-SHA512 of the password, 64 bytes, and salt and
hash are base64. The passwords are 256 random bits, so stretching adds nothing: few iterations keep a reload short, in which the broker
hashes the password of every connected client again.
"""

import base64
import hashlib
import re
from collections.abc import Iterable

__all__ = ["BROKER_ITERATIONS", "hash_broker_password", "render_password_file"]

BROKER_ITERATIONS = 101
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_HASH = re.compile(r"\$7\$[1-9][0-9]*\$[A-Za-z0-9+/]+=*\$[A-Za-z0-9+/]+=*")


def hash_broker_password(password: str, salt: bytes, iterations: int = BROKER_ITERATIONS) -> str:
    """A password as Mosquitto's password file holds it, without the name; `salt` is 12 random bytes or more."""
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, dklen=64)
    return f"$7${iterations}${base64.b64encode(salt).decode()}${base64.b64encode(hashed).decode()}"


def render_password_file(accounts: Iterable[tuple[str, str]]) -> str:
    """The file's text from (user name, hash) pairs, ordered by name so that equal accounts make equal files.

    Raises ValueError for a name or hash that would break the file's format, or mean something in an access rule.
    """
    lines: list[str] = []
    for name, hashed in sorted(accounts):
        if not _NAME.fullmatch(name) or not _HASH.fullmatch(hashed):
            raise ValueError(f"not a broker account: {name!r}")
        lines.append(f"{name}:{hashed}\n")
    return "".join(lines)
