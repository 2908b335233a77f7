"""Grids of ground heights for tests, as ESRI ASCII text."""

from collections.abc import Callable

from tests.unit.surveys.shapes import FRAME

__all__ = ["CELL", "grid_text"]

CELL = 0.0001
"""Degrees: some 11 m from south to north and 9 m from west to east."""


def grid_text(height: Callable[[float, float], float], reach_m: float = 500) -> str:
    """The ground round FRAME by a function of metres east and north of it."""
    west, south, across = FRAME.lon - reach_m / 92_900, FRAME.lat - reach_m / 110_900, int(2 * reach_m / 9) + 2
    up = int(2 * reach_m / 11) + 2
    rows = []
    for row in reversed(range(up)):
        places = [FRAME.local_point(south + row * CELL, west + column * CELL) for column in range(across)]
        rows.append(" ".join(f"{height(x, y):.3f}" for x, y in places))
    return (
        "\n".join(
            [
                f"ncols {across}",
                f"nrows {up}",
                f"xllcenter {west}",
                f"yllcenter {south}",
                f"cellsize {CELL}",
                "NODATA_value -9999",
                *rows,
            ]
        )
        + "\n"
    )
