"""What a mail says: an alarm of one or of many, a drill, the morning's summary, each in the person's language.

A message's Message-ID is its key and the same however often it is tried, so that a mail that came twice is seen to be
the same. Mails of one incident refer to one another and stand together in the reader.
"""

from collections.abc import Iterable
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

import structlog

from hub.alerts.channels import Refused
from hub.alerts.channels.wording import MANY_ALARMS, MANY_NOTICES
from hub.alerts.messages import Message
from hub.alerts.notices import Notice
from hub.texts import Texts, Translate, choose_locale, msgid

__all__ = ["compose_mail", "one_line"]

_log = structlog.get_logger()
# How many of the others are named.
_NAMES = 8
# So many characters of names a subject holds; what is longer no list of mails shows.
_SUBJECT = 120
# The language of the message ids: what cannot be wrong in translation.
_SOURCE_LOCALE = "en"
# As many threads a mail belongs to; who reads mails by threads needs no more.
_THREADS = 20


class _Policy(EmailPolicy):
    """Subjects are encoded as one text. Python 3.13 encodes word by word, doubles a space where a line ends between
    ASCII and Japanese, and joins two encoded words without the space that RFC 2047 (2) asks for.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() != "subject" or str(value).isascii():
            return super().fold(name, value)
        return f"{name}: {Header(str(value), 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() != "subject" or str(value).isascii():
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


_POLICY = _Policy(linesep="\r\n")


def compose_mail(message: Message, texts: Texts, sender: str, domain: str) -> EmailMessage:
    """The mail in the person's language; `domain` is where its ids belong.

    Raises Refused when the person's address can be none.
    """
    mail = EmailMessage(policy=_POLICY)
    address = _address(message.person.email, message.person.name)
    try:
        subject, text, html = _words(message, texts, message.person.language)
    except Exception:  # noqa: BLE001  # whatever a translator or a template got wrong must not cost anybody the alarm
        _log.exception("message_not_translated", language=message.person.language, message=message.key)
        subject, text, html = _words(message, texts, _SOURCE_LOCALE)
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["Date"] = format_datetime(message.now)
    mail["From"] = sender
    mail["To"] = address
    mail["Subject"] = one_line(subject)
    mail["Auto-Submitted"] = "auto-generated"
    incidents = [notice.incident_id for notice in message.notices]
    if incidents:
        mail["References"] = " ".join(f"<{incident}@{domain}>" for incident in incidents[:_THREADS])
        mail["In-Reply-To"] = f"<{incidents[0]}@{domain}>"
        mail["X-Wanamori-Incident"] = " ".join(incidents)
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail


def one_line(text: str) -> str:
    """No line breaks or other control characters, which could begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _words(message: Message, texts: Texts, language: str) -> tuple[str, str, str]:
    locale = choose_locale(language)
    translate = texts.translator(locale)
    match message.purpose:
        case "drill" if message.confirm_url is None:
            form, subject = "test", translate(msgid("Test: messages reach you here"))
        case "drill":
            form, subject = "drill", translate(msgid("Drill (訓練): does this reach you?"))
        case "digest":
            form, subject = "digest", translate(msgid("This morning: what is open"))
        case _:
            form = ("one" if len(message.notices) == 1 else "many") + ("_field" if message.purpose == "field" else "")
            subject = _subject(message.notices, translate, locale)
    context = {
        "message": message,
        "subject": subject,
        "items": [_item(notice, translate, locale) for notice in message.notices],
        "also_open": [_item(notice, translate, locale) for notice in message.also_open],
        "more_open": message.more_open,
        "told": _names({name: None for notice in message.notices for name in notice.told}),
        "now": message.now,
    }
    text, html = (texts.render(f"alerts/mail_{form}.{kind}", locale, **context) for kind in ("txt", "html"))
    return subject, text, html


def _subject(notices: tuple[Notice, ...], translate: Translate, locale: str) -> str:
    """What has happened and to which; of many, how many there are and the first by name."""
    first = notices[0]
    if len(notices) == 1:
        return one_line(first.say(translate(first.kind.subject), locale))
    if first.kind.of_field:
        said = one_line(first.say(translate(first.kind.subject), locale))
        return translate.count(MANY_NOTICES, len(notices)) % {"n": len(notices), "first": said}
    names, length = [one_line(first.name)], len(first.name)
    for notice in notices[1:]:
        length += len(notice.name) + 2
        if notice.kind != first.kind or length > _SUBJECT:
            break
        names.append(one_line(notice.name))
    listed = ", ".join(names)
    if len(notices) > len(names):
        listed = translate(msgid("%(names)s and %(n)d more")) % {"names": listed, "n": len(notices) - len(names)}
    said = translate(first.kind.subject) % {"name": listed}
    return translate.count(MANY_ALARMS, len(notices)) % {"n": len(notices), "first": said}


def _item(notice: Notice, translate: Translate, locale: str) -> dict[str, object]:
    return {
        "notice": notice,
        "name": one_line(notice.name),
        "lead": one_line(notice.say(translate(notice.kind.lead), locale)),
        "when": translate(notice.kind.when),
        "remarks": _remarks(notice, translate),
    }


def _remarks(notice: Notice, translate: Translate) -> list[str]:
    remarks: list[str] = []
    if notice.uncertain:
        remarks.append(translate("When exactly it happened is not certain. This is when the message arrived."))
    elif notice.late:
        remarks.append(translate("The message was held up on its way and has only now arrived."))
    if notice.round > 1:
        remarks.append(translate("Notice number %(n)d: nobody has reported yet.") % {"n": notice.round})
    return remarks


def _names(told: Iterable[str]) -> str:
    names = list(told)
    more = f" (+{len(names) - _NAMES})" if len(names) > _NAMES else ""
    return ", ".join(one_line(name) for name in names[:_NAMES]) + more


def _address(email: str | None, name: str) -> Address:
    if not email:
        raise Refused("This person has no mail address.")
    try:
        return Address(one_line(name), addr_spec=email)
    except (ValueError, IndexError, MessageError) as error:
        raise Refused(f"This is no mail address: {one_line(email)}") from error
