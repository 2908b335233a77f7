"""A ZIP that is written while it is read: no file on the disk, and never more than a piece in memory."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, cast

__all__ = ["File", "zip_pieces"]


@dataclass(frozen=True, slots=True)
class File:
    """One file of an archive: its path within, and its bytes in pieces, which are made when they are asked for."""

    path: str
    pieces: Iterable[bytes]


class _Pipe:
    """Where the archive writes to; it can only go forward, so sizes stand behind each file (as ZIP allows)."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._waiting = b"".join(self._waiting), []
        return taken


def zip_pieces(files: Iterable[File], local: datetime) -> Iterator[bytes]:
    """The bytes of an archive of these files, each dated `local` (the town's clock: ZIP knows no zones)."""
    pipe = _Pipe()
    stamp = (local.year, local.month, local.day, local.hour, local.minute, local.second)
    with zipfile.ZipFile(cast("IO[bytes]", pipe), "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            about = zipfile.ZipInfo(file.path, stamp)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            with archive.open(about, "w", force_zip64=True) as entry:
                for piece in file.pieces:
                    entry.write(piece)
                    if ready := pipe.take():
                        yield ready
    yield pipe.take()
