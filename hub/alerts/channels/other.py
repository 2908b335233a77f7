"""Whatever else a town uses (Slack, Telegram, Discord, …), by Apprise. Staff enter the address of each person.

An Apprise address can name any host, also one of the office's own network. So only staff enter one, and only of the
services that the town allows; those allowed by default reach their own vendor's hosts and no others.
"""

import logging
import warnings
from collections.abc import Iterable
from typing import Any, cast

import apprise

from hub.alerts.channels import Refused, Unreached
from hub.alerts.channels.addresses import is_allowed
from hub.alerts.channels.fanout import send_to_each
from hub.alerts.channels.wording import Words, say
from hub.alerts.messages import Address, Message, Sent
from hub.texts import Texts

__all__ = ["OtherChannel"]

# Seconds to connect, and to wait for the answer.
_CONNECT_S, _READ_S = 5.0, 10.0

# What it would say of a failure is in our own timeline, without the address.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class OtherChannel:
    """The channel `other`. `services` are the schemas of Apprise that the town allows."""

    name = "other"

    def __init__(
        self,
        services: Iterable[str],
        texts: Texts,
        *,
        threads: int = 1,
        connect_s: float = _CONNECT_S,
        read_s: float = _READ_S,
    ) -> None:
        self._services = frozenset(services)
        self._texts = texts
        self._timeouts_s = (connect_s, read_s)
        self.threads = threads
        with warnings.catch_warnings():
            # Now, so that the first alarm need not wait for a hundred services to be loaded. What these load in turn
            # complains of its own age.
            warnings.simplefilter("ignore", DeprecationWarning)
            _make_service("json://127.0.0.1")

    def open_session(self) -> "OtherSession":
        """A session for one thread."""
        return OtherSession(self._services, self._texts, self._timeouts_s)


class OtherSession:
    """One thread's use of Apprise; nothing is kept open."""

    def __init__(self, services: frozenset[str], texts: Texts, timeouts_s: tuple[float, float]) -> None:
        self._services = services
        self._texts = texts
        self._timeouts_s = timeouts_s

    def send(self, message: Message) -> Sent:
        """Hand the message to each service. Raises Refused or Unreached."""
        words = say(message, self._texts)
        return send_to_each(message.person.addresses, lambda address: self._send_one(address, words))

    def close(self) -> None:
        """Nothing is open."""

    def _send_one(self, address: Address, words: Words) -> None:
        if not is_allowed(address.address, self._services):
            raise Refused("This is no address of a service that the town allows.")
        service = _make_service(address.address)
        if service is None:
            raise Refused("This is no address of such a service.")
        # Over whatever the address itself says (`cto`, `rto`): a lease must not run out while somebody else dawdles.
        service.socket_connect_timeout, service.socket_read_timeout = self._timeouts_s
        if not service.notify(
            body="\n".join(words.written_out), title=words.title, body_format=apprise.NotifyFormat.TEXT
        ):
            raise Unreached("The service has not taken the message.")


def _make_service(address: str) -> Any:
    """Apprise's own object for an address; None when it is none."""
    asset = apprise.AppriseAsset(async_mode=False, secure_logging=True)
    return cast("Any", apprise.Apprise).instantiate(address, asset=asset)
