"""Knows whether a step must run again: a stamp holds the hash of everything that the step read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(paths: Iterable[Path], *words: str) -> str:
    """Return a hash of the files' names and contents (folders: all files below) and of `words`, as 64 hex digits.

    A path that does not exist counts as absent, so creating it changes the hash.
    """
    digest = hashlib.sha256()
    for word in words:
        digest.update(f"word {word}\0".encode())
    for path in sorted(set(_files(paths))):
        content = path.read_bytes() if path.is_file() else b"absent"
        digest.update(f"file {path} {len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (file for file in path.rglob("*") if file.is_file())
        else:
            yield path


class Stamps:
    """The stamps of one checkout, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_fresh(self, name: str, *fingerprints: str, outputs: Iterable[Path] = ()) -> bool:
        """Say whether step `name` last ran on one of these fingerprints and its outputs are still there."""
        stamp = self._folder / name
        if not stamp.is_file() or stamp.read_text(encoding="utf-8").strip() not in fingerprints:
            return False
        return all(output.exists() for output in outputs)

    def write(self, name: str, fingerprint_: str) -> None:
        """Remember that step `name` has run on this fingerprint."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_text(fingerprint_ + "\n", encoding="utf-8")

    def forget(self, name: str) -> None:
        """Forget a step before it runs, so that one killed half-way runs again."""
        (self._folder / name).unlink(missing_ok=True)
