"""A cell as a number, or as the mark of a value that is missing. Pure."""

import re
import unicodedata
from typing import Literal

__all__ = ["Decimal", "is_number", "parse_number"]

Decimal = Literal[".", ","]
# What loggers and people write where there is no value.
_MISSING = frozenset(
    {
        *("", "-", "--", "---", "----", "-----", "*", "**", "***", "/", "//", "///", "×", "x", "欠測", "欠"),
        *("無効", "エラー"),
        *("nan", "null", "none", "na", "n/a", "#n/a", "err", "error", "-999", "-9999", "-99999", "-999.9", "-9999.0"),
    }
)  # fmt: skip
_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+|\d{1,3}(,\d{3})+(\.\d*)?)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+|\d{1,3}(\.\d{3})+(,\d*)?)([eE][+-]?\d{1,3})?", re.ASCII)


def parse_number(text: str, decimal: Decimal = ".") -> float | None:
    """The number; None for a missing one. Thousands may be set off by the other mark. Raises ValueError."""
    text = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").strip()
    if text.casefold() in _MISSING:
        return None
    if not (_POINT if decimal == "." else _COMMA).fullmatch(text):
        raise ValueError("no number")
    plain = text.replace(",", "") if decimal == "." else text.replace(".", "").replace(",", ".")
    return float(plain)


def is_number(text: str, decimal: Decimal = ".") -> bool:
    """Whether a cell holds a number (a missing one is none)."""
    try:
        return parse_number(text, decimal) is not None
    except ValueError:
        return False
