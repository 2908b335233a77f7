"""A sensor's trouble as an incident: told once, to the farmers whose plot it measures, or to staff."""

from datetime import datetime

from edge.wire.quantities import QUANTITIES
from hub.alerts.matters import end_matter
from hub.alerts.service import Alerts
from hub.alerts.views import NewIncident
from hub.fields.plots.store import fetch_standing
from hub.fields.quality.watching import DeviceJudged, SensorWatch
from hub.fields.quality.words import STATE_WORDS, describe
from hub.store import Connection
from hub.texts.catalogues import translator
from hub.texts.languages import LOCALES

__all__ = ["make_sensor_watch", "words_of"]


def make_sensor_watch(alerts: Alerts) -> SensorWatch:
    """The worker's look at the sensors."""

    def on_judged(conn: Connection, judged: DeviceJudged, now: datetime) -> None:
        plots = fetch_standing(conn, [judged.device_key]).get(judged.device_key, [])
        for plot_id in plots or [None]:
            about = NewIncident(
                "sensor_trouble",
                judged.device_key,
                None,
                min((judged.verdicts[name].since_at for name in judged.troubled), default=now),
                plot_id=plot_id,
                words=words_of(judged),
            )
            if judged.troubled:
                alerts.open_incident(conn, about, now)
            else:
                end_matter(conn, about, "sensor_well", now)

    return SensorWatch(on_judged)


def words_of(judged: DeviceJudged) -> dict[str, str]:
    """What is the matter, by language; the same trouble of several sensors is said once."""
    return {locale: _words(judged, locale) for locale in LOCALES}


def _words(judged: DeviceJudged, locale: str) -> str:
    translate = translator(locale)
    said: dict[str, list[str]] = {}
    for name in judged.troubled:
        verdict = judged.verdicts[name]
        if verdict.reason is None:
            continue
        sentence = describe(name, verdict.reason, verdict.detail, translate)
        about = translate(QUANTITIES[name].label)
        said.setdefault(f"{translate(STATE_WORDS[verdict.state])}. {sentence}", []).append(about)
    comma, colon, space = (", ", ": ", " ") if locale == "en" else ("、", "：", "")
    parts = [f"{comma.join(names)}{colon}{_joined(sentence, locale)}" for sentence, names in said.items()]
    return space.join(parts)


def _joined(sentence: str, locale: str) -> str:
    return sentence if locale == "en" else sentence.replace(". ", "。", 1)
