"""A drawn photo of what lies in a trap, as a phone would send it: a small PNG that says when and where. Pure.

The picture is PNG (ISO/IEC 15948) and not JPEG, because the standard library can write it; the camera's words are EXIF
in its `eXIf` chunk.
"""

import struct
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from simulators.world.noise import dice

__all__ = ["HEIGHT", "WIDTH", "draw_photo"]

WIDTH, HEIGHT = 320, 240
_JAPAN = timedelta(hours=9)
_GROUND, _LEAF, _SHADE, _BODY, _LIGHT, _PAPER, _INK = range(7)
_PALETTE = bytes.fromhex("6b7a4a 8c9a5c 4c5636 3a3230 7a6a58 f2efe6 202020".replace(" ", ""))
_BODIES = {"boar": (74, 34), "muntjac": (52, 22), "raccoon_dog": (40, 20)}
"""Half the length and half the height of an animal on the picture, in pixels."""


class _Canvas:
    """Rows of palette indices."""

    def __init__(self) -> None:
        self.rows = [bytearray(WIDTH) for _ in range(HEIGHT)]

    def box(self, left: int, top: int, right: int, bottom: int, colour: int) -> None:
        left, right = max(0, left), min(WIDTH, right)
        for y in range(max(0, top), min(HEIGHT, bottom)):
            self.rows[y][left:right] = bytes([colour]) * max(0, right - left)

    def disc(self, x: int, y: int, half_x: int, half_y: int, colour: int) -> None:
        for row in range(-half_y, half_y + 1):
            half = int(half_x * (1 - (row / half_y) ** 2) ** 0.5)
            self.box(x - half, y + row, x + half + 1, y + row + 1, colour)


def draw_photo(seed: int, species: str, taken_at: datetime, place: tuple[float, float], item: str) -> bytes:
    """The photo for one item of a checklist; no two are alike. `place` in degrees (WGS 84); `taken_at` aware."""
    roll = dice(seed, "photo", species, taken_at.isoformat(), item)
    canvas = _Canvas()
    for _ in range(9):  # patches of light and shade, by which one photo is told from another
        x, y, colour = roll.randrange(WIDTH), roll.randrange(HEIGHT), roll.choice((_LEAF, _SHADE))
        canvas.disc(x, y, roll.randint(30, 110), roll.randint(20, 70), colour)
    half_x, half_y = _BODIES.get(species, (46, 24))
    x, y = WIDTH // 2 + roll.randint(-50, 20), HEIGHT // 2 + roll.randint(-25, 25)
    for leg in (-2, -1, 1, 2):  # feet down
        canvas.box(x + leg * half_x // 3 - 4, y, x + leg * half_x // 3 + 4, y + half_y + 22, _BODY)
    canvas.disc(x, y, half_x, half_y, _BODY)
    canvas.disc(x + half_x, y - half_y // 4, half_x // 2, half_y // 2, _BODY)  # the head to the right
    canvas.disc(x + half_x + half_x // 3, y - half_y // 4, half_x // 5, half_y // 5, _LIGHT)
    if item == "with_hunter":
        canvas.box(24, 60, 66, 190, _INK)
        canvas.disc(45, 46, 17, 19, _LIGHT)
    canvas.box(x - half_x, y + half_y + 30, x + half_x, y + half_y + 36, _PAPER)  # a scale
    for mark in range(x - half_x, x + half_x, 12):
        canvas.box(mark, y + half_y + 30, mark + 6, y + half_y + 36, _INK)
    canvas.box(236, 14, 306, 62, _PAPER)  # a sheet with something written on it
    for line in range(22, 56, 8):
        canvas.box(244, line, 244 + roll.randint(20, 54), line + 2, _INK)
    return _png(canvas.rows, _exif(taken_at, place))


def _png(rows: Sequence[bytearray], exif: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    parts = ((b"IHDR", header), (b"PLTE", _PALETTE), (b"eXIf", exif), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


# EXIF 2.32 (CIPA DC-008): tags and types as a TIFF of big-endian numbers.
_ASCII, _LONG, _RATIONAL = 2, 4, 5
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011


def _exif(taken_at: datetime, place: tuple[float, float]) -> bytes:
    local = (taken_at + _JAPAN).strftime("%Y:%m:%d %H:%M:%S")
    camera = [(_TAKEN, _ASCII, _text(local)), (_OFFSET, _ASCII, _text("+09:00"))]
    (lat, lon) = place
    where = [
        (1, _ASCII, _text("N" if lat >= 0 else "S")), (2, _RATIONAL, _degrees(abs(lat))),
        (3, _ASCII, _text("E" if lon >= 0 else "W")), (4, _RATIONAL, _degrees(abs(lon))),
    ]  # fmt: skip
    first_at = 8
    camera_at = first_at + 2 + 2 * 12 + 4
    camera_ifd = _directory(camera, camera_at)
    gps_at = camera_at + len(camera_ifd)
    pointers = [(_EXIF_IFD, _LONG, struct.pack(">I", camera_at)), (_GPS_IFD, _LONG, struct.pack(">I", gps_at))]
    return (
        b"MM\0*" + struct.pack(">I", first_at) + _directory(pointers, first_at) + camera_ifd + _directory(where, gps_at)
    )


def _directory(entries: Sequence[tuple[int, int, bytes]], at: int) -> bytes:
    """A TIFF directory that begins at byte `at`, and what its entries point to behind it."""
    size = {_ASCII: 1, _LONG: 4, _RATIONAL: 8}
    heads, behind, behind_at = b"", b"", at + 2 + len(entries) * 12 + 4
    for tag, kind, value in entries:
        heads += struct.pack(">HHI", tag, kind, len(value) // size[kind])
        if len(value) <= 4:
            heads += value.ljust(4, b"\0")
        else:
            heads += struct.pack(">I", behind_at + len(behind))
            behind += value
    return struct.pack(">H", len(entries)) + heads + b"\0\0\0\0" + behind


def _text(text: str) -> bytes:
    return text.encode("ascii") + b"\0"


def _degrees(value: float) -> bytes:
    """Degrees, minutes, seconds as three fractions."""
    hundredths = round(value * 360_000)
    return struct.pack(">6I", hundredths // 360_000, 1, hundredths // 6_000 % 60, 1, hundredths % 6_000, 100)
