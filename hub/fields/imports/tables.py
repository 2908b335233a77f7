"""A file's bytes as lines of cells. Pure.

Each line of the file is a line of the table: a logger writes no cell over two lines, and so a quotation mark that is
never closed spoils its own line only.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from hub.fields.imports.faults import NoText

__all__ = ["ENCODINGS", "SEPARATORS", "Line", "decode_text", "read_table", "split_line", "split_lines"]

ENCODINGS = ("utf-8", "cp932", "utf-16")
SEPARATORS = (",", "\t", ";")
_LONGEST_LINE = 20_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number from 1, as it stands there, and its cells."""

    number: int
    raw: str
    cells: tuple[str, ...]


def decode_text(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding: UTF-8 (with or without a mark), Shift_JIS as Windows has it, or UTF-16.

    Raises NoText.
    """
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8", "cp932"):
        try:
            text = data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise NoText


def split_lines(text: str) -> list[str]:
    """The file's lines without their ends, whichever of the three ends it has."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def split_line(raw: str, separator: str) -> tuple[str, ...]:
    """The cells of one line, without blanks around them."""
    if len(raw) > _LONGEST_LINE:
        return ()
    try:
        cells: list[str] = next(csv.reader([raw], delimiter=separator), list[str]())
    except csv.Error:
        return ()
    return tuple(cell.strip() for cell in cells)


def read_table(text: str, separator: str) -> Iterator[Line]:
    """Every line that is not empty."""
    for number, raw in enumerate(split_lines(text), 1):
        if raw.strip():
            yield Line(number, raw, split_line(raw, separator))
