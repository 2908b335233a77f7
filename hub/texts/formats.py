"""Instants and numbers in words. Pure: the present, the town's zone and the language are arguments."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from hub.texts.catalogues import translator
from hub.texts.words import nmsgid

__all__ = [
    "DAYS_AGO", "format_ago", "format_at", "format_clock", "format_date", "format_day", "format_number",
    "format_weekday",
]  # fmt: skip

DAYS_AGO = nmsgid("%(n)d day ago", "%(n)d days ago")
_IN_DAYS = nmsgid("in %(n)d day", "in %(n)d days")
_MINUS = "\N{MINUS SIGN}"


def _babel_locale(locale: str) -> str:
    return "ja" if locale.startswith("ja") else "en_GB"


def format_ago(instant: datetime, now: datetime, locale: str) -> str:
    """How long ago (or ahead), in the largest whole unit: "5 min ago", "in 2 h"; "just now" within a minute."""
    translate = translator(locale)
    seconds = (now - instant).total_seconds()
    minutes = int(abs(seconds) // 60)
    if minutes == 0:
        return translate("just now")
    past = seconds > 0
    if minutes < 60:
        return (translate("%(n)d min ago") if past else translate("in %(n)d min")) % {"n": minutes}
    if minutes < 48 * 60:
        return (translate("%(n)d h ago") if past else translate("in %(n)d h")) % {"n": minutes // 60}
    days = minutes // (24 * 60)
    return translate.count(DAYS_AGO if past else _IN_DAYS, days) % {"n": days}


def format_at(instant: datetime, now: datetime, zone: ZoneInfo, locale: str) -> str:
    """The instant on the town's clock: today and yesterday in words, the weekday within this year, else the year."""
    translate = translator(locale)
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    clock = format_clock(instant, zone)
    if local.date() == today:
        return translate("today %(clock)s") % {"clock": clock}
    if local.date() == today - timedelta(days=1):
        return translate("yesterday %(clock)s") % {"clock": clock}
    # The message ids are CLDR date patterns, each language has its own order.
    pattern = translate("EEE d MMM, HH:mm") if local.year == today.year else translate("d MMM y, HH:mm")
    return format_datetime(local, pattern, locale=_babel_locale(locale))


def format_day(day: date, zone: ZoneInfo, locale: str) -> str:
    """The day with its weekday; of an instant, its day on the town's calendar."""
    local = day.astimezone(zone) if isinstance(day, datetime) else datetime.combine(day, time(), zone)
    translate = translator(locale)
    return format_datetime(local, translate("EEE d MMM"), locale=_babel_locale(locale))


def format_date(day: date, locale: str) -> str:
    """The day with its year, for what is read years later."""
    translate = translator(locale)
    return format_datetime(datetime.combine(day, time()), translate("d MMM y"), locale=_babel_locale(locale))


def format_weekday(day: date, locale: str) -> str:
    """The name of the day's weekday."""
    return format_datetime(datetime.combine(day, time()), "EEEE", locale=_babel_locale(locale))


def format_clock(instant: datetime, zone: ZoneInfo) -> str:
    """Hours and minutes on the town's clock."""
    return instant.astimezone(zone).strftime("%H:%M")


def format_number(value: float, decimals: int = 0) -> str:
    """Grouped digits with a real minus sign and never a negative zero; the same in all our languages."""
    text = f"{value:,.{decimals}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else _MINUS + text[1:]
    return text
