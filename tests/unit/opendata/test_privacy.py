"""What is told to everybody gives away neither a place nor a small number."""

import itertools
import re
from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.geo.mesh import Cell, format_mesh, mesh_of
from hub.opendata.privacy import ALL_CELLS, Captured, Row, Rule, last_told_month, open_csv, open_rows, tell

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 11, 26)
RULE = Rule(3, 2, "five_km")
CELLS = sorted((Cell("five_km", 848, 638 + step) for step in range(4)), key=format_mesh)


def captured(cell: Cell, species: str = "boar", when: datetime = datetime(2026, 5, 3, 3, tzinfo=UTC)) -> Captured:
    return Captured(when, *cell.centre, species)


def rows_of(counts: dict[Cell, int], rule: Rule = RULE) -> list[Row]:
    return open_rows([captured(cell) for cell, count in counts.items() for _ in range(count)], rule, TODAY, TOKYO)


def told(rows: list[Row]) -> list[int | None]:
    return [row.count for row in rows]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([5, 4], [5, 4, 9]),
        ([5, 2], [None, None, None]),
        ([5, 4, 2], [5, None, None, None]),
        ([5, 1, 2], [5, None, None, None]),
        ([1], [None, None]),
        ([3], [3, 3]),
    ],
)
def test_small_numbers_are_hidden_and_never_alone(counts: list[int], expected: list[int | None]) -> None:
    assert told(rows_of(dict(zip(CELLS, counts, strict=False)))) == expected


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(3, 5))
def test_who_knows_the_rule_and_all_that_is_told_knows_nothing_of_a_small_number(counts: list[int], least: int) -> None:
    """In the tables of heads that would be told alike, a hidden small number takes every small value."""
    seen = tell(_cells(counts), least)
    alike = [guess for guess in itertools.product(range(7), repeat=len(counts)) if tell(_cells(guess), least) == seen]
    assert tuple(counts) in alike
    for position, count in enumerate(counts):
        if 0 < count < least:
            assert {guess[position] for guess in alike} >= set(range(1, least))


def _cells(counts) -> dict[str, int]:
    return {f"{number}": count for number, count in enumerate(counts) if count}


PLACES = st.tuples(st.floats(35.2, 35.5), st.floats(139.8, 140.2))
HEADS = st.lists(
    st.tuples(PLACES, st.sampled_from(["boar", "deer"]), st.integers(1, 12), st.integers(1, 28)), max_size=30
)


@given(HEADS, st.sampled_from(["first", "second", "five_km"]), st.randoms())
def test_a_trap_may_stand_anywhere_in_its_cell_and_the_file_is_the_same(heads, mesh, random) -> None:
    """So the file says nothing finer than the cell: neither of the place nor of the day."""
    rule = Rule(3, 1, mesh)
    here, there = [], []
    for (lat, lon), species, month, day in heads:
        cell = mesh_of(lat, lon, mesh)
        here.append(Captured(datetime(2026, month, day, 3, tzinfo=UTC), lat, lon, species))
        moved = (
            cell.south + (cell.north - cell.south) * random.uniform(0.01, 0.99),
            cell.west + (cell.east - cell.west) * random.uniform(0.01, 0.99),
        )
        there.append(Captured(datetime(2026, month, 1 + day % 28, 3, tzinfo=UTC), *moved, species))
    random.shuffle(there)
    file = open_csv(open_rows(here, rule, TODAY, TOKYO))
    assert file == open_csv(open_rows(there, rule, TODAY, TOKYO))
    head, *lines = file.decode("utf-8-sig").split("\r\n")[:-1]
    assert head == "month,mesh,species,count"
    form = r"2026-\d\d,(\d{4}(-\d\d(-[1-4])?)?|all),(boar|deer),(x|\d+)"
    assert all(re.fullmatch(form, line) for line in lines)


@given(HEADS)
def test_every_number_that_is_told_is_true_and_large(heads) -> None:
    heads = [
        Captured(datetime(2026, month, day, 3, tzinfo=UTC), *place, species) for place, species, month, day in heads
    ]
    true = Counter(
        (f"{one.found_at:%Y-%m}", one.species, mesh)
        for one in heads
        for mesh in (mesh_of(one.lat, one.lon, "five_km"), None)
    )
    for row in open_rows(heads, RULE, TODAY, TOKYO):
        assert row.month <= "2026-08"
        if row.count is not None:
            assert row.count >= RULE.least_count
            if row.mesh == ALL_CELLS:
                assert row.count == true[row.month, row.species, None]


@pytest.mark.parametrize(
    ("today", "delay", "last"),
    [
        (date(2026, 11, 26), 2, date(2026, 8, 1)),
        (date(2026, 11, 1), 1, date(2026, 9, 1)),
        (date(2026, 1, 31), 2, date(2025, 10, 1)),
    ],
)
def test_the_newest_months_are_not_told(today: date, delay: int, last: date) -> None:
    assert last_told_month(Rule(3, delay, "five_km"), today) == last


def test_a_month_is_the_towns() -> None:
    late = datetime(2026, 7, 31, 15, tzinfo=UTC)  # 1 August in Japan
    rows = open_rows([captured(CELLS[0], when=late)] * 3, RULE, TODAY, TOKYO)
    assert [(row.month, row.count) for row in rows] == [("2026-08", 3), ("2026-08", 3)]
