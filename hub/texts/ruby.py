"""Readings above kanji for やさしい日本語.

Catalogues write a reading in full-width brackets behind its kanji, `罠（わな）`, which reads well anywhere
(mails, titles, labels for speech). In a page's running text this module turns it into ruby. Pure.
"""

import re

__all__ = ["add_ruby"]

# Whole tags, comments, and the elements whose content is not running text stay as they are.
_KEPT = re.compile(r"<!--.*?-->|<(title|option|textarea|script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL)
_READING = re.compile(r"([\u3400-\u9fff々〆ヶ]+)（([\u3041-\u3096ー]+)）")
_RUBY = r"<ruby>\1<rp>（</rp><rt>\2</rt><rp>）</rp></ruby>"


def add_ruby(html: str) -> str:
    """The page with each reading of its running text set as ruby.

    Tags, titles, options, scripts and styles are left alone.
    """
    parts: list[str] = []
    done = 0
    for kept in _KEPT.finditer(html):
        parts += [_set(html[done : kept.start()]), kept[0]]
        done = kept.end()
    parts.append(_set(html[done:]))
    return "".join(parts)


def _set(text: str) -> str:
    """A run of text; one with ruby stays one box, wherever it stands (a flexible box would lay its pieces apart)."""
    ruby, count = _READING.subn(_RUBY, text)
    return f"<span>{ruby}</span>" if count else text
