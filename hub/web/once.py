"""A form does its work once, however often it is sent.

A phone with one bar sends a report, the server saves it, and the answer is lost on the way back: the phone can only
send it again. So each such form carries a `key` (a UUID, made with the page or by the phone that kept the report), and
the key is kept with the answer in the transaction that does the work. Sent again, it is answered as the first time,
and nothing happens.

    def act(conn: Connection) -> str:          # does the work, and says where the browser goes
        ...
    return page.go(once(page.services.database, form, page.actor, page.request.url.path, page.now, act))
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.errors import Conflict, Forbidden, Invalid
from hub.registry.people import Actor
from hub.store import Connection, Database, Queries
from hub.web.pages.forms import Filled

__all__ = ["KEPT", "KEY_FIELD", "once", "read_key"]

KEY_FIELD = "key"
# A phone may lie in a drawer over a season with a report in it.
KEPT = timedelta(days=120)
_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class _Sent:
    person_id: str
    path: str
    answer: str | None


def read_key(form: Filled) -> UUID | None:
    """The form's key; None for a form without one, which is done as often as it is sent. Raises Invalid."""
    text = form.typed(KEY_FIELD).strip()
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("This form's key is none.") from None


def once(
    database: Database, form: Filled, actor: Actor, path: str, now: datetime, act: Callable[[Connection], str]
) -> str:
    """Do `act` in one transaction and return what it says, a path; for a form that was sent before, what it said then.

    What `act` raises leaves the key unused: a refused form can be corrected and sent again. Raises Invalid for a key
    that is none, Forbidden for somebody else's, Conflict for one that was used at another path.
    """
    key = read_key(form)
    with database.transaction() as conn:
        if key is None:
            return act(conn)
        _queries.run(conn, "drop_old_forms", before=now - KEPT)
        if not _queries.run(conn, "claim_form", key=key, person_id=actor.person_id, path=path, now=now):
            return _first_answer(conn, key, actor.person_id, path)
        answer = act(conn)
        _queries.run(conn, "keep_form_answer", key=key, answer=answer)
        return answer


def _first_answer(conn: Connection, key: UUID, person_id: str, path: str) -> str:
    sent = _queries.one(conn, "fetch_sent_form", _Sent, key=key)
    if sent is None or sent.person_id != person_id:
        raise Forbidden("This form belongs to somebody else.")
    if sent.path != path or sent.answer is None:
        raise Conflict("This form was used already.")
    return sent.answer
