"""What people are told of, and how often."""

from datetime import UTC, datetime, timedelta

from hub.fields.quality.judging import REASONS
from hub.fields.quality.states import STATES, Verdict
from hub.fields.quality.troubles import TOLD_AFTER, Troubles, decide_troubles
from hub.fields.quality.words import ADVICE, REASON_WORDS, STATE_WORDS, describe
from hub.texts import translator

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def verdict(reason: str, ago: timedelta) -> Verdict:
    return Verdict(REASONS[reason], reason, NOW - ago)


def test_a_short_silence_is_nobodys_business() -> None:
    silent = {"air_temperature": verdict("device_silent", 2 * HOUR)}

    assert decide_troubles((), silent, NOW, NOW) == Troubles((), begins=False, ends=False)
    assert decide_troubles((), silent, NOW, NOW + HOUR).begins


def test_when_the_agent_is_away_that_is_the_trouble() -> None:
    silent = {"air_temperature": verdict("device_silent", 9 * HOUR)}

    assert not decide_troubles((), silent, NOW - 9 * HOUR, NOW).begins


def test_a_trouble_begins_once_and_ends_when_all_is_well() -> None:
    stuck = {"air_temperature": verdict("flat", HOUR), "soil_moisture": Verdict("ok", None, NOW)}
    both = stuck | {"soil_moisture": verdict("away", HOUR)}
    well = {name: Verdict("ok", None, NOW) for name in stuck}

    assert decide_troubles((), stuck, NOW, NOW) == Troubles(("air_temperature",), begins=True, ends=False)
    assert decide_troubles(("air_temperature",), both, NOW, NOW) == Troubles(
        ("air_temperature", "soil_moisture"), begins=False, ends=False
    )
    assert decide_troubles(("air_temperature",), well, NOW, NOW) == Troubles((), begins=False, ends=True)


def test_every_state_and_reason_has_its_words_and_what_to_do() -> None:
    assert set(STATE_WORDS) == set(STATES)
    assert set(TOLD_AFTER) == set(STATES) - {"ok"}
    assert set(REASON_WORDS) == set(ADVICE) == set(REASONS)


def test_the_words_have_their_figures() -> None:
    said = describe("air_temperature", "flat", {"value": -1.25, "hours": 14}, translator("en"))

    assert said == "It has shown −1.2 °C for 14 hours, which cannot be."
    assert "−19 %" in describe("solar_radiation", "away", {"away": -0.19}, translator("en"))
