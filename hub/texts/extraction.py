"""Brings the catalogues up to date with the sources: `python -m hub.texts.extraction`. A developer's tool.

New message ids are added empty (a test refuses them until they are translated), vanished ones are dropped,
translations are kept.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from hub.texts.catalogues import SOURCE_LOCALE, po_path
from hub.texts.languages import LOCALES

__all__ = ["extract_messages", "save_catalogue", "strings_of", "update_catalogue"]

ROOT = Path(__file__).parent.parent.parent
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
_JINJA = {"trimmed": "true", "silent": "false"}
_OPTIONS = {"**/templates/**.html": _JINJA, "**/templates/**.txt": _JINJA}
# `msgid("…")` marks; `nmsgid("…", "…")` and a template's `forms("…", "…")` mark what says a count. The fifth argument
# of a Quantity is its label; a translator is called `translate` in Python.
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "msgid": None,
    "translate": None,
    "Quantity": (5,),
    "nmsgid": (1, 2),
    "forms": (1, 2),
}
_HEADER = """\
# Wanamori's messages. The ids are English; readings of kanji stand in full-width brackets behind them in ja_Hira.
msgid ""
msgstr ""
"Language: {locale}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def extract_messages() -> Catalog:
    """Every message id in hub/ and in the quantities of edge/wire, with the places that use it."""
    template = Catalog(project="wanamori", charset="utf-8")
    for folder in (ROOT / "hub", ROOT / "edge" / "wire"):
        for filename, line, message, comments, context in extract_from_dir(
            folder, method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS, comment_tags=("Translators:",)
        ):
            place = (folder / filename).relative_to(ROOT).as_posix()
            template.add(message, None, [(place, line)], auto_comments=comments, context=context)
    return template


def strings_of(message: Message) -> tuple[str, ...]:
    """A message's translations: one, or one for each form of its language; an empty text for what is missing."""
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return tuple(text or "" for text in texts)


def update_catalogue(locale: str, template: Catalog) -> Catalog:
    """The catalogue of `locale` with exactly the messages of `template`; nothing is guessed from similar ids."""
    path = po_path(locale)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=locale)
    else:
        catalogue = Catalog(locale=locale, charset="utf-8", fuzzy=False)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def save_catalogue(locale: str, catalogue: Catalog) -> None:
    """Write the catalogue without line numbers and dates: it changes only when its texts do."""
    path = po_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_HEADER.format(locale=locale).encode())
        write_po(file, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=True)


def main() -> None:
    """Rewrite each catalogue and say what is left to translate."""
    template = extract_messages()
    for locale in LOCALES:
        if locale != SOURCE_LOCALE:
            catalogue = update_catalogue(locale, template)
            save_catalogue(locale, catalogue)
            left = sum(1 for message in catalogue if message.id and not all(strings_of(message)))
            sys.stdout.write(f"{locale}: {len(catalogue)} messages, {left} to translate\n")


if __name__ == "__main__":
    main()
