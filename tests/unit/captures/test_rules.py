from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.traps.captures.records import NewAnimal, NewReport, find_faults, find_odd, normal
from hub.traps.captures.rules import (
    Amount,
    BountyRate,
    NumberingRule,
    Programme,
    amount,
    fiscal_year,
    format_number,
    numbering_for,
    numbering_year,
    programmes_for,
)

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)


def rate(
    yen: int,
    kind: str = "town",
    *,
    number: int = 1,
    age: str = "adult",
    disposal: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> BountyRate:
    return BountyRate(number, "p", kind, "boar", age, disposal, yen, since, until, "")


CEILINGS = [
    rate(9000, "national_ceiling", disposal="gibier"),
    rate(8000, "national_ceiling", disposal="burnt"),
    rate(7000, "national_ceiling", disposal="buried"),
]


@pytest.mark.parametrize(("disposal", "yen"), [("gibier", 9000), ("burnt", 8000), ("buried", 7000), ("own_use", None)])
def test_national_ceilings_go_by_disposal(disposal: str, yen: int | None) -> None:
    assert amount(NewAnimal("boar", age_national="adult", disposal=disposal), "p", DAY, CEILINGS) == Amount(
        None, yen, None
    )


def test_juveniles_other_species_and_other_programmes_have_none() -> None:
    assert amount(NewAnimal("boar", age_national="juvenile", disposal="burnt"), "p", DAY, CEILINGS).ceiling_yen is None
    assert amount(NewAnimal("deer", disposal="burnt"), "p", DAY, CEILINGS).ceiling_yen is None
    assert amount(NewAnimal("boar", disposal="burnt"), "q", DAY, CEILINGS).ceiling_yen is None


def test_the_most_particular_and_newest_rate_of_the_day_holds() -> None:
    rates = [
        rate(10000, number=1, age="any"),
        rate(12000, number=2),
        rate(13000, number=3, disposal="gibier"),
        rate(15000, number=4, since=date(2027, 4, 1)),
        rate(20000, number=5, until=date(2026, 11, 22)),
        rate(12500, number=6, since=date(2026, 4, 1)),
    ]
    adult = NewAnimal("boar", age_national="adult", disposal="burnt")
    assert amount(adult, "p", DAY, rates) == Amount(12500, None, 6)
    assert amount(NewAnimal("boar", disposal="gibier"), "p", DAY, rates).yen == 13000
    assert amount(NewAnimal("boar", age_national="juvenile"), "p", DAY, rates).yen == 10000
    assert amount(adult, "p", date(2027, 4, 1), rates).yen == 15000
    assert amount(adult, "p", date(2026, 3, 31), rates).yen == 20000


def test_a_programme_takes_its_own_days_species_and_kinds() -> None:
    programme = Programme(
        "p", {"ja": "p"}, "", ["pest_control"], ["boar"], False, date(2026, 4, 1), date(2027, 3, 31), ""
    )
    assert programmes_for([programme], "boar", "pest_control", DAY) == [programme]
    assert programmes_for([programme], "deer", "pest_control", DAY) == []
    assert programmes_for([programme], "boar", "hunting", DAY) == []
    assert programmes_for([programme], "boar", None, DAY) == []
    assert programmes_for([programme], "boar", "pest_control", date(2027, 4, 1)) == []


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 10_000_000), st.integers(1, 10_000_000))
def test_numbers_differ_and_keep_the_fiscal_year(day: date, one: int, other: int) -> None:
    rule = NumberingRule(1, "KZ", "fiscal_year", 4, None, "")
    year = numbering_year(rule, day)
    assert year == fiscal_year(day)
    assert (format_number(rule, year, one) == format_number(rule, year, other)) is (one == other)
    assert date(year, 4, 1) <= day < date(year + 1, 4, 1)


def test_numbers_look_as_the_rule_says() -> None:
    old, new = NumberingRule(1, "", "year", 3, None, ""), NumberingRule(2, "KZ", "fiscal_year", 4, date(2027, 4, 1), "")
    assert numbering_for([old, new], DAY) == old
    assert numbering_for([new, old], date(2027, 4, 1)) == new
    assert numbering_for([new], DAY) is None
    assert format_number(old, 2026, 7) == "2026-007"
    assert format_number(new, 2026, 12345) == "KZ2026-12345"


# --- reports ----------------------------------------------------------------------------------------------------------


def report(outcome: str, *animals: NewAnimal, found_at: datetime = NOW, **more: object) -> NewReport:
    return NewReport(1, "p-1", outcome, found_at, animals=animals, **more)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (report("visited", found_at=NOW + timedelta(hours=1)), "found_at"),
        (report("visited", found_at=NOW - timedelta(days=500)), "found_at"),
        (report("empty", NewAnimal("boar")), "outcome"),
        (report("captured", NewAnimal("other")), "animals-0-species_name"),
        (report("captured", NewAnimal("boar"), NewAnimal("boar", sex="male", pregnant=False)), "animals-1-pregnant"),
        (report("captured", NewAnimal("boar", None, "female", "juvenile", pregnant=True)), "animals-0-pregnant"),
        (report("captured", NewAnimal("boar", disposal="released")), "animals-0-disposal"),
        (report("wrong_species", NewAnimal("badger", disposal="buried")), "animals-0-disposal"),
        (report("visited", trap_set_on=DAY, trap_removed_on=DAY - timedelta(days=1)), "trap_removed_on"),
        (report("visited", lat=35.0), "lat"),
        (report("captured", *[NewAnimal("boar")] * 31), "animals"),
    ],
)  # fmt: skip
def test_contradictions_are_said_at_their_field(new: NewReport, field: str) -> None:
    assert [fault.field for fault in find_faults(new, NOW)] == [field]


def test_a_firing_can_be_several_animals() -> None:
    new = report("captured", NewAnimal("boar", sex="female", age_national="adult", pregnant=True), NewAnimal("boar"))
    assert find_faults(new, NOW) == []


def test_the_wrong_species_is_released() -> None:
    assert normal(report("wrong_species", NewAnimal("badger"))).animals[0].disposal == "released"


def test_odd_figures_are_said_and_never_refused() -> None:
    slip = NewAnimal("boar", age_national="adult", weight_kg=600, body_length_cm=9)
    assert [odd.blanks["value"] for odd in find_odd([NewAnimal("boar", weight_kg=60), slip])] == ["600", "9"]
    assert find_faults(report("captured", slip), NOW) == []
    assert find_odd([NewAnimal("bird", weight_kg=300)]) == []
