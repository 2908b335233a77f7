"""Tables as CSV that a Japanese Excel opens: UTF-8 with BOM, CRLF, and no cell that a spreadsheet takes for a formula.

Pure.
"""

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["CSV_TYPE", "csv_bytes", "safe_cell"]

CSV_TYPE = "text/csv; charset=utf-8"
# What begins a formula to Excel, LibreOffice or a Japanese keyboard (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The file. Numbers stay numbers; a text that would be a formula gets an apostrophe before it; None is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return ("\ufeff" + buffer.getvalue()).encode()


def safe_cell(cell: object) -> str:
    """One cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(cell)
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
