"""Links in messages with which a person acts without signing in: signed for one person, one action, one incident.

Where a message tells of many incidents its link is for the message: the person says to which of them they are going.
So is the link of a drill, with which they say that it has arrived.

Opening a link changes nothing, since mail scanners open links too; the page behind it has a button. A link is good for
`VALID_FOR` and, as whoever acts on it finds out from the incident, only while that is unresolved.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast, get_args

from itsdangerous import BadData, URLSafeSerializer

from hub.errors import HubError

__all__ = ["VALID_FOR", "Action", "BadLink", "Link", "make_link", "read_link"]

Action = Literal["back", "going", "going_some", "reached", "seen"]
VALID_FOR = timedelta(days=7)
_SALT = "wanamori.answer.v1"


class BadLink(HubError):
    """This link does not work, or no longer. Please sign in instead."""

    status = 410


@dataclass(frozen=True, slots=True)
class Link:
    """What a link allows: this person, this action; `about` is the incident's id, or the message's key."""

    person_id: str
    action: Action
    about: str
    made_at: datetime

    @property
    def incident_id(self) -> str:
        """The incident, where the link is about one."""
        return self.about


def make_link(secret: str, public_url: str, person_id: str, about: str, action: Action, now: datetime) -> str:
    """The whole address, `{public_url}/a/{token}`; `about` is the incident's id or the message's key."""
    values = [person_id, action, about, int(now.timestamp())]
    token = _serializer(secret).dumps(values)
    return f"{public_url.rstrip('/')}/a/{token}"


def read_link(secret: str, token: str, now: datetime) -> Link:
    """What a token allows. Raises BadLink when it is forged, mangled or too old."""
    try:
        values: Any = _serializer(secret).loads(token)
        person_id, action, about, made_s = values
        made_at = datetime.fromtimestamp(made_s, UTC)
    except (BadData, ValueError, TypeError, OverflowError, OSError):
        raise BadLink from None
    # Made in the future: the hub's clock has gone back since; the signature is what counts.
    if action not in get_args(Action) or now > made_at + VALID_FOR:
        raise BadLink
    return Link(str(person_id), cast("Action", action), str(about), made_at)


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=_SALT)
