"""What LINE tells the hub: https://developers.line.biz/en/reference/messaging-api/#webhooks."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from hub.errors import HubError, Invalid

__all__ = ["BadSignature", "LineEvent", "read_webhook"]


class BadSignature(HubError):
    """This message does not come from LINE."""

    status = 401


@dataclass(frozen=True, slots=True)
class LineEvent:
    """One event: `kind` is LINE's type of it; `text` of a message, `data` of a postback. A redelivery has the same
    `id`. `user_id` is empty for what comes from no single person.
    """

    id: str
    kind: str
    user_id: str
    reply_token: str | None
    text: str
    data: str


class _Source(BaseModel):
    type: str = ""
    userId: str = ""  # noqa: N815  # LINE's own name


class _Message(BaseModel):
    type: str = ""
    text: str = ""


class _Postback(BaseModel):
    data: str = ""


class _Event(BaseModel):
    type: str
    webhookEventId: str  # noqa: N815  # LINE's own name
    replyToken: str | None = None  # noqa: N815  # LINE's own name
    source: _Source | None = None
    message: _Message | None = None
    postback: _Postback | None = None


class _Webhook(BaseModel):
    events: list[_Event]


def read_webhook(channel_secret: str, body: bytes, signature: str) -> list[LineEvent]:
    """The events of a request. Raises BadSignature (compared in constant time), and Invalid for what is no webhook."""
    right = base64.b64encode(hmac.new(channel_secret.encode(), body, hashlib.sha256).digest())
    if not hmac.compare_digest(right, signature.encode("utf-8", "replace")):
        raise BadSignature
    try:
        webhook = _Webhook.model_validate_json(body)
    except ValidationError:
        raise Invalid("This is no webhook of LINE.") from None
    return [_event(event) for event in webhook.events]


def _event(event: _Event) -> LineEvent:
    # In a group anybody could press a button or read the answer: only what a person writes to the account counts.
    alone = event.source is not None and event.source.type == "user"
    return LineEvent(
        event.webhookEventId,
        event.type,
        event.source.userId if event.source is not None and alone else "",
        event.replyToken,
        event.message.text if event.message is not None and event.message.type == "text" else "",
        event.postback.data if event.postback is not None else "",
    )
