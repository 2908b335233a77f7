"""Counts in English, as the simulators tell them."""

__all__ = ["numbered"]


def numbered(n: float, one: str, many: str | None = None) -> str:
    """A number and its noun: "1 trap", "1,200 readings"."""
    return f"{n:,.12g} {one if n == 1 else many or one + 's'}"
