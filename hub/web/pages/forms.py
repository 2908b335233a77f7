"""Forms as people fill them in: what was typed is kept, and each fault is said beside its field."""

import re
import unicodedata
from collections.abc import Collection, Generator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from hub.errors import Conflict
from hub.texts import Counted, Translate, msgid
from hub.web.api.forms import DeviceId, Email, Line, Note, Username

__all__ = ["Filled", "Refused", "Submitted"]

_YEARS = range(1900, 2100)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
# What the API takes, the pages take.
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_NOTE: TypeAdapter[str] = TypeAdapter(Note)
_ID: TypeAdapter[str] = TypeAdapter(DeviceId)
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_USERNAME: TypeAdapter[str] = TypeAdapter(Username)

_MISSING = msgid("Please fill this in.")
_UNFIT = msgid("This is too long, or has characters that cannot be kept.")
_UNFIT_ID = msgid("Use small letters (a–z), digits and hyphens, at most 63, beginning with a letter or digit.")
_UNFIT_USERNAME = msgid("Use 2 to 40 small letters (a–z), digits, dots, hyphens and underscores.")
_UNFIT_MAIL = msgid("This is no mail address.")


class Refused(Exception):
    """The form has faults that were found while it was done: nothing is done, and its key can be used again."""


class Filled:
    """A submitted form. Readers take a field by name, note a fault in `errors` and return something harmless then."""

    def __init__(self, values: dict[str, list[str]], translate: Translate) -> None:
        self._values = values
        self._translate = translate
        self.errors: dict[str, str] = {}

    def typed(self, name: str, default: str = "") -> str:
        """What stands in a field, to be shown again."""
        return self._values[name][0] if name in self._values else default

    def chosen(self, name: str) -> list[str]:
        """Everything that was ticked or selected under a name."""
        return list(self._values.get(name, ()))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was submitted: the form is shown for the first time."""
        return not self._values

    def fault(self, name: str, message: str, **blanks: object) -> None:
        """Note what is wrong with a field, as a message id; the first fault of a field stands."""
        self.errors.setdefault(name, self._translate(message) % blanks if blanks else self._translate(message))

    def fault_of(self, name: str, n: int, message: Counted) -> None:
        """Note what is wrong with a field, where that says a count."""
        self.errors.setdefault(name, self._translate.count(message, n) % {"n": n})

    @contextmanager
    def conflict_at(self, name: str, message: str) -> Generator[None]:
        """A Conflict of what is done within is a fault of this field; raises Refused then, for whoever sent the act."""
        try:
            yield
        except Conflict:
            self.fault(name, message)
            raise Refused from None

    def line(self, name: str, *, required: bool = True) -> str:
        """One line of text without blanks around it."""
        return self._read(name, _LINE, _UNFIT, required=required)

    def text(self, name: str) -> str | None:
        """Some lines of text; None for nothing."""
        text = self.typed(name).strip().replace("\r\n", "\n")
        if text and not _fits(_NOTE, text):
            self.fault(name, _UNFIT)
        return text or None

    def identifier(self, name: str) -> str:
        """An id: small letters, digits and hyphens."""
        return self._read(name, _ID, _UNFIT_ID, narrow=True)

    def username(self, name: str) -> str | None:
        """A user name in small letters; None for nothing."""
        self._values[name] = [self.typed(name).lower()]
        return self._read(name, _USERNAME, _UNFIT_USERNAME, required=False, narrow=True) or None

    def mail(self, name: str) -> str | None:
        """A mail address; None for nothing."""
        return self._read(name, _EMAIL, _UNFIT_MAIL, required=False, narrow=True) or None

    def number(self, name: str, low: float, high: float) -> float:
        """A number within [low, high]; digits may be full width."""
        text = _narrow(self.typed(name))
        if not text:
            self.fault(name, _MISSING)
            return low
        value = float(text) if _NUMBER.fullmatch(text) else float("nan")
        if low <= value <= high:
            return value
        self.fault(name, msgid("Please give a number from %(low)s to %(high)s."), low=_plain(low), high=_plain(high))
        return low

    def number_or_none(self, name: str, low: float, high: float) -> float | None:
        """A number within [low, high]; None for nothing."""
        return self.number(name, low, high) if self.typed(name).strip() else None

    def choice(self, name: str, options: Collection[str]) -> str:
        """One of the options."""
        value = self.typed(name)
        if value not in options:
            self.fault(name, msgid("Please choose one."))
        return value

    def day(self, name: str) -> date | None:
        """A date of this or the last century as a date field sends it; None for nothing."""
        text = self.typed(name).strip()
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            day = date.min
        # A year typed with a digit too few or too many is a slip, and further than a calendar reaches.
        if day is not None and day.year not in _YEARS:
            self.fault(name, msgid("Please give a date such as 2026-04-20."))
            return None
        return day

    def narrow(self, name: str) -> str:
        """What stands in a field, its full-width letters and digits as narrow ones."""
        return _narrow(self.typed(name))

    def _read(
        self, name: str, kind: TypeAdapter[str], unfit: str, *, required: bool = True, narrow: bool = False
    ) -> str:
        text = _narrow(self.typed(name)) if narrow else self.typed(name).strip()
        if required and not text:
            self.fault(name, _MISSING)
        elif text and not _fits(kind, text):
            self.fault(name, unfit)
            return ""  # what cannot be kept cannot be looked for either
        return text


def _narrow(text: str) -> str:
    """Letters and digits of a Japanese keyboard as the narrow ones that are meant."""
    return unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").strip()


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


def _fits(kind: TypeAdapter[Any], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True


async def submitted(request: Request) -> dict[str, list[str]]:
    """The fields of the request's form; files are left out."""
    values: dict[str, list[str]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value)
    return values


Submitted = Annotated[dict[str, list[str]], Depends(submitted)]
