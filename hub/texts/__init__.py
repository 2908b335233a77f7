"""The only door to gettext and Jinja: words, dates and templates in the languages of the town.

`Texts` renders templates (pages and mails); `translator` gives the words alone. Message ids are the English sentences;
`python -m hub.texts.extraction` brings the catalogues in hub/locales up to date with them.
"""

from hub.texts.catalogues import translator
from hub.texts.formats import DAYS_AGO, format_at
from hub.texts.languages import DEFAULT_LOCALE, LOCALES, Language, choose_locale
from hub.texts.rendering import Texts
from hub.texts.words import Counted, Translate, msgid, nmsgid

__all__ = [
    "DAYS_AGO", "DEFAULT_LOCALE", "LOCALES", "Counted", "Language", "Texts", "Translate", "choose_locale", "format_at",
    "msgid", "nmsgid", "translator",
]  # fmt: skip
