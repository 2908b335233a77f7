"""Photos as they come from phones: looked at by Pillow, kept as they are, with a small copy that says nothing of its
place.
"""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from hub.errors import Invalid
from hub.texts.words import msgid
from hub.traps.captures import exif, looks

__all__ = ["MAX_BYTES", "MAX_PIXELS", "ReadPhoto", "read_photo", "without_words"]

MAX_BYTES = 15_000_000
# The largest that phones take as one picture (50 megapixels) and some more; decoded that is 240 MB.
MAX_PIXELS = 64_000_000
_MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_SMALL = (1024, 1024)
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """A photo that can be shown, and what it says. `look` has 64 bits; `thumbnail` is a JPEG of at most 1,024 px."""

    media_type: str
    width: int
    height: int
    look: int
    taken_at: datetime | None
    place: tuple[float, float] | None
    thumbnail: bytes


def read_photo(content: bytes, zone: ZoneInfo) -> ReadPhoto:
    """Look at an uploaded photo. Raises Invalid, with a message id that says what to do."""
    if not content:
        raise Invalid(msgid("The photo is empty."))
    if len(content) > MAX_BYTES:
        raise Invalid(msgid("The photo is too large: at most 15 MB."))
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise Invalid(msgid("Photos in the HEIC format cannot be read: set the camera to JPEG (“most compatible”)."))
    # The library that prints sheets has Pillow fill in what is missing of a file; of evidence nothing is filled in.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(BytesIO(content), formats=tuple(_MEDIA)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid(msgid("The photo has too many pixels: at most 64 million."))
            return _read(image, zone)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(msgid("The photo has too many pixels: at most 64 million.")) from None
    except UnidentifiedImageError:
        raise Invalid(msgid("This is no photo: JPEG, PNG or WebP is taken.")) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        # What Pillow's decoders raise for broken files.
        raise Invalid(msgid("The photo is broken or came only in part: please send it again.")) from None


def _read(image: Image.Image, zone: ZoneInfo) -> ReadPhoto:
    media_type, width, height = _MEDIA[image.format or ""], image.width, image.height
    # Before decoding, which a broken file does not survive.
    taken_at, place = _words_of(image, zone)
    # A JPEG is decoded at a fraction of its size, which is what a small copy needs.
    image.draft("RGB", (2 * _SMALL[0], 2 * _SMALL[1]))
    upright = ImageOps.exif_transpose(image)
    small = _on_white(upright)
    small.thumbnail(_SMALL)
    grey = small.convert("L").resize((looks.COLUMNS, looks.ROWS), Image.Resampling.BOX)
    kept = BytesIO()
    small.save(kept, "JPEG", quality=78)
    return ReadPhoto(media_type, width, height, looks.look_of(list(grey.tobytes())), taken_at, place, kept.getvalue())


def _on_white(image: Image.Image) -> Image.Image:
    """The picture in three colours, where it is transparent white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", seen.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    return image.convert("RGB")


def _words_of(image: Image.Image, zone: ZoneInfo) -> tuple[datetime | None, tuple[float, float] | None]:
    try:
        words: Any = image.getexif()
        camera: dict[int, Any] = words.get_ifd(ExifTags.IFD.Exif)
        where: dict[int, Any] = words.get_ifd(ExifTags.IFD.GPSInfo)
        base, gps = ExifTags.Base, ExifTags.GPS
        taken = camera.get(base.DateTimeOriginal) or words.get(base.DateTime)
        offset = camera.get(base.OffsetTimeOriginal) or camera.get(base.OffsetTime)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, EOFError, ZeroDivisionError):
        # Broken words do not make a broken picture.
        return None, None
    return exif.parse_taken_at(taken, offset, zone), exif.parse_place(
        where.get(gps.GPSLatitude), where.get(gps.GPSLatitudeRef),
        where.get(gps.GPSLongitude), where.get(gps.GPSLongitudeRef),
    )  # fmt: skip


def without_words(content: bytes) -> bytes:
    """A photo that was read before, as a JPEG in full size without anything that its camera wrote."""
    with Image.open(BytesIO(content), formats=tuple(_MEDIA)) as image:
        kept = BytesIO()
        _on_white(ImageOps.exif_transpose(image)).save(kept, "JPEG", quality=88)
        return kept.getvalue()
