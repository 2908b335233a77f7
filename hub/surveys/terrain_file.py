"""Heights of the ground, read from a file."""

from pathlib import Path

from hub.errors import Invalid
from hub.surveys.terrain import MOST_CHARACTERS, Terrain, parse_terrain

__all__ = ["read_terrain"]


def read_terrain(path: Path) -> Terrain:
    """Read an ESRI ASCII grid. Raises Invalid with one line for a file that cannot be read or is none."""
    try:
        with path.open("rb") as file:
            # what is no plain file does not say how large it is, and may have no end
            content = file.read(MOST_CHARACTERS + 1)
        if len(content) > MOST_CHARACTERS:
            raise Invalid(f"{path} is larger than {MOST_CHARACTERS / 1e6:g} MB; cut out the part that is flown over")
        text = content.decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise Invalid(f"cannot read {path}: {error.strerror}") from None
    return parse_terrain(text, str(path))
