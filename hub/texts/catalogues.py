"""Catalogues in memory. They are read from the .po files themselves, so what a translator saved is what people read."""

import gettext
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from hub.texts.languages import LOCALES
from hub.texts.words import Counted

__all__ = ["FOLDER", "Translator", "load_catalogue", "po_path", "translator"]

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


@dataclass(frozen=True, slots=True)
class Translator:
    """The texts of one language by their message ids (`words.Translate`)."""

    catalogue: gettext.NullTranslations

    def __call__(self, text: str, /) -> str:
        """The text; an unknown id comes back as it is."""
        return self.catalogue.gettext(text)

    def count(self, forms: Counted, n: int, /) -> str:
        """The form that fits n, with its blanks still open."""
        return self.catalogue.ngettext(forms.one, forms.many, n)


def translator(locale: str) -> Translator:
    """The texts of `locale`. Raises KeyError for an unknown locale."""
    return Translator(load_catalogue(locale))
