"""Templates: one Jinja environment for each language over folders that each area adds."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context

from hub.texts import formats, words
from hub.texts.catalogues import Translator, load_catalogue, translator
from hub.texts.languages import LANGUAGES, choose_locale
from hub.texts.ruby import add_ruby
from hub.texts.words import Counted

__all__ = ["Texts"]

_TAGS = {language.locale: language.tag for language in LANGUAGES}


def _counting(ngettext: Callable[..., str]) -> Callable[..., str]:
    """Jinja's `ngettext`, with the count as the blank `n` unless the template writes it out otherwise."""

    @pass_context
    def count(context: Context, one: str, many: str, n: int, /, **blanks: object) -> str:
        return ngettext(context, one, many, n, **{"n": n, **blanks})

    return count


def _forms_of(translate: Translator) -> Callable[..., dict[str, str]]:
    """Both forms of a message, by the names of `Intl.PluralRules`, with `{…}` for its blanks: a script counts."""

    def forms(one: str, many: str, *blanks: str) -> dict[str, str]:
        open_blanks = {name: f"{{{name}}}" for name in ("n", *blanks)}
        each = Counted(one, many)
        return {"one": translate.count(each, 1) % open_blanks, "other": translate.count(each, 2) % open_blanks}

    return forms


class Texts:
    """Renders templates in any of the town's languages. Thread-safe once its folders are added.

    Templates see `_`, `ngettext` (the count is its blank `n` too), `forms` (both forms, for scripts), `locale`, `lang`
    (BCP 47), `languages`, `town`, `words`, and the filters `at` ("today 14:05", on the town's clock), `ago`
    ("5 min ago"), `clock` ("14:05"), `day` ("Mon 23 Nov"), `weekday`, `iso` and `number(decimals)`; `at` and `ago`
    need `now` in the context. A missing variable is an error. .html is escaped, .txt is not; in やさしい日本語 a page's
    readings become ruby.
    """

    def __init__(self, *, zone: ZoneInfo, town: str) -> None:
        self.zone = zone
        self.town = town
        self._folders: dict[str, BaseLoader] = {}
        self._globals: dict[str, Any] = {}
        self._environments: dict[str, Environment] = {}

    def add_folder(self, prefix: str, path: Path) -> None:
        """Make the templates below `path` known as `prefix/name`."""
        self._folders[prefix] = FileSystemLoader(path)

    def add_globals(self, values: Mapping[str, Any]) -> None:
        """Give every template these names (before the first render)."""
        self._globals.update(values)

    def translator(self, locale: str) -> Translator:
        """The texts of `locale` by their message ids. Raises KeyError for an unknown locale."""
        return translator(locale)

    def render(self, name: str, locale: str, /, **context: Any) -> str:
        """The template `name` ("web/traps.html", "alerts/sprung.txt") in `locale`; an unknown locale reads Japanese."""
        locale = choose_locale(locale)
        text = self._environment(locale).get_template(name).render(context)
        return add_ruby(text) if locale == "ja_Hira" and name.endswith(".html") else text

    def _environment(self, locale: str) -> Environment:
        if locale not in self._environments:
            self._environments[locale] = self._make_environment(locale)
        return self._environments[locale]

    def _make_environment(self, locale: str) -> Environment:
        environment = Environment(
            loader=PrefixLoader(self._folders),
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        install = cast("Callable[..., None]", getattr(environment, "install_gettext_callables"))  # noqa: B009  # its type lacks it
        catalogue = load_catalogue(locale)
        install(catalogue.gettext, catalogue.ngettext, newstyle=True)
        names = cast("dict[str, Any]", environment.globals)
        names["ngettext"] = _counting(names["ngettext"])
        names["forms"] = _forms_of(Translator(catalogue))
        names.update(
            locale=locale, lang=_TAGS[locale], languages=LANGUAGES, town=self.town, words=words, **self._globals
        )
        cast("dict[str, Any]", environment.filters).update(
            at=self._at_filter(locale),
            ago=self._ago_filter(locale),
            clock=self._clock,
            day=self._day_filter(locale),
            date=self._date_filter(locale),
            weekday=self._weekday_filter(locale),
            iso=self._iso,
            number=formats.format_number,
        )
        return environment

    def _clock(self, instant: datetime) -> str:
        return formats.format_clock(instant, self.zone)

    def _iso(self, instant: datetime) -> str:
        return instant.astimezone(self.zone).isoformat(timespec="seconds")

    def _weekday_filter(self, locale: str) -> Callable[[date], str]:
        def weekday(day: date) -> str:
            return formats.format_weekday(day, locale)

        return weekday

    def _day_filter(self, locale: str) -> Callable[[date], str]:
        def day(day: date) -> str:
            return formats.format_day(day, self.zone, locale)

        return day

    def _date_filter(self, locale: str) -> Callable[[str], str]:
        def full(iso: str) -> str:
            return formats.format_date(date.fromisoformat(iso), locale)

        return full

    def _at_filter(self, locale: str) -> Callable[[Context, datetime], str]:
        @pass_context
        def at(context: Context, instant: datetime) -> str:
            return formats.format_at(instant, context["now"], self.zone, locale)

        return at

    def _ago_filter(self, locale: str) -> Callable[[Context, datetime], str]:
        @pass_context
        def ago(context: Context, instant: datetime) -> str:
            return formats.format_ago(instant, context["now"], locale)

        return ago
