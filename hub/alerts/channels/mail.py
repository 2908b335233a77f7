"""Mail by SMTP (RFC 5321). One connection a session, kept while there is something to send.

What a mail says stands in letters.py.
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal

from hub.alerts.channels import Refused, Unreached
from hub.alerts.channels.letters import compose_mail, one_line
from hub.alerts.messages import Message, Sent
from hub.texts import Texts

__all__ = ["MailChannel", "MailServer"]

# Seconds to reach the server, and for any one of its answers. A server that takes its time over a mail must be waited
# for: whoever hangs up on it sends the mail again, and again (RFC 5321, 4.5.3.2 asks for minutes).
_CONNECT_S = 10.0
_ANSWER_S = 120.0
# How much of a server's reply is kept.
_DESCRIPTION = 300


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `sender` is an address, with a name or without: `罠守 <wanamori@example.jp>`."""

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    tls: Literal["none", "starttls", "tls"] = "none"
    connect_s: float = _CONNECT_S
    answer_s: float = _ANSWER_S

    @property
    def domain(self) -> str:
        """The domain of the sender's address."""
        return parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"


class MailChannel:
    """The channel `mail`."""

    name = "mail"

    def __init__(self, server: MailServer, texts: Texts, *, threads: int = 4) -> None:
        self._server = server
        self._texts = texts
        self.threads = threads

    def open_session(self) -> "MailSession":
        """A session for one thread."""
        return MailSession(self._server, self._texts)


class MailSession:
    """One thread's connection to the mail server, opened when it is needed."""

    def __init__(self, server: MailServer, texts: Texts) -> None:
        self._server = server
        self._texts = texts
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: Message) -> Sent:
        """Hand the message to the mail server. Raises Refused or Unreached."""
        mail = compose_mail(message, self._texts, self._server.sender, self._server.domain)
        fresh = self._smtp is None
        try:
            try:
                self._hand_in(mail)
            except smtplib.SMTPServerDisconnected:
                # A server may end a connection that has been idle. A new one fails for a reason of its own.
                if fresh:
                    raise
                self.close()
                self._hand_in(mail)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self.close()
            raise _judge(error, message.person.email or "") from error
        return Sent()

    def close(self) -> None:
        """End the connection, politely if the server still listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()

    def _hand_in(self, mail: EmailMessage) -> None:
        if self._smtp is None:
            self._smtp = _connect(self._server)
        self._smtp.send_message(mail)


def _connect(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, server.domain, timeout=server.connect_s, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, server.domain, timeout=server.connect_s)
    try:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.username is not None:
            smtp.login(server.username, server.password or "")
        if smtp.sock is not None:
            smtp.sock.settimeout(server.answer_s)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _judge(error: smtplib.SMTPException | OSError | UnicodeError, address: str) -> Refused | Unreached:
    """Whether trying again can help. What is wrong with us or with the server (sign-in, sender, TLS) can be mended."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()), (450, b""))
            return _by_code(code, _describe(code, text, address))
        case smtplib.SMTPDataError():
            return _by_code(error.smtp_code, _describe(error.smtp_code, error.smtp_error, address))
        case smtplib.SMTPResponseException():
            return Unreached(_describe(error.smtp_code, error.smtp_error, address))
        case UnicodeError():
            return Refused("The mail server takes no address with such letters.")
        case smtplib.SMTPNotSupportedError() if "SMTPUTF8" in str(error):
            return Refused("The mail server takes no address with such letters.")
        case _:
            return Unreached(f"{type(error).__name__}: {one_line(str(error))}"[:_DESCRIPTION])


def _by_code(code: int, description: str) -> Refused | Unreached:
    # RFC 5321, 4.2.1: 5yz will fail again, 4yz may not.
    return Refused(description) if 500 <= code < 600 else Unreached(description)


def _describe(code: int, text: bytes | str, address: str) -> str:
    """The server's reply, without the address: the timeline is read by others too."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {one_line(words)}".replace(address or "…", "…")[:_DESCRIPTION]
