"""The parts' logs: bounded files under DIR/logs, and the last lines in memory to say why a part ended."""

import os
from collections import deque
from pathlib import Path

__all__ = ["PartLog"]

LIMIT_BYTES = 4_000_000
"""A log that has grown so far becomes NAME.log.1 (the one before it is dropped): at most twice this for each part."""
_LINE_BYTES = 16_384


class PartLog:
    """One part's log. Takes bytes as they come off a pipe; a full disk loses log lines and nothing else.

    `written` counts the bytes taken, `last` holds the last lines that are not empty.
    """

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._partial = b""
        self._size = self._opened_size()
        self.written = 0
        self.last: deque[str] = deque(maxlen=20)

    def take(self, chunk: bytes) -> list[str]:
        """Write what came and return the lines that are complete now."""
        self._write(chunk)
        self.written += len(chunk)
        *complete, self._partial = (self._partial + chunk).split(b"\n")
        if len(self._partial) > _LINE_BYTES:
            complete, self._partial = [*complete, self._partial], b""
        lines = [line[:_LINE_BYTES].decode(errors="replace").rstrip() for line in complete]
        self.last.extend(line for line in lines if line)
        return lines

    def _write(self, chunk: bytes) -> None:
        try:
            if self._size + len(chunk) > self._limit_bytes:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
                self._size = 0
            with os.fdopen(
                os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0
            ) as file:
                file.write(chunk)
            self._size += len(chunk)
        except OSError:
            return

    def _opened_size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0
