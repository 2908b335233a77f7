"""Passwords that people choose: argon2id, and as slow for an unknown name as for a known one."""

from functools import lru_cache

from pwdlib import PasswordHash

__all__ = ["MIN_LENGTH", "check_password", "hash_password"]

MIN_LENGTH = 10
_hasher = PasswordHash.recommended()


def hash_password(password: str) -> str:
    """The argon2id hash to keep, with its salt and cost inside."""
    return _hasher.hash(_bytes(password))


def check_password(password: str, hashed: str | None) -> bool:
    """Whether the password is right; `hashed` is None for somebody who has none, which takes just as long to refuse."""
    if hashed is None:
        _hasher.verify(_bytes(password), _nobody())
        return False
    return _hasher.verify(_bytes(password), hashed)


def _bytes(password: str) -> bytes:
    # What a browser sends may hold half a surrogate pair; it is a wrong password, not a fault of ours.
    return password.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash("there is no such person")
