"""Two things of Linux that Python does not offer: adopting orphans, and looking processes up in /proc."""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["adopt_orphans", "children_of", "command_lines"]

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of whatever our children leave behind (prctl(2), PR_SET_CHILD_SUBREAPER), so that nothing is
    out of sight.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(parent: int) -> list[int]:
    """Process ids whose parent is `parent`; field 4 of /proc/PID/stat, after a name that may hold anything."""
    found: list[int] = []
    for pid in _all_processes():
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            continue
        if int(stat.rpartition(b")")[2].split()[1]) == parent:
            found.append(pid)
    return found


def command_lines() -> Iterator[tuple[int, list[str]]]:
    """Every process id with its arguments. Everybody may read them, while a process's folder and files need rights
    that a container lacks.
    """
    for pid in _all_processes():
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        yield pid, [os.fsdecode(argument) for argument in arguments.split(b"\0")]


def _all_processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
