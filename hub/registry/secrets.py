"""Random names and secrets, and the digests under which the database keeps them.

The only randomness of the registry.
"""

import base64
import hashlib
import secrets

__all__ = [
    "CODE_BITS",
    "broker_salt",
    "digest",
    "mask",
    "new_code",
    "new_id",
    "new_password",
    "new_session_token",
    "new_token",
    "normal_code",
    "unmask",
]

# Crockford's base32: no I, L, O, U, so that a code can be read over the telephone
# (https://www.crockford.com/base32.html).
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOWER = "abcdefghijkmnpqrstuvwxyz23456789"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE_LENGTH = 12
CODE_BITS = 5 * _CODE_LENGTH


def _letters(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def new_id(prefix: str) -> str:
    """A random id such as `ag-k3p9x2ma`: 40 bits, lower case, without letters that are mistaken for each other."""
    return f"{prefix}-{_letters(_LOWER, 8)}"


def new_code() -> str:
    """An enrolment code such as `7KQ2-M9XT-0WPA`: 60 random bits, for a person to type."""
    letters = _letters(_CROCKFORD, _CODE_LENGTH)
    return "-".join(letters[i : i + 4] for i in range(0, _CODE_LENGTH, 4))


def normal_code(typed: str) -> str | None:
    """What a person typed, as the code is kept: spaces, dashes and case do not count, O is 0, I and L are 1.

    None if it can be no code.
    """
    letters = "".join(typed.upper().replace("-", " ").split()).translate(_MISREAD)
    if len(letters) != _CODE_LENGTH or any(letter not in _CROCKFORD for letter in letters):
        return None
    return letters


def new_token() -> str:
    """An API token: `wm_` and 256 random bits."""
    return f"wm_{secrets.token_urlsafe(32)}"


def new_session_token() -> str:
    """The secret of a session's cookie, or of its form token: 256 random bits."""
    return secrets.token_urlsafe(32)


def mask(token: str) -> str:
    """A token as it stands in a page: another text each time, since pages are compressed.

    The length of a compressed page tells who can make it repeat something whether that stood in it already (the attack
    called BREACH); a text that never comes twice cannot be found so.
    """
    plain = token.encode()
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + _xor(pad, plain)).decode()


def unmask(masked: str) -> str | None:
    """The token in a masked text; None for anything else."""
    try:
        both = base64.urlsafe_b64decode(masked.encode("ascii"))
        return _xor(both[: len(both) // 2], both[len(both) // 2 :]).decode("ascii")
    except ValueError:
        return None


def _xor(pad: bytes, text: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, text, strict=False))


def new_password() -> str:
    """An agent's password at the broker: 256 random bits."""
    return secrets.token_urlsafe(32)


def broker_salt() -> bytes:
    """Salt for the broker's password file."""
    return secrets.token_bytes(12)


def digest(secret: str) -> bytes:
    """SHA-256 of a secret of 60 random bits or more, which is what the database keeps.

    Passwords that people choose go through argon2 instead.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
