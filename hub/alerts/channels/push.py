"""Web push: RFC 8030 (the way), 8291 (the encryption), 8292 (VAPID, which says who sends)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import pywebpush
import requests
from py_vapid import Vapid02

from hub.alerts.channels import Refused, Unreached
from hub.alerts.channels.fanout import Gone, send_to_each
from hub.alerts.channels.push_form import (
    URGENCIES,
    Button,
    Notification,
    is_push_service,
    render_notification,
    topic_of,
)
from hub.alerts.channels.wording import Words, say
from hub.alerts.messages import Address, Message, Sent
from hub.texts import Texts, msgid

__all__ = ["PushChannel", "PushSender", "compose_notification"]

_TIMEOUT_S = 10.0
# RFC 8292, 2: at most a day; clocks differ.
_TOKEN_LIFE = timedelta(hours=12)
# A phone shows two buttons at most.
_BUTTON_ETAS = (30, 60)


@dataclass(frozen=True, slots=True)
class PushSender:
    """Who sends: the town's key (32 bytes in base64url), whom a push service may write to (`mailto:…` or `https://…`),
    and the push services that browsers may name (see `is_push_service`).
    """

    private_key: str
    contact: str
    services: tuple[str, ...]
    timeout_s: float = _TIMEOUT_S


class PushChannel:
    """The channel `push`."""

    name = "push"

    def __init__(self, sender: PushSender, texts: Texts, *, threads: int = 4) -> None:
        self._sender = sender
        self._texts = texts
        self.threads = threads

    def open_session(self) -> "PushSession":
        """A session for one thread."""
        return PushSession(self._sender, self._texts)


class PushSession:
    """One thread's connections to push services, kept between messages."""

    def __init__(self, sender: PushSender, texts: Texts) -> None:
        self._sender = sender
        self._texts = texts
        self._key: Any = cast("Any", Vapid02).from_raw(sender.private_key.encode())
        self._http: requests.Session | None = None

    def send(self, message: Message) -> Sent:
        """Hand the notification to the push service of each device. Raises Refused or Unreached."""
        notification = compose_notification(message, say(message, self._texts))
        payload = render_notification(notification)
        ttl_s, urgency = URGENCIES[message.purpose]
        headers = {"Urgency": urgency, "Topic": topic_of(notification.tag)}
        return send_to_each(
            message.person.addresses, lambda address: self._send_one(address, payload, headers, ttl_s, message)
        )

    def close(self) -> None:
        """Give the connections back."""
        http, self._http = self._http, None
        if http is not None:
            http.close()

    def _send_one(
        self, address: Address, payload: bytes, headers: dict[str, str], ttl_s: int, message: Message
    ) -> None:
        if not is_push_service(address.address, self._sender.services):
            raise Refused("The device's push service is not one that this town allows.")
        claims: dict[str, Any] = {
            "sub": self._sender.contact,
            "aud": "{0.scheme}://{0.netloc}".format(urlsplit(address.address)),
            "exp": int((message.now + _TOKEN_LIFE).timestamp()),
        }
        keys = {name: address.detail.get(name) for name in ("p256dh", "auth")}
        try:
            cast("Any", pywebpush).webpush(
                {"endpoint": address.address, "keys": keys},
                payload.decode(),
                self._key,
                claims,
                timeout=self._sender.timeout_s,
                ttl=ttl_s,
                headers=dict(headers),
                requests_session=self._session(),
            )
        except pywebpush.WebPushException as error:
            raise _judge(error) from None
        except requests.RequestException as error:
            # The text of the exception holds the address.
            raise Unreached(f"The push service could not be reached: {type(error).__name__}.") from None
        except (ValueError, TypeError) as error:
            raise Gone("The device's keys are none.") from error

    def _session(self) -> requests.Session:
        if self._http is None:
            self._http = requests.Session()
            # A push service redirects nobody; whoever does leads elsewhere.
            self._http.max_redirects = 0
        return self._http


def compose_notification(message: Message, words: Words) -> Notification:
    """The notification with its buttons: an answer for one alarm, "it has reached me" for a drill."""
    translate = words.translate
    buttons: tuple[Button, ...] = ()
    if len(words.items) == 1 and words.items[0].notice.kind.of_field:
        notice = words.items[0].notice
        buttons = (Button("seen", words.answer(notice), _path(notice.going_url), {"by": "push"}),)
    elif len(words.items) == 1:
        path = _path(words.items[0].notice.going_url)
        buttons = tuple(
            Button(f"going-{minutes}", words.going(minutes), path, {"eta_minutes": str(minutes), "by": "push"})
            for minutes in _BUTTON_ETAS
        )
    elif message.confirm_url is not None:
        reached = translate(msgid("It has reached me"))
        buttons = (Button("reached", reached, _path(message.confirm_url), {"by": "push"}),)
    return Notification(
        title=words.title,
        lines=words.body,
        tag=_tag(message),
        path=_path(words.url),
        language=words.locale.partition("_")[0],
        urgent=message.purpose == "alarm",
        buttons=buttons,
        done=translate(msgid("Thank you. Your answer has arrived.")),
        failed=translate(msgid("Your answer was not taken. Tap here to see how things stand.")),
    )


def _tag(message: Message) -> str:
    if len(message.notices) == 1:
        return f"incident:{message.notices[0].incident_id}"
    return f"alarms:{message.key}" if message.purpose == "alarm" else message.purpose


def _path(url: str) -> str:
    """The part of one of our own addresses that a page of ours needs."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _judge(error: pywebpush.WebPushException) -> Refused | Unreached:
    status, wait = error.status_code, error.retry_after
    if status is None:
        return Gone("The device's keys are none.")
    reason = f"The push service answered {status}"
    if status in (404, 410):
        return Gone(f"{reason}: the device has ended its subscription.")
    if status == 429:
        return Unreached(f"{reason}: too many messages{f', again after {wait[:40]}' if wait else ''}.")
    # 401 and 403: the key or the clock is ours to mend; the subscription may be as good as ever.
    return Refused(f"{reason}.") if 400 <= status < 500 else Unreached(f"{reason}.")
