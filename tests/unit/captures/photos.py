"""Photos for tests: seeded pictures with rough shapes, saved as phones save them."""

import random
from io import BytesIO
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageDraw, ImageFilter

TOKYO = ZoneInfo("Asia/Tokyo")


def picture(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture of soft shapes, another one for each seed."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, tuple(chance.randrange(60, 200) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        w, h = chance.randrange(40, 200), chance.randrange(40, 160)
        draw.ellipse((x - w, y - h, x + w, y + h), fill=tuple(chance.randrange(20, 235) for _ in range(3)))
    return image.filter(ImageFilter.GaussianBlur(6))


def saved(
    image: Image.Image,
    *,
    kind: str = "JPEG",
    quality: int = 90,
    taken: object = None,
    offset: str | None = None,
    place: tuple[float, float] | None = None,
) -> bytes:
    """The picture's file, with what a camera writes into it."""
    words = Image.Exif()
    if taken is not None:
        camera = words.get_ifd(ExifTags.IFD.Exif)
        camera[ExifTags.Base.DateTimeOriginal] = (
            taken if isinstance(taken, str) else taken.strftime("%Y:%m:%d %H:%M:%S")
        )
        if offset is not None:
            camera[ExifTags.Base.OffsetTimeOriginal] = offset
    if place is not None:
        where = words.get_ifd(ExifTags.IFD.GPSInfo)
        where[ExifTags.GPS.GPSLatitudeRef] = "N" if place[0] >= 0 else "S"
        where[ExifTags.GPS.GPSLongitudeRef] = "E" if place[1] >= 0 else "W"
        where[ExifTags.GPS.GPSLatitude] = _parts(place[0])
        where[ExifTags.GPS.GPSLongitude] = _parts(place[1])
    kept = BytesIO()
    image.save(kept, kind, quality=quality, exif=words)
    return kept.getvalue()


def _parts(degrees: float) -> tuple[float, float, float]:
    value = abs(degrees)
    whole = int(value)
    minutes = int((value - whole) * 60)
    return float(whole), float(minutes), round((value - whole - minutes / 60) * 3600, 4)
