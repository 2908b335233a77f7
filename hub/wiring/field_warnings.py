"""What follows in alerts from the field: warnings and frost are opened and ended as incidents of their plot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.alerts.matters import end_matter
from hub.alerts.plans import QuietHours
from hub.alerts.service import Alerts
from hub.alerts.views import NewIncident
from hub.config import Settings
from hub.fields.agronomy.frost import FrostRisk
from hub.fields.thresholds.deciding import Open
from hub.fields.thresholds.frosts import FrostMorning, Frosts, FrostTold
from hub.fields.thresholds.sensors import fetch_sensor_words
from hub.fields.thresholds.sentences import Translators, say_in_all, say_over, say_told
from hub.fields.thresholds.service import Happened, Warnings
from hub.fields.thresholds.store import Warning  # noqa: A004  # the farmer's own word for it
from hub.store import Connection
from hub.texts import LOCALES, msgid, translator
from hub.texts.formats import format_clock

__all__ = ["FieldWarnings", "make_field_warnings"]

_KIND, _FROST = "field_threshold", "frost_tonight"
_LIKELY = msgid("Frost is likely tonight: about %(low)s °C (%(from)s to %(until)s), and %(limit)s °C is too cold here.")
_POSSIBLE = msgid(
    "Frost is possible tonight: about %(low)s °C (%(from)s to %(until)s), and %(limit)s °C is too cold here."
)
_REACHED = msgid("In the night it was %(low)s °C at %(clock)s: it became as cold as was feared (%(limit)s °C).")
_NOT_REACHED = msgid("In the night it was %(low)s °C at %(clock)s: it stayed above %(limit)s °C.")
_UNKNOWN = msgid("Nothing was measured in the night.")


@dataclass(frozen=True, slots=True)
class FieldWarnings:
    """The field's warnings and the incidents that they are told by."""

    alerts: Alerts
    warnings: Warnings
    frosts: Frosts
    zone: ZoneInfo
    translators: Translators

    def sweep(self, conn: Connection, now: datetime) -> None:
        """Warnings of which something has come since the last look."""
        for happened in self.warnings.look(conn, now):
            self._carry_out(conn, happened, now)

    def sweep_frost(self, conn: Connection, now: datetime) -> None:
        """Frost of this evening, and what the last night came to."""
        for told in self.frosts.look(conn, now):
            self._tell_frost(conn, told, now)
        for morning in self.frosts.mornings(conn, now):
            about = _about_frost(morning.plot_id, morning.evening.isoformat(), now)
            end_matter(conn, about, "night_over", now, say_in_all(self.translators, self._morning(morning)))

    def end(self, conn: Connection, warning: Warning, now: datetime) -> None:
        """A person has changed the warning or taken it away: what it told is over."""
        end_matter(conn, _about(warning, now), "warning_changed", now)

    def _carry_out(self, conn: Connection, happened: Happened, now: datetime) -> None:
        warning, rule, effect = happened.warning, happened.warning.rule, happened.effect
        if isinstance(effect, Open):
            hours = None if rule.quiet_min is None else QuietHours(*rule.quiet_min, self.zone.key)
            repeat_after_s = None if rule.repeat_h is None else rule.repeat_h * 3600
            words = say_in_all(self.translators, lambda translate: say_told(rule, effect.value, translate))
            new = _about(warning, effect.at, words=words, quiet_hours=hours, repeat_after_s=repeat_after_s)
            self.alerts.open_incident(conn, new, now)
            return
        value = effect.value
        after = None
        if value is not None:
            after = say_in_all(
                self.translators, lambda translate: say_over(rule, value, effect.at, self.zone, translate)
            )
        end_matter(conn, _about(warning, now), effect.why, now, after)

    def _tell_frost(self, conn: Connection, told: FrostTold, now: datetime) -> None:
        words = say_in_all(self.translators, lambda translate: _say_risk(told.risk, translate))
        self.alerts.open_incident(conn, _about_frost(told.plot_id, told.evening.isoformat(), now, words), now)

    def _morning(self, morning: FrostMorning) -> Callable[[Callable[[str], str]], str]:
        def say(translate: Callable[[str], str]) -> str:
            if morning.lowest is None:
                return translate(_UNKNOWN)
            form = _REACHED if morning.lowest.air_c <= morning.limit_c else _NOT_REACHED
            return translate(form) % {
                "low": f"{morning.lowest.air_c:.1f}",
                "clock": format_clock(morning.lowest.at, self.zone),
                "limit": f"{morning.limit_c:g}",
            }

        return say


def make_field_warnings(settings: Settings, alerts: Alerts) -> FieldWarnings:
    """The town's warnings, wired to its alerts."""
    zone, late_after_s = ZoneInfo(settings.time_zone), settings.late_after_s
    return FieldWarnings(
        alerts,
        Warnings(zone=zone, late_after_s=late_after_s, sensors=fetch_sensor_words),
        Frosts(zone=zone, late_after_s=late_after_s, sensors=fetch_sensor_words),
        zone,
        {locale: translator(locale) for locale in LOCALES},
    )


def _about(
    warning: Warning,
    at: datetime,
    *,
    words: dict[str, str] | None = None,
    quiet_hours: QuietHours | None = None,
    repeat_after_s: int | None = None,
) -> NewIncident:
    return NewIncident(
        _KIND, None, None, at, plot_id=warning.plot_id, matter=warning.id, words=words, quiet_hours=quiet_hours,
        repeat_after_s=repeat_after_s,
    )  # fmt: skip


def _about_frost(plot_id: str, evening: str, at: datetime, words: dict[str, str] | None = None) -> NewIncident:
    return NewIncident(_FROST, None, None, at, plot_id=plot_id, matter=evening, words=words)


def _say_risk(risk: FrostRisk, translate: Callable[[str], str]) -> str:
    low, high = risk.band_c or (risk.limit_c, risk.limit_c)
    expected = risk.limit_c if risk.expected_min_c is None else risk.expected_min_c
    form = _LIKELY if risk.level == "likely" else _POSSIBLE
    return translate(form) % {
        "low": f"{expected:.0f}", "from": f"{low:.0f}", "until": f"{high:.0f}", "limit": f"{risk.limit_c:g}",
    }  # fmt: skip
