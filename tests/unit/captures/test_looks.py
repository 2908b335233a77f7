"""A photo is known again after it was made smaller, saved anew or brightened; another one is not taken for it."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from hub.traps.captures import looks
from hub.traps.captures.images import read_photo
from tests.unit.captures.photos import TOKYO, picture, saved


def look(image: Image.Image, **options: object) -> int:
    return read_photo(saved(image, **options), TOKYO).look


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.35, 1.0),
    quality=st.integers(35, 95),
    light=st.floats(0.75, 1.25),
)
def test_a_photo_is_known_again(seed: int, scale: float, quality: int, light: float) -> None:
    image = picture(seed)
    size = (round(image.width * scale), round(image.height * scale))
    other = ImageEnhance.Brightness(image.resize(size)).enhance(light)
    assert looks.distance(look(image, quality=95), look(other, quality=quality)) <= looks.SAME_LOOK


def test_different_photos_look_different() -> None:
    all_looks = [look(picture(seed)) for seed in range(40)]
    near = [
        (one, other)
        for one in range(40)
        for other in range(one)
        if looks.distance(all_looks[one], all_looks[other]) <= looks.SAME_LOOK
    ]
    assert near == []


def test_a_picture_of_nothing_tells_nothing() -> None:
    assert not looks.is_telling(look(Image.new("RGB", (640, 480), (10, 10, 12))))
    assert looks.is_telling(look(picture(1)))


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_distance_is_a_distance(one: int, other: int) -> None:
    assert looks.distance(one, one) == 0
    assert looks.distance(one, other) == looks.distance(other, one)
    assert 0 <= looks.distance(one, other) <= 64


def test_a_look_is_made_of_72_points() -> None:
    assert looks.look_of(list(range(72, 0, -1))) == 2**64 - 1
    assert looks.look_of([0.0] * 72) == 0
    with pytest.raises(ValueError, match="72"):
        looks.look_of([0.0] * 71)


def test_a_turned_photo_is_the_same_photo() -> None:
    image = picture(7)
    turned = image.rotate(90, expand=True)
    words = Image.Exif()
    words[0x0112] = 6
    kept = BytesIO()
    turned.save(kept, "JPEG", exif=words, quality=92)
    assert looks.distance(look(image), read_photo(kept.getvalue(), TOKYO).look) <= looks.SAME_LOOK
