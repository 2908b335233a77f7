"""The town's account at LINE, by the Messaging API: push, reply, and what is left of the month.

LINE answers 200 for somebody who has blocked the account: that is learned from the webhook's `unfollow`, and by drills.
"""

import json
import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    Configuration,
    MessagingApi,
    PushMessageRequest,
    ReplyMessageRequest,
    TextMessage,
)
from urllib3.exceptions import HTTPError

from hub.alerts.channels import Refused, Unreached
from hub.alerts.channels.fanout import Gone
from hub.alerts.channels.quota import LineState, Quota

__all__ = ["BadForm", "LineAccount"]

_TIMEOUT_S = 10.0
_QUOTA_AGE = timedelta(minutes=10)
_DESCRIPTION = 200
_ABOUT_USER = re.compile("'to'|Failed to send messages")
_OF_ACCOUNT = re.compile("account|authori[sz]ed|plan", re.IGNORECASE)


class LineAccount:
    """One account. Thread-safe. `host` is LINE's, or another server's that speaks the same."""

    def __init__(self, token: str, host: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        configuration = Configuration(access_token=token, host=host)
        # The worker tries again by itself; a library that does so in secret makes each wait three times as long.
        cast("Any", configuration).retries = False
        self._api: Any = MessagingApi(ApiClient(configuration))
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._quota: Quota | None = None
        self._read_at: datetime | None = None
        self._sent_since = 0

    def push(self, user_id: str, messages: list[dict[str, Any]], key: str) -> None:
        """Send to one user. `key` is a UUID: with one that LINE has taken before nothing is sent, which is as well.

        Raises Gone, Refused or Unreached; `BadForm` when LINE refuses the form of the messages.
        """
        request = cast("Any", PushMessageRequest).from_dict({"to": user_id, "messages": messages})
        try:
            self._api.push_message(request, x_line_retry_key=key, _request_timeout=self._timeout_s)
        except ApiException as error:
            refusal = _judge(error)
            if refusal is not None:
                raise refusal from None
        except (HTTPError, OSError) as error:
            raise Unreached(f"LINE could not be reached: {type(error).__name__}.") from None
        with self._lock:
            self._sent_since += 1

    def reply(self, reply_token: str, text: str) -> None:
        """Answer an event within a minute of it; costs nothing of the month. Raises Refused or Unreached."""
        said = cast("Any", TextMessage)(text=text)
        request = cast("Any", ReplyMessageRequest)(replyToken=reply_token, messages=[said])
        try:
            self._api.reply_message(request, _request_timeout=self._timeout_s)
        except ApiException as error:
            raise _judge(error) or Refused("LINE has answered this before.") from None
        except (HTTPError, OSError) as error:
            raise Unreached(f"LINE could not be reached: {type(error).__name__}.") from None

    def state(self, now: datetime) -> LineState:
        """What is left of the month, at most ten minutes old, less what this process has sent since."""
        with self._lock:
            known, fresh = self._quota, self._read_at is not None and abs(now - self._read_at) < _QUOTA_AGE
            if known is not None and fresh:
                return LineState(Quota(known.limit, known.used + self._sent_since))
        try:
            quota = self._read_quota()
        except (Refused, Unreached) as error:
            return LineState(None, str(error))
        with self._lock:
            self._quota, self._read_at, self._sent_since = quota, now, 0
        return LineState(quota)

    def _read_quota(self) -> Quota:
        try:
            allowed = self._api.get_message_quota(_request_timeout=self._timeout_s)
            used = self._api.get_message_quota_consumption(_request_timeout=self._timeout_s)
        except ApiException as error:
            raise _judge(error) or Refused("LINE has answered this before.") from None
        except (HTTPError, OSError) as error:
            raise Unreached(f"LINE could not be reached: {type(error).__name__}.") from None
        limited = str(getattr(allowed.type, "value", allowed.type)) == "limited"
        return Quota(int(allowed.value or 0) if limited else None, int(used.total_usage))


class BadForm(Refused):
    """LINE does not take a message of this form."""


def _judge(error: ApiException) -> Refused | Unreached | None:
    """Whether trying again can help, by the error bodies of the Messaging API reference; None: taken before."""
    status = int(cast("Any", error).status or 0)
    said, about = _read_error(cast("Any", error).body)
    reason = f"LINE answered {status}: {said}"[:_DESCRIPTION]
    known: dict[int, Refused | Unreached | None] = {
        400: Gone(reason) if "to" in about or _ABOUT_USER.search(said) else BadForm(reason),
        401: Refused("LINE refuses the town's access token."),
        # What is not allowed to the whole account says nothing about this user.
        403: Refused(reason) if _OF_ACCOUNT.search(said) else Gone(reason),
        404: Gone(reason),
        408: Unreached(reason),
        409: None,
        429: Refused("The month's LINE messages are used up.") if "monthly limit" in said else Unreached(reason),
    }
    if status in known:
        return known[status]
    return Refused(reason) if 400 <= status < 500 else Unreached(reason)


def _read_error(body: str | bytes | None) -> tuple[str, frozenset[str]]:
    """The message of an error's body, and the properties that it is about."""
    try:
        values = json.loads(body or "{}")
    except ValueError:
        return "", frozenset()
    if not isinstance(values, dict):
        return "", frozenset()
    told = cast("Mapping[str, Any]", values)
    details = told.get("details")
    entries = cast("list[Any]", details) if isinstance(details, list) else []
    found = [cast("Mapping[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    return str(told.get("message", "")), frozenset(str(entry.get("property", "")) for entry in found)
