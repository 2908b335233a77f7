"""Which of a reading's values a station sent itself. Pure."""

from collections.abc import Collection, Sequence

__all__ = ["own_values"]


def own_values(
    values: Sequence[float | None], quantities: Sequence[str], of_files: Collection[str]
) -> list[float | None]:
    """The values of one moment, each of the quantity at its place, without those that came with a file."""
    return [None if name in of_files else value for name, value in zip(quantities, values, strict=True)]
