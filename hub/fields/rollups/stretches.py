"""Stretches of time [since, until): whole hours of them, what two lists share, what one leaves of another. Pure.

A list of stretches is in order and none touches another, unless said otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["EARLIEST", "HOUR", "LATEST", "Stretch", "hour_above", "hour_below", "join", "share", "subtract", "thin_out"]

HOUR = timedelta(hours=1)
# Open ends: before and behind all that can be measured, with room for the hours and days around them.
EARLIEST = datetime(1, 1, 3, tzinfo=UTC)
LATEST = datetime(9999, 12, 29, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """All instants from `since` on and before `until`; both aware."""

    since: datetime
    until: datetime


def hour_below(instant: datetime) -> datetime:
    """The start of an instant's hour (UTC)."""
    return max(instant.astimezone(UTC), EARLIEST).replace(minute=0, second=0, microsecond=0)


def hour_above(instant: datetime) -> datetime:
    """The first whole hour (UTC) not before an instant."""
    below = hour_below(min(instant, LATEST))
    return below if below >= instant else below + HOUR


def join(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Any stretches, in any order, as a list in which none touches another; empty ones vanish."""
    joined: list[Stretch] = []
    for one in sorted(stretches):
        if one.since >= one.until:
            continue
        if joined and one.since <= joined[-1].until:
            joined[-1] = Stretch(joined[-1].since, max(joined[-1].until, one.until))
        else:
            joined.append(one)
    return joined


def share(first: Sequence[Stretch], second: Sequence[Stretch]) -> list[Stretch]:
    """What both lists have."""
    shared: list[Stretch] = []
    here = there = 0
    while here < len(first) and there < len(second):
        one, other = first[here], second[there]
        since, until = max(one.since, other.since), min(one.until, other.until)
        if since < until:
            shared.append(Stretch(since, until))
        if one.until <= other.until:
            here += 1
        else:
            there += 1
    return shared


def subtract(whole: Sequence[Stretch], parts: Sequence[Stretch]) -> list[Stretch]:
    """What the list `whole` has and `parts` has not."""
    edges = [EARLIEST, *(edge for part in parts for edge in (part.since, part.until)), LATEST]
    return share(whole, [Stretch(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b])


def thin_out(stretches: Sequence[Stretch], most: int) -> list[Stretch]:
    """At most so many stretches that hold all of the given ones: those with the narrowest gaps are joined."""
    if len(stretches) <= most:
        return list(stretches)
    gaps = sorted(range(1, len(stretches)), key=lambda place: stretches[place].since - stretches[place - 1].until)
    joined = set(gaps[: len(stretches) - most])
    thinned = [stretches[0]]
    for place in range(1, len(stretches)):
        if place in joined:
            thinned[-1] = Stretch(thinned[-1].since, stretches[place].until)
        else:
            thinned.append(stretches[place])
    return thinned
