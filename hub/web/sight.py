"""Which incidents somebody sees, by their devices and plots, and of which the words too; one rule for pages and API.

1.  City staff see that every incident is. What is the matter with a plot they read where its owner has consented.
2.  Others see the matters of their plots, and of the devices that they see those that are no plot's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.alerts.views import IncidentView
from hub.fields.thresholds.readers import fetch_read_plots
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection

__all__ = ["Sight", "sight_of"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees: `device_keys` None is everything; of `plot_ids` what is measured and said."""

    device_keys: frozenset[int] | None
    plot_ids: frozenset[str]

    def sees(self, view: IncidentView) -> bool:
        """Whether this incident is shown."""
        if self.device_keys is None:
            return True
        return view.plot_id in self.plot_ids if view.plot_id else view.device_key in self.device_keys

    def reads(self, view: IncidentView) -> bool:
        """Whether its words are shown too. Of a plot that is gone there are none."""
        return view.plot_id is None or view.plot_id in self.plot_ids

    def shown(self, views: Iterable[IncidentView]) -> list[IncidentView]:
        """Incidents as they are shown: of a plot that is not open to the reader without any word."""
        return [view if self.reads(view) else view.without_words() for view in views]


def sight_of(conn: Connection, actor: Actor) -> Sight:
    """What the actor sees now."""
    return Sight(registry.visible_device_keys(conn, actor), fetch_read_plots(conn, actor))
