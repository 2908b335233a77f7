"""What is taken as a photo, what is refused with a sentence that helps, and what its camera wrote."""

import struct
import zlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from hub.errors import Invalid
from hub.texts.sheets import print_sheet
from hub.traps.captures.images import MAX_BYTES, read_photo, without_words
from tests.unit.captures.photos import TOKYO, picture, saved

PLACE = (35.3814, 139.9248)


def bomb() -> bytes:
    """A PNG of 100 megapixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_001 * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_of_three_kinds_are_taken(kind: str) -> None:
    read = read_photo(saved(picture(1), kind=kind), TOKYO)
    assert read.media_type == f"image/{kind.lower()}"
    assert (read.width, read.height) == (640, 480)
    with Image.open(BytesIO(read.thumbnail)) as small:
        assert small.format == "JPEG"
        assert max(small.size) <= 1024


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"dear sirs, this is a text", "no photo"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200, "HEIC"),
        (saved(picture(2))[:9000], "broken"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 300, "no photo|broken"),
        (bomb(), "too many pixels"),
        (b"\xff\xd8" + b"\0" * MAX_BYTES, "too large"),
        (b"GIF89a" + b"\0" * 100, "no photo"),
    ],
    ids=["empty", "text", "heic", "truncated", "header only", "bomb", "large", "gif"],
)
def test_what_is_no_photo_is_refused_with_one_clear_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read_photo(content, TOKYO)


def test_bytes_cut_anywhere_never_become_a_defect() -> None:
    whole = saved(picture(3), taken="2026:11:23 14:05:10", place=PLACE)
    for length in range(0, len(whole), 701):
        try:
            read_photo(whole[:length], TOKYO)
        except Invalid:
            continue
        raise AssertionError(f"{length} of {len(whole)} bytes are no whole photo")


def test_half_a_photo_is_refused_also_beside_the_printing_of_sheets() -> None:
    """WeasyPrint, once it is imported, has Pillow fill in what is missing."""
    assert print_sheet
    with pytest.raises(Invalid, match="broken"):
        read_photo(saved(picture(4))[:5000], TOKYO)


def test_time_and_place_are_read() -> None:
    read = read_photo(saved(picture(4), taken="2026:11:23 14:05:10", place=PLACE), TOKYO)
    assert read.taken_at == datetime(2026, 11, 23, 5, 5, 10, tzinfo=UTC)
    assert read.place == pytest.approx(PLACE, abs=1e-5)
    abroad = read_photo(saved(picture(4), taken="2026:11:23 14:05:10", offset="+08:00"), TOKYO)
    assert abroad.taken_at == datetime(2026, 11, 23, 6, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "2026:13:40 25:61:61", "1980:01:01 00:00:00", " ", "x" * 40])
def test_absurd_times_are_no_time(taken: str) -> None:
    assert read_photo(saved(picture(5), taken=taken), TOKYO).taken_at is None


def test_a_photo_without_words_says_nothing() -> None:
    read = read_photo(saved(picture(5)), TOKYO)
    assert (read.taken_at, read.place) == (None, None)


def test_the_copies_say_nothing_of_the_place() -> None:
    whole = saved(picture(6), taken="2026:11:23 14:05:10", place=PLACE)
    for copy in (read_photo(whole, TOKYO).thumbnail, without_words(whole)):
        again = read_photo(copy, TOKYO)
        assert (again.taken_at, again.place) == (None, None)
        assert b"Exif" not in copy[:400]
