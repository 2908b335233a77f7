"""The languages that the pages and mails speak."""

from dataclasses import dataclass

__all__ = ["DEFAULT_LOCALE", "LANGUAGES", "LOCALES", "Language", "choose_locale"]


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its gettext locale, the name it calls itself, and the BCP 47 tag for `lang` attributes."""

    locale: str
    name: str
    tag: str


# やさしい日本語 is Japanese in simpler words, so speech synthesis must read it as Japanese.
LANGUAGES = (
    Language("ja", "日本語", "ja"),
    Language("ja_Hira", "やさしい日本語", "ja"),
    Language("en", "English", "en"),
)
LOCALES = tuple(language.locale for language in LANGUAGES)
DEFAULT_LOCALE = "ja"


def choose_locale(*wishes: str | None) -> str:
    """The first wish that is one of our languages, else Japanese.

    The browser's own setting is no wish: the town's pages greet in Japanese until a person chooses.
    """
    return next((wish for wish in wishes if wish in LOCALES), DEFAULT_LOCALE)
