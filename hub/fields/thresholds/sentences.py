"""A warning in plain words: what it waits for, what is so now, what became of it. Pure; in every language at once.

What is told is frozen on the incident in all languages, since its readers have theirs and the plot's words stand
nowhere else.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.fields.thresholds.measures import MEASURES
from hub.fields.thresholds.rules import Rule, Season
from hub.texts.formats import format_clock
from hub.texts.words import msgid

__all__ = ["Translators", "say_in_all", "say_over", "say_rule", "say_season", "say_told", "say_value", "say_what"]

Translate = Callable[[str], str]
Translators = Mapping[str, Translate]

_WHAT: Mapping[str, str] = {
    "value": msgid("%(label)s"),
    "mean": msgid("the mean %(label)s of %(n)s h"),
    "change": msgid("the change of %(label)s within %(n)s h"),
    "sum": msgid("%(label)s of %(n)s h together"),
}
_RULE: Mapping[tuple[str, bool], str] = {
    ("below", True): msgid("Tell when %(what)s is under %(limit)s for %(hold)s"),
    ("above", True): msgid("Tell when %(what)s is over %(limit)s for %(hold)s"),
    ("below", False): msgid("Tell when %(what)s is under %(limit)s"),
    ("above", False): msgid("Tell when %(what)s is over %(limit)s"),
}
_TOLD: Mapping[tuple[str, bool], str] = {
    ("below", True): msgid("%(what)s has been under %(limit)s for %(hold)s, now %(value)s"),
    ("above", True): msgid("%(what)s has been over %(limit)s for %(hold)s, now %(value)s"),
    ("below", False): msgid("%(what)s is under %(limit)s, now %(value)s"),
    ("above", False): msgid("%(what)s is over %(limit)s, now %(value)s"),
}
_OVER = msgid("Back to %(value)s at %(clock)s.")


def say_value(rule: Rule, value: float) -> str:
    """A value of what the rule looks at, with its unit."""
    measure = MEASURES[rule.measure]
    sign = "+" if rule.how == "change" and value > 0 else ""
    return f"{sign}{value:.{measure.decimals}f} {measure.unit}"


def say_what(rule: Rule, translate: Translate) -> str:
    """What the rule looks at."""
    label = translate(MEASURES[rule.measure].label)
    return translate(_WHAT[rule.how]) % {"label": label, "n": rule.window_h}


def say_rule(rule: Rule, translate: Translate) -> str:
    """The rule as its farmer said it."""
    return translate(_RULE[rule.side, rule.hold_min > 0]) % _blanks(rule, translate)


def say_told(rule: Rule, value: float, translate: Translate) -> str:
    """What is so, by the reading at which it is told."""
    blanks = _blanks(rule, translate) | {"value": say_value(rule, value)}
    return translate(_TOLD[rule.side, rule.hold_min > 0]) % blanks


def say_over(rule: Rule, value: float, at: datetime, zone: ZoneInfo, translate: Translate) -> str:
    """What it came to."""
    return translate(_OVER) % {"value": say_value(rule, value), "clock": format_clock(at, zone)}


def say_season(season: Season, translate: Translate) -> str:
    """The days of the year."""
    (m1, d1), (m2, d2) = season.first, season.last
    return translate(msgid("from %(first)s to %(last)s")) % {"first": f"{m1}/{d1}", "last": f"{m2}/{d2}"}


def say_in_all(translators: Translators, say: Callable[[Translate], str]) -> dict[str, str]:
    """The same in every language."""
    return {locale: say(translate) for locale, translate in translators.items()}


def _blanks(rule: Rule, translate: Translate) -> dict[str, str]:
    return {"what": say_what(rule, translate), "limit": _limit(rule), "hold": _hold(rule.hold_min, translate)}


def _limit(rule: Rule) -> str:
    """The limit with as many digits as its farmer gave it."""
    sign = "+" if rule.how == "change" and rule.limit > 0 else ""
    return f"{sign}{rule.limit:g} {MEASURES[rule.measure].unit}"


def _hold(minutes: int, translate: Translate) -> str:
    hours, rest = divmod(minutes, 60)
    said = [translate(msgid("%(n)s h")) % {"n": hours}] if hours else []
    if rest or not hours:
        said.append(translate(msgid("%(n)s min")) % {"n": rest})
    return " ".join(said)
