"""Named SQL: every statement of every area parses, and a file that breaks the form is refused by name."""

from pathlib import Path

import pytest

from hub.errors import SetupError
from hub.store import Queries

FILES = sorted(Path("hub").glob("*/queries.sql")) + sorted(Path("hub").glob("*/store/queries.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_statement_has_a_name_and_a_description(path: Path) -> None:
    statements = Queries(path).statements
    assert statements
    assert all(text for text in statements.values())


def test_statements_are_read_by_name(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text(
        "-- name: one\n-- First.\nselect 1;\n\n-- name: two\n-- Second,\n-- over two lines.\nselect 2\nfrom x;\n"
    )
    assert Queries(file).statements == {"one": "select 1", "two": "select 2\nfrom x"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- name: one\nselect 1;\n", "needs a name and a description"),
        ("-- name: one\n-- First.\nselect 1;\n-- name: one\n-- Again.\nselect 2;\n", "stands twice"),
    ],
)
def test_a_file_that_breaks_the_form_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "queries.sql"
    file.write_text(text)
    with pytest.raises(SetupError, match=complaint):
        _ = Queries(file).statements
