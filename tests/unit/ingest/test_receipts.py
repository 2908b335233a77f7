"""Receipts: ranges that say exactly what was committed, one message a second for each agent."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.wire.messages import Receipt
from hub.ingest.receipts import MOST_RANGES, DueReceipt, ReceiptBook, merge_ranges

numbers = st.lists(st.integers(0, 60), max_size=40)


def spread(ranges) -> list[int]:
    return [number for low, high in ranges for number in range(low, high + 1)]


@given(numbers)
def test_ranges_say_exactly_the_numbers(sequences) -> None:
    ranges = merge_ranges((number, number) for number in sequences)

    assert spread(ranges) == sorted(set(sequences))
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(ranges)), "none touch"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), numbers, st.integers(0, 7)), max_size=20))
def test_each_number_is_receipted_and_no_agent_hears_more_than_once_a_second(commits) -> None:
    book, now_s = ReceiptBook(), 0.0
    owed: set[tuple[str, str, int]] = set()
    given_: set[tuple[str, str, int]] = set()
    heard: dict[str, list[float]] = {}

    def take() -> None:
        for due in book.take_due(now_s):
            heard.setdefault(due.agent_id, []).append(now_s)
            given_.update((due.agent_id, due.receipt.outbox, number) for number in spread(due.receipt.sequences))

    for agent, outbox, sequences, pause in commits:
        if sequences:
            book.add(agent, outbox, sequences)
        owed.update((agent, outbox, number) for number in sequences)
        take()
        now_s += pause / 8  # eighths of a second are exact in binary
    for _ in range(3):
        now_s += 1.0
        take()

    assert given_ == owed
    assert all(b - a >= 1.0 for times in heard.values() for a, b in pairwise(times))


def test_the_first_receipt_goes_at_once_and_the_next_a_second_later() -> None:
    book = ReceiptBook()
    book.add("ag-1", "o", [4])
    first = book.take_due(10.0)
    book.add("ag-1", "o", [5, 6])

    assert first == [DueReceipt("ag-1", Receipt(outbox="o", sequences=[(4, 4)]))]
    assert book.take_due(10.5) == []
    assert book.take_due(11.0) == [DueReceipt("ag-1", Receipt(outbox="o", sequences=[(5, 6)]))]


def test_what_could_not_be_published_is_owed_again() -> None:
    book = ReceiptBook()
    book.add("ag-1", "o", [4])
    (due,) = book.take_due(10.0)
    book.add("ag-1", "o", [5])

    book.give_back(due)

    assert book.take_due(10.1) == [DueReceipt("ag-1", Receipt(outbox="o", sequences=[(4, 5)]))]


def test_a_receipt_is_bounded_and_the_rest_follows() -> None:
    book = ReceiptBook()
    book.add("ag-1", "o", range(0, 2 * MOST_RANGES + 2, 2))

    (first,) = book.take_due(0.0)
    (second,) = book.take_due(1.0)

    assert len(first.receipt.sequences) == MOST_RANGES
    assert second.receipt.sequences == [(2 * MOST_RANGES, 2 * MOST_RANGES)]


def test_an_agent_that_is_owed_nothing_is_forgotten() -> None:
    book = ReceiptBook()
    book.add("ag-1", "o", [1])
    book.take_due(0.0)

    book.take_due(1.0)

    assert len(book) == 0
