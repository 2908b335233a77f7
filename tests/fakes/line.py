"""LINE's Messaging API as its reference describes it: push and reply, retry keys, quota, error bodies."""

import base64
import hashlib
import hmac
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.server import Answer, FakeServer, Request

__all__ = ["CHANNEL_SECRET", "TOKEN", "FakeLine", "event", "sign", "user_id"]

TOKEN, CHANNEL_SECRET = "a channel access token", "0123456789abcdef0123456789abcdef"
_USER = re.compile(r"U[0-9a-f]{32}")


def user_id(name: str) -> str:
    """A LINE user id, the same for the same name."""
    return "U" + hashlib.md5(name.encode()).hexdigest()


def sign(body: bytes, secret: str = CHANNEL_SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def event(
    kind: str, who: str, *, event_id: str | None = None, redelivered: bool = False, **more: Any
) -> dict[str, Any]:
    """A webhook event as LINE sends it."""
    made: dict[str, Any] = {
        "type": kind,
        "mode": "active",
        "timestamp": 1764000000000,
        "source": {"type": "user", "userId": user_id(who)},
        "webhookEventId": event_id or uuid.uuid4().hex.upper()[:26],
        "deliveryContext": {"isRedelivery": redelivered},
    }
    if kind != "unfollow":
        made["replyToken"] = uuid.uuid4().hex
    return made | more


@dataclass
class _Push:
    to: str
    messages: list[dict[str, Any]]
    key: str | None


@dataclass
class _Account:
    limit: int | None = 200
    used: int = 0
    pushes: list[_Push] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


class FakeLine(FakeServer):
    """One official account. `pushes` are those that LINE took; whoever has blocked it gets 200 and no message."""

    def __init__(self) -> None:
        self.account = _Account()
        self.refuse_flex = False
        super().__init__()

    def handle(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _error(
                401, "Authentication failed. Confirm that the access token in the authorization header is valid."
            )
        match request.method, request.path:
            case "GET", "/v2/bot/message/quota":
                limit = self.account.limit
                return _ok({"type": "none"} if limit is None else {"type": "limited", "value": limit})
            case "GET", "/v2/bot/message/quota/consumption":
                return _ok({"totalUsage": self.account.used})
            case "POST", "/v2/bot/message/push":
                return self._push(request)
            case "POST", "/v2/bot/message/reply":
                return self._reply(request)
        return _error(404, "Not found")

    def _push(self, request: Request) -> Answer:
        key, asked = request.headers.get("x-line-retry-key"), json.loads(request.body)
        if key is not None and not _is_uuid(key):
            return _error(400, "Invalid retry key")
        if key in self.account.keys:
            headers = {"x-line-accepted-request-id": self.account.keys[key]}
            return _error(409, "The retry key is already accepted", headers=headers)
        to = asked.get("to", "")
        if not _USER.fullmatch(to) or to in self.account.unknown:
            return _error(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        if faults := _faults(asked.get("messages", []), self.refuse_flex):
            return _error(400, "A message (messages[0]) in the request body is invalid", faults)
        if self.account.limit is not None and self.account.used >= self.account.limit:
            return _error(429, "You have reached your monthly limit.")
        request_id = str(uuid.uuid4())
        if key is not None:
            self.account.keys[key] = request_id
        self.account.used += 1
        if to not in self.account.blocked:
            self.account.pushes.append(_Push(to, asked["messages"], key))
        return _ok({"sentMessages": [{"id": str(len(self.account.keys))}]}, {"x-line-request-id": request_id})

    def _reply(self, request: Request) -> Answer:
        asked = json.loads(request.body)
        if any(token == asked["replyToken"] for token, _ in self.account.replies):
            return _error(400, "Invalid reply token")
        self.account.replies.append((asked["replyToken"], asked["messages"][0]["text"]))
        return _ok({"sentMessages": [{"id": "1"}]})


def _ok(body: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
    return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})


def _error(
    status: int, message: str, details: list[dict[str, str]] | None = None, *, headers: dict[str, str] | None = None
) -> Answer:
    body: dict[str, Any] = {"message": message} | ({"details": details} if details else {})
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _faults(messages: list[dict[str, Any]], refuse_flex: bool) -> list[dict[str, str]]:
    """What LINE's limits do not allow."""
    if not 1 <= len(messages) <= 5:
        return [{"message": "Size must be between 1 and 5", "property": "messages"}]
    found: list[dict[str, str]] = []
    for number, message in enumerate(messages):
        here = f"messages[{number}]"
        if message["type"] == "text" and not 1 <= len(message["text"]) <= 5000:
            found.append({"message": "Length must be between 0 and 5000", "property": f"{here}.text"})
        if message["type"] == "flex":
            if refuse_flex:
                found.append({"message": "invalid property", "property": f"{here}.contents"})
            if not 1 <= len(message["altText"]) <= 400:
                found.append({"message": "Length must be between 1 and 400", "property": f"{here}.altText"})
            if len(json.dumps(message["contents"]).encode()) > 30_000:
                found.append({"message": "too large", "property": f"{here}.contents"})
            found += _flex_faults(message["contents"], f"{here}.contents")
    return found


def _flex_faults(part: dict[str, Any], here: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    if part["type"] == "text" and not part["text"]:
        found.append({"message": "must be non-empty text", "property": f"{here}.text"})
    if part["type"] == "box" and not part["contents"]:
        found.append({"message": "must have contents", "property": here})
    action = part.get("action")
    if action is not None:
        if not 1 <= len(action["label"]) <= 20:
            found.append({"message": "Length must be between 1 and 20", "property": f"{here}.action.label"})
        if action["type"] == "postback" and not 1 <= len(action["data"]) <= 300:
            found.append({"message": "Length must be between 1 and 300", "property": f"{here}.action.data"})
        if action["type"] == "uri" and not action["uri"].startswith(("http://", "https://", "line://", "tel:")):
            found.append({"message": "invalid uri scheme", "property": f"{here}.action.uri"})
    for name in ("body", "footer"):
        if name in part:
            found += _flex_faults(part[name], f"{here}.{name}")
    for number, inner in enumerate(part.get("contents", []) if part["type"] == "box" else []):
        found += _flex_faults(inner, f"{here}.contents[{number}]")
    return found
