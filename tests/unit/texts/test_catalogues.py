"""Every text is in every language, and says the same thing with the same blanks."""

import re

import pytest
from babel.messages.catalog import Message

from edge.wire.quantities import QUANTITIES
from hub.texts import translator
from hub.texts.catalogues import SOURCE_LOCALE
from hub.texts.extraction import extract_messages, update_catalogue
from hub.texts.languages import LOCALES

TRANSLATED = [locale for locale in LOCALES if locale != SOURCE_LOCALE]
_BLANK = re.compile(r"%\((\w+)\)[sd]|%%")


@pytest.fixture(scope="module")
def template():
    return extract_messages()


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


@pytest.mark.parametrize("locale", TRANSLATED)
def test_no_message_is_left_without_a_translation(locale, template):
    catalogue = update_catalogue(locale, template)
    empty = [message.id for message in catalogue if message.id and not all(_strings(message) or [""])]
    assert empty == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_has_the_blanks_of_its_message(locale, template):
    for message in update_catalogue(locale, template):
        if not message.id:
            continue
        wanted = message.id if isinstance(message.id, str) else message.id[-1]
        for text in _strings(message):
            assert sorted(_BLANK.findall(text)) == sorted(_BLANK.findall(wanted)), message.id


def test_every_label_of_a_quantity_is_translated():
    for quantity in QUANTITIES.values():
        assert translator("ja")(quantity.label) != quantity.label or quantity.label.isascii() is False


def test_easy_japanese_keeps_kanji_readable():
    """Every kanji of やさしい日本語 has its reading, but for a few that everybody reads."""
    readable = set("日月人年市土中分時")
    kanji = re.compile(r"[\u3400-\u9fff々]+(?!（[\u3041-\u3096ー]+）)")
    catalogue = update_catalogue("ja_Hira", extract_messages())
    for message in catalogue:
        for text in _strings(message):
            bare = re.sub(r"[\u3400-\u9fff々]+（[\u3041-\u3096ー]+）", "", text)
            for run in kanji.findall(bare):
                assert set(run) <= readable, (message.id, run)
