"""What of a survey's timeline a partner sees: all of the survey and their own drones, of others not a name. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from hub.surveys.values import Entry, SortieRow

__all__ = ["entries_seen"]

# How many drones an order reached says how many others there are.
_OF_ALL = frozenset({"drones"})


def entries_seen(entries: Iterable[Entry], own: frozenset[str] | None, sorties: Iterable[SortieRow]) -> list[Entry]:
    """Those entries that somebody sees whose sorties are `own` (None: whoever sees all), in their order.

    `sorties` are the survey's, of all its plans. An entry about another party's drone is left out; one about an own
    drone that another's was in the way of stays, and does not say which.
    """
    if own is None:
        return list(entries)
    drones = {one.drone for one in sorties if one.id in own}
    return [_seen(one, drones) for one in entries if _is_seen(one, own, drones)]


def _is_seen(entry: Entry, own: frozenset[str], drones: set[str]) -> bool:
    drone = entry.detail.get("drone")
    return (entry.sortie_id is None or entry.sortie_id in own) and (drone is None or drone in drones)


def _seen(entry: Entry, drones: set[str]) -> Entry:
    hidden = set(_OF_ALL) if entry.sortie_id is None else set[str]()
    if entry.detail.get("other") not in drones:
        hidden.add("other")
    return replace(entry, detail={name: value for name, value in entry.detail.items() if name not in hidden})
