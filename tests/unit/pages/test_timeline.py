from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.alerts.views import Entry
from hub.texts import LOCALES, format_at, translator
from hub.web.pages.timeline import people_in, tell_timeline

AT = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
ISO = AT.isoformat()
NAMES = {"p-1": "石井", "p-2": "鈴木"}

ENTRIES = [
    Entry(
        1,
        AT,
        "opened",
        "system",
        None,
        {"occurred_at": ISO, "uncertain": False, "late": False, "unreachable": ["佐藤"]},
    ),
    Entry(2, AT, "told", "system", None, {"step": 0, "people": ["p-1", "p-2"], "reminder": False}),
    Entry(3, AT, "sent", "system", None, {"person": "p-1", "channel": "mail", "step": 0, "attempts": 1}),
    Entry(4, AT, "given_up", "system", None, {"person": "p-2", "channel": "mail", "step": 0, "error": "100% full"}),
    Entry(5, AT, "again", "system", None, {"occurred_at": ISO, "uncertain": True, "late": True, "events": 2}),
    Entry(6, AT, "again", "system", None, {"occurred_at": ISO, "uncertain": False, "late": True, "events": 3}),
    Entry(7, AT, "going", "p-1", "石井", {"eta_minutes": 30, "eta_at": ISO}),
    Entry(8, AT, "lapsed", "system", None, {}),
    Entry(9, AT, "told", "system", None, {"step": 3, "people": ["p-1"], "reminder": True}),
    Entry(10, AT, "nobody_to_tell", "system", None, {"step": 1}),
    Entry(11, AT, "covered", "system", None, {"occurred_at": ISO}),
    Entry(12, AT, "clock_went_back", "system", None, {}),
    Entry(13, AT, "ended", "system", None, {"reason": "heard_again"}),
    Entry(14, AT, "resolved", "p-1", "石井", {"outcome": "captured", "note": "イノシシ <b>"}),
    Entry(15, AT, "a kind of tomorrow", "system", None, {}),
]


def lines(locale: str, *, for_staff: bool):
    def at(instant: datetime) -> str:
        return format_at(instant, AT, ZoneInfo("Asia/Tokyo"), locale)

    return tell_timeline(ENTRIES, NAMES, translator(locale), at, for_staff=for_staff)


def test_a_hunter_reads_what_happened_in_plain_words():
    told = {line.kind: line.text for line in lines("en", for_staff=False)}
    assert told["going"] == "石井 is going and means to be there at today 14:05."
    assert told["told"] == "Reminded: 石井." or told["told"] == "Told: 石井, 鈴木."
    assert told["opened"].endswith("Without any way to be told: 佐藤.")
    assert "sent" not in told
    assert "clock_went_back" not in told


def test_the_office_reads_how_the_notices_went_too():
    told = {line.kind: line.text for line in lines("en", for_staff=True)}
    assert told["sent"] == "石井 was told by mail."
    assert told["given_up"] == "鈴木 cannot be told by mail: 100% full"


def test_newest_first_with_what_a_person_wrote():
    shown = lines("ja", for_staff=True)
    assert [line.kind for line in shown][-1] == "opened"
    (report,) = [line for line in shown if line.kind == "resolved"]
    assert report.text == "石井さんの記録：捕獲あり"
    assert report.note == "イノシシ <b>"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_kind_has_words_in_every_language(locale):
    for line in lines(locale, for_staff=True):
        assert line.text
        assert "%(" not in line.text


def test_everybody_who_is_named_is_asked_for():
    assert people_in(ENTRIES) == {"p-1", "p-2"}
