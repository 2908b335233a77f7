"""What alerts and warnings keep of a plot: taken along with the rest of a farmer's data, and gone with the plot."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from hub.alerts.matters import forget_plot
from hub.alerts.service import Alerts
from hub.alerts.views import IncidentView
from hub.fields.plots.belongings import Taking
from hub.fields.plots.leaving import Leaving
from hub.fields.plots.zipping import File
from hub.fields.thresholds import frosts, store
from hub.fields.thresholds.sentences import say_rule
from hub.fields.thresholds.store import Warning  # noqa: A004  # the farmer's own word for it
from hub.store import Connection

__all__ = ["Warned"]

# Nobody has been told so often of one plot; in years to come the newest are taken along.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Warned:
    """The warnings of a plot, and what they told."""

    alerts: Alerts

    def files(self, taking: Taking) -> Iterator[File]:
        """`warnings.json`: what each plot's farmers want to be told of, and what they were told."""
        yield File("warnings.json", self._pieces(taking))

    def erase(self, conn: Connection, leaving: Leaving, now: datetime) -> None:
        """Settle what is told and take its words away; the warnings themselves go with the plot's row."""
        for plot_id in leaving.plot_ids:
            forget_plot(conn, plot_id, now)

    def _pieces(self, taking: Taking) -> Iterator[bytes]:
        names = {device.key: device.id for device in taking.devices}
        found: dict[str, object] = {}
        with taking.transaction() as conn:
            for plot in taking.plots:
                frost = frosts.fetch_watch_of(conn, plot.id)
                told = self.alerts.fetch_incidents(conn, device_keys=[], plot_ids=[plot.id], limit=_MOST)
                found[plot.id] = {
                    "warnings": [_as_record(one, names, taking) for one in store.fetch_warnings(conn, plot.id)],
                    "frost": asdict(frost) if frost else None,
                    "told": [_as_told(one) for one in told],
                }
        yield (json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def _as_record(warning: Warning, names: dict[int, str], taking: Taking) -> dict[str, object]:
    return {
        "id": warning.id,
        "words": say_rule(warning.rule, taking.translate),
        "station": names.get(warning.device_key),
        "muted_until": warning.muted_until,
        **asdict(warning.rule),
    }


def _as_told(incident: IncidentView) -> dict[str, object]:
    kept = ("id", "kind", "matter", "occurred_at", "state", "resolved_at", "outcome", "note", "detail")
    return {name: getattr(incident, name) for name in kept}
