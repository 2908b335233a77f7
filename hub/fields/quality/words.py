"""The states of sensors in words, as message ids: what is the matter, and what to do about it. Pure."""

from collections.abc import Mapping

from edge.wire.quantities import QUANTITIES
from hub.fields.quality.states import State
from hub.texts.words import Counted, Translate, msgid, nmsgid

__all__ = ["ADVICE", "CHANGE_KINDS", "REASON_WORDS", "STATE_WORDS", "describe"]

STATE_WORDS: Mapping[State, str] = {
    "ok": msgid("Working"),
    "silent": msgid("No data"),
    "late": msgid("Data comes late"),
    "stuck": msgid("Stuck"),
    "out_of_range": msgid("Impossible values"),
    "drifting": msgid("Drifting"),
}

REASON_WORDS: Mapping[str, str | Counted] = {
    "device_silent": msgid("Nothing comes from this station."),
    "missing": msgid("The station speaks, but this sensor gives no values."),
    "clock_wrong": msgid("The station's clock is wrong: its values bear times that cannot be and are not used."),
    "buffered": nmsgid(
        "Values come in batches, up to %(hours)s hour after they were measured. What is shown is old.",
        "Values come in batches, up to %(hours)s hours after they were measured. What is shown is old.",
    ),
    "clock_behind": nmsgid(
        "Every value is %(hours)s hour old when it comes: the station's clock may be slow.",
        "Every value is %(hours)s hours old when it comes: the station's clock may be slow.",
    ),
    "flat": nmsgid(
        "It has shown %(value)s for %(hours)s hour, which cannot be.",
        "It has shown %(value)s for %(hours)s hours, which cannot be.",
    ),
    "flat_alone": nmsgid(
        "It has shown %(value)s for %(hours)s hour while the stations around it changed.",
        "It has shown %(value)s for %(hours)s hours while the stations around it changed.",
    ),
    "blocked": msgid("It shows no rain, while %(near)s mm fell around it."),
    "refused": msgid("It says %(value)s, which cannot be. Such values are not used."),
    "spikes": msgid("It jumps to %(value)s and back within minutes."),
    "away": msgid("It stands %(away)s away from where it used to be beside the stations around it."),
}

ADVICE: Mapping[str, str] = {
    "device_silent": msgid("Look at the battery and the antenna. It goes on by itself when the station speaks again."),
    "missing": msgid("Look at the sensor's cable and plug."),
    "clock_wrong": msgid("Start the station again where it has a network, so that its clock is set."),
    "buffered": msgid("Look at the antenna and the signal. No warnings come from this sensor meanwhile."),
    "clock_behind": msgid("Start the station again where it has a network, so that its clock is set."),
    "flat": msgid("Look whether something covers the sensor or its cable is loose; clean it or replace it."),
    "flat_alone": msgid("Look whether something covers the sensor or its cable is loose; clean it or replace it."),
    "blocked": msgid("Look whether leaves or insects block the rain gauge."),
    "refused": msgid("Look at the sensor's cable and plug; water in a plug does this. Otherwise replace the sensor."),
    "spikes": msgid("A loose plug or a damaged cable does this. Look at them."),
    "away": msgid("Clean the sensor, compare it with a reliable one, and write the calibration down here."),
}

CHANGE_KINDS: Mapping[str, str] = {
    "calibration": msgid("Calibrated"),
    "replacement": msgid("Replaced"),
    "repair": msgid("Cleaned or repaired"),
    "withdrawal": msgid("Taken back"),
}


def describe(quantity: str, reason: str, detail: Mapping[str, float], translate: Translate) -> str:
    """What is the matter with a sensor, as a sentence with its figures."""
    known = QUANTITIES[quantity]

    def value(name: str, signed: str = "") -> str:
        text = f"{detail.get(name, 0.0):{signed}.{known.decimals}f} {known.unit}"
        return text.replace("-", "\N{MINUS SIGN}")

    hours = round(detail.get("hours", detail.get("way_s", 0.0) / 3600))
    away = f"{100 * detail.get('away', 0.0):+.0f} %" if known.name in _AS_RATIO else value("away", "+")
    blanks = {
        "value": value("value"),
        "hours": hours,
        "near": f"{detail.get('near', 0.0):.0f}",
        "away": away.replace("-", "\N{MINUS SIGN}"),
    }
    words = REASON_WORDS[reason]
    return (translate.count(words, hours) if isinstance(words, Counted) else translate(words)) % blanks


_AS_RATIO = frozenset({"solar_radiation", "photosynthetic_flux"})
