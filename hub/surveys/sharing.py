"""One tour shared among drones, so that the last to finish finishes early. Pure."""

from collections.abc import Callable, Sequence

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
        better = _passed_on(parts, cost, seconds)
        if better is None:
            break
        parts = better
    return parts


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


def _passed_on(parts: Sequence[Tour], cost: Callable[[Sequence[int]], float], seconds: Matrix) -> list[Tour] | None:
    """Give a leg of the longest tour to another where both are then shorter than the longest was; None if none fits."""
    costs = [cost(part) for part in parts]
    longest = costs.index(max(costs))
    best, best_s = None, costs[longest] - _LESS_S
    for entry in parts[longest]:
        rest = [other for other in parts[longest] if other != entry]
        rest_s = cost(rest)
        if not rest or rest_s >= best_s:
            continue
        for index, part in enumerate(parts):
            if index == longest or costs[index] >= best_s:
                continue
            grown = min(
                ([*part[:at], way, *part[at:]] for at in range(len(part) + 1) for way in (entry, entry ^ 1)),
                key=lambda tour: tour_s(tour, seconds),
            )
            worst = max(rest_s, cost(grown))
            if worst < best_s:
                best_s = worst
                best = [rest if k == longest else grown if k == index else list(other) for k, other in enumerate(parts)]
    return None if best is None else [mended(part, seconds) for part in best]
