"""How a photo looks, in 64 bits: made smaller, saved anew or brightened it keeps (nearly) the same bits. Pure.

dHash: the picture at 9 x 8 grey points; each bit says whether a point is brighter than its right neighbour
(https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html, "difference hash").
"""

from collections.abc import Sequence

__all__ = ["COLUMNS", "ROWS", "SAME_LOOK", "distance", "is_telling", "look_of"]

COLUMNS, ROWS = 9, 8
# Bits: the same picture scaled, recompressed or brightened differs by a few, two pictures by about 32.
SAME_LOOK = 8
# A sky, a night, a finger on the lens: hardly any point is brighter than its neighbour, and all such photos look alike.
_TELLING = range(8, 57)


def look_of(grey: Sequence[float]) -> int:
    """The 64 bits of a picture given as 72 grey values, row by row, 9 a row. Raises ValueError for another number."""
    if len(grey) != COLUMNS * ROWS:
        raise ValueError(f"a look is made of {COLUMNS * ROWS} grey values")
    bits = 0
    for row in range(ROWS):
        for column in range(COLUMNS - 1):
            here = row * COLUMNS + column
            bits = bits << 1 | (grey[here] > grey[here + 1])
    return bits


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two looks differ (Hamming)."""
    return (one ^ other).bit_count()


def is_telling(look: int) -> bool:
    """Whether a look says enough to compare it with others."""
    return look.bit_count() in _TELLING
