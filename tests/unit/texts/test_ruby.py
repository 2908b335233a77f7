import re

from hypothesis import given
from hypothesis import strategies as st

from hub.texts.ruby import add_ruby


def test_a_reading_becomes_ruby_that_still_reads_without_ruby():
    ruby = "<p><span><ruby>罠<rp>（</rp><rt>わな</rt><rp>）</rp></ruby>が うごいた</span></p>"
    assert add_ruby("<p>罠（わな）が うごいた</p>") == ruby


def test_what_is_not_running_text_stays_as_it_is():
    kept = (
        '<title>罠（わな）</title><option value="1">罠（わな）</option>'
        "<textarea>罠（わな）</textarea>"
        '<a aria-label="罠（わな）">x</a><script>"罠（わな）"</script>'
        "<style>/* 罠（わな） */</style><!-- 罠（わな） -->"
    )
    assert add_ruby(kept) == kept


def test_brackets_that_hold_no_reading_stay():
    assert add_ruby("<p>山田（市役所）</p>") == "<p>山田（市役所）</p>"


@given(st.text(alphabet="あい罠山（）<>/ap \"'=&;", max_size=60))
def test_no_letter_is_lost(text):
    tags = re.compile("</?(span|ruby|rp|rt)>")
    assert tags.sub("", add_ruby(text)) == tags.sub("", text)
