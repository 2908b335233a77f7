"""Mail by SMTP (RFC 5321). One connection a session, kept while there is something to send.

A notice's Message-ID is the same however often it is tried, so that a mail that came twice is seen to be the same.
Mails of one incident refer to one another and stand together in the reader.
"""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal

import structlog

from hub.alerts.channels import Refused, Unreached
from hub.alerts.notices import Notice
from hub.texts import Texts, choose_locale

__all__ = ["MailChannel", "MailServer", "compose_mail"]

_log = structlog.get_logger()
# Seconds to reach the server, and for any one of its answers. A server that takes its time over a mail must be waited
# for: whoever hangs up on it sends the mail again, and again (RFC 5321, 4.5.3.2 asks for minutes).
_CONNECT_S = 10.0
_ANSWER_S = 120.0
# How much of a server's reply is kept.
_DESCRIPTION = 300
# How many of the others are named.
_NAMES = 8
# The language of the message ids: what cannot be wrong in translation.
_SOURCE_LOCALE = "en"


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

    def send(self, notice: Notice) -> None:
        """Hand the notice to the mail server. Raises Refused or Unreached."""
        message = compose_mail(notice, self._texts, self._server)
        fresh = self._smtp is None
        try:
            try:
                self._hand_in(message)
            except smtplib.SMTPServerDisconnected:
                # A server may end a connection that has been idle. A new one fails for a reason of its own.
                if fresh:
                    raise
                self.close()
                self._hand_in(message)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            self.close()
            raise _judge(error, notice.email or "") from error

    def close(self) -> None:
        """End the connection, politely if the server still listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()

    def _hand_in(self, message: EmailMessage) -> None:
        if self._smtp is None:
            self._smtp = _connect(self._server)
        self._smtp.send_message(message)


def compose_mail(notice: Notice, texts: Texts, server: MailServer) -> EmailMessage:
    """The mail in the person's language. Raises Refused when the person's address can be none."""
    message = EmailMessage(policy=SMTP)
    address = _address(notice.email, notice.person_name)
    try:
        subject, text, html = _words(notice, texts, notice.language)
    except Exception:  # noqa: BLE001  # whatever a translator or a template got wrong must not cost anybody the alarm
        _log.exception("notice_not_translated", language=notice.language, kind=notice.kind.key)
        subject, text, html = _words(notice, texts, _SOURCE_LOCALE)
    thread = f"<{notice.incident_id}@{server.domain}>"
    message["Message-ID"] = f"<{notice.incident_id}.{notice.delivery_id}@{server.domain}>"
    message["Date"] = format_datetime(notice.now)
    message["From"] = server.sender
    message["To"] = address
    message["Subject"] = _one_line(subject)
    message["References"] = thread
    message["In-Reply-To"] = thread
    message["Auto-Submitted"] = "auto-generated"
    message["X-Wanamori-Incident"] = notice.incident_id
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def _words(notice: Notice, texts: Texts, language: str) -> tuple[str, str, str]:
    locale = choose_locale(language)
    translate = texts.translator(locale)
    name = {"name": _one_line(notice.name)}
    subject = translate(notice.kind.subject) % name
    context = {
        "notice": notice,
        "subject": subject,
        "lead": translate(notice.kind.lead) % name,
        "when": translate(notice.kind.when),
        "remarks": _remarks(notice, translate),
        "told": _names(notice.told),
        "now": notice.now,
    }
    text, html = texts.render("alerts/mail.txt", locale, **context), texts.render("alerts/mail.html", locale, **context)
    return subject, text, html


def _remarks(notice: Notice, translate: Callable[[str], str]) -> list[str]:
    remarks: list[str] = []
    if notice.uncertain:
        remarks.append(translate("When exactly it happened is not certain. This is when the message arrived."))
    elif notice.late:
        remarks.append(translate("The message was held up on its way and has only now arrived."))
    if notice.round > 1:
        remarks.append(translate("Notice number %(n)d: nobody has reported yet.") % {"n": notice.round})
    return remarks


def _names(told: tuple[str, ...]) -> str:
    more = f" (+{len(told) - _NAMES})" if len(told) > _NAMES else ""
    return ", ".join(_one_line(name) for name in told[:_NAMES]) + more


def _address(email: str | None, name: str) -> Address:
    if not email:
        raise Refused("This person has no mail address.")
    try:
        return Address(_one_line(name), addr_spec=email)
    except (ValueError, IndexError, MessageError) as error:
        raise Refused(f"This is no mail address: {_one_line(email)}") from error


def _one_line(text: str) -> str:
    """No line breaks or other control characters, which could begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


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
            return Unreached(f"{type(error).__name__}: {_one_line(str(error))}"[:_DESCRIPTION])


def _by_code(code: int, description: str) -> Refused | Unreached:
    # RFC 5321, 4.2.1: 5yz will fail again, 4yz may not.
    return Refused(description) if 500 <= code < 600 else Unreached(description)


def _describe(code: int, text: bytes | str, address: str) -> str:
    """The server's reply, without the address: the timeline is read by others too."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {_one_line(words)}".replace(address or "…", "…")[:_DESCRIPTION]
