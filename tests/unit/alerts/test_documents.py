"""What docs/explanation/alerts.md says of alerts is what the tables and the code have."""

import re
from pathlib import Path

import pytest

from hub.alerts.kinds import KINDS
from hub.texts.words import INCIDENT_KINDS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/explanation/alerts.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in (ROOT / "hub/alerts").glob("*.py")]
ENTRIES = {kind for source in SOURCES for kind in re.findall(r'Note\("(\w+)"|kind = "(\w+)"| else "(delayed)"', source)}
ENTRY_KINDS = sorted({word for words in ENTRIES for word in words if word})


@pytest.mark.parametrize("key", sorted(KINDS))
def test_each_kind_stands_in_the_table_with_who_is_told_and_how_often(key):
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{key}` |")]
    kind = KINDS[key]
    assert (f"{kind.repeat_factor} times that" in row) == (kind.repeat_factor != 1)
    assert ("half an hour" in row) == (kind.first_after_s == 1800)
    assert ("farmers" in row.split("|")[2]) == kind.of_field
    assert ("staff" in row.split("|")[2]) == (kind.tells == "staff")


def test_each_kind_has_its_word_on_the_pages():
    assert set(INCIDENT_KINDS) == set(KINDS)


def test_the_entries_of_a_timeline_were_found_in_the_code():
    assert {"opened", "again", "told", "sent", "delayed", "given_up", "lapsed", "resolved"} <= set(ENTRY_KINDS)


@pytest.mark.parametrize("kind", ENTRY_KINDS)
def test_each_entry_of_a_timeline_is_described(kind):
    assert f"`{kind}`" in PAGE
