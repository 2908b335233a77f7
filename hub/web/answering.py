"""What a signed link allows, done in one place: for the page behind it, a button in a notification, a LINE postback.

Each function works in the caller's transaction.
"""

from dataclasses import dataclass

from hub.alerts.links import BadLink, Link, read_link
from hub.alerts.views import IncidentView
from hub.errors import Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.web.services import Services

__all__ = ["Asked", "answer_back", "answer_going", "read_asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a token asks: the link, its person, and the incident as it is."""

    link: Link
    actor: Actor
    incident: IncidentView


def read_asked(conn: Connection, services: Services, token: str) -> Asked:
    """What a token allows. Raises BadLink when it is forged, too old, or its person is not active any more."""
    link = read_link(services.settings.secret.get_secret_value(), token, services.now())
    actor = registry.fetch_actor(conn, link.person_id)
    if actor is None:
        raise BadLink
    try:
        return Asked(link, actor, services.alerts.fetch_view(conn, link.incident_id))
    except (NotFound, Forbidden):
        raise BadLink from None


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


def answer_back(conn: Connection, services: Services, asked: Asked, by: str) -> IncidentView:
    """The link's person is back. Raises NotFound, Forbidden, Conflict (was not out); nothing has happened then."""
    now, incident_id = services.now(), asked.incident.id
    view = services.alerts.came_back(conn, incident_id, asked.actor.person_id, now)
    registry.record(conn, asked.actor, "back", f"incident/{incident_id}", now, by=by)
    return view
