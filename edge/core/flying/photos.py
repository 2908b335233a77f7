"""Which number a photo has within its sortie. Pure.

An autopilot counts its photos since it started, and tells of each once, on a link that loses, doubles and reorders. A
number follows from that count, so that a lost word leaves a gap and a doubled one changes nothing.
"""

from dataclasses import dataclass, replace

__all__ = ["PhotoCount", "count_photo"]

# Further back than this it is not a late word but an autopilot that has started anew; further on, its count has jumped.
_LATE = 8
_JUMP = 500


@dataclass(frozen=True, slots=True)
class PhotoCount:
    """The count of one sortie: number = index + offset. `recent` are the last indices that came."""

    last: int = 0
    offset: int | None = None
    recent: tuple[int, ...] = ()

    def begin(self) -> "PhotoCount":
        """The same sortie flies again: its numbers go on, whatever the autopilot counts now."""
        return PhotoCount(self.last)


def count_photo(count: PhotoCount, index: int) -> tuple[PhotoCount, int | None]:
    """The number of the photo with this index of the autopilot; None when it has come before."""
    if index in count.recent:
        return count, None
    number = None if count.offset is None else index + count.offset
    if number is None or not count.last - _LATE < number < count.last + _JUMP or number < 1:
        number = count.last + 1
        count = replace(count, offset=number - index, recent=())
    return replace(count, last=max(count.last, number), recent=(*count.recent, index)[-2 * _LATE :]), number
