"""Named SQL from a `queries.sql` beside the code that uses it.

    -- name: claim_due_deliveries
    -- Lease what is due, oldest first; a lease that ran out counts as due again.
    select …;

Every statement has a name and a description; parameters are psycopg's `%(name)s`.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, LiteralString, TypeVar, cast

from psycopg.rows import class_row

from hub.errors import SetupError
from hub.store.pool import Connection

__all__ = ["Queries"]

Row = TypeVar("Row")
_HEADER = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\s*\n(?P<about>(?:--(?! name:).*\n)+)", re.MULTILINE)


class Queries:
    """The statements of one file, run by name. Rows become the given (frozen) dataclass, by column name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, file: str) -> "Queries":
        """The `queries.sql` in the same folder as the module `file` (its `__file__`)."""
        return cls(Path(file).with_name("queries.sql"))

    @cached_property
    def statements(self) -> Mapping[str, LiteralString]:
        """Statement texts by name; raises SetupError when one has no name or no description, or stands twice."""
        text = self.path.read_text(encoding="utf-8")
        headers = list(_HEADER.finditer(text))
        if text.count("-- name:") != len(headers):
            raise SetupError(f"{self.path}: every statement needs a name and a description")
        found: dict[str, LiteralString] = {}
        for header, following in zip(headers, [*headers[1:], None], strict=True):
            name = header["name"]
            if name in found:
                raise SetupError(f"{self.path}: {name} stands twice")
            # The text is ours, read from the package: as literal as if it stood in the source.
            found[name] = cast(
                "LiteralString", text[header.end() : following.start() if following else None].strip().rstrip(";")
            )
        return found

    def run(self, connection: Connection, name: str, /, **parameters: Any) -> int:
        """Run a statement; returns how many rows it touched."""
        return connection.execute(self.statements[name], parameters).rowcount

    def run_many(self, connection: Connection, name: str, rows: list[dict[str, Any]], /) -> None:
        """Run a statement once for each mapping of parameters (pipelined)."""
        with connection.cursor() as cursor:
            cursor.executemany(self.statements[name], rows)

    def one(self, connection: Connection, name: str, kind: type[Row], /, **parameters: Any) -> Row | None:
        """The first row as `kind`, or None."""
        with connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(self.statements[name], parameters).fetchone()

    def all(self, connection: Connection, name: str, kind: type[Row], /, **parameters: Any) -> list[Row]:
        """Every row as `kind`."""
        with connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(self.statements[name], parameters).fetchall()

    def value(self, connection: Connection, name: str, /, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = connection.execute(self.statements[name], parameters).fetchone()
        return None if row is None else row[0]
