"""Every text is in every language, and says the same thing with the same blanks."""

import re
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from edge.wire.quantities import QUANTITIES
from hub.texts import translator
from hub.texts.catalogues import SOURCE_LOCALE
from hub.texts.extraction import extract_messages, strings_of, update_catalogue
from hub.texts.languages import LOCALES

TRANSLATED = [locale for locale in LOCALES if locale != SOURCE_LOCALE]
_BLANK = re.compile(r"%\((\w+)\)[sd]|%%")
# A blank, perhaps another word, and a word in the plural. What these blanks name does something ("%(who)s lets …").
_NAMES = "who|drone|other|partner|quantity|town"
_ONE_OF_MANY = re.compile(
    rf"%\((?!(?:{_NAMES})\))\w+\)[sd] (?:[A-Za-z]+ )?(?!less\b|is\b|was\b|has\b)(?:[a-z]+s|people)\b"
)


@pytest.fixture(scope="module")
def template():
    return extract_messages()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_no_message_is_left_without_a_translation(locale, template):
    catalogue = update_catalogue(locale, template)
    empty = [message.id for message in catalogue if message.id and not all(strings_of(message))]
    assert empty == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_counted_message_that_nobody_translated_is_seen(locale):
    new = Catalog(charset="utf-8")
    new.add(("%(n)s wolf", "%(n)s wolves"))
    catalogue = update_catalogue(locale, new)
    assert not any(text for message in catalogue if message.id for text in strings_of(message))
    saved = BytesIO()
    write_po(saved, catalogue)
    saved.seek(0)
    assert [strings_of(message) for message in read_po(saved, locale=locale) if message.id] == [("",)]


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_counted_message_has_one_form_in_japanese(locale, template):
    catalogue = update_catalogue(locale, template)
    counted = [message for message in catalogue if message.id and message.pluralizable]
    assert counted
    assert [message.id for message in counted if len(strings_of(message)) != 1] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_has_the_blanks_of_its_message(locale, template):
    for message in update_catalogue(locale, template):
        if not message.id:
            continue
        wanted = message.id if isinstance(message.id, str) else message.id[-1]
        for text in strings_of(message):
            assert sorted(_BLANK.findall(text)) == sorted(_BLANK.findall(wanted)), message.id


def test_both_english_forms_of_a_count_have_the_same_blanks(template):
    for message in template:
        if message.id and message.pluralizable:
            one, many = message.id
            assert one != many
            assert sorted(_BLANK.findall(one)) == sorted(_BLANK.findall(many)), message.id


def test_what_says_a_count_has_both_forms(template):
    """ "%(n)s places" alone would say "1 places"."""
    assert [message.id for message in template if isinstance(message.id, str) and _ONE_OF_MANY.search(message.id)] == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("%(n)s places", True),
        ("Told to %(people_count)d other people.", True),
        ("%(n)s LINE messages are left.", True),
        ("%(n)s min ago", False),
        ("%(mm)s mm less a day", False),
        ("%(who)s lets the drones go on.", False),
        ("Photos: %(n)s", False),
    ],
)
def test_a_count_and_its_noun_are_told_from_a_name_and_its_verb(text, is_found):
    assert bool(_ONE_OF_MANY.search(text)) == is_found


def test_every_label_of_a_quantity_is_translated():
    for quantity in QUANTITIES.values():
        assert translator("ja")(quantity.label) != quantity.label or quantity.label.isascii() is False


def test_easy_japanese_keeps_kanji_readable():
    """Every kanji of やさしい日本語 has its reading, but for a few that everybody reads."""
    readable = set("日月人年市土中分時")
    kanji = re.compile(r"[\u3400-\u9fff々]+(?!（[\u3041-\u3096ー]+）)")
    catalogue = update_catalogue("ja_Hira", extract_messages())
    for message in catalogue:
        for text in strings_of(message):
            bare = re.sub(r"[\u3400-\u9fff々]+（[\u3041-\u3096ー]+）", "", text)
            for run in kanji.findall(bare):
                assert set(run) <= readable, (message.id, run)
