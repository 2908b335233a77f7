"""Two courses drawn over each other as an SVG's paths: what a correction would change, seen without a script. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["HEIGHT", "WIDTH", "Sparkline", "plan_sparkline"]

WIDTH, HEIGHT = 600, 180
_HOLE = timedelta(hours=3)
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


def plan_sparkline(before: Course, after: Course) -> Sparkline | None:
    """Both courses in one scale; None where there are fewer than two points."""
    if len(before) < 2:
        return None
    values = [value for _, value in [*before, *after]]
    low, high = min(values), max(values)
    since, until = before[0][0], before[-1][0]

    def path(course: Course) -> str:
        parts: list[str] = []
        last: datetime | None = None
        for at, value in course:
            across = WIDTH * ((at - since) / (until - since))
            down = HEIGHT * (1 - (value - low) / (high - low)) if high > low else HEIGHT / 2
            parts.append(f"{'M' if last is None or at - last > _HOLE else 'L'}{across:.1f} {down:.1f}")
            last = at
        return "".join(parts)

    return Sparkline(path(before), path(after), low, high, since, until)
