"""What a LINE message looks like: a Flex bubble with buttons, and the same as plain text for where that is refused.

Limits (Messaging API reference): label of a button 20 characters, postback data 300, altText 400, text 5,000.
"""

from typing import Any
from urllib.parse import parse_qs, urlencode

from hub.alerts.channels.wording import ETA_CHOICES, Item, Words
from hub.alerts.messages import Message
from hub.texts import msgid

__all__ = ["Postback", "bubble_of", "plain_text", "read_postback"]

_ALT_TEXT, _TEXT, _DATA, _LABEL = 400, 5000, 300, 20
# Rows of a list of many; the page has them all.
_ROWS = 10
# A row of a list has room for one button.
_ROW_ETA = 30

Postback = tuple[str, int | None]  # (token of the signed link, minutes until the person is there)


def bubble_of(message: Message, words: Words) -> dict[str, Any]:
    """The message as LINE takes it: `type`, `altText`, `contents`."""
    one = len(words.items) == 1
    lines = words.body if one or not words.items else words.lines
    body: list[dict[str, Any]] = [_text(words.title, weight="bold", size="lg")]
    body += [_text(line, size="sm") for line in lines if line]
    buttons: list[dict[str, Any]] = []
    if one:
        url = words.items[0].notice.going_url
        if words.items[0].notice.kind.of_field:
            buttons.append(_postback(words.answer(words.items[0].notice), url, None))
        else:
            buttons += [_postback(words.going(minutes), url, minutes) for minutes in ETA_CHOICES]
    elif words.items:
        body += [_row(item, words) for item in words.items[:_ROWS]]
        if len(words.items) > _ROWS:
            more = words.translate(msgid("and %(n)d more")) % {"n": len(words.items) - _ROWS}
            body.append(_text(more, size="sm"))
    elif message.confirm_url is not None:
        buttons.append(_postback(words.translate(msgid("It has reached me")), message.confirm_url))
    buttons.append(_link(words.open_page, words.url))
    contents: dict[str, Any] = {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "spacing": "md", "contents": body},
        "footer": {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons},
    }
    alt_text = _cut("\n".join((words.title, *words.body)), _ALT_TEXT)
    return {"type": "flex", "altText": alt_text, "contents": contents}


def plain_text(words: Words) -> str:
    """The message without any form; every link is written out."""
    return _cut("\n".join((words.title, *words.written_out)), _TEXT)


def read_postback(data: str) -> Postback | None:
    """What a button of ours sends back; None for anything else. Whether the token is good, its reader finds out."""
    values = parse_qs(data[:_DATA], max_num_fields=4) if data.count("&") < 4 else {}
    token, minutes = values.get("a", [""])[0], values.get("m", [""])[0]
    if not token or (minutes and not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 4)):
        return None
    return token, int(minutes) if minutes else None


def _postback(label: str, url: str, minutes: int | None = None) -> dict[str, Any]:
    token = url.rpartition("/a/")[2]
    data = urlencode({"a": token} if minutes is None else {"a": token, "m": minutes})
    if len(data) > _DATA or "/a/" not in url:
        return _link(label, url)
    action = {"type": "postback", "label": _cut(label, _LABEL), "data": data, "displayText": label}
    return {"type": "button", "style": "secondary", "height": "md", "action": action}


def _link(label: str, url: str) -> dict[str, Any]:
    action = {"type": "uri", "label": _cut(label, _LABEL), "uri": url}
    return {"type": "button", "style": "link", "height": "md", "action": action}


def _row(item: Item, words: Words) -> dict[str, Any]:
    said = [_text(item.title, weight="bold", size="sm"), *(_text(line, size="xs") for line in item.lines)]
    of_field = item.notice.kind.of_field
    label = words.answer(item.notice) if of_field else words.going(_ROW_ETA)
    button = _postback(label, item.notice.going_url, None if of_field else _ROW_ETA)
    return {"type": "box", "layout": "vertical", "spacing": "xs", "contents": [*said, button]}


def _text(text: str, **looks: str) -> dict[str, Any]:
    return {"type": "text", "text": text, "wrap": True, **looks}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
