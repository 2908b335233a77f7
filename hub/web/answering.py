"""What a signed link allows, done in one place: for the page behind it, a button in a notification, a LINE postback.

Each function works in the caller's transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.alerts.links import BadLink, Link, read_link
from hub.alerts.views import IncidentView
from hub.errors import Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.texts import msgid
from hub.texts.formats import format_clock
from hub.web.services import Services

__all__ = ["Answered", "Asked", "answer_asked", "answer_going", "read_asked"]

# Minutes until somebody is there who does not say.
_USUAL_ETA = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """What a token asks: the link, its person, and the incident as it is."""

    link: Link
    actor: Actor
    incident: IncidentView


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it, as it now stands."""

    asked: Asked
    incident: IncidentView

    def say(self, translate: Callable[[str], str], zone: ZoneInfo) -> str:
        """Thanks, in one or two sentences."""
        actor = self.asked.actor
        mine = next((answer for answer in self.incident.going if answer.person_id == actor.person_id), None)
        if mine is None:
            return translate(msgid("Thank you. Your answer has arrived."))
        blanks = {"name": actor.name, "clock": format_clock(mine.eta_at, zone)}
        thanks = msgid("Thank you, %(name)s. The others can see that you will be there at %(clock)s. Take care.")
        return translate(thanks) % blanks


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


def answer_asked(conn: Connection, services: Services, asked: Asked, eta_minutes: int | None, by: str) -> Answered:
    """Do what the link is for, whatever that is; `by` says how it was answered (`link`, `push`, `line`).

    Raises Invalid, NotFound, Forbidden, Conflict (settled already); nothing has happened then.
    """
    match asked.link.action:
        case "going":
            return Answered(asked, answer_going(conn, services, asked, eta_minutes or _USUAL_ETA, by))


def answer_going(conn: Connection, services: Services, asked: Asked, eta_minutes: int, by: str) -> IncidentView:
    """The link's person is on the way; `by` says how they answered (`link`, `push`, `line`).

    Raises Invalid, NotFound, Forbidden, Conflict (settled already); nothing has happened then.
    """
    now, incident_id = services.now(), asked.incident.id
    view = services.alerts.going(conn, incident_id, asked.actor.person_id, eta_minutes, now)
    registry.record(conn, asked.actor, "going", f"incident/{incident_id}", now, eta_minutes=eta_minutes, by=by)
    return view
