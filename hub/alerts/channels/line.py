"""LINE: one message to the account that a person has linked, with buttons that answer."""

from uuid import UUID, uuid5

from hub.alerts.channels import Refused, Unreached
from hub.alerts.channels.fanout import send_to_each
from hub.alerts.channels.line_account import BadForm, LineAccount
from hub.alerts.channels.line_form import bubble_of, plain_text
from hub.alerts.channels.quota import decide_sending
from hub.alerts.channels.wording import Words, say
from hub.alerts.messages import Address, Message, Sent
from hub.texts import Texts

__all__ = ["LineChannel", "retry_key"]


class LineChannel:
    """The channel `line`. `reserve`: so many messages of a month are kept for alarms."""

    name = "line"

    def __init__(self, account: LineAccount, texts: Texts, *, reserve: int, threads: int = 4) -> None:
        self._account = account
        self._texts = texts
        self._reserve = reserve
        self.threads = threads

    def open_session(self) -> "LineSession":
        """A session for one thread."""
        return LineSession(self._account, self._texts, self._reserve)


class LineSession:
    """One thread's use of the account, which keeps its connections itself."""

    def __init__(self, account: LineAccount, texts: Texts, reserve: int) -> None:
        self._account = account
        self._texts = texts
        self._reserve = reserve

    def send(self, message: Message) -> Sent:
        """Push the message to the person's LINE. Raises Refused or Unreached."""
        if message.purpose != "alarm":
            self._check_quota(message)
        words = say(message, self._texts)
        return send_to_each(message.person.addresses, lambda address: self._send_one(address, message, words))

    def close(self) -> None:
        """Nothing of a session's own is open."""

    def _check_quota(self, message: Message) -> None:
        state = self._account.state(message.now)
        if decide_sending(message.purpose, state.quota, self._reserve):
            return
        if state.quota is None:
            raise Unreached(f"What is left of the month is not known. {state.fault or ''}".strip())
        raise Refused("What is left of the month's LINE messages is kept for alarms.")

    def _send_one(self, address: Address, message: Message, words: Words) -> None:
        key = retry_key(message.key, address.id)
        try:
            self._account.push(address.address, [bubble_of(message, words)], key)
        except BadForm:
            # Whatever LINE does not like about the form must not cost the alarm.
            self._account.push(address.address, [{"type": "text", "text": plain_text(words)}], key)


def retry_key(message_key: str, address_id: int) -> str:
    """`X-Line-Retry-Key`: the same however often a message is tried at an address, and never that of another one."""
    return str(uuid5(UUID(message_key), str(address_id)))
