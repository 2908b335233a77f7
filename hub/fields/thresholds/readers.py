"""Who is told of a plot, and who reads what is told. Every function works in the caller's transaction."""

from dataclasses import dataclass

from hub.registry.people import Actor
from hub.store import Connection, Queries

__all__ = ["fetch_read_plots", "fetch_told", "save_told"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Person:
    person_id: str


@dataclass(frozen=True, slots=True)
class _Plot:
    id: str


def fetch_told(conn: Connection, plot_id: str) -> list[str]:
    """The ids of those who are told of a plot: its owner, and of those who see it whoever wants to be told."""
    return [row.person_id for row in _queries.all(conn, "fetch_told", _Person, plot_id=plot_id)]


def save_told(conn: Connection, plot_id: str, person_id: str, *, wanted: bool) -> None:
    """Somebody's own wish to be told of a plot, or not."""
    _queries.run(conn, "save_told", plot_id=plot_id, person_id=person_id, wanted=wanted)


def fetch_read_plots(conn: Connection, actor: Actor) -> frozenset[str]:
    """The ids of the plots of which the actor may read what is measured and told; for staff those of open plots."""
    rows = _queries.all(conn, "fetch_read_plots", _Plot, person_id=actor.person_id, is_staff=actor.is_staff)
    return frozenset(row.id for row in rows)
