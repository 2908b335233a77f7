from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import jinja2
import pytest

from hub.texts import Texts

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
