"""Matters of the field: they end by what is measured, keep what became of them, and go with their plot.

Each function works in the caller's transaction. They are opened like any other (`Alerts.open_incident`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.alerts import going, store
from hub.alerts.escalation import Note
from hub.alerts.views import NewIncident
from hub.store import Connection

__all__ = ["end_matter", "forget_plot"]


@dataclass(frozen=True, slots=True)
class _Id:
    id: str


def end_matter(
    conn: Connection, about: NewIncident, reason: str, now: datetime, after: Mapping[str, str] | None = None
) -> str | None:
    """The reason for a matter of the field has gone: of the same kind, plot, device and `matter` as it was opened with.

    `after`: what became of it, a sentence by language, kept on the incident even where a person has settled it before.
    Returns the incident's id; None when there never was one, or it was settled and nothing is to be said.
    """
    incident = store.lock_unresolved(conn, about)
    found: str | None = incident.id if incident else None
    if found is None and after and about.plot_id is not None:
        found = store.queries.value(conn, "find_of_matter", plot_id=about.plot_id, kind=about.kind, matter=about.matter)
    if found is not None and after:
        store.queries.run(conn, "note_after", id=found, words=json.dumps(dict(after)))
    if incident is not None:
        store.close(conn, incident, None, None, None, now)
        store.add_entry(conn, incident.id, Note("ended", {"reason": reason}), now)
    return found


def forget_plot(conn: Connection, plot_id: str, now: datetime) -> None:
    """A plot is about to be deleted: what is open about it is settled, and no word about it stays on an incident."""
    for row in store.queries.all(conn, "fetch_unresolved_of_plot", _Id, plot_id=plot_id):
        going.close_by_itself(conn, row.id, "plot_deleted", now)
    store.queries.run(conn, "forget_plot", plot_id=plot_id)
