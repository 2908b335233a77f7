"""Randomness that is a function of its name: the same seed and name give the same numbers on every machine. Pure."""

import hashlib
import random

__all__ = ["dice", "drift", "unit"]


def dice(seed: int, *name: object) -> random.Random:
    """A generator of its own for that name."""
    digest = hashlib.blake2b(repr((seed, *name)).encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest))


def unit(seed: int, *name: object) -> float:
    """One number in [0, 1) for that name."""
    digest = hashlib.blake2b(repr((seed, *name)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / (1 << 53)


def drift(seed: int, name: str, at_s: float, period_s: float) -> float:
    """A smooth wandering in (-1, 1) that has forgotten itself after some `period_s`; `at_s` counts from any epoch.

    Value noise: a number for each period, joined by the cubic 3f²-2f³.
    """
    whole, part = divmod(at_s / period_s, 1.0)
    left, right = (2.0 * unit(seed, name, int(whole) + step) - 1.0 for step in (0, 1))
    return left + (right - left) * part * part * (3.0 - 2.0 * part)
