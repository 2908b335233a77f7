"""What a signed link allows, done in one place: for the page behind it, a button in a notification, a LINE postback.

Each function works in the caller's transaction.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from hub.alerts.kinds import KINDS
from hub.alerts.links import BadLink, Link, read_link
from hub.alerts.replies import confirm_drill, fetch_told_views
from hub.alerts.views import IncidentView
from hub.errors import Conflict, Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.web.services import Services
from hub.web.sight import sight_of

__all__ = [
    "Asked", "AskedOfMessage", "answer_back", "answer_going", "answer_going_some", "answer_reached",
    "answer_seen", "read_asked", "read_asked_of_message", "read_token",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a token asks: the link, its person, and the incident as it is."""

    link: Link
    actor: Actor
    incident: IncidentView


def read_token(services: Services, token: str) -> Link:
    """The link that a token is. Raises BadLink when it is forged or too old."""
    return read_link(services.settings.secret.get_secret_value(), token, services.now())


def read_asked(conn: Connection, services: Services, token: str) -> Asked:
    """What a token allows. Raises BadLink when it is forged, too old, or its person is not active any more, or does not
    see the trap any more: who has left a team reads nothing of its traps. Whoever is on the way there can still say so.
    """
    link = read_token(services, token)
    actor = registry.fetch_actor(conn, link.person_id)
    if actor is None:
        raise BadLink
    try:
        view = services.alerts.fetch_view(conn, link.incident_id)
    except (NotFound, Forbidden):
        raise BadLink from None
    sight = sight_of(conn, actor)
    is_there = actor.person_id in {answer.person_id for answer in view.going} | {view.person_id}
    # Whoever does not see a plot any more reads nothing of it, also when on the way there.
    if not sight.sees(view) and (not is_there or view.plot_id is not None):
        raise BadLink
    return Asked(link, actor, *sight.shown([view]))


@dataclass(frozen=True, slots=True)
class AskedOfMessage:
    """What a token asks about a whole message: its person, and the incidents that the person was told of."""

    link: Link
    actor: Actor
    incidents: tuple[IncidentView, ...]


def read_asked_of_message(conn: Connection, services: Services, link: Link) -> AskedOfMessage:
    """What a link about a message allows (`going_some`, `reached`). Raises BadLink when its person is not active."""
    actor = registry.fetch_actor(conn, link.person_id)
    if actor is None:
        raise BadLink
    if link.action == "reached":
        return AskedOfMessage(link, actor, ())
    try:
        told = fetch_told_views(conn, link.about, actor.person_id, services.now())
    except NotFound:
        raise BadLink from None
    sight = sight_of(conn, actor)
    seen = sight.shown(view for view in told if sight.sees(view))
    order = sorted(seen, key=lambda view: (KINDS[view.kind].rank, view.occurred_at, view.id))
    return AskedOfMessage(link, actor, tuple(order))


def answer_going_some(
    conn: Connection, services: Services, asked: AskedOfMessage, ids: Collection[str], eta_minutes: int, by: str
) -> list[IncidentView]:
    """The person is on the way to these of the message's incidents; returns those of them that still need somebody.

    What is settled already, or none of the message's, is left out.
    """
    now, gone_to = services.now(), list[IncidentView]()
    for incident_id in sorted({view.id for view in asked.incidents} & set(ids)):
        with suppress(Conflict), conn.transaction():
            view = services.alerts.going(conn, incident_id, asked.actor.person_id, eta_minutes, now)
            registry.record(conn, asked.actor, "going", f"incident/{incident_id}", now, eta_minutes=eta_minutes, by=by)
            gone_to.append(view)
    return gone_to


def answer_reached(conn: Connection, services: Services, link: Link, by: str) -> str:
    """A drill has reached its person; returns the channel. Raises BadLink when the link is about none of theirs."""
    now = services.now()
    try:
        channel = confirm_drill(conn, link.about, link.person_id, now)
    except NotFound:
        raise BadLink from None
    registry.record(conn, link.person_id, "confirm_drill", f"person/{link.person_id}", now, channel=channel, by=by)
    return channel


def answer_going(conn: Connection, services: Services, asked: Asked, eta_minutes: int, by: str) -> IncidentView:
    """The link's person is on the way; `by` says how they answered (`link`, `push`, `line`).

    Raises Invalid, NotFound, Forbidden, Conflict (settled already); nothing has happened then.
    """
    now, incident_id = services.now(), asked.incident.id
    if asked.incident.person_id == asked.actor.person_id:
        # Whoever is looked for and answers, whatever the button said, is there.
        return answer_back(conn, services, asked, by)
    view = services.alerts.going(conn, incident_id, asked.actor.person_id, eta_minutes, now)
    registry.record(conn, asked.actor, "going", f"incident/{incident_id}", now, eta_minutes=eta_minutes, by=by)
    return view


def answer_seen(conn: Connection, services: Services, asked: Asked, by: str) -> IncidentView:
    """The link's person has seen a matter of the field; that settles it.

    Raises NotFound, Forbidden, Conflict (settled already); nothing has happened then.
    """
    now, incident_id = services.now(), asked.incident.id
    view = services.alerts.resolve(conn, incident_id, asked.actor.person_id, "seen", None, now)
    registry.record(conn, asked.actor, "resolve", f"incident/{incident_id}", now, outcome="seen", by=by)
    return view


def answer_back(conn: Connection, services: Services, asked: Asked, by: str) -> IncidentView:
    """The link's person is back. Raises NotFound, Forbidden, Conflict (was not out); nothing has happened then."""
    now, incident_id = services.now(), asked.incident.id
    view = services.alerts.came_back(conn, incident_id, asked.actor.person_id, now)
    registry.record(conn, asked.actor, "back", f"incident/{incident_id}", now, by=by)
    return view
