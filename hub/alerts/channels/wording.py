"""What a short message says (LINE, a notification, others), in the person's language: a title and some lines."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from hub.alerts.messages import Message
from hub.alerts.notices import Notice
from hub.alerts.views import pick_words
from hub.texts import Texts, Translate, choose_locale, format_at, msgid, nmsgid

__all__ = ["ETA_CHOICES", "MANY_ALARMS", "MANY_NOTICES", "Item", "Words", "say"]

# Minutes until the person is there, as buttons offer them.
ETA_CHOICES = (15, 30, 60)
MANY_ALARMS = nmsgid("%(n)d alarm: %(first)s", "%(n)d alarms: %(first)s")
MANY_NOTICES = nmsgid("%(n)d notice: %(first)s", "%(n)d notices: %(first)s")
_log = structlog.get_logger()
# The language of the message ids: what cannot be wrong in translation.
_SOURCE_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Item:
    """One incident of an alarm: `title` says what happened to which trap, `lines` say when, and what else matters."""

    notice: Notice
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A message in words. `items` are the incidents of an alarm, `lines` what else it says, `url` the page behind."""

    locale: str
    title: str
    lines: tuple[str, ...]
    items: tuple[Item, ...]
    url: str
    translate: Translate

    @property
    def body(self) -> tuple[str, ...]:
        """All lines under the title, for a form that has no parts."""
        if len(self.items) == 1:
            return (*self.items[0].lines, *self.lines)
        return (*(f"・{item.title} ({item.lines[0]})" for item in self.items), *self.lines)

    @property
    def written_out(self) -> tuple[str, ...]:
        """The lines under the title where there are no buttons: links are written out."""
        parts = list(self.body)
        if len(self.items) == 1:
            parts.append(f"{self.answer(self.items[0].notice)}: {self.items[0].notice.going_url}")
        return (*parts, f"{self.open_page}: {self.url}")

    def answer(self, notice: Notice) -> str:
        """What a person answers to a notice: that they are going, of the field that they have seen it."""
        return self.translate(msgid("Seen") if notice.kind.of_field else msgid("I'm going"))

    def going(self, minutes: int) -> str:
        """The label of a button that answers "I'm going", at most 20 characters."""
        return self.translate(msgid("Going: %(n)d min")) % {"n": minutes}

    @property
    def open_page(self) -> str:
        """The label of a button that opens the page, at most 20 characters."""
        return self.translate(msgid("Open the page"))


def say(message: Message, texts: Texts) -> Words:
    """The message in the person's language; in English where a translation is broken, since that must cost no alarm."""
    try:
        return _say(message, texts, choose_locale(message.person.language))
    except Exception:  # noqa: BLE001  # whatever a translator got wrong must not cost anybody the alarm
        _log.exception("message_not_translated", language=message.person.language, message=message.key)
        return _say(message, texts, _SOURCE_LOCALE)


def _say(message: Message, texts: Texts, locale: str) -> Words:
    translate = texts.translator(locale)
    match message.purpose:
        case "drill":
            return _say_drill(message, locale, translate)
        case "digest":
            return _say_digest(message, locale, translate)
        case "alarm" | "field":
            return _say_alarm(message, texts, locale, translate)


def _say_alarm(message: Message, texts: Texts, locale: str, translate: Translate) -> Words:
    notices = message.notices
    items = tuple(
        Item(
            notice,
            _one_line(notice.say(translate(notice.kind.subject), locale)),
            (
                *_matter(notice, locale),
                f"{translate(notice.kind.when)}: {format_at(notice.occurred_at, message.now, texts.zone, locale)}",
                *_remarks(notice, translate),
            ),
        )
        for notice in notices
    )
    if len(items) == 1:
        told = ", ".join(_one_line(name) for name in notices[0].told[:8])
        lines = (f"{translate(msgid('Also told'))}: {told}",) if told else ()
        return Words(locale, items[0].title, lines, items, notices[0].incident_url, translate)
    many = MANY_NOTICES if message.purpose == "field" else MANY_ALARMS
    title = translate.count(many, len(items)) % {"n": len(items), "first": items[0].title}
    return Words(locale, title, (), items, message.going_url or message.pages_url, translate)


def _say_drill(message: Message, locale: str, translate: Translate) -> Words:
    if message.confirm_url is None:
        title = translate(msgid("Test: messages reach you here"))
        lines = (translate(msgid("You need not do anything.")),)
    else:
        title = translate(msgid("Drill (訓練): does this reach you?"))
        lines = (translate(msgid("No trap has sprung. Please say that this message has reached you.")),)
    return Words(locale, title, lines, (), message.confirm_url or message.pages_url, translate)


def _say_digest(message: Message, locale: str, translate: Translate) -> Words:
    lines: list[str] = []
    for heading, entries in message.digest.sections if message.digest else ():
        lines += [heading, *(f"・{entry}" for entry in entries)]
    return Words(locale, translate(msgid("This morning: what is open")), tuple(lines), (), message.pages_url, translate)


def _matter(notice: Notice, locale: str) -> Sequence[str]:
    """What is the matter, where the title does not say so."""
    if not notice.words or "%(words)s" in notice.kind.subject:
        return ()
    return (_one_line(pick_words(notice.words, locale)),)


def _remarks(notice: Notice, translate: Translate) -> Sequence[str]:
    remarks: list[str] = []
    if notice.uncertain:
        remarks.append(translate("When exactly it happened is not certain. This is when the message arrived."))
    elif notice.late:
        remarks.append(translate("The message was held up on its way and has only now arrived."))
    if notice.round > 1:
        remarks.append(translate("Notice number %(n)d: nobody has reported yet.") % {"n": notice.round})
    return remarks


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
