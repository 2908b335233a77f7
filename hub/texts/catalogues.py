"""Catalogues in memory. They are read from the .po files themselves, so what a translator saved is what people read."""

import gettext
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from hub.texts.languages import LOCALES

__all__ = ["FOLDER", "load_catalogue", "ngettext", "po_path", "translator"]

FOLDER = Path(__file__).parent.parent / "locales"
# English is the language of the message ids: it has no catalogue.
SOURCE_LOCALE = "en"


def po_path(locale: str) -> Path:
    """Where the catalogue of `locale` stands."""
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


@lru_cache(maxsize=len(LOCALES))
def load_catalogue(locale: str) -> gettext.NullTranslations:
    """The messages of `locale`. Raises KeyError for a language that we do not speak."""
    if locale not in LOCALES:
        raise KeyError(locale)
    if locale == SOURCE_LOCALE:
        return gettext.NullTranslations()
    with po_path(locale).open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translator(locale: str) -> Callable[[str], str]:
    """A function from message id to text in `locale`; an unknown id comes back as it is.

    Raises KeyError for an unknown locale.
    """
    return load_catalogue(locale).gettext


def ngettext(locale: str, singular: str, plural: str, count: int) -> str:
    """The form of the message that fits `count` in `locale`."""
    return load_catalogue(locale).ngettext(singular, plural, count)
