"""The webhook of the town's LINE account: links accounts, takes answers, notices who has blocked it.

LINE waits a second or two for the answer, so what LINE is told in return goes out after it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.concurrency import run_in_threadpool

from hub.alerts.channels import DeliveryError
from hub.alerts.channels.line_form import read_postback
from hub.alerts.channels.line_webhook import LineEvent, read_webhook
from hub.alerts.links import BadLink
from hub.errors import Conflict, HubError, NotFound, Unavailable
from hub.registry import linking, ways
from hub.registry import service as registry
from hub.registry.secrets import normal_code
from hub.store import Connection
from hub.texts import DEFAULT_LOCALE, choose_locale, msgid, translator
from hub.texts.formats import format_clock
from hub.web.answering import answer_going, answer_reached, answer_seen, read_asked, read_token
from hub.web.channels import LineDoor
from hub.web.services import Services
from hub.web.session import ServicesOf, ThrottleOf
from hub.web.throttle import Throttle

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Minutes until somebody is there who does not say.
_USUAL_ETA = 30

_HELLO = msgid(
    "This is the town's trap alarm (罠守). To get alarms here, sign in to the pages, open “How I am told”,"
    " and send the code that you see there to this account."
)
_LINKED = msgid("Done. %(name)s, alarms will reach you here.")
_BAD_CODE = msgid("This code does not work, or no longer. Please open “How I am told” on the pages for a new one.")
_TOO_MANY = msgid("Too many codes that do not work. Please wait ten minutes.")
_NOT_READ = msgid("Nobody reads what is written here. Please use the buttons of an alarm, or the pages.")
_NOT_YOURS = msgid("This LINE account is not linked to the person whom the alarm was for.")
_SETTLED = msgid("This is settled already. Thank you for looking; you need not go.")
_THANKS = msgid("Thank you, %(name)s. The others can see that you will be there at %(clock)s. Take care.")
_SEEN = msgid("Thank you. Noted that you have seen it.")
_REACHED = msgid("Thank you, %(name)s. Now we know that alarms reach you here.")
_NO_MORE = msgid("This button does not work any more. Please open the page instead.")


@dataclass(frozen=True, slots=True)
class _Reply:
    token: str
    text: str


@router.post("/line/webhook")
async def take_webhook(
    request: Request, services: ServicesOf, throttle: ThrottleOf, later: BackgroundTasks
) -> Response:
    """What LINE tells. Raises BadSignature, and then nothing has happened."""
    channels = services.channels
    # Without the secret anybody could sign.
    if channels.line is None or not channels.line_secret:
        raise NotFound
    events = read_webhook(channels.line_secret, await request.body(), request.headers.get("x-line-signature", ""))
    replies = await run_in_threadpool(lambda: [_take(services, throttle, event) for event in events])
    later.add_task(_reply_all, channels.line, [reply for reply in replies if reply is not None])
    return Response()


def _take(services: Services, throttle: Throttle, event: LineEvent) -> _Reply | None:
    """Deal with an event, once however often it comes; what is to be said in return."""
    try:
        with services.database.transaction() as conn:
            if not event.user_id or not linking.claim_line_event(conn, event.id, services.now()):
                return None
            text = _act(conn, services, throttle, event)
    except Unavailable:
        # LINE sends it again.
        raise
    except HubError as error:
        _log.warning("line_event_refused", kind=event.kind, error=str(error))
        return None
    return _Reply(event.reply_token, text) if text and event.reply_token else None


def _act(conn: Connection, services: Services, throttle: Throttle, event: LineEvent) -> str | None:
    owner = ways.person_of_address(conn, "line", event.user_id)
    match event.kind:
        case "follow":
            return _speak(conn, owner)(_NOT_READ if owner else _HELLO)
        case "unfollow":
            way = ways.fetch_way_of_address(conn, "line", event.user_id)
            if way is not None:
                ways.end_way(conn, way.id, "blocked or removed in LINE", services.now())
            return None
        case "message" if normal_code(event.text) is not None:
            return _link(conn, services, throttle, event)
        case "message":
            return _speak(conn, owner)(_NOT_READ if owner else _HELLO)
        case "postback":
            return _answer(conn, services, event, owner)
        case _:
            return None


def _link(conn: Connection, services: Services, throttle: Throttle, event: LineEvent) -> str:
    speak = _speak(conn, None)
    if not throttle.line_code(event.user_id):
        return speak(_TOO_MANY)
    person_id = linking.use_link_code(conn, "line", event.text, event.user_id, services.now())
    actor = None if person_id is None else registry.fetch_actor(conn, person_id)
    if actor is None:
        return speak(_BAD_CODE)
    return _speak(conn, actor.person_id)(_LINKED) % {"name": actor.name}


def _answer(conn: Connection, services: Services, event: LineEvent, owner: str | None) -> str:
    speak, pressed = _speak(conn, owner), read_postback(event.data)
    if pressed is None:
        return speak(_NO_MORE)
    token, minutes = pressed
    try:
        is_drill = read_token(services, token).action == "reached"
        return _confirm(conn, services, token, owner) if is_drill else _go(conn, services, token, minutes, owner)
    except BadLink:
        return speak(_NO_MORE)
    except Conflict:
        return speak(_SETTLED)


def _go(conn: Connection, services: Services, token: str, minutes: int | None, owner: str | None) -> str:
    """An alarm's button: on the way, or seen. Raises BadLink, Conflict."""
    speak, asked = _speak(conn, owner), read_asked(conn, services, token)
    if asked.actor.person_id != owner:
        return speak(_NOT_YOURS)
    if asked.link.action not in ("going", "seen"):
        raise BadLink
    with conn.transaction():
        if asked.incident.of_field:
            view = answer_seen(conn, services, asked, "line")
        else:
            view = answer_going(conn, services, asked, minutes or _USUAL_ETA, "line")
    mine = next((answer for answer in view.going if answer.person_id == owner), None)
    if mine is None:
        return speak(_SEEN)
    return speak(_THANKS) % {"name": asked.actor.name, "clock": format_clock(mine.eta_at, services.texts.zone)}


def _confirm(conn: Connection, services: Services, token: str, owner: str | None) -> str:
    """A drill's button: it has arrived. Raises BadLink."""
    speak, link = _speak(conn, owner), read_token(services, token)
    if link.person_id != owner:
        return speak(_NOT_YOURS)
    actor = registry.fetch_actor(conn, link.person_id)
    if actor is None:
        raise BadLink
    answer_reached(conn, services, link, "line")
    return speak(_REACHED) % {"name": actor.name}


def _speak(conn: Connection, person_id: str | None) -> Callable[[str], str]:
    """The words of a person's language."""
    actor = None if person_id is None else registry.fetch_actor(conn, person_id)
    return translator(choose_locale(actor.language if actor else DEFAULT_LOCALE))


def _reply_all(line: LineDoor, replies: list[_Reply]) -> None:
    for reply in replies:
        try:
            line.reply(reply.token, reply.text)
        except DeliveryError as error:
            # What was asked is done; only the thanks did not arrive.
            _log.warning("line_reply_failed", error=str(error))
