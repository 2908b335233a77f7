"""One tour shared among drones, so that the last to finish finishes early. Pure."""

from collections.abc import Iterator, Sequence

from hub.surveys.tour import Matrix, Tour, mended, tour_s

__all__ = ["share_legs"]

_HALVINGS = 30
_MOST_MOVES = 60
_LESS_S = 0.01


def share_legs(tour: Tour, drones: int, straight_s: Sequence[float], seconds: Matrix) -> list[Tour]:
    """Cut a tour into stretches for drones, the longest as short as can be, then pass legs on from the longest.

    `straight_s` are the seconds of each leg alone. Drones that have nothing to do get no tour.
    """
    if drones == 1 or len(tour) < 2:  # one leg cannot be shared
        return [tour] if tour else []

    def cost(part: Sequence[int]) -> float:
        return tour_s(part, seconds) + sum(straight_s[entry // 2] for entry in part)

    low, high = 0.0, cost(tour)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if len(_stretches(tour, middle, straight_s, seconds)) <= drones:
            high = middle
        else:
            low = middle
    parts = [mended(part, seconds) for part in _stretches(tour, high, straight_s, seconds)]
    for _ in range(_MOST_MOVES):
        better = _passed_on(parts, [cost(part) for part in parts], straight_s, seconds)
        if better is None:
            break
        parts = better
    return [mended(part, seconds) for part in parts]


def _stretches(tour: Tour, most_s: float, straight_s: Sequence[float], seconds: Matrix) -> list[Tour]:
    """Fill one drone after the other up to some seconds."""
    depot = len(seconds) - 1
    parts: list[Tour] = []
    used = 0.0
    for entry in tour:
        own = straight_s[entry // 2]
        if parts:
            longer = used + seconds[parts[-1][-1] ^ 1][entry] + own
            if longer + seconds[entry ^ 1][depot] <= most_s:
                parts[-1].append(entry)
                used = longer
                continue
        parts.append([entry])
        used = seconds[depot][entry] + own
    return parts


def _passed_on(
    parts: Sequence[Tour], costs: Sequence[float], straight_s: Sequence[float], seconds: Matrix
) -> list[Tour] | None:
    """Give a leg of the longest tour to another where both are then shorter than the longest was; None if none fits."""
    longest = max(range(len(parts)), key=costs.__getitem__)
    best, best_s = None, costs[longest] - _LESS_S
    for place, entry in enumerate(parts[longest]):
        own = straight_s[entry // 2]
        rest_s = costs[longest] - own - _leaving_s(parts[longest], place, seconds)
        if len(parts[longest]) == 1 or rest_s >= best_s:
            continue
        for index, part in enumerate(parts):
            if index == longest or costs[index] + own >= best_s:
                continue
            more_s, at, way = min(_entering_s(part, entry, seconds))
            worst = max(rest_s, costs[index] + own + more_s)
            if worst < best_s:
                best_s = worst
                best = [list(other) for other in parts]
                del best[longest][place]
                best[index].insert(at, way)
    return best


def _leaving_s(tour: Tour, place: int, seconds: Matrix) -> float:
    """Seconds on the way that a tour saves without the leg at a place."""
    depot = len(seconds) - 1
    before = tour[place - 1] ^ 1 if place else depot
    after = tour[place + 1] if place + 1 < len(tour) else depot
    entry = tour[place]
    return seconds[before][entry] + seconds[entry ^ 1][after] - seconds[before][after]


def _entering_s(tour: Tour, entry: int, seconds: Matrix) -> Iterator[tuple[float, int, int]]:
    """Seconds on the way that a leg adds at each place, entered at either end, with the place and the entry."""
    depot = len(seconds) - 1
    for at in range(len(tour) + 1):
        before = tour[at - 1] ^ 1 if at else depot
        after = tour[at] if at < len(tour) else depot
        for way in (entry, entry ^ 1):
            yield seconds[before][way] + seconds[way ^ 1][after] - seconds[before][after], at, way
