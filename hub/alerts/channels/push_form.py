"""What a notification carries, as JSON for the service worker (hub/web/assets/scripts/push.mjs). Pure.

Push services take 4,096 bytes of ciphertext (RFC 8030, 7.2), so `MAX_BYTES` of text leave room for the encryption.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["MAX_BYTES", "URGENCIES", "Button", "Notification", "is_push_service", "render_notification", "topic_of"]

MAX_BYTES = 3000

# By purpose: how long a push service keeps what a phone without a signal has not fetched yet, in seconds (RFC 8030,
# 5.2), and how it weighs that against the phone's battery (5.3).
URGENCIES: Mapping[str, tuple[int, str]] = {
    "alarm": (6 * 3600, "high"),
    "field": (12 * 3600, "normal"),
    "drill": (24 * 3600, "normal"),
    "digest": (6 * 3600, "low"),
}


@dataclass(frozen=True, slots=True)
class Button:
    """A button within the notification: posts `fields` to `path`, which is a signed link."""

    name: str
    title: str
    path: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification. A later one with the same `tag` takes its place. `path` is the page behind it."""

    title: str
    lines: tuple[str, ...]
    tag: str
    path: str
    language: str
    urgent: bool
    buttons: tuple[Button, ...]
    done: str
    failed: str


def render_notification(notification: Notification) -> bytes:
    """The JSON, at most MAX_BYTES long: what does not fit is cut from the end of its lines."""
    lines = list(notification.lines)
    while True:
        body = "\n".join(lines) + ("\n…" if len(lines) < len(notification.lines) else "")
        payload = _payload(notification, notification.title, body)
        if len(payload) <= MAX_BYTES:
            return payload
        if not lines:
            break
        lines.pop()
    # Each character is a byte or more, and the three dots are three.
    title = notification.title[: max(0, len(notification.title) - (len(payload) - MAX_BYTES) - 3)]
    return _payload(notification, f"{title}…", "")


def topic_of(tag: str) -> str:
    """The Topic header: what a phone has not fetched yet is replaced by the newer of the same (RFC 8030, 5.4)."""
    return base64.urlsafe_b64encode(hashlib.sha256(tag.encode()).digest()[:24]).decode()


def is_push_service(url: str, services: Iterable[str]) -> bool:
    """Whether an address is of a push service that the town allows.

    A browser names the address, and the hub sends there: without a list anybody who may sign in could have the hub send
    requests to machines of the office's own network. `services` are host names (`*.` before one means all below it),
    reached by https on the usual port, or whole origins such as `http://127.0.0.1:8123`.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None or not url.isascii() or not url.isprintable():
        return False
    for service in services:
        if "://" in service:
            if f"{parts.scheme}://{parts.netloc}" == service:
                return True
        elif parts.scheme != "https" or port not in (None, 443):
            continue
        elif host == service or (service.startswith("*.") and host.endswith(service[1:])):
            return True
    return False


def _payload(notification: Notification, title: str, body: str) -> bytes:
    values = {
        "title": title,
        "body": body,
        "tag": notification.tag,
        "path": notification.path,
        "lang": notification.language,
        "urgent": notification.urgent,
        "actions": [
            {"action": button.name, "title": button.title, "path": button.path, "fields": dict(button.fields)}
            for button in notification.buttons
        ],
        "done": notification.done,
        "failed": notification.failed,
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
