"""Random names and secrets, and the digests under which the database keeps them.

The only randomness of the registry.
"""

import hashlib
import secrets

__all__ = [
    "CODE_BITS",
    "broker_salt",
    "digest",
    "new_code",
    "new_id",
    "new_password",
    "new_session_token",
    "new_token",
    "normal_code",
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
