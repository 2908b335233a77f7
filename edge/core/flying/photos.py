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
    """The count of one sortie: number = index + offset, above `floor`: what is not is from another counting.
    `recent` are the last indices of this counting that came.
    """

    last: int = 0
    offset: int | None = None
    recent: tuple[int, ...] = ()
    floor: int = 0

    def begin(self) -> "PhotoCount":
        """The same sortie flies again: its numbers go on, whatever the autopilot counts now."""
        return PhotoCount(self.last)


def count_photo(count: PhotoCount, index: int) -> tuple[PhotoCount, int | None]:
    """The number of the photo with this index of the autopilot; None when it has come before."""
    if index in count.recent:
        return count, None
    number = None if count.offset is None else index + count.offset
    if number is None or not max(count.floor, count.last - _LATE) < number < count.last + _JUMP:
        number = count.last + 1
        count = _count_anew(count, index, number)
    return replace(count, last=max(count.last, number), recent=(*count.recent, index)[-2 * _LATE :]), number


def _count_anew(count: PhotoCount, index: int, number: int) -> PhotoCount:
    """This index gets this number, the next one, and no number that has been given is given again."""
    newest = max(count.recent, default=index)
    if 0 < newest - index < _LATE:  # a late word from before the first of this counting, which goes on behind it
        return replace(count, offset=number - newest, floor=number)
    return replace(count, offset=number - index, floor=count.last, recent=())
