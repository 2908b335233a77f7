"""Two courses drawn over each other as an SVG's paths: what a correction would change, seen without a script. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["HEIGHT", "WIDTH", "Sparkline", "plan_sparkline"]

WIDTH, HEIGHT = 600, 180
_HOLE = timedelta(hours=3)
_ROUND = 360.0
Course = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The paths in a box of WIDTH × HEIGHT, the least and greatest value, the first and last instant."""

    before: str
    after: str
    low: float
    high: float
    since: datetime
    until: datetime


def plan_sparkline(before: Course, after: Course, *, goes_round: bool = False) -> Sparkline | None:
    """Both courses in one scale; None where there are fewer than two points.

    A direction goes round: it has the whole compass as its scale, and its line is lifted where it passes north.
    """
    if len(before) < 2:
        return None
    values = [value for _, value in [*before, *after]]
    low, high = (0.0, _ROUND) if goes_round else (min(values), max(values))
    since, until = before[0][0], before[-1][0]

    def path(course: Course) -> str:
        parts: list[str] = []
        last: tuple[datetime, float] | None = None
        for at, value in course:
            across = WIDTH * ((at - since) / (until - since))
            down = HEIGHT * (1 - (value - low) / (high - low)) if high > low else HEIGHT / 2
            is_lifted = last is None or at - last[0] > _HOLE or (goes_round and abs(value - last[1]) > _ROUND / 2)
            parts.append(f"{'M' if is_lifted else 'L'}{across:.1f} {down:.1f}")
            last = at, value
        return "".join(parts)

    return Sparkline(path(before), path(after), low, high, since, until)
