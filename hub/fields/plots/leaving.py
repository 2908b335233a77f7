"""What goes when a plot, or all that a farmer has here, is deleted, and what others still need. Pure."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hub.fields.plots.values import Plot

__all__ = ["Leaving", "plan_leaving"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """A deletion as it would be done now: plots, the stations (by key) whose readings go, those whose readings stay.

    `seal` is another one as soon as anything of it has changed: what somebody confirmed is what is done.
    """

    plots: Sequence[Plot]
    going_keys: frozenset[int]
    staying_keys: frozenset[int]
    seal: str

    @property
    def plot_ids(self) -> list[str]:
        """The plots' ids."""
        return [plot.id for plot in self.plots]


def plan_leaving(plots: Sequence[Plot], standing: Mapping[int, Collection[str]]) -> Leaving:
    """Readings go with the last plot on which their station stands; `standing` is on which plots each one does."""
    leaving = {plot.id for plot in plots}
    keys = {key for plot in plots for key in plot.station_keys}
    going = frozenset(key for key in keys if set(standing.get(key, ())) <= leaving)
    sealed = repr((sorted(leaving), sorted(going), sorted(keys - going)))
    return Leaving(plots, going, frozenset(keys - going), hashlib.sha256(sealed.encode()).hexdigest()[:32])
