import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from hub.texts.csv_text import csv_bytes

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@\t\r\n\"',"), max_size=20)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_whatever_is_written_is_read_again_and_nothing_is_a_formula(rows: list[list[str]]) -> None:
    text = csv_bytes(["a", "b"], rows).decode("utf-8-sig")
    head, *read = csv.reader(io.StringIO(text, newline=""))
    assert head == ["a", "b"]
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in read for cell in row)


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert csv_bytes(["n"], [[-5], [1.5], [None]]) == b'\xef\xbb\xbfn\r\n-5\r\n1.5\r\n""\r\n'
