from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import jinja2
import pytest

from hub.fields.quality.words import describe
from hub.texts import Texts, translator

NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "page.html").write_text(
        '<p lang="{{ lang }}">{{ _("Trap sprung") }} {{ name }} {{ now | at }} {{ now | ago }}</p>'
    )
    (tmp_path / "mail.txt").write_text('{{ _("Trap") }}: {{ name }}')
    made = Texts(zone=ZoneInfo("Asia/Tokyo"), town="木更津市")
    made.add_folder("web", tmp_path)
    return made


def test_pages_are_escaped_and_mails_are_not(texts):
    assert "&lt;b&gt;" in texts.render("web/page.html", "ja", name="<b>", now=NOW)
    assert texts.render("web/mail.txt", "en", name="<b>") == "Trap: <b>"


def test_each_language_has_its_words_and_its_tag(texts):
    assert texts.render("web/page.html", "ja", name="x", now=NOW) == '<p lang="ja">罠が作動 x 今日 14:05 たった今</p>'
    assert (
        texts.render("web/page.html", "en", name="x", now=NOW) == '<p lang="en">Trap sprung x today 14:05 just now</p>'
    )
    assert 'lang="ja"' in texts.render("web/page.html", "ja_Hira", name="x", now=NOW)


def test_an_unknown_language_reads_japanese(texts):
    assert "罠" in texts.render("web/mail.txt", "fr", name="")


def test_a_forgotten_variable_is_an_error(texts):
    with pytest.raises(jinja2.UndefinedError):
        texts.render("web/mail.txt", "ja")


COUNTED = """{% set link = "<i>" %}
{{ ngettext("%(n)s photo", "%(n)s photos", count) }} |
{{ ngettext("%(n)s point", "%(n)s points", count, n=count | number(1)) }} |
{{ ngettext("%(n)s entry, %(sum)s in all.", "%(n)s entries, %(sum)s in all.", count, sum=link) }} |
{% trans n=count %}{{ n }} place{% pluralize %}{{ n }} places{% endtrans %}"""


@pytest.mark.parametrize(
    ("locale", "count", "said"),
    [
        ("en", 0, "0 photos | 0.0 points | 0 entries, &lt;i&gt; in all. | 0 places"),
        ("en", 1, "1 photo | 1.0 point | 1 entry, &lt;i&gt; in all. | 1 place"),
        ("en", 2, "2 photos | 2.0 points | 2 entries, &lt;i&gt; in all. | 2 places"),
        ("ja", 1, "写真1枚 | 1.0 ポイント | 1 件、合計 &lt;i&gt; | 1 か所"),
        ("ja", 2, "写真2枚 | 2.0 ポイント | 2 件、合計 &lt;i&gt; | 2 か所"),
    ],
)
def test_a_count_has_the_form_that_fits(texts, tmp_path, locale, count, said):
    (tmp_path / "counted.html").write_text(COUNTED)
    assert " ".join(texts.render("web/counted.html", locale, count=count).split()) == said


def test_a_script_gets_both_forms_with_their_blanks_open(texts, tmp_path):
    (tmp_path / "forms.txt").write_text(
        """{{ forms("%(n)s photo", "%(n)s photos") | tojson }} {{ forms("%(n)s photo", "%(n)s photos").one }}"""
    )
    assert texts.render("web/forms.txt", "en") == '{"one": "{n} photo", "other": "{n} photos"} {n} photo'
    assert texts.render("web/forms.txt", "ja").endswith("写真{n}枚")


@pytest.mark.parametrize(
    ("locale", "told"), [("en", ["1 hour,", "2 hours,"]), ("ja", ["1", "2"]), ("ja_Hira", ["1", "2"])]
)
def test_what_python_says_has_the_form_that_fits(locale, told):
    said = [describe("air_temperature", "flat", {"value": 4.0, "hours": hours}, translator(locale)) for hours in (1, 2)]
    assert all(part in text for part, text in zip(told, said, strict=True))
    assert said[0] != said[1]
